"""Accepted pairs: all pairs of records across agencies that share a cluster, and their standing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from linkage.arrays import FloatArray, IndexArray, IntArray
from linkage.matcher.model.clusters import Clusters
from linkage.matcher.model.pairs import DecidedPairs, RecordPairs


@dataclass(frozen=True, slots=True, repr=False)
class AcceptedPairs:
    """The accepted pairs of two agencies.

    Attributes:
        pairs: every pair of their records that shares a cluster.
        own: (n_pairs,) float64: match probability of each; 0 if it was never looked at.
        probabilities: (n_pairs,) float64: the same, or what the best third record says if that is
            more: if both belong to it, they belong to each other.
    """

    pairs: RecordPairs
    own: FloatArray
    probabilities: FloatArray


def accepted_pairs(clusters: Clusters, decided: Sequence[DecidedPairs]) -> list[AcceptedPairs]:
    """The accepted pairs of each two datasets, in ascending order of their numbers."""
    known = {pairs.datasets: _Known.of(pairs) for pairs in decided}
    first = [_first_record(labels, clusters.count) for labels in clusters.labels]
    found = []
    for left, right in combinations(range(len(clusters.labels)), 2):
        pairs = _together(clusters, left, right)
        own = _look_up(known, left, right, pairs.left_rows, pairs.right_rows)
        best = own.copy()
        shared = clusters.labels[left][pairs.left_rows]
        for third in range(len(clusters.labels)):
            if third in {left, right}:
                continue
            record = first[third][shared]
            through = _look_up(known, left, third, pairs.left_rows, record)
            through *= _look_up(known, third, right, record, pairs.right_rows)
            best = np.maximum(best, np.where(record >= 0, through, 0.0))
        found.append(AcceptedPairs(pairs, own, best))
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
        scores = pairs.scores if pairs.scores is not None else np.ones(len(pairs))
        return cls(keys[order], scores[order], width)


def _look_up(
    known: Mapping[tuple[int, int], _Known],
    left: int,
    right: int,
    left_rows: IndexArray,
    right_rows: IndexArray,
) -> FloatArray:
    if left > right:
        return _look_up(known, right, left, right_rows, left_rows)
    table = known[left, right]
    found = np.zeros(len(left_rows))
    if not len(table.keys):
        return found
    keys = left_rows.astype(np.int64) * table.width + right_rows
    at = np.minimum(np.searchsorted(table.keys, keys), len(table.keys) - 1)
    there = (table.keys[at] == keys) & (right_rows < table.width) & (right_rows >= 0)
    found[there] = table.scores[at[there]]
    return found


def _first_record(labels: IndexArray, count: int) -> IndexArray:
    """(n_clusters,) int32: the first record of the dataset in each cluster, or -1."""
    first = np.full(count, -1, np.int32)
    first[labels[::-1]] = np.arange(len(labels), dtype=np.int32)[::-1]
    return first


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
