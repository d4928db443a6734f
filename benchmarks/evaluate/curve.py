"""The curve: what would be found at every threshold.

Pairs are taken in order of descending score, and each puts the groups of its two records together,
unless the result would hold two records of an agency that holds each person once. What stands when
all pairs that reach a threshold were taken is what would be found at that threshold: one pass gives
every threshold. For two such agencies this is greedy one-to-one.

How it is counted: a forest that remembers when each tree was hung below another, the smaller below
the larger, so every path is short. A merge adds the pairs between the two trees; a true pair is
found when its two records meet on their way up.

Source of the forest: Galler, Fischer (1964), with union by size and without path compression.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit

from benchmarks.evaluate.metrics import Score
from benchmarks.evaluate.truth import RecordPairs, Truth, true_pairs
from linkage.arrays import BoolArray, FloatArray, IntArray

NEVER: Final = np.int64(2**62)
"""Later than any merge."""


@dataclass(frozen=True, slots=True, repr=False)
class Curve:
    """What would be found at each threshold.

    Attributes:
        thresholds: descending (n,) float64: every score that occurs; inclusive.
        right: (n,) int64: true pairs found at each.
        found: (n,) int64: pairs found at each.
        true: true pairs that there are.
    """

    thresholds: FloatArray
    right: IntArray
    found: IntArray
    true: int

    def __len__(self) -> int:
        return len(self.thresholds)

    def __repr__(self) -> str:
        return f"Curve({len(self)} thresholds)"

    def score(self, at: int) -> Score:
        """The counts at one of the thresholds, by its place."""
        return Score(int(self.right[at]), int(self.found[at]), self.true)

    def best(self) -> int:
        """The place of the threshold with the highest F1, the highest one of equally good ones.

        Raises:
            ValueError: There is no threshold.
        """
        return int(np.argmax(2 * self.right / np.maximum(self.found + self.true, 1)))

    def thinned(self, points: int) -> "Curve":
        """The same with at most so many thresholds, evenly spread along precision and recall."""
        if len(self) <= points:
            return self
        precision = self.right / np.maximum(self.found, 1)
        recall = self.right / max(self.true, 1)
        steps = np.abs(np.diff(precision)) + np.abs(np.diff(recall))
        along = np.concatenate(([0.0], np.cumsum(steps)))
        kept = np.unique(np.searchsorted(along, np.linspace(0, along[-1], points)))
        kept[-1] = len(self) - 1
        return Curve(self.thresholds[kept], self.right[kept], self.found[kept], self.true)


def curve_of_groups(
    pairs: RecordPairs, scores: FloatArray, truth: Truth, each_person_once: BoolArray
) -> Curve:
    """The curve of greedy grouping, as said at the head of this module.

    Args:
        pairs: Candidates for being put together.
        scores: (n_pairs,) float64; higher is likelier.
        truth: Who they are.
        each_person_once: (n_agencies,) bool: whether an agency's records are all different people.
    """
    # Ties are taken in ascending order of records, so that the curve hangs on nothing else.
    order = np.lexsort((pairs.right, pairs.left, -scores)).astype(np.int64)
    parents, merged, found = _merge(
        order, pairs.left, pairs.right, truth.agencies, each_person_once
    )
    true = true_pairs(truth)
    met = _meet(parents, merged, true.left, true.right)
    right = np.bincount(met[met < NEVER], minlength=len(order))
    return _curve(scores[order], np.cumsum(right), np.cumsum(found), len(true))


def curve_of_pairs(scores: FloatArray, is_true: BoolArray, true: int) -> Curve:
    """The curve where the pairs that reach a threshold are what is found, as they are.

    Args:
        scores: (n_pairs,) float64.
        is_true: (n_pairs,) bool.
        true: How many true pairs there are, these and others.
    """
    order = np.argsort(-scores, kind="stable")
    found = np.arange(1, len(order) + 1)
    return _curve(scores[order], np.cumsum(is_true[order]), found, true)


def _curve(scores: FloatArray, right: IntArray, found: IntArray, true: int) -> Curve:
    """The counts after the last pair of each score; `scores` are descending."""
    is_last = np.ones(len(scores), np.bool_)
    is_last[:-1] = scores[1:] != scores[:-1]
    right, found = (counts[is_last].astype(np.int64) for counts in (right, found))
    return Curve(scores[is_last], right, found, true)


# cache=True: see linkage/matcher/compare/near.py for why its folder is as private as the code.


@njit(nogil=True, cache=True)
def _merge(
    order: IntArray,
    left: IntArray,
    right: IntArray,
    agencies: IntArray,
    each_person_once: BoolArray,
) -> tuple[IntArray, IntArray, IntArray]:
    """Each record's parent, when it was hung there, and how many pairs each step put together."""
    parents = np.arange(len(agencies))
    merged = np.full(len(agencies), NEVER)
    sizes = np.zeros((len(agencies), len(each_person_once)), np.int32)
    for record, agency in enumerate(agencies):
        sizes[record, agency] = 1
    added = np.zeros(len(order), np.int64)
    for step, pair in enumerate(order):
        small, large = left[pair], right[pair]
        while parents[small] != small:
            small = parents[small]
        while parents[large] != large:
            large = parents[large]
        if small == large or (each_person_once & (sizes[small] > 0) & (sizes[large] > 0)).any():
            continue
        small_size, large_size = sizes[small].sum(), sizes[large].sum()
        if small_size > large_size:
            small, large = large, small
        at_home = 0
        for agency in range(len(each_person_once)):
            at_home += np.int64(sizes[small, agency]) * sizes[large, agency]
        added[step] = np.int64(small_size) * large_size - at_home
        sizes[large] += sizes[small]
        parents[small], merged[small] = large, step
    return parents, merged, added


@njit(nogil=True, cache=True)
def _meet(parents: IntArray, merged: IntArray, left: IntArray, right: IntArray) -> IntArray:
    """When the two records of each pair came together, or `NEVER`."""
    met = np.full(len(left), NEVER)
    for pair in range(len(left)):
        one, other = left[pair], right[pair]
        step = np.int64(-1)
        while one != other:
            if merged[other] < merged[one]:
                one, other = other, one
            if merged[one] == NEVER:
                step = NEVER
                break
            step = merged[one]
            one = parents[one]
        met[pair] = step
    return met
