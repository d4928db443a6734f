"""Agglomeration: the likeliest pairs first; groups merge only on the word of all their members.

Every record starts as a cluster of its own. Pairs that reach the threshold are taken in order of
descending score; each merges the clusters of its two records, unless

- the result would hold two records of an agency that holds each person once, or
- there are several pairs of their records across agencies, and the scores of all of these are on
  average below a second threshold, the support. A pair that was not worth a score counts as 0.

So two groups are never merged by one false pair unseen; and a record joins the two that it fits
although it reaches the threshold with one of them only: transitivity is evidence. What a mean is
worth, and so what support to ask for, depends on what the scores are (`evidence/accepted.py`).
Pairs of equal score are taken in ascending order of (dataset, row) of their first record, then of
their second, so the result depends on nothing but the pairs.

For two agencies that each hold every person once this is greedy one-to-one: a pair counts if
neither record is in a better one. In an agency with duplicates two records come together through a
partner's record that both match; they are not compared with each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numba import njit

from linkage.arrays import FloatArray, IndexArray, IntArray, ShapeError, WordArray
from linkage.matcher.model.clusters import Clusters
from linkage.matcher.model.datasets import MAX_RECORDS, DatasetOutline
from linkage.matcher.model.merges import Merges
from linkage.matcher.model.pairs import DecidedPairs

MAX_DATASETS: Final = 64
"""The set of agencies in a cluster is one 64-bit word."""
MAX_PAIRS: Final = (1 << 31) - 1
"""Pairs are numbered with 32 bits and a sign."""


@dataclass(frozen=True, slots=True, repr=False)
class ScoredPairs:
    """All pairs that have a score, and what it takes to merge two clusters.

    Attributes:
        decided: pairs with scores, in any order, of any two datasets; a pair comes once.
        threshold: the least score of a pair that merges two clusters.
        support: the least mean score between two clusters with several pairs between them.
    """

    decided: tuple[DecidedPairs, ...]
    threshold: float
    support: float


class Agglomeration(NamedTuple):
    """What agglomeration comes to.

    Attributes:
        clusters: that the pairs make, numbered in order of their first record.
        merges: by which they came about.
    """

    clusters: Clusters
    merges: Merges


def agglomerate(scored: ScoredPairs, datasets: Sequence[DatasetOutline]) -> Agglomeration:
    """Merges clusters by the pairs' scores.

    Args:
        scored: The pairs.
        datasets: Every dataset of the run, by number.

    Raises:
        ShapeError: Pairs have no scores or point outside the datasets, or there are too many
            datasets, records or pairs.

    Memory: 72 bytes a pair and 100 a record, besides what is given and returned.
    """
    if len(datasets) > MAX_DATASETS:
        raise ShapeError(f"agglomerate: {len(datasets)} datasets, at most {MAX_DATASETS}")
    starts = np.cumsum([0, *(dataset.record_count for dataset in datasets)], dtype=np.int64)
    if starts[-1] > MAX_RECORDS:
        raise ShapeError(f"agglomerate: {starts[-1]} records, at most {MAX_RECORDS}")
    if (pair_count := sum(map(len, scored.decided))) > MAX_PAIRS:
        raise ShapeError(f"agglomerate: {pair_count} pairs, at most {MAX_PAIRS}")
    for pairs in scored.decided:
        _check_inside(pairs, datasets)
    edges = _ordered_edges(scored.decided, starts)
    numbers = np.repeat(np.arange(len(datasets)), np.diff(starts)).astype(np.int64)
    merging = (_agency_sets(datasets), numbers, scored.threshold, scored.support)
    neighbours = _neighbours(edges.low, edges.high, int(starts[-1]))
    labels, parents, means, pair_counts = _merge(edges, neighbours, *merging)
    return Agglomeration(
        Clusters(tuple(np.split(labels, starts[1:-1]))),
        Merges(starts, parents, means, pair_counts),
    )


def _check_inside(pairs: DecidedPairs, datasets: Sequence[DatasetOutline]) -> None:
    if pairs.scores is None:
        raise ShapeError("agglomerate: pairs without scores have no best one to begin with")
    sides = zip(pairs.datasets, (pairs.left_rows, pairs.right_rows), strict=True)
    for dataset, rows in sides:
        if not 0 <= dataset < len(datasets):
            raise ShapeError(f"agglomerate: no dataset {dataset} among {len(datasets)}")
        if len(rows) and rows.max() >= datasets[dataset].record_count:
            raise ShapeError(f"agglomerate: a row lies outside dataset {dataset}")


class _Edges(NamedTuple):
    """All pairs by node, a node being a record's number among the records of all datasets.

    Ordered by descending score, then ascending nodes. `low` and `high` are (n_pairs,) int32, `low`
    the lower node of each; `scores` is (n_pairs,) float64.
    """

    low: IndexArray
    high: IndexArray
    scores: FloatArray


class _Neighbours(NamedTuple):
    """Each node's pairs: node n's are from `starts[n]` to before `starts[n + 1]`.

    `starts` is (n_nodes + 1,) int64. The others are (2 * n_pairs,) int32: the node at the other end
    of each pair, and the pair's number.
    """

    starts: IntArray
    facing: IndexArray
    pairs: IndexArray


def _ordered_edges(decided: Sequence[DecidedPairs], starts: IntArray) -> _Edges:
    low, high = [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    scores = [np.empty(0)]
    for pairs in decided:
        left = pairs.left_rows + starts[pairs.left_dataset].astype(np.int32)
        right = pairs.right_rows + starts[pairs.right_dataset].astype(np.int32)
        low.append(np.minimum(left, right))
        high.append(np.maximum(left, right))
        scores.append(_scores(pairs))
    edges = _Edges(np.concatenate(low), np.concatenate(high), np.concatenate(scores))
    # Not np.lexsort, which takes twice as long. No two pairs share both nodes.
    order = np.argsort(edges.low.astype(np.uint64) << np.uint64(32) | edges.high.astype(np.uint64))
    order = order[np.argsort(-edges.scores[order], kind="stable")]
    return _Edges(edges.low[order], edges.high[order], edges.scores[order])


class _Groups(NamedTuple):
    """The clusters so far.

    Both are (n_nodes,) int32. `roots` is a union-find forest, in which the root of a cluster is its
    lowest node; `following` makes a ring of each cluster's nodes.
    """

    roots: IndexArray
    following: IndexArray


def _scores(pairs: DecidedPairs) -> FloatArray:
    if pairs.scores is None:
        raise ShapeError("agglomerate: pairs without scores have no best one to begin with")
    return pairs.scores


def _agency_sets(datasets: Sequence[DatasetOutline]) -> WordArray:
    """(n_nodes,) uint64: bit d is set for records of dataset d, if it holds each person once."""
    bits = [int(d.holds_each_person_once) << number for number, d in enumerate(datasets)]
    return np.repeat(np.array(bits, np.uint64), [d.record_count for d in datasets])


# cache=True: see compare/near.py for why its folder is as private as the code.


@njit(nogil=True, cache=True)
def _neighbours(low: IndexArray, high: IndexArray, node_count: int) -> _Neighbours:
    """The pairs of each node, first those of which it is the lower one; each in their order."""
    starts = np.zeros(node_count + 1, np.int64)
    for ends in (low, high):
        for node in ends:
            starts[node + 1] += 1
    starts = np.cumsum(starts)
    free = starts.copy()
    facing, pairs = np.empty(2 * len(low), np.int32), np.empty(2 * len(low), np.int32)
    for ends, others in ((low, high), (high, low)):
        for pair, node in enumerate(ends):
            facing[free[node]], pairs[free[node]] = others[pair], pair
            free[node] += 1
    return _Neighbours(starts, facing, pairs)


@njit(nogil=True, cache=True)
def _root(roots: IndexArray, node: int) -> int:
    while roots[node] != node:
        roots[node] = roots[roots[node]]
        node = roots[node]
    return node


@njit(nogil=True, cache=True)
def _merge(
    edges: _Edges,
    neighbours: _Neighbours,
    agencies: WordArray,
    datasets: IntArray,
    threshold: float,
    support: float,
) -> tuple[IndexArray, IntArray, FloatArray, IntArray]:
    """The cluster of each node, and the merges; `agencies` is used up.

    `agencies` of a root is the whole cluster's, and `latest` the merge that made it.
    """
    count, merged = len(agencies), 0
    roots, following = np.arange(count).astype(np.int32), np.arange(count).astype(np.int32)
    groups, latest, parents = _Groups(roots, following), np.arange(count), np.arange(2 * count)
    means, pair_counts = np.empty(count), np.empty(count, np.int64)
    for pair in range(len(edges.low)):
        if edges.scores[pair] < threshold:
            break
        one, other = _root(roots, edges.low[pair]), _root(roots, edges.high[pair])
        if one == other or agencies[one] & agencies[other]:
            continue
        mean, between = edges.scores[pair], 1
        if following[one] != one or following[other] != other:
            mean, between = _between(groups, neighbours, edges, datasets, one, other)
            if between > 1 and mean < support:
                continue
        parents[latest[one]] = parents[latest[other]] = count + merged
        if other < one:
            one, other = other, one
        means[merged], pair_counts[merged], latest[one] = mean, between, count + merged
        merged += 1
        roots[other] = one
        agencies[one] |= agencies[other]
        following[one], following[other] = following[other], following[one]
    parents = parents[: count + merged].copy()
    return _numbered(roots), parents, means[:merged].copy(), pair_counts[:merged].copy()


@njit(nogil=True, cache=True)
def _between(
    groups: _Groups,
    neighbours: _Neighbours,
    edges: _Edges,
    datasets: IntArray,
    one: int,
    other: int,
) -> tuple[float, int]:
    """The mean score between two clusters, given by their roots, and the pairs across agencies."""
    roots, following = groups
    total, count = 0.0, 0
    node = one
    while True:
        facing = other
        while True:
            count += datasets[node] != datasets[facing]
            facing = following[facing]
            if facing == other:
                break
        for at in range(neighbours.starts[node], neighbours.starts[node + 1]):
            if _root(roots, neighbours.facing[at]) == other:
                total += edges.scores[neighbours.pairs[at]]
        node = following[node]
        if node == one:
            return total / max(1, count), count


@njit(nogil=True, cache=True)
def _numbered(roots: IndexArray) -> IndexArray:
    """Clusters numbered in order of their first node."""
    labels = np.empty(len(roots), np.int32)
    count = 0
    for node in range(len(roots)):
        root = _root(roots, node)
        if root == node:
            labels[node] = count
            count += 1
        else:
            labels[node] = labels[root]
    return labels
