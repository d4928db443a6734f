"""Sealing: authenticated encryption of what lies on a disk.

A sealed blob is one version byte, a random nonce of 12 bytes and the AES-256-GCM ciphertext with
its tag. The blob is bound to a context (what it is, whose), so that one sealed file can't stand in
for another under the same key.

A random nonce may be used for at most 2^32 blobs under one key (NIST SP 800-38D section 8.3); each
dataset and each vault has a key of its own and holds thousands at most.
"""

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from linkage.crypto.secret import Secret

_VERSION: Final = b"\x01"
_NONCE_BYTES: Final = 12


class UnsealError(Exception):
    """A sealed blob was changed, belongs elsewhere, or was sealed under another key."""


def seal(key: Secret, plaintext: bytes, context: bytes) -> bytes:
    """The plaintext sealed under the key and bound to the context (29 bytes longer)."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(key.reveal()).encrypt(nonce, plaintext, _VERSION + context)


def unseal(key: Secret, sealed: bytes, context: bytes) -> bytes:
    """The plaintext of a sealed blob.

    Raises:
        UnsealError: The blob is not what was sealed under this key for this context.
    """
    body_start = len(_VERSION) + _NONCE_BYTES
    nonce = sealed[len(_VERSION) : body_start]
    if not sealed.startswith(_VERSION) or len(nonce) != _NONCE_BYTES:
        raise UnsealError("not a sealed blob of version 1")
    try:
        return AESGCM(key.reveal()).decrypt(nonce, sealed[body_start:], _VERSION + context)
    except InvalidTag:
        raise UnsealError("the sealed blob was changed or the key is another") from None
