"""Accepted pairs: all pairs of records across agencies that share a cluster, and their standing.

Where one pair lies between the clusters that a merge joined, it stands as it was judged. Where
several do they are right or wrong together, and share one probability: the mean of theirs,
sharpened, for each was judged without what the others say. Taken for a probability as it is, the
mean says too little in both directions.

Source: Ranjan, Gneiting (2010), linear pools of calibrated probabilities need sharpening.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from typing import Final

import numpy as np

from linkage.arrays import FloatArray, IndexArray, IntArray
from linkage.matcher.model.clusters import Clusters
from linkage.matcher.model.merges import Merges
from linkage.matcher.model.pairs import DecidedPairs, RecordPairs

BACKING: Final = 2.0
"""By so much, times the odds of the mean once more, its odds are raised: a mean of 0.41 is even.
See docs/decisions/0003."""


@dataclass(frozen=True, slots=True, repr=False)
class AcceptedPairs:
    """The accepted pairs of two agencies.

    Attributes:
        pairs: every pair of their records that shares a cluster.
        own: (n_pairs,) float64: match probability of each; 0 if it was never looked at, or next to
            nothing.
        probabilities: (n_pairs,) float64: the same, as the merge has it that brought them together.
    """

    pairs: RecordPairs
    own: FloatArray
    probabilities: FloatArray


def pooled(means: FloatArray) -> FloatArray:
    """The probability that a merge is right: (n,) float64, of the means of its pairs' scores."""
    right, wrong = BACKING * means**2, (1 - means) ** 2
    return right / (right + wrong)


def least_mean(probability: float) -> float:
    """The mean that is pooled to a probability."""
    right, wrong = sqrt(probability / BACKING), sqrt(1 - probability)
    return right / (right + wrong)


def accepted_pairs(
    clusters: Clusters, merges: Merges, decided: Sequence[DecidedPairs]
) -> list[AcceptedPairs]:
    """The accepted pairs of each two datasets, in ascending order of their numbers."""
    known = {pairs.datasets: _Known.of(pairs) for pairs in decided}
    found = []
    for left, right in combinations(range(len(clusters.labels)), 2):
        pairs = _together(clusters, left, right)
        merge = merges.of(pairs)
        means = merges.means[merge]
        standing = np.where(merges.pair_counts[merge] > 1, pooled(means), means)
        own = known[left, right].scores_of(pairs.left_rows, pairs.right_rows)
        found.append(AcceptedPairs(pairs, own, standing))
    return found


def acceptable(pairs: DecidedPairs, scores: FloatArray, once: tuple[bool, bool]) -> FloatArray:
    """Scores of the pairs that can be accepted together: each the best of its two records.

    Where an agency may hold a person twice, its records may share a partner.
    """
    chosen = np.ones(len(pairs), np.bool_)
    for rows, other_once in ((pairs.left_rows, once[1]), (pairs.right_rows, once[0])):
        if other_once and len(pairs):
            best = np.zeros(int(rows.max()) + 1)
            np.maximum.at(best, rows, scores)
            chosen &= scores >= best[rows]
    return scores[chosen]


@dataclass(frozen=True, slots=True, repr=False)
class _Known:
    """Match probabilities by pair; `keys` is ascending, `width` more than any right row."""

    keys: IntArray
    scores: FloatArray
    width: int

    @classmethod
    def of(cls, pairs: DecidedPairs) -> "_Known":
        width = int(pairs.right_rows.max(initial=0)) + 1
        keys = pairs.left_rows.astype(np.int64) * width + pairs.right_rows
        order = np.argsort(keys)
        scores = pairs.scores if pairs.scores is not None else np.zeros(len(pairs))
        return cls(keys[order], scores[order], width)

    def scores_of(self, left_rows: IndexArray, right_rows: IndexArray) -> FloatArray:
        """(n,) float64: of these pairs; 0 of those that are not known."""
        found = np.zeros(len(left_rows))
        if not len(self.keys):
            return found
        keys = left_rows.astype(np.int64) * self.width + right_rows
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        there = (self.keys[at] == keys) & (right_rows < self.width)
        found[there] = self.scores[at[there]]
        return found


def _together(clusters: Clusters, left: int, right: int) -> RecordPairs:
    """All pairs of the two datasets' records that share a cluster, by left row."""
    ours, theirs = clusters.labels[left], clusters.labels[right]
    order = np.argsort(theirs, kind="stable")
    starts = np.searchsorted(theirs[order], ours, side="left")
    counts = np.searchsorted(theirs[order], ours, side="right") - starts
    left_rows = np.repeat(np.arange(len(ours)), counts)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    right_rows = order[np.repeat(starts, counts) + within]
    return RecordPairs(left, right, left_rows.astype(np.int32), right_rows.astype(np.int32))
