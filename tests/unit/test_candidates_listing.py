"""What a scan lists: it costs least, and whatever it is, the same pairs are kept."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.arrays import ByteArray, EncodingMatrix, IntArray
from linkage.matcher.candidates import scan
from linkage.matcher.candidates.all_pairs import left_slabs
from linkage.matcher.candidates.listing import (
    NOT_LISTED,
    Sizes,
    leading_segment,
    listed_from,
    rows_per_block,
)
from linkage.matcher.candidates.scan import Listing, Scanner, Weights
from linkage.matcher.candidates.weights import first_weights
from linkage.matcher.compare.distinct import ABSENT, EQUAL, DistinctFilters, likeness
from linkage.matcher.evidence.judge import Kept
from tests.support.encodings import plain_schema

SEGMENTS = plain_schema(4, 128).segments()


def _people(rng: np.random.Generator, count: int, values: int) -> DistinctFilters:
    """Records whose segments have so many values each; some are blurred, some are missing."""
    filters = np.random.default_rng(0).random((4, values, 128)) < 0.2
    rows = np.concatenate([each[rng.integers(0, values, count)] for each in filters], axis=1)
    rows ^= rng.random(rows.shape) < 0.01
    for segment in range(4):
        rows[rng.random(count) < 0.2, 128 * segment : 128 * (segment + 1)] = False
    return DistinctFilters.of(EncodingMatrix(np.packbits(rows, axis=1)), SEGMENTS)


def _sample(left: DistinctFilters, right: DistinctFilters, count: int) -> ByteArray:
    rng = np.random.default_rng(1)
    sides = (rng.integers(0, len(side), count).astype(np.int32) for side in (left, right))
    return likeness(left, right, *sides)


def _kept(scanner: Scanner, numbers: tuple[int, int]) -> set[tuple[int, int]]:
    left, right = ((number, len(scanner.datasets[number])) for number in numbers)
    parts = [scanner.scan(block) for block in left_slabs(left, right, 70)]
    return {
        pair
        for part in parts
        for pair in zip(part.left_rows.tolist(), part.right_rows.tolist(), strict=True)
    }


@settings(max_examples=25)
@given(
    seed=st.integers(0, 1000),
    share=st.sampled_from([0.001, 0.01, 0.2]),
    steps=st.lists(st.integers(0, NOT_LISTED), min_size=4, max_size=4),
    leading=st.integers(0, 3),
    slab=st.sampled_from([1, 7, 64, 109, 110, 1000]),
    numbers=st.sampled_from([(0, 1), (1, 0), (0, 0)]),
)
def test_what_is_listed_in_what_order_changes_nothing_in_what_is_kept(
    seed: int, share: float, steps: list[int], leading: int, slab: int, numbers: tuple[int, int]
) -> None:
    rng = np.random.default_rng(seed)
    datasets = (_people(rng, 150, 20), _people(rng, 110, 20))
    weights = first_weights(_sample(*datasets, 5_000), SEGMENTS, share)
    listed = np.maximum(weights.least, steps)
    all_listed = Scanner.of(datasets, weights, Listing(weights.least, 0))
    some_listed = Scanner.of(datasets, weights, Listing(listed, leading))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan, "SLAB", slab)
        found = _kept(some_listed, numbers)
    assert found == _kept(all_listed, numbers)


def _choice(alike: ByteArray, share: float, filters: float) -> tuple[Weights, IntArray]:
    weights = first_weights(alike, SEGMENTS, share)
    sizes = Sizes(1_000, 1e6, (filters,) * 4, (1.0,) * 4)
    return weights, listed_from(weights, alike, sizes)


def _alike(rng: np.random.Generator, count: int) -> ByteArray:
    """Strangers: one segment that many share, one that hardly anybody does, two in between."""
    alike = rng.integers(0, 60, (count, 4)).astype(np.uint8)
    for segment, share in enumerate((0.4, 0.0001, 0.01, 0.01)):
        alike[rng.random(count) < share, segment] = EQUAL
    alike[rng.random((count, 4)) < 0.05] = ABSENT
    return alike


def test_nothing_is_left_out_where_many_pairs_are_kept() -> None:
    weights, listed = _choice(_alike(np.random.default_rng(2), 50_000), 0.3, 1e4)
    assert listed.tolist() == weights.least.tolist()


def test_what_many_share_is_not_listed_where_few_pairs_are_kept() -> None:
    weights, listed = _choice(_alike(np.random.default_rng(3), 50_000), 0.0001, 1e4)
    assert listed[0] == NOT_LISTED
    assert (listed >= weights.least).all()
    assert (listed[1:] <= EQUAL).any(), "something has to be listed"


@pytest.mark.parametrize("filters", [0.0, 1e9])
def test_the_choice_lies_between_listing_all_and_nothing(filters: float) -> None:
    for seed in range(5):
        alike = _alike(np.random.default_rng(seed), 5_000)
        weights, listed = _choice(alike, 0.003, filters)
        assert (weights.least <= listed).all()
        assert (listed <= NOT_LISTED).all()


def test_without_a_sample_all_is_listed() -> None:
    weights, listed = _choice(np.empty((0, 4), np.uint8), 1.0, 0.0)
    assert listed.tolist() == weights.least.tolist()


def test_blocks_have_fewer_rows_where_lists_are_long() -> None:
    everything = np.zeros((10, 4), np.uint8)
    all_listed, none_listed = np.zeros(4, np.int64), np.full(4, NOT_LISTED)
    for filters, rows in ((400.0, 1000), (1e6, 2)):
        sizes = Sizes(1_000, 1e6, (1_000 * filters,) * 4, (1.0,) * 4)
        assert rows_per_block(none_listed, everything, sizes, 1000) == 1000
        assert rows_per_block(all_listed, everything, sizes, 1000) == rows
        assert rows_per_block(all_listed, np.empty((0, 4), np.uint8), sizes, 7) == 7


def test_filters_that_recur_in_a_block_are_searched_for_once() -> None:
    rng = np.random.default_rng(5)
    left, right = _people(rng, 100, 10), _people(rng, 100, 10)
    whole, single = (Sizes.of(left, right, 0, rows) for rows in (100, 1))
    assert whole.pairs == single.pairs == 10_000
    counts = np.diff(left.firsts) * np.diff(right.firsts)
    assert whole.filter_pairs == tuple(counts.tolist())
    present = (left.codes >= 0).sum(axis=1) * np.diff(right.firsts)
    assert single.filter_pairs == tuple(present.tolist())


def _shared(rng: np.random.Generator, counts: tuple[int, ...]) -> DistinctFilters:
    """1,000 records of which each segment has about so many values."""
    filters = np.random.default_rng(0).random((4, max(counts), 128)) < 0.2
    chosen = [filters[number][rng.integers(0, count, 1_000)] for number, count in enumerate(counts)]
    rows = np.packbits(np.concatenate(chosen, axis=1), axis=1)
    return DistinctFilters.of(EncodingMatrix(rows), SEGMENTS)


def test_records_are_ordered_by_what_recurs_most_and_are_searched_for_the_less() -> None:
    rng = np.random.default_rng(6)
    left, right = (_shared(rng, (8_000, 8_000, 40, 8_000)) for _ in range(2))
    weights = first_weights(_sample(left, right, 5_000), SEGMENTS, 0.01)
    leading = leading_segment(weights, _sample(left, right, 5_000), left, right)
    assert leading == 2
    sizes, others = (Sizes.of(left, right, segment, 50) for segment in (2, 0))
    assert sizes.filter_pairs[2] < 0.2 * others.filter_pairs[2]
    assert sizes.additions[2] < 0.1
    assert others.additions[2] == 1


def test_what_is_kept_is_put_together_in_one_order_however_it_was_listed() -> None:
    rng = np.random.default_rng(7)
    datasets = (_people(rng, 150, 20), _people(rng, 110, 20))
    weights = first_weights(_sample(*datasets, 5_000), SEGMENTS, 0.05)
    kept = []
    for leading, rows in ((0, 1_000), (1, 40), (3, 7)):
        scanner = Scanner.of(datasets, weights, Listing(weights.least, leading))
        blocks = (*left_slabs((0, 150), (1, 110), rows), *left_slabs((0, 50), (0, 150), rows))
        kept.append(Kept.of([scanner.scan(block) for block in blocks]))
    for pairs in zip(*((each.across, *each.within) for each in kept), strict=True):
        first, *others = (np.stack((each.left_rows, each.right_rows)) for each in pairs)
        for other in others:
            np.testing.assert_array_equal(other, first)
        assert (np.lexsort((first[1], first[0])) == np.arange(first.shape[1])).all()
    assert len(kept[0].across) > 100
