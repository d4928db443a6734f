"""Every record with every other: of each other dataset, or of its own."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import isqrt

from linkage.matcher.model.pairs import CandidatePairs, RowRange


def all_pairs(record_counts: Sequence[int], pairs_per_block: int) -> Iterator[CandidatePairs]:
    """All pairs of records of different datasets, each pair in exactly one block.

    Args:
        record_counts: The size of each dataset.
        pairs_per_block: The most pairs in a block, at least 1.

    Yields:
        Blocks that hold at least one pair; the dataset on the left has the lower number. Blocks of
        the same two datasets follow one another.
    """
    for left, right in combinations(range(len(record_counts)), 2):
        yield from _cut(
            RowRange(left, 0, record_counts[left]),
            RowRange(right, 0, record_counts[right]),
            pairs_per_block,
        )


def own_pairs(dataset: int, record_count: int, pairs_per_block: int) -> Iterator[CandidatePairs]:
    """All pairs of different records of one dataset, each pair in exactly one block.

    Yields:
        Blocks above the diagonal, and on it: there both sides are the same rows, so that each pair
        stands in the block twice and each record once beside itself.
    """
    slabs = list(_slabs(RowRange(dataset, 0, record_count), max(1, isqrt(pairs_per_block))))
    for index, rows in enumerate(slabs):
        for columns in slabs[index:]:
            yield CandidatePairs(rows, columns)


def count_all_pairs(record_counts: Sequence[int]) -> int:
    """How many pairs `all_pairs` gives in all its blocks."""
    return sum(left * right for left, right in combinations(record_counts, 2))


def _cut(left: RowRange, right: RowRange, pairs_per_block: int) -> Iterator[CandidatePairs]:
    """Blocks as near to square as the datasets allow: a square has the least rows to read."""
    if not len(left) or not len(right):
        return
    left_step = min(len(left), max(isqrt(pairs_per_block), pairs_per_block // len(right)))
    right_step = pairs_per_block // left_step
    for rows in _slabs(left, left_step):
        for columns in _slabs(right, right_step):
            yield CandidatePairs(rows, columns)


def _slabs(rows: RowRange, step: int) -> Iterator[RowRange]:
    for start in range(rows.start, rows.stop, step):
        yield RowRange(rows.dataset, start, min(start + step, rows.stop))
