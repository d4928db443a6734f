"""Truth: which record is which agency's and whose, as arrays over the records of all agencies."""

from dataclasses import dataclass

import numpy as np

from linkage.arrays import IntArray, ShapeError


@dataclass(frozen=True, slots=True, repr=False)
class Truth:
    """All records of all agencies, numbered through in the order of the agencies and their files.

    Attributes:
        agencies: ascending (n_records,) int64: the number of each record's agency.
        people: (n_records,) int64, not negative: the person of each record.
    """

    agencies: IntArray
    people: IntArray

    def __post_init__(self) -> None:
        if self.agencies.shape != self.people.shape or self.people.ndim != 1:
            raise ShapeError("Truth: not as many people as agencies")
        if (np.diff(self.agencies) < 0).any():
            raise ShapeError("Truth: agencies are not in order")

    def __len__(self) -> int:
        return len(self.people)

    def __repr__(self) -> str:
        return f"Truth({len(self)} records)"

    def first_record(self, agency: int) -> int:
        """The number of an agency's first record."""
        return int(np.searchsorted(self.agencies, agency))


@dataclass(frozen=True, slots=True, repr=False)
class RecordPairs:
    """Pairs of records of different agencies, the lower number on the left; no pair comes twice.

    Attributes:
        left, right: (n_pairs,) int64.
    """

    left: IntArray
    right: IntArray

    def __post_init__(self) -> None:
        if self.left.shape != self.right.shape or self.left.ndim != 1:
            raise ShapeError("RecordPairs: not as many left as right records")
        if (self.left >= self.right).any():
            raise ShapeError("RecordPairs: a left record is not the lower one")

    def __len__(self) -> int:
        return len(self.left)

    def __repr__(self) -> str:
        return f"RecordPairs({len(self)})"


def true_pairs(truth: Truth) -> RecordPairs:
    """Every pair of records of one person.

    Time and memory grow with the number of pairs, and with the most records that a person has.
    """
    order = np.lexsort((np.arange(len(truth)), truth.people)).astype(np.int64)
    people, agencies = truth.people[order], truth.agencies[order]
    left, right = [], []
    for distance in range(1, len(truth)):
        same = people[distance:] == people[:-distance]
        if not same.any():
            break
        places = np.flatnonzero(same & (agencies[distance:] != agencies[:-distance]))
        left.append(order[places])
        right.append(order[places + distance])
    nothing = np.empty(0, np.int64)
    return RecordPairs(np.concatenate([nothing, *left]), np.concatenate([nothing, *right]))


def are_true(pairs: RecordPairs, truth: Truth) -> "np.typing.NDArray[np.bool_]":
    """(n_pairs,) bool: whether the two records of each pair are one person's."""
    return np.asarray(truth.people[pairs.left] == truth.people[pairs.right])
