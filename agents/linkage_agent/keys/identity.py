"""Identity: the agency's own private keys, and the card that others know it by."""

from dataclasses import dataclass
from typing import Final

from linkage.crypto.cards import IdentityCard
from linkage.crypto.hpke import OpeningKey
from linkage.crypto.secret import Secret
from linkage.crypto.signatures import SIGNING_KEY_BYTES, SigningKey
from linkage.errors import ConfigError, ExitCode, Reason
from linkage_agent.keys.vault import Vault

IDENTITY_MISSING: Final = Reason(
    "IDENTITY_MISSING",
    "This agent has no identity yet.",
    "Run `linkage-agent init`, and have the card that it prints put into the agreement.",
    ExitCode.CONFIGURATION,
)
_ENTRY: Final = "identity"


@dataclass(frozen=True, slots=True)
class Identity:
    """An agency's private keys: to sign, and to open what is sealed to it."""

    signing: SigningKey
    opening: OpeningKey

    def card(self) -> IdentityCard:
        """The public keys, for the agreement."""
        return IdentityCard(self.signing.verify_key(), self.opening.recipient_key())


def create_identity(vault: Vault) -> Identity:
    """The vault's identity, made if it has none: it never replaces one."""
    if vault.get(_ENTRY) is None:
        identity = Identity(SigningKey.generate(), OpeningKey.generate())
        vault.put(_ENTRY, identity.signing.seeds.reveal() + identity.opening.seeds.reveal())
    return load_identity(vault)


def load_identity(vault: Vault) -> Identity:
    """The vault's identity.

    Raises:
        ConfigError: It has none.
        StoreError: It can't be read.
    """
    seeds = vault.get(_ENTRY)
    if seeds is None:
        raise ConfigError(IDENTITY_MISSING)
    return Identity(
        SigningKey(Secret(seeds[:SIGNING_KEY_BYTES])),
        OpeningKey(Secret(seeds[SIGNING_KEY_BYTES:])),
    )
