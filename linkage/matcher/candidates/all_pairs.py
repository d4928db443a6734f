"""Every record with every other."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import isqrt
from typing import Final

from linkage.matcher.model.pairs import CandidatePairs, RowRange

RIGHT_TO_LEFT: Final = 4
"""Right rows to a left row in a block: to list a left row's bits takes four times as long as to
turn a right row on its side."""


def all_pairs(
    record_counts: Sequence[int], pairs_per_block: int, of: Sequence[tuple[int, int]] | None = None
) -> Iterator[CandidatePairs]:
    """All pairs of records of different datasets, each pair in exactly one block.

    Args:
        record_counts: The size of each dataset.
        pairs_per_block: The most pairs in a block, at least 1.
        of: The datasets, two by two, the lower number first; all of them if not said.

    Yields:
        Blocks that hold at least one pair; the dataset on the left has the lower number. Blocks of
        the same two datasets follow one another.
    """
    for left, right in combinations(range(len(record_counts)), 2) if of is None else of:
        yield from cut(
            RowRange(left, 0, record_counts[left]),
            RowRange(right, 0, record_counts[right]),
            pairs_per_block,
        )


def cut(left: RowRange, right: RowRange, pairs_per_block: int) -> Iterator[CandidatePairs]:
    """All pairs of some left and some right rows, in blocks of so many pairs at most.

    They are as near to `RIGHT_TO_LEFT` as the rows allow: so rows take least time.
    """
    if not len(left) or not len(right):
        return
    wanted = max(1, isqrt(pairs_per_block // RIGHT_TO_LEFT))
    left_step = min(len(left), max(wanted, pairs_per_block // len(right)))
    right_step = pairs_per_block // left_step
    for rows in _slabs(left, left_step):
        for columns in _slabs(right, right_step):
            yield CandidatePairs(rows, columns)


def left_slabs(
    left: tuple[int, int], right: tuple[int, int], left_rows: int
) -> Iterator[CandidatePairs]:
    """All pairs of two datasets, or within one, in blocks of so many left records with all right.

    Args:
        left: number of the left dataset, and how many of its records take part, from the first.
        right: the same on the right.
        left_rows: records on the left of each block.
    """
    whole = RowRange(right[0], 0, right[1])
    for rows in _slabs(RowRange(left[0], 0, left[1]), left_rows):
        yield CandidatePairs(rows, whole)


def count_all_pairs(record_counts: Sequence[int]) -> int:
    """How many pairs `all_pairs` gives in all its blocks."""
    return sum(left * right for left, right in combinations(record_counts, 2))


def _slabs(rows: RowRange, step: int) -> Iterator[RowRange]:
    for start in range(rows.start, rows.stop, step):
        yield RowRange(rows.dataset, start, min(start + step, rows.stop))
