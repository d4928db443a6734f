"""Near pairs: bit-sliced counting against counting bit by bit."""

from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.agreement.schema import LENGTHS_BITS
from linkage.arrays import WordArray
from linkage.matcher.compare.lanes import LANE_WORDS, LANES
from linkage.matcher.compare.misses import (
    FULL_COUNT_PLANES,
    HIGH_BITS,
    any_near,
    high_bits_for,
    next_sure,
)
from linkage.matcher.compare.near import TILE_ROWS, CountedEncodings, NearPairs, near_pairs
from linkage.matcher.compare.planes import (
    STEP,
    bit_planes,
    list_bits,
    new_tile,
    rare_bits_first,
    transpose,
)
from linkage.matcher.compare.threshold import least_common_bits
from tests.support.near import blurred_words, expected_pairs, listed_pairs, random_words

ALL = 1 << 40


def _near(left: WordArray, right: WordArray, threshold: str, *, most: int = ALL) -> NearPairs:
    return near_pairs(
        CountedEncodings.of(left),
        CountedEncodings.of(right),
        least_common_bits(64 * left.shape[1], Decimal(threshold)),
        rare_bits_first([left, right]),
        most,
    )


def _within(words: WordArray, threshold: str) -> NearPairs:
    one = CountedEncodings.of(words)
    table = least_common_bits(64 * words.shape[1], Decimal(threshold))
    return near_pairs(one, one, table, rare_bits_first([words]), ALL, within=True)


@pytest.mark.parametrize("length_bits", [64, 192, *LENGTHS_BITS])
@pytest.mark.parametrize("threshold", ["0.05", "0.5", "0.6", "0.8", "0.95", "1"])
def test_near_pairs_are_those_that_counting_bit_by_bit_finds(
    length_bits: int, threshold: str
) -> None:
    rng = np.random.default_rng(length_bits)
    for fill in (0.02, 0.34, 0.5, 0.97):
        left = random_words(rng, 40, length_bits, fill)
        right = blurred_words(rng, left[rng.integers(0, 40, 90)], 0.05)
        right[:7] = left[:7]
        found = listed_pairs(_near(left, right, threshold))
        assert found == expected_pairs(left, right, threshold)
        assert len(found) >= 7 or fill < 0.1


def _sizes() -> Iterator[tuple[int, int]]:
    edges = [1, 63, 64, 65, TILE_ROWS - 1, TILE_ROWS, TILE_ROWS + 1]
    yield from ((left, 3) for left in edges)
    for blocks in (1, 2):
        yield from ((5, blocks * LANES + more) for more in (-1, 0, 1))
    yield (2 * TILE_ROWS + 1, LANES + 65)


@pytest.mark.parametrize("sizes", list(_sizes()))
def test_tiles_and_blocks_end_where_the_records_do(sizes: tuple[int, int]) -> None:
    rng = np.random.default_rng(sizes)
    left = random_words(rng, sizes[0], 512, 0.34)
    right = blurred_words(rng, left[rng.integers(0, sizes[0], sizes[1])], 0.08)
    for threshold in ("0.34", "0.8"):
        assert listed_pairs(_near(left, right, threshold)) == expected_pairs(left, right, threshold)


@pytest.mark.parametrize("sizes", [(0, 0), (0, 700), (700, 0)])
def test_no_records_have_no_near_pairs(sizes: tuple[int, int]) -> None:
    left, right = (np.ones((count, 8), np.uint64) for count in sizes)
    assert listed_pairs(_near(left, right, "0.1")) == []


