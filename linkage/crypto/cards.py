"""Identity card: an agency's public keys, as the agreement pins them."""

import base64
import binascii
from dataclasses import dataclass
from typing import Final, Self

from linkage.crypto.digests import content_digest
from linkage.crypto.hpke import PUBLIC_KEY_BYTES, RecipientKey
from linkage.crypto.signatures import SIGNATURE_BYTES, VERIFY_KEY_BYTES, VerifyKey
from linkage.ids import Digest

_PREFIX: Final = "card1:"
"""Names the suite: Ed25519 + ML-DSA-65 for signatures, ML-KEM-768 + X25519 for sealing."""


class CardError(ValueError):
    """A text is not an identity card."""


@dataclass(frozen=True, slots=True)
class IdentityCard:
    """What others need to know of an agency: how to check its signatures and seal to it."""

    verify_key: VerifyKey
    recipient_key: RecipientKey

    @classmethod
    def parse(cls, text: str) -> Self:
        """The card that `text()` wrote.

        Raises:
            CardError: It is not one.
        """
        if not text.startswith(_PREFIX):
            raise CardError(f"an identity card starts with {_PREFIX}")
        try:
            encoded = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            raise CardError("the identity card is not base64 after its prefix") from None
        if len(encoded) != VERIFY_KEY_BYTES + PUBLIC_KEY_BYTES:
            raise CardError("the identity card is cut short or has something added")
        card = cls(VerifyKey(encoded[:VERIFY_KEY_BYTES]), RecipientKey(encoded[VERIFY_KEY_BYTES:]))
        try:
            card.verify_key.accepts(bytes(SIGNATURE_BYTES), b"")
            card.recipient_key.seal(b"", b"")
        except ValueError:
            raise CardError("the identity card holds a key that can't be used") from None
        return card

    def text(self) -> str:
        """The card on one line, about 4,270 characters."""
        encoded = self.verify_key.encoded + self.recipient_key.encoded
        return _PREFIX + base64.b64encode(encoded).decode()

    def fingerprint(self) -> Digest:
        """SHA-256 of the card's text, to be compared by people."""
        return content_digest(self.text().encode())
