"""Digests and derived keys over length-prefixed, labelled input.

Each part is preceded by its length (8 bytes, big-endian), so no two different lists of parts give
the same input; each use has a label of its own, so no digest of one kind is valid as another.
"""

import hashlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from linkage.crypto.secret import SECRET_BYTES, Secret
from linkage.ids import Digest


def frame(label: str, *parts: bytes | str | int) -> bytes:
    """Label and parts as one unambiguous byte string; PROTOCOL.md section 2.

    Args:
        label: What the bytes are for, such as `linkage/dataset/v1`.
        parts: Bytes as they are, text as UTF-8, integers as 8 bytes, big-endian.
    """
    framed = bytearray()
    for part in (label, *parts):
        if isinstance(part, str):
            value = part.encode()
        elif isinstance(part, int):
            value = part.to_bytes(8, "big")
        else:
            value = part
        framed += len(value).to_bytes(8, "big") + value
    return bytes(framed)


def digest(label: str, *parts: bytes | str | int) -> Digest:
    """SHA-256 of the framed parts, in lower-case hexadecimal."""
    return Digest(hashlib.sha256(frame(label, *parts)).hexdigest())


def content_digest(content: bytes) -> Digest:
    """Plain SHA-256 of the content, in lower-case hexadecimal: what `sha256sum` prints."""
    return Digest(hashlib.sha256(content).hexdigest())


def derive(secret: Secret, label: str, *parts: bytes | str | int) -> Secret:
    """A sub-key of 32 bytes: HKDF-Expand with SHA-256, the framed label and parts as info.

    Args:
        secret: A uniformly random key, such as the project secret.
        label: What the sub-key is for.
        parts: What it is bound to.

    Source: RFC 5869 section 2.3.
    """
    expand = HKDFExpand(hashes.SHA256(), SECRET_BYTES, info=frame(label, *parts))
    return Secret(expand.derive(secret.reveal()))


def combine(contributions: list[Secret], salt: bytes, info: bytes) -> Secret:
    """One uniformly random key from several: HKDF with SHA-256 over their concatenation.

    It is unknown to anyone who lacks one of the contributions, however the others were chosen.

    Source: RFC 5869.
    """
    material = b"".join(contribution.reveal() for contribution in contributions)
    return Secret(HKDF(hashes.SHA256(), SECRET_BYTES, salt=salt, info=info).derive(material))
