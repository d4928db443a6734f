"""Hybrid signatures: Ed25519 and ML-DSA-65 side by side, valid only if both are.

A forger must break both, so the signature stands as long as either scheme does.

Sources: RFC 8032 (Ed25519), FIPS 204 (ML-DSA).
"""

from dataclasses import dataclass
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey

from linkage.crypto.secret import Secret

_ED25519_KEY_BYTES: Final = 32
_ED25519_SIGNATURE_BYTES: Final = 64
_MLDSA_SEED_BYTES: Final = 32
_MLDSA_KEY_BYTES: Final = 1952
_MLDSA_SIGNATURE_BYTES: Final = 3309

SIGNATURE_BYTES: Final = _ED25519_SIGNATURE_BYTES + _MLDSA_SIGNATURE_BYTES
VERIFY_KEY_BYTES: Final = _ED25519_KEY_BYTES + _MLDSA_KEY_BYTES
SIGNING_KEY_BYTES: Final = _ED25519_KEY_BYTES + _MLDSA_SEED_BYTES


@dataclass(frozen=True, slots=True)
class VerifyKey:
    """The public half: checks signatures."""

    encoded: bytes

    def __post_init__(self) -> None:
        if len(self.encoded) != VERIFY_KEY_BYTES:
            raise ValueError("a verify key has a wrong length")

    def accepts(self, signature: bytes, statement: bytes) -> bool:
        """Whether both halves of the signature are valid for the statement."""
        if len(signature) != SIGNATURE_BYTES:
            return False
        ed25519 = Ed25519PublicKey.from_public_bytes(self.encoded[:_ED25519_KEY_BYTES])
        mldsa = MLDSA65PublicKey.from_public_bytes(self.encoded[_ED25519_KEY_BYTES:])
        try:
            ed25519.verify(signature[:_ED25519_SIGNATURE_BYTES], statement)
            mldsa.verify(signature[_ED25519_SIGNATURE_BYTES:], statement)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The private half: makes signatures."""

    seeds: Secret

    def __post_init__(self) -> None:
        if len(self.seeds) != SIGNING_KEY_BYTES:
            raise ValueError("a signing key has a wrong length")

    @classmethod
    def generate(cls) -> Self:
        """A new random key pair."""
        ed25519 = Ed25519PrivateKey.generate().private_bytes_raw()
        return cls(Secret(ed25519 + MLDSA65PrivateKey.generate().private_bytes_raw()))

    def verify_key(self) -> VerifyKey:
        """The public half."""
        ed25519, mldsa = self._keys()
        return VerifyKey(
            ed25519.public_key().public_bytes_raw() + mldsa.public_key().public_bytes_raw()
        )

    def sign(self, statement: bytes) -> bytes:
        """Both signatures, Ed25519's first: 3,373 bytes."""
        ed25519, mldsa = self._keys()
        return ed25519.sign(statement) + mldsa.sign(statement)

    def _keys(self) -> tuple[Ed25519PrivateKey, MLDSA65PrivateKey]:
        seeds = self.seeds.reveal()
        return (
            Ed25519PrivateKey.from_private_bytes(seeds[:_ED25519_KEY_BYTES]),
            MLDSA65PrivateKey.from_seed_bytes(seeds[_ED25519_KEY_BYTES:]),
        )
