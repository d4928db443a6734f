"""Hybrid public key encryption to one recipient, for what passes through the matcher unread.

Suite: MLKEM768-X25519 (also known as X-Wing), HKDF-SHA256, AES-256-GCM. Base mode: the recipient
learns nothing about who sealed it, so whatever is sealed is signed as well.

Sources: RFC 9180; draft-ietf-hpke-pq.
"""

from dataclasses import dataclass
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from linkage.crypto.sealing import UnsealError
from linkage.crypto.secret import Secret

_MLKEM_KEY_BYTES: Final = 1184
_MLKEM_SEED_BYTES: Final = 64
_X25519_KEY_BYTES: Final = 32

PUBLIC_KEY_BYTES: Final = _MLKEM_KEY_BYTES + _X25519_KEY_BYTES
PRIVATE_KEY_BYTES: Final = _MLKEM_SEED_BYTES + _X25519_KEY_BYTES

_SUITE: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class RecipientKey:
    """The public half: seals to its owner."""

    encoded: bytes

    def __post_init__(self) -> None:
        if len(self.encoded) != PUBLIC_KEY_BYTES:
            raise ValueError("a recipient key has a wrong length")

    def seal(self, plaintext: bytes, info: bytes) -> bytes:
        """The plaintext, readable only by the key's owner and only with the same info."""
        public = MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(self.encoded[:_MLKEM_KEY_BYTES]),
            X25519PublicKey.from_public_bytes(self.encoded[_MLKEM_KEY_BYTES:]),
        )
        return _SUITE.encrypt(plaintext, public, info=info)


@dataclass(frozen=True, slots=True)
class OpeningKey:
    """The private half: opens what was sealed to its owner."""

    seeds: Secret

    def __post_init__(self) -> None:
        if len(self.seeds) != PRIVATE_KEY_BYTES:
            raise ValueError("an opening key has a wrong length")

    @classmethod
    def generate(cls) -> Self:
        """A new random key pair."""
        mlkem = MLKEM768PrivateKey.generate().private_bytes_raw()
        return cls(Secret(mlkem + X25519PrivateKey.generate().private_bytes_raw()))

    def recipient_key(self) -> RecipientKey:
        """The public half."""
        mlkem, x25519 = self._keys()
        return RecipientKey(
            mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        )

    def open(self, sealed: bytes, info: bytes) -> bytes:
        """The plaintext.

        Raises:
            UnsealError: It was changed, sealed to another key, or with another info.
        """
        try:
            return _SUITE.decrypt(sealed, MLKEM768X25519PrivateKey(*self._keys()), info=info)
        except (InvalidTag, ValueError):
            raise UnsealError("the sealed message was changed or is for another key") from None

    def _keys(self) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
        seeds = self.seeds.reveal()
        return (
            MLKEM768PrivateKey.from_seed_bytes(seeds[:_MLKEM_SEED_BYTES]),
            X25519PrivateKey.from_private_bytes(seeds[_MLKEM_SEED_BYTES:]),
        )
