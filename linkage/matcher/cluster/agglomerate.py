"""Greedy agglomeration: the best pairs first, at most one record of a clean agency in a cluster.

Every record starts as a cluster of its own. Pairs are taken in order of descending score; each
merges the clusters of its two records, unless the result would hold two records of an agency that
holds each person once. Pairs of equal score are taken in ascending order of (dataset, row) of
their first record, then of their second, so the result depends on nothing but the pairs.

For two agencies that each hold every person once this is greedy one-to-one: a pair counts if
neither record is in a better one.

For three and more it is transitive: A with B and B with C puts A and C together, however unlike
they are. The rule of one record keeps such chains short among agencies that hold each person once.
An agency with duplicates has no such rule: its records are not compared with each other, two of
them come together through a partner's record that both match, and nothing stops a chain through
several of its records from joining different people. A later issue weighs all pairs of a cluster
as probabilities instead; until then an agency that can remove its duplicates should.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numba import njit

from linkage.arrays import FloatArray, IndexArray, IntArray, ShapeError, WordArray
from linkage.matcher.model.clusters import Clusters
from linkage.matcher.model.datasets import MAX_RECORDS, DatasetOutline
from linkage.matcher.model.pairs import DecidedPairs

MAX_DATASETS: Final = 64
"""The set of agencies in a cluster is one 64-bit word."""


def agglomerate(decided: Sequence[DecidedPairs], datasets: Sequence[DatasetOutline]) -> Clusters:
    """The clusters that the matches make, numbered in order of their first record.

    Args:
        decided: Matches with scores, in any order, of any two datasets; a pair may come twice.
        datasets: Every dataset of the run, by number.

    Raises:
        ShapeError: Pairs have no scores or point outside the datasets, or there are too many
            datasets or records.

    Memory: 40 bytes a pair and 20 a record, besides what is given and returned.
    """
    if len(datasets) > MAX_DATASETS:
        raise ShapeError(f"agglomerate: {len(datasets)} datasets, at most {MAX_DATASETS}")
    starts = np.cumsum([0, *(dataset.record_count for dataset in datasets)], dtype=np.int64)
    if starts[-1] > MAX_RECORDS:
        raise ShapeError(f"agglomerate: {starts[-1]} records, at most {MAX_RECORDS}")
    for pairs in decided:
        _check_inside(pairs, datasets)
    labels = _merge(*_ordered_nodes(decided, starts), _agency_sets(datasets))
    return Clusters(tuple(np.split(labels, starts[1:-1])))


def _check_inside(pairs: DecidedPairs, datasets: Sequence[DatasetOutline]) -> None:
    if pairs.scores is None:
        raise ShapeError("agglomerate: pairs without scores have no best one to begin with")
    sides = zip(pairs.datasets, (pairs.left_rows, pairs.right_rows), strict=True)
    for dataset, rows in sides:
        if not 0 <= dataset < len(datasets):
            raise ShapeError(f"agglomerate: no dataset {dataset} among {len(datasets)}")
        if len(rows) and rows.max() >= datasets[dataset].record_count:
            raise ShapeError(f"agglomerate: a row lies outside dataset {dataset}")


def _ordered_nodes(
    decided: Sequence[DecidedPairs], starts: IntArray
) -> tuple[IntArray, IndexArray, IndexArray]:
    """All pairs by node, a node being a record's number among the records of all datasets.

    Returns:
        The order in which to take the pairs; then for each pair its lower and its higher node.
    """
    pair_count = sum(len(pairs) for pairs in decided)
    first, second = np.empty(pair_count, np.int32), np.empty(pair_count, np.int32)
    descending = np.empty(pair_count, np.float64)
    filled = 0
    for pairs in decided:
        part = slice(filled, filled + len(pairs))
        left = pairs.left_rows + starts[pairs.left_dataset].astype(np.int32)
        right = pairs.right_rows + starts[pairs.right_dataset].astype(np.int32)
        np.minimum(left, right, out=first[part])
        np.maximum(left, right, out=second[part])
        np.negative(_scores(pairs), out=descending[part])
        filled = part.stop
    return np.lexsort((second, first, descending)), first, second


def _scores(pairs: DecidedPairs) -> FloatArray:
    if pairs.scores is None:
        raise ShapeError("agglomerate: pairs without scores have no best one to begin with")
    return pairs.scores


def _agency_sets(datasets: Sequence[DatasetOutline]) -> WordArray:
    """(n_nodes,) uint64: bit d is set for records of dataset d, if it holds each person once."""
    bits = [int(d.holds_each_person_once) << number for number, d in enumerate(datasets)]
    return np.repeat(np.array(bits, np.uint64), [d.record_count for d in datasets])


# cache=True: see compare/dice.py for why its folder is as private as the code.


@njit(nogil=True, cache=True)
def _root(parents: IndexArray, node: int) -> int:
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = parents[node]
    return node


@njit(nogil=True, cache=True)
def _merge(
    order: IntArray, first: IndexArray, second: IndexArray, agencies: WordArray
) -> IndexArray:
    """The cluster of each node, by union-find; `agencies` is used up.

    The root of a cluster is its lowest node, and `agencies` of the root is the whole cluster's.
    """
    parents = np.arange(len(agencies)).astype(np.int32)
    for pair in order:
        low, high = _root(parents, first[pair]), _root(parents, second[pair])
        if low == high or agencies[low] & agencies[high]:
            continue
        if high < low:
            low, high = high, low
        parents[high] = low
        agencies[low] |= agencies[high]
    labels = np.empty(len(parents), np.int32)
    count = 0
    for node in range(len(parents)):
        root = _root(parents, node)
        if root == node:
            labels[node] = count
            count += 1
        else:
            labels[node] = labels[root]
    return labels
