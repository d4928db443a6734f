"""The match run again, slowly: plain Python, exact numbers, no arrays.

What fast code gives is compared with this. It shares no line with it and is written to be read
beside the definitions: Dice coefficient in the glossary, agglomeration and competition where the
fast code describes them.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import product
from math import prod
from typing import NamedTuple, TypeAlias

from linkage.arrays import EncodingMatrix
from linkage.matcher.model.clusters import Clusters
from linkage.matcher.model.pairs import DecidedPairs

Record: TypeAlias = tuple[int, int]
"""Number of the dataset, row in it."""
Partition: TypeAlias = frozenset[frozenset[Record]]


class ScoredPair(NamedTuple):
    """Two records and how alike they are; ordered best first, then by records."""

    rank: Fraction
    first: Record
    second: Record


def scored_pair(score: Fraction, one: Record, other: Record) -> ScoredPair:
    """A pair whose records are in ascending order."""
    return ScoredPair(-score, min(one, other), max(one, other))


def dice(left: bytes, right: bytes) -> Fraction:
    """2c / (a + b), exactly; 0 for two empty encodings."""
    a, b = int.from_bytes(left), int.from_bytes(right)
    bits = a.bit_count() + b.bit_count()
    return Fraction(2 * (a & b).bit_count(), bits) if bits else Fraction(0)


def matches(
    left: EncodingMatrix, right: EncodingMatrix, threshold: Decimal
) -> list[tuple[int, int, Fraction]]:
    """Left row, right row and score of every pair that reaches the threshold, in that order."""
    scored = (
        (row, column, dice(one.tobytes(), other.tobytes()))
        for row, one in enumerate(left.rows)
        for column, other in enumerate(right.rows)
    )
    return [pair for pair in scored if pair[2] >= Fraction(threshold)]


def agglomerated(
    pairs: Iterable[ScoredPair],
    record_counts: Sequence[int],
    once: Sequence[bool],
    threshold: Fraction,
    support: Fraction,
) -> Partition:
    """Clusters by taking pairs best first, down to the threshold.

    Two clusters merge where no clean agency would be doubled, and where the mean score between
    them, over all pairs of their records across agencies, reaches the support, or there is one.
    """
    ordered = sorted(pairs)
    score_of = {frozenset({one, other}): -rank for rank, one, other in ordered}
    cluster_of: dict[Record, set[Record]] = {
        (dataset, row): {(dataset, row)}
        for dataset, count in enumerate(record_counts)
        for row in range(count)
    }
    for rank, one, other in ordered:
        if -rank < threshold:
            break
        ours, theirs = cluster_of[one], cluster_of[other]
        if ours is theirs:
            continue
        union = ours | theirs
        doubles = any(
            len([1 for dataset, _ in union if dataset == agency]) > 1
            for agency, is_clean in enumerate(once)
            if is_clean
        )
        between = [
            score_of.get(frozenset({ours_one, theirs_one}), Fraction(0))
            for ours_one in ours
            for theirs_one in theirs
            if ours_one[0] != theirs_one[0]
        ]
        supported = len(between) == 1 or sum(between, Fraction(0)) / len(between) >= support
        if not doubles and supported:
            for record in union:
                cluster_of[record] = union
    return frozenset(frozenset(cluster) for cluster in cluster_of.values())


def one_to_one(pairs: Iterable[ScoredPair]) -> set[tuple[Record, Record]]:
    """Pairs best first, each record in at most one."""
    chosen: set[tuple[Record, Record]] = set()
    taken: set[Record] = set()
    for _, one, other in sorted(pairs):
        if one not in taken and other not in taken:
            chosen.add((one, other))
            taken |= {one, other}
    return chosen


def partition(clusters: Clusters) -> Partition:
    """Clusters as sets of records, without their numbers."""
    members: dict[int, set[Record]] = {}
    for dataset, labels in enumerate(clusters.labels):
        for row, label in enumerate(labels.tolist()):
            members.setdefault(label, set()).add((dataset, row))
    return frozenset(frozenset(cluster) for cluster in members.values())


def scored_pairs(decided: Iterable[DecidedPairs]) -> list[ScoredPair]:
    """The same pairs as records."""
    return [
        scored_pair(Fraction(score), (pairs.left_dataset, left), (pairs.right_dataset, right))
        for pairs in decided
        if pairs.scores is not None
        for left, right, score in zip(
            pairs.left_rows.tolist(),
            pairs.right_rows.tolist(),
            pairs.scores.tolist(),
            strict=True,
        )
    ]


def marginals(
    pairs: Sequence[tuple[int, int]], odds: Sequence[float], repeats: tuple[float, float]
) -> list[float]:
    """The probability of each pair, by going through every set of matches there can be.

    A set weighs the product of its pairs' odds and, for each record with d > 1 partners in it,
    s^(d - 1); `repeats` is s of the left records and of the right.
    """
    total, of_pair = 0.0, [0.0] * len(pairs)
    for chosen in product([False, True], repeat=len(pairs)):
        matched = [pair for pair, is_chosen in zip(pairs, chosen, strict=True) if is_chosen]
        weight = prod(each for each, is_chosen in zip(odds, chosen, strict=True) if is_chosen)
        for side, s in enumerate(repeats):
            for partners in Counter(pair[side] for pair in matched).values():
                weight *= s ** (partners - 1)
        total += weight
        of_pair = [
            sum_ + weight * is_chosen for sum_, is_chosen in zip(of_pair, chosen, strict=True)
        ]
    return [sum_ / total for sum_ in of_pair]
