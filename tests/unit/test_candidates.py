"""All pairs, cut into blocks; the scan of them, and the weights and the cut that it goes by."""

from collections import Counter
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.arrays import ByteArray, EncodingMatrix, ShapeError
from linkage.matcher.candidates.all_pairs import all_pairs, count_all_pairs, left_slabs
from linkage.matcher.candidates.scan import Listing, Scanner, Weights, score
from linkage.matcher.candidates.weights import (
    ALL_KEPT_PAIRS,
    LEAST_KEPT,
    LEAST_WEIGHT,
    MOST_SCORE,
    PER_NAT,
    first_weights,
    kept_share,
)
from linkage.matcher.compare.distinct import ABSENT, EQUAL, DistinctFilters, likeness
from linkage.matcher.evidence.within import within_rows
from linkage.matcher.model.pairs import CandidatePairs, RowRange
from linkage.matcher.run import DEFAULT_LIMITS
from tests.support.encodings import plain_schema


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
    assert next(blocks) == CandidatePairs(RowRange(0, 0, 5), RowRange(1, 0, 20))


def test_a_small_dataset_is_not_cut_where_the_other_one_can_be() -> None:
    blocks = list(all_pairs([1000, 3], pairs_per_block=300))
    assert len(blocks) == 10
    assert {len(block.right) for block in blocks} == {3}


@pytest.mark.parametrize(("dataset", "start", "stop"), [(-1, 0, 1), (0, -1, 1), (0, 2, 1)])
def test_a_range_that_is_none_is_refused(dataset: int, start: int, stop: int) -> None:
    with pytest.raises(ShapeError):
        RowRange(dataset, start, stop)


def test_left_slabs_hold_every_pair_once_with_all_right_records_in_each() -> None:
    blocks = list(left_slabs((0, 10), (1, 4), 3))
    assert [len(block.left) for block in blocks] == [3, 3, 3, 1]
    assert {(block.right.start, block.right.stop) for block in blocks} == {(0, 4)}
    found = Counter(pair for block in blocks for pair in _pairs_in(block))
    assert found == Counter((0, row, 1, column) for row in range(10) for column in range(4))
    assert list(left_slabs((0, 0), (1, 4), 3)) == []


SEGMENTS = plain_schema(4, 128).segments()


def _made_up(seed: int, count: int, missing: float = 0.15) -> DistinctFilters:
    """Records that share filters with each other and lack some."""
    rng = np.random.default_rng(seed)
    values = np.random.default_rng(0).random((4, 12, 128)) < 0.2
    chosen = np.concatenate([values[s][rng.integers(0, 12, count)] for s in range(4)], axis=1)
    chosen ^= rng.random(chosen.shape) < 0.02
    for segment in range(4):
        chosen[rng.random(count) < missing, segment * 128 : (segment + 1) * 128] = False
    return DistinctFilters.of(EncodingMatrix(np.packbits(chosen, axis=1)), SEGMENTS)


def _alike(left: DistinctFilters, right: DistinctFilters) -> ByteArray:
    rows = np.indices((len(left), len(right)), np.int32).reshape(2, -1)
    return likeness(left, right, rows[0], rows[1])


def _scanner(datasets: tuple[DistinctFilters, DistinctFilters], weights: Weights) -> Scanner:
    return Scanner.of(datasets, weights, Listing(weights.least, 1))


def _scanned(
    scanner: Scanner, numbers: tuple[int, int], left_rows: int
) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    sides = [(number, len(scanner.datasets[number])) for number in numbers]
    return [
        ((pairs.left_dataset, row), (pairs.right_dataset, column))
        for block in left_slabs(sides[0], sides[1], left_rows)
        for pairs in [scanner.scan(block)]
        for row, column in zip(pairs.left_rows.tolist(), pairs.right_rows.tolist(), strict=True)
    ]


