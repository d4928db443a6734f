"""Metrics: groups of records that were found, against the true ones, by exact counts.

A pair is two records of different agencies, unordered. Records are numbered through all agencies;
a grouping gives each a number, and those of one number are together. Pairs are counted, never
listed: a group of s records, c of them of agency a and so on, has (s^2 - sum of c^2) / 2 pairs.
"""

from dataclasses import dataclass

import numpy as np

from linkage.arrays import IntArray


@dataclass(frozen=True, slots=True)
class Score:
    """Pairs that were found and are true, that were found, and that are true.

    Where nothing was found nothing is wrong, and where nothing is to be found nothing is missed:
    a share of nothing is 1.
    """

    right: int
    found: int
    true: int

    @property
    def precision(self) -> float:
        """Share of the found pairs that are true."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the true pairs that were found."""
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, in the form that needs neither."""
        return 2 * self.right / (self.found + self.true) if self.found + self.true else 1.0

    def __sub__(self, other: "Score") -> "Score":
        """What is left without the other's pairs, which must be among these."""
        return Score(self.right - other.right, self.found - other.found, self.true - other.true)


@dataclass(frozen=True, slots=True)
class Shares:
    """Precision and recall as means over records, and their harmonic mean; each in [0, 1]."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Exactness:
    """People with two or more records, and how many of them are exactly one group."""

    right: int
    people: int

    @property
    def share(self) -> float:
        """In [0, 1]; 1 where nobody has two records."""
        return self.right / self.people if self.people else 1.0


def score_groups(found: IntArray, true: IntArray, agencies: IntArray) -> Score:
    """The pairs of records of different agencies that two groupings put together.

    Args:
        found: (n_records,) int64, not negative.
        true: the same.
        agencies: (n_records,) int64, the number of each record's agency.
    """
    return Score(
        right=count_pairs(in_both(found, true), agencies),
        found=count_pairs(found, agencies),
        true=count_pairs(true, agencies),
    )


def score_within(found: IntArray, true: IntArray, agencies: IntArray) -> Score:
    """The pairs of records of the same agency that two groupings put together: duplicates."""
    return score_groups(in_both(found, agencies), in_both(true, agencies), numbered(len(found)))


def count_pairs(groups: IntArray, agencies: IntArray) -> int:
    """How many pairs of records of different agencies are in one group.

    Args:
        groups: (n_records,) int64, not negative.
        agencies: (n_records,) int64, not negative.
    """
    together = _squares(groups)
    at_home = _squares(in_both(groups, agencies))
    return (together - at_home) // 2


def in_both(one: IntArray, other: IntArray) -> IntArray:
    """The grouping in which two records are together if they are so in both groupings.

    Args:
        one: (n_records,) int64, not negative.
        other: the same.

    Returns:
        (n_records,) int64, from 0 without gaps.
    """
    width = int(other.max(initial=0)) + 1
    cells: IntArray = np.unique(one * width + other, return_inverse=True)[1].astype(np.int64)
    return cells


def b_cubed(found: IntArray, true: IntArray) -> Shares:
    """The mean over records of how pure, and how complete, the group of each is.

    Source: Bagga, Baldwin (1998), "Entity-based cross-document coreferencing".
    """
    if not len(found):
        return Shares(1.0, 1.0, 1.0)
    common = _sizes(in_both(found, true))
    precision = float((common / _sizes(found)).mean())
    recall = float((common / _sizes(true)).mean())
    return Shares(precision, recall, 2 * precision * recall / (precision + recall))


def exactly_right(found: IntArray, true: IntArray) -> Exactness:
    """How many people with two or more records are found with all of them and nobody else's."""
    people, first = np.unique(true, return_index=True)
    if not len(people):
        return Exactness(0, 0)
    common, of_person, of_group = (
        _sizes(grouping)[first] for grouping in (in_both(found, true), true, found)
    )
    several = of_person >= 2
    whole = several & (common == of_person) & (common == of_group)
    return Exactness(int(whole.sum()), int(several.sum()))


def group_sizes(groups: IntArray) -> IntArray:
    """How many records each group has, in no order that means anything; no group is empty."""
    sizes: IntArray = np.unique(groups, return_counts=True)[1].astype(np.int64)
    return sizes


def numbered(count: int) -> IntArray:
    """The grouping in which every record is alone."""
    return np.arange(count, dtype=np.int64)


def _sizes(groups: IntArray) -> IntArray:
    """(n_records,) the size of each record's group."""
    _, place, counts = np.unique(groups, return_inverse=True, return_counts=True)
    sizes: IntArray = counts[place].astype(np.int64)
    return sizes


def _squares(groups: IntArray) -> int:
    """The sum of the squares of the sizes of all groups."""
    sizes = group_sizes(groups)
    return int((sizes * sizes).sum())
