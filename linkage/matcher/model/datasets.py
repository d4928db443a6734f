"""What goes into a match run.

A dataset is named by its number: its place in the sequence that the run was given.
"""

from dataclasses import dataclass
from typing import Final

from linkage.arrays import BlockingTokens, EncodingMatrix, ShapeError
from linkage.ids import AgencyId

MAX_RECORDS: Final = (1 << 31) - 1
"""In all datasets of a run together: records are numbered with 32 bits and a sign."""


@dataclass(frozen=True, slots=True)
class DatasetOutline:
    """A dataset without its encodings: all that clustering may know of it.

    Attributes:
        holds_each_person_once: whether no two of its records can belong to one person.
    """

    record_count: int
    holds_each_person_once: bool

    def __post_init__(self) -> None:
        if not 0 <= self.record_count <= MAX_RECORDS:
            raise ShapeError(f"DatasetOutline: {self.record_count} records")


@dataclass(frozen=True, slots=True)
class Dataset:
    """One agency's encodings, and what the agreement says of its duplicates.

    Attributes:
        blocking: the same records' blocking tokens; None where the agreement has no rules for them.
    """

    agency: AgencyId
    encodings: EncodingMatrix
    holds_each_person_once: bool
    blocking: BlockingTokens | None = None

    @property
    def outline(self) -> DatasetOutline:
        """The same without the encodings."""
        return DatasetOutline(len(self.encodings), self.holds_each_person_once)