@pytest.mark.parametrize("share", [0.003, 0.02, 0.2, 1.0])
@pytest.mark.parametrize("numbers", [(0, 1), (1, 0), (0, 0)])
def test_a_scan_keeps_the_pairs_whose_score_reaches_the_cut(
    numbers: tuple[int, int], share: float
) -> None:
    datasets = (_made_up(1, 60), _made_up(2, 45))
    alike = _alike(*datasets)
    weights = first_weights(alike, SEGMENTS, share)
    left, right = (datasets[number] for number in numbers)
    scores = score(weights, _alike(left, right)).reshape(len(left), len(right))
    if numbers == (0, 0):
        scores[np.tril_indices(len(left))] = -MOST_SCORE - 2  # each pair once
    kept = _scanned(_scanner(datasets, weights), numbers, 13)
    found = np.zeros_like(scores, np.bool_)
    for (_, row), (_, column) in kept:
        found[row, column] = True
    assert len(kept) == np.count_nonzero(found), "each pair once"
    assert (found == (scores >= weights.cut)).all()
    assert found.any()
    assert {(left, right) for (left, _), (right, _) in kept} == {numbers}


@pytest.mark.parametrize("numbers", [(0, 1), (1, 1)])
def test_blocks_of_any_size_keep_the_same_pairs(numbers: tuple[int, int]) -> None:
    datasets = (_made_up(3, 50), _made_up(4, 70))
    weights = first_weights(_alike(*datasets), SEGMENTS, 0.05)
    scanner = _scanner(datasets, weights)
    whole = _scanned(scanner, numbers, 1000)
    assert len(whole) > 50
    for left_rows in (1, 7, 33):
        assert sorted(_scanned(scanner, numbers, left_rows)) == sorted(whole)


def test_swapping_two_datasets_keeps_the_same_pairs_the_other_way_round() -> None:
    datasets = (_made_up(5, 40), _made_up(6, 40))
    scanner = _scanner(datasets, first_weights(_alike(*datasets), SEGMENTS, 0.05))
    forth, back = _scanned(scanner, (0, 1), 10), _scanned(scanner, (1, 0), 10)
    assert sorted((one, other) for other, one in back) == sorted(forth)


def test_records_without_a_single_filter_are_scanned_like_others() -> None:
    nobody = DistinctFilters.of(EncodingMatrix(np.zeros((3, 64), np.uint8)), SEGMENTS)
    some = _made_up(7, 20)
    for share in (0.1, 1.0):
        scanner = _scanner((nobody, some), first_weights(_alike(some, some), SEGMENTS, share))
        kept = _scanned(scanner, (0, 1), 2)
        assert len(kept) == (60 if scanner.weights.cut <= 0 else 0)


def test_nothing_is_kept_where_an_agency_has_no_records() -> None:
    nobody = DistinctFilters.of(EncodingMatrix(np.empty((0, 64), np.uint8)), SEGMENTS)
    some = _made_up(8, 20)
    scanner = _scanner((nobody, some), first_weights(_alike(nobody, some), SEGMENTS, 1.0))
    for numbers in ((0, 1), (1, 0), (0, 0)):
        assert _scanned(scanner, numbers, 5) == []


_likeness_column = st.lists(
    st.sampled_from([ABSENT, 0, 0, 5, 10, 25, 40, 60, 80, 99, EQUAL]), min_size=1, max_size=60
)


@settings(max_examples=40)
@given(st.lists(_likeness_column, min_size=1, max_size=3), st.floats(1e-4, 1))
def test_first_weights_grow_with_likeness_and_are_bounded(
    columns: list[list[int]], share: float
) -> None:
    count = min(map(len, columns))
    alike = np.array([column[:count] for column in columns], np.uint8).T.copy()
    segments = plain_schema(len(columns), 128).segments()
    weights = first_weights(alike, segments, share)
    assert weights.added.shape == (len(columns), EQUAL + 1)
    assert (np.diff(weights.added, axis=1) >= 0).all(), "more likeness never says less"
    assert (weights.added >= LEAST_WEIGHT * PER_NAT).all(), "unlikeness takes off little"
    # With n strangers seen, a weight says at most that none of them would be so alike.
    assert (weights.added <= np.log(count + 1) * PER_NAT + 0.5).all()
    for added, least in zip(weights.added, weights.least, strict=True):
        assert 1 <= least <= EQUAL
        assert (added[:least] == added[0]).all(), "below `least` there is one weight"


def _random_alike(rng: np.random.Generator, count: int) -> ByteArray:
    """Strangers: mostly unlike, a few namesakes."""
    alike = rng.integers(0, 40, (count, 4)).astype(np.uint8)
    alike[rng.random((count, 4)) < 0.01] = EQUAL
    return alike


