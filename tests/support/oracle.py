"""The match run again, slowly: plain Python, exact numbers, no arrays.

What fast code gives is compared with this. It shares no line with it and is written to be read
beside the definitions: Dice coefficient in the glossary, agglomeration in accuracy section 3.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
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
    pairs: Iterable[ScoredPair], record_counts: Sequence[int], once: Sequence[bool]
) -> Partition:
    """Clusters by taking pairs best first and merging where no clean agency would be doubled."""
    cluster_of: dict[Record, set[Record]] = {
        (dataset, row): {(dataset, row)}
        for dataset, count in enumerate(record_counts)
        for row in range(count)
    }
    for _, one, other in sorted(pairs):
        union = cluster_of[one] | cluster_of[other]
        if all(
            len([1 for dataset, _ in union if dataset == agency]) <= 1
            for agency, is_clean in enumerate(once)
            if is_clean
        ):
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