def test_counters_of_every_width_overflow_one_miss_beyond_the_allowance() -> None:
    # Records that lack exactly k of the left record's bits, and have as many others in their place:
    # 2 (a - k) / 2a is the score, so k misses are allowed at the threshold (a - k) / a.
    length = 8192
    for a in (1, 31, 32, 33, 64, 255, 1000, 4096):
        left = np.zeros((1, length), np.uint8)
        left[0, :a] = 1
        misses = np.unique(np.clip([0, 1, 31, 32, 63, 64, a // 2, a - 2, a - 1], 0, a - 1))
        right = np.zeros((len(misses), length), np.uint8)
        for row, lacking in enumerate(misses):
            right[row, : a - lacking] = 1
            right[row, length - lacking :] = 1
        sides = [np.packbits(bits, axis=1).view(np.uint64) for bits in (left, right)]
        for row, lacking in enumerate(misses.tolist()):
            table = np.minimum(np.arange(2 * length + 1), a - lacking).astype(np.int32)
            one, other = (CountedEncodings.of(side) for side in sides)
            found = near_pairs(one, other, table, rare_bits_first(sides), ALL)
            assert found.right_rows.tolist() == list(range(row + 1))


def test_records_of_very_different_popcounts_share_a_block() -> None:
    rng = np.random.default_rng(3)
    fills = np.linspace(0, 1, 300)
    right = np.concatenate([random_words(rng, 1, 1024, fill) for fill in fills])
    left = right[rng.permutation(300)]
    for threshold in ("0.2", "0.7", "0.99"):
        assert listed_pairs(_near(left, right, threshold)) == expected_pairs(left, right, threshold)


def test_what_is_left_over_is_counted_whether_many_or_few_planes_remain() -> None:
    # One equal record a word, in so many words that it pays to count in full, or does not.
    rng = np.random.default_rng(4)
    length = 8 * FULL_COUNT_PLANES
    left = random_words(rng, 1, length, 0.5)
    for equal in range(LANES // 64 + 1):
        right = random_words(rng, LANES, length, 0.5)
        right[[64 * word for word in range(equal)]] = left
        assert _near(left, right, "0.9").right_rows.tolist() == [64 * word for word in range(equal)]


@pytest.mark.parametrize("sure", [STEP, 3 * STEP, 40 * STEP])
@pytest.mark.parametrize("allowance", [0, 40, 90, 200, 400])
def test_whenever_it_is_looked_who_is_left_nobody_within_the_allowance_is_out(
    sure: int, allowance: int
) -> None:
    rng = np.random.default_rng(allowance)
    left = random_words(rng, 1, 1024, 0.4)
    right = np.concatenate([blurred_words(rng, left, blur) for blur in np.linspace(0, 0.6, LANES)])
    order = rare_bits_first([right])
    planes, tile = bit_planes(right, order), new_tile(1, 1024)
    list_bits(left, order, tile)
    stop = int(tile.lengths[0])
    beyond, high = np.empty(LANE_WORDS, np.uint64), np.empty(HIGH_BITS * LANE_WORDS, np.uint64)
    where = (planes.words, 0, tile.offsets, 0, stop, sure, allowance)
    is_any, added = any_near(*where, high_bits_for(allowance), high, beyond)
    out = np.unpackbits(beyond.view(np.uint8), bitorder="little").astype(bool)
    misses = np.bitwise_count(left & ~right).sum(axis=1)
    assert not out[misses <= allowance].any()
    assert is_any == (not out.all())
    assert added >= min(sure, stop)
    if added >= stop:
        assert out[misses > allowance].all()


def test_the_first_look_comes_so_late_that_few_take_longer_and_so_early_that_some_do() -> None:
    needed = STEP * np.random.default_rng(8).integers(3, 8, 1000)
    for sure in (STEP, 30 * STEP):
        for _ in range(40):
            sure = next_sure(sure, len(needed), int((needed > sure).sum()))  # noqa: PLW2901
        assert 0.1 <= np.mean(needed > sure) <= 0.4
    assert next_sure(STEP, 10, 0) == STEP
    assert next_sure(2 * STEP, 0, 0) == 2 * STEP


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    sizes=st.tuples(st.integers(1, 150), st.integers(1, 600)),
    length_words=st.integers(1, 20),
    fill=st.floats(0, 1),
    blur=st.floats(0, 0.3),
    threshold=st.decimals("0.001", 1, places=3),
)
def test_any_two_sides_give_the_pairs_that_counting_finds(
    seed: int,
    sizes: tuple[int, int],
    length_words: int,
    fill: float,
    blur: float,
    threshold: Decimal,
) -> None:
    rng = np.random.default_rng(seed)
    left = random_words(rng, sizes[0], 64 * length_words, fill)
    right = blurred_words(rng, left[rng.integers(0, sizes[0], sizes[1])], blur)
    assert listed_pairs(_near(left, right, str(threshold))) == expected_pairs(
        left, right, str(threshold)
    )


@pytest.mark.parametrize("count", [1, 2, 300, TILE_ROWS + LANES + 7])
def test_within_a_dataset_each_pair_comes_once_and_no_record_meets_itself(count: int) -> None:
    rng = np.random.default_rng(count)
    people = random_words(rng, count, 512, 0.34)
    words = blurred_words(rng, people[rng.integers(0, count, count)], 0.03)
    found = listed_pairs(_within(words, "0.7"))
    assert found == [pair for pair in expected_pairs(words, words, "0.7") if pair[0] < pair[1]]
    assert count < 300 or len(found) > 50


@pytest.mark.parametrize("order", ["as they are", "backwards", "shuffled"])
def test_the_order_of_the_bits_changes_nothing(order: str) -> None:
    rng = np.random.default_rng(7)
    left = random_words(rng, 150, 1024, 0.3)
    right = blurred_words(rng, left[rng.integers(0, 150, 600)], 0.1)
    orders = {
        "as they are": np.arange(1024, dtype=np.int32),
        "backwards": np.arange(1023, -1, -1, dtype=np.int32),
        "shuffled": rng.permutation(1024).astype(np.int32),
    }
    table = least_common_bits(1024, Decimal("0.7"))
    sides = CountedEncodings.of(left), CountedEncodings.of(right)
    assert listed_pairs(near_pairs(*sides, table, orders[order], ALL)) == expected_pairs(
        left, right, "0.7"
    )


def test_more_pairs_than_wanted_end_the_search_with_one_more_than_that() -> None:
    words = np.ones((1000, 8), np.uint64)
    found = _near(words, words, "1", most=10)
    assert len(found.left_rows) == 11
    assert len(set(zip(found.left_rows.tolist(), found.right_rows.tolist(), strict=True))) == 11
    assert len(_near(words, words, "1", most=1_000_000).left_rows) == 1_000_000


def test_rare_bits_come_first() -> None:
    words = np.array([[0b1001, 1 << 63], [0b0001, 0]], np.uint64)
    order = rare_bits_first([words, words[:1]])
    assert sorted(order.tolist()) == list(range(128))
    assert order[-1] == 0
    assert set(order[-3:].tolist()) == {0, 3, 127}


def test_a_transposed_square_has_rows_for_columns() -> None:
    rng = np.random.default_rng(8)
    square = rng.integers(0, 1 << 64, 64, np.uint64)
    bits = (square[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
    turned = square.copy()
    transpose(turned)
    assert (
        (turned[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
    ).T.tolist() == bits.tolist()


def test_planes_begin_where_a_cache_line_does_and_say_who_lacks_what() -> None:
    rng = np.random.default_rng(9)
    words = random_words(rng, 70, 128, 0.5)
    order = rng.permutation(128).astype(np.int32)
    planes = bit_planes(words, order)
    assert planes.words.ctypes.data % 64 == 0
    assert planes.block_count == 1
    lines = planes.words.reshape(129, LANES // 64)
    for plane, bit in enumerate(order.tolist()):
        for lane in (0, 1, 63, 64, 69):
            has = int(words[lane, bit // 64]) >> (bit % 64) & 1
            assert int(lines[plane, lane // 64]) >> (lane % 64) & 1 == 1 - has
    assert not lines[128].any()