@pytest.mark.parametrize("share", [0.0005, 0.01, 0.1])
@pytest.mark.parametrize("spoilt", ["nothing", "constant", "two values", "empty", "all constant"])
def test_a_scan_keeps_about_the_share_that_it_was_asked_for_and_never_many_more(
    spoilt: str, share: float
) -> None:
    rng = np.random.default_rng(9)
    alike = _random_alike(rng, 20_000)
    match spoilt:
        case "constant":
            alike[:, 0] = EQUAL
        case "two values":
            alike[:, 0] = np.where(rng.random(20_000) < 0.5, EQUAL, 3)
        case "empty":
            alike[:, 0] = ABSENT
        case "all constant":
            alike[:] = EQUAL
    weights = first_weights(alike, SEGMENTS, share)
    kept = np.mean(score(weights, alike) >= weights.cut)
    assert kept <= 2 * share + 1e-3
    if spoilt != "all constant":
        assert kept >= share / 10


def test_a_share_of_all_pairs_keeps_them_all() -> None:
    alike = _random_alike(np.random.default_rng(10), 500)
    weights = first_weights(alike, SEGMENTS, 1.0)
    assert (score(weights, alike) >= weights.cut).all()


def test_matches_reach_the_cut_that_strangers_set() -> None:
    rng = np.random.default_rng(11)
    weights = first_weights(_random_alike(rng, 50_000), SEGMENTS, 0.001)
    moved = np.array([[EQUAL, EQUAL, EQUAL, 5], [EQUAL, 80, EQUAL, ABSENT]], np.uint8)
    assert (score(weights, moved) >= weights.cut).all()


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_the_share_of_pairs_kept_is_a_share_and_falls_with_size(left: int, right: int) -> None:
    share = kept_share(left, right, 5)
    assert 0 < kept_share(left, right, 1) <= share <= 1
    assert share == kept_share(right, left, 5)
    assert kept_share(left + 1, right, 5) <= share
    per_record = share * np.sqrt(left * right)
    assert share <= 0.06 or per_record <= 125 + 1e-9
    assert per_record <= 20 + 1e-9 or share * left * right <= 2**23 + 1
    assert share * left * right <= 2**25 + 1


@pytest.mark.parametrize("agencies", [2, 3, 5, 10, 20])
@pytest.mark.parametrize("records", [1_000, 10_000, 15_000, 1_000_000, 5_000_000])
def test_however_many_agencies_what_is_kept_at_a_time_stays_below_the_limit_and_is_enough(
    agencies: int, records: int
) -> None:
    pairs = agencies * (agencies - 1) // 2
    share = kept_share(records, records, 5, pairs)
    across = share * records**2
    others = records - within_rows(records, share)  # compared with those rows, not with each other
    within = share * (records**2 - others**2) / 2
    at_a_time = min(pairs, max(1, int(ALL_KEPT_PAIRS / across)))
    assert at_a_time * (across + 2 * within) < DEFAULT_LIMITS.matches
    assert across / records >= min(LEAST_KEPT, ALL_KEPT_PAIRS / records) * 0.999


def test_scores_of_many_segments_stay_within_two_bytes() -> None:
    rng = np.random.default_rng(13)
    alike = rng.integers(0, 30, (1 << 16, 64)).astype(np.uint8)
    weights = first_weights(alike, plain_schema(64, 128).segments(), 0.01)
    extremes = np.repeat(np.array([[EQUAL], [0], [ABSENT]], np.uint8), 64, axis=1)
    highest, lowest, nothing = score(weights, extremes).tolist()
    assert MOST_SCORE * 0.9 < highest < 2**15
    assert -(2**15) < lowest < nothing == 0


def test_what_a_scanner_prints_shows_sizes_only() -> None:
    some = _made_up(12, 5)
    weights = first_weights(_alike(some, some), SEGMENTS, 1.0)
    scanner = _scanner((some, some), weights)
    assert repr(scanner) == "Scanner(2 datasets)"
    kept = scanner.scan(CandidatePairs(RowRange(0, 0, 2), RowRange(1, 0, 5)))
    assert repr(kept) == "RecordPairs(10, datasets 0 and 1)"
