"""All pairs, cut into blocks."""

from collections import Counter
from itertools import combinations, product

import pytest

from linkage.arrays import ShapeError
from linkage.matcher.candidates.all_pairs import all_pairs, count_all_pairs
from linkage.matcher.model.pairs import CandidatePairs, RowRange


def _pairs_in(block: CandidatePairs) -> list[tuple[int, int, int, int]]:
    rows = range(block.left.start, block.left.stop)
    columns = range(block.right.start, block.right.stop)
    return [(block.left.dataset, r, block.right.dataset, c) for r, c in product(rows, columns)]


@pytest.mark.parametrize("counts", [(3, 4), (1, 50), (50, 1), (7, 7, 7), (5, 0, 6), (0, 0), (9,)])
@pytest.mark.parametrize("pairs_per_block", [1, 2, 10, 37, 10_000])
def test_every_pair_of_different_datasets_is_in_exactly_one_block(
    counts: tuple[int, ...], pairs_per_block: int
) -> None:
    blocks = list(all_pairs(counts, pairs_per_block))
    found = Counter(pair for block in blocks for pair in _pairs_in(block))
    expected = [
        (left, row, right, column)
        for left, right in combinations(range(len(counts)), 2)
        for row, column in product(range(counts[left]), range(counts[right]))
    ]
    assert found == Counter(expected)
    assert count_all_pairs(counts) == len(expected)
    assert all(1 <= len(block) <= pairs_per_block for block in blocks)


def test_blocks_are_made_one_at_a_time_however_many_there_are() -> None:
    blocks = all_pairs([1 << 30, 1 << 30], pairs_per_block=100)
    assert next(blocks) == CandidatePairs(RowRange(0, 0, 10), RowRange(1, 0, 10))


def test_a_small_dataset_is_not_cut_where_the_other_one_can_be() -> None:
    blocks = list(all_pairs([1000, 3], pairs_per_block=300))
    assert len(blocks) == 10
    assert {len(block.right) for block in blocks} == {3}


@pytest.mark.parametrize(("dataset", "start", "stop"), [(-1, 0, 1), (0, -1, 1), (0, 2, 1)])
def test_a_range_that_is_none_is_refused(dataset: int, start: int, stop: int) -> None:
    with pytest.raises(ShapeError):
        RowRange(dataset, start, stop)
