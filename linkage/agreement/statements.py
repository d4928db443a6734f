"""What a party signs: one exact byte string for each act, bound to the agreement.

The signer and the checker each build the statement from what they hold themselves, so a signature
over anything else never passes. PROTOCOL.md section 6.
"""

from linkage.crypto.digests import frame
from linkage.ids import AgencyId, DatasetId, Digest, RunId


def acceptance(agreement: Digest, agency: AgencyId) -> bytes:
    """We sign up to this agreement."""
    return frame("linkage/statement/acceptance/v1", agreement, agency)


def commitment(agreement: Digest, agency: AgencyId, dataset: DatasetId) -> bytes:
    """This is our dataset, complete, for this agreement."""
    return frame("linkage/statement/commitment/v1", agreement, agency, dataset)


def release_approval(agreement: Digest, agency: AgencyId, run: RunId, result: Digest) -> bytes:
    """The match keys of this result may go to the recipients that the agreement names."""
    return frame("linkage/statement/release-approval/v1", agreement, agency, run, result)


def ceremony_message(
    agreement: Digest, sender: AgencyId, recipient: str, step: str, body: bytes
) -> bytes:
    """This is our part of the key ceremony; `recipient` is empty where all may read it."""
    return frame("linkage/statement/ceremony/v1", agreement, sender, recipient, step, body)


def attribute_table(
    agreement: Digest, run: RunId, sender: AgencyId, recipient: AgencyId, sealed: Digest
) -> bytes:
    """We approved this sealed attribute table for this recipient."""
    return frame("linkage/statement/attribute-table/v1", agreement, run, sender, recipient, sealed)
