"""Signatures: whatever an agency puts its name to is checked with the card in the agreement."""

from linkage.agreement.model import Agreement
from linkage.errors import AccessError
from linkage.ids import AgencyId
from linkage.reasons import NOT_ALLOWED


def check_signature(
    agreement: Agreement, agency: AgencyId, signature: bytes, statement: bytes
) -> None:
    """Refuses a signature that the party's card does not accept for the statement.

    Raises:
        AccessError: It is another key's, or over something else.
    """
    if not agreement.party(agency).card.verify_key.accepts(signature, statement):
        raise AccessError(
            NOT_ALLOWED, what="the signature is not by this agency's card over what is asked for"
        )
