"""Ceremony messages, as the matcher passes them on: opaque, addressed, signed."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from linkage.ids import AgencyId

MAX_BODY_BYTES: Final = 4096
"""A sealed contribution has 1,200 bytes."""


class CeremonyStep(StrEnum):
    """The steps of the key ceremony, in order."""

    COMMIT = "commit"
    SHARE = "share"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class CeremonyMessage:
    """One agency's part in one step.

    Attributes:
        recipient: the one agency that may read it, or None for all.
        body: opaque to the matcher.
        signature: over `statements.ceremony_message`.
    """

    sender: AgencyId
    recipient: AgencyId | None
    step: CeremonyStep
    body: bytes
    signature: bytes
