"""Near pairs on a graphics processor: the kernels, interpreted, against counting bit by bit."""

import subprocess
import sys
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.agreement.schema import LENGTHS_BITS
from linkage.arrays import IndexArray, WordArray
from linkage.matcher.compare import engines, gpu, near
from linkage.matcher.compare.gpu import DEFAULT_MEMORY, DeviceMemory
from linkage.matcher.compare.gpu_kernels import CHUNK_ROWS, GROUP_BLOCKS, SHORT_BITS
from linkage.matcher.compare.near import NO_LIMIT, CountedEncodings, NearPairs
from linkage.matcher.compare.planes import rare_bits_first
from linkage.matcher.compare.threshold import least_common_bits
from tests.support.near import blurred_words, expected_pairs, listed_pairs, random_words

BLOCK_RECORDS = 64 * gpu.MOST_PLANE_WORDS


def _near(
    left: WordArray,
    right: WordArray,
    threshold: str,
    most: int = NO_LIMIT,
    memory: DeviceMemory = DEFAULT_MEMORY,
) -> NearPairs:
    return gpu.near_pairs(*_between(left, right, threshold), most, memory=memory)


def _between(
    left: WordArray, right: WordArray, threshold: str
) -> tuple[CountedEncodings, CountedEncodings, IndexArray, IndexArray]:
    return (
        CountedEncodings.of(left),
        CountedEncodings.of(right),
        least_common_bits(64 * left.shape[1], Decimal(threshold)),
        rare_bits_first([left, right]),
    )


@pytest.mark.parametrize("length_bits", [64, 192, *LENGTHS_BITS])
def test_kernels_find_what_counting_bit_by_bit_finds(length_bits: int) -> None:
    rng = np.random.default_rng(length_bits)
    count = 150 if length_bits <= 512 else 30  # more words of 64 records each take far longer
    left = random_words(rng, 12, length_bits, 0.4)
    right = blurred_words(rng, left[rng.integers(0, 12, count)], 0.06)
    right[:7] = left[:7]
    found = _near(left, right, "0.8")
    assert listed_pairs(found) == expected_pairs(left, right, "0.8")
    assert len(found.common) > 20
    assert {array.dtype for array in found} == {np.dtype(np.int32)}


@pytest.mark.parametrize("bits", [1, 5, 32, 33, 320])
def test_a_pair_at_the_threshold_is_near_and_one_miss_more_is_not(bits: int) -> None:
    # Of each right record a known number of bits lacks, and as many others are in their place.
    left = np.zeros((1, 1024), np.uint8)
    left[0, :bits] = 1
    right = np.zeros((min(bits, 70), 1024), np.uint8)
    for lacking, record in enumerate(right):
        record[: bits - lacking] = 1
        record[1024 - lacking :] = 1
    one, other = (np.packbits(side, axis=1).view(np.uint64) for side in (left, right))
    assert _near(one, other, "0.8").right_rows.tolist() == list(range(bits // 5 + 1))


def test_counters_of_both_widths_allow_as_many_misses_as_are_asked_for() -> None:
    rng = np.random.default_rng(2)
    left = random_words(rng, 3, 2048, 0.5)
    right = np.concatenate([blurred_words(rng, left, blur) for blur in np.linspace(0, 0.5, 20)])
    for threshold, are_short in (("0.95", True), ("0.6", False)):
        least = least_common_bits(2048, Decimal(threshold))
        assert (1024 - least[2048] < 1 << SHORT_BITS) == are_short
        assert listed_pairs(_near(left, right, threshold)) == expected_pairs(left, right, threshold)


@pytest.mark.parametrize(
    "sizes",
    [
        (1, 1),
        (17, 63),
        (3, 64),
        (3, 65),
        (CHUNK_ROWS + 3, 2),
        (2, BLOCK_RECORDS),
        (2, (GROUP_BLOCKS + 1) * BLOCK_RECORDS + 1),
    ],
)
def test_groups_and_blocks_end_where_the_records_do(sizes: tuple[int, int]) -> None:
    rng = np.random.default_rng(sizes)
    left = random_words(rng, sizes[0], 64, 0.4)
    right = blurred_words(rng, left[rng.integers(0, sizes[0], sizes[1])], 0.08)
    found = listed_pairs(_near(left, right, "0.8"))
    assert found == expected_pairs(left, right, "0.8")
    assert found


def test_records_of_very_different_popcounts_share_a_block() -> None:
    rng = np.random.default_rng(3)
    right = np.concatenate([random_words(rng, 1, 256, fill) for fill in np.linspace(0, 1, 130)])
    left = right[rng.permutation(130)[:30]]
    for threshold in ("0.2", "0.99"):
        assert listed_pairs(_near(left, right, threshold)) == expected_pairs(left, right, threshold)


@pytest.mark.parametrize("sizes", [(0, 0), (0, 70), (70, 0)])
def test_no_records_have_no_near_pairs(sizes: tuple[int, int]) -> None:
    left, right = (np.ones((count, 8), np.uint64) for count in sizes)
    assert listed_pairs(_near(left, right, "0.1")) == []


def test_no_pair_is_lost_where_room_is_short_or_lists_come_in_parts() -> None:
    rng = np.random.default_rng(4)
    left = random_words(rng, 40, 64, 0.4)
    right = np.concatenate([left, blurred_words(rng, left, 0.02)])
    expected = expected_pairs(left, right, "0.7")
    assert len(expected) > 70
    for memory in (DeviceMemory(1, 1 << 10), DeviceMemory(1 << 10, 1), DeviceMemory(1 << 20, 1)):
        assert listed_pairs(_near(left, right, "0.7", memory=memory)) == expected


def test_more_pairs_than_wanted_end_the_search_with_one_more_than_that() -> None:
    words = np.ones((12, 1), np.uint64)
    for memory in (DEFAULT_MEMORY, DeviceMemory(1, 1), DeviceMemory(1 << 20, 1)):
        found = _near(words, words, "1", 40, memory)
        assert len(set(zip(*(array.tolist() for array in found), strict=True))) == 41
    assert len(_near(words, words, "1", 144).common) == 144


@pytest.mark.parametrize("count", [1, 2, 100])
def test_within_a_dataset_each_pair_comes_once_and_no_record_meets_itself(count: int) -> None:
    rng = np.random.default_rng(count)
    people = random_words(rng, count, 256, 0.34)
    words = blurred_words(rng, people[rng.integers(0, count, count)], 0.03)
    found = listed_pairs(gpu.near_pairs(*_between(words, words, "0.7"), within=True))
    assert found == [pair for pair in expected_pairs(words, words, "0.7") if pair[0] < pair[1]]
    assert count < 100 or len(found) > 30


@settings(max_examples=15)
@given(
    seed=st.integers(0, 2**32 - 1),
    sizes=st.tuples(st.integers(1, 20), st.integers(1, 140)),
    length_words=st.integers(1, 5),
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
    found = listed_pairs(_near(left, right, str(threshold)))
    assert found == expected_pairs(left, right, str(threshold))


def _by_engine(left: WordArray, right: WordArray) -> list[tuple[int, int, int]]:
    return listed_pairs(engines.near_pairs(*_between(left, right, "0.8"), NO_LIMIT, within=False))


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulator is taken for a device that is worth while."""
    monkeypatch.setattr(engines, "has_device", lambda: True)
    monkeypatch.setattr(engines, "LEAST_DEVICE_PAIRS", 1)
    monkeypatch.setattr(engines, "CHECKED_COPIES", 3)


@pytest.fixture
def sides() -> tuple[WordArray, WordArray]:
    """More than a few near pairs."""
    rng = np.random.default_rng(6)
    left = random_words(rng, 30, 128, 0.4)
    return left, blurred_words(rng, left, 0.04)


@pytest.mark.usefixtures("device")
def test_the_device_is_used_where_there_is_one(
    sides: tuple[WordArray, WordArray], monkeypatch: pytest.MonkeyPatch
) -> None:
    used = []
    by_device = gpu.near_pairs

    def recorded(*args: object, **options: object) -> NearPairs:
        used.append(len(args))
        return by_device(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(gpu, "near_pairs", recorded)
    assert _by_engine(*sides) == expected_pairs(*sides, "0.8")
    assert len(used) == 2  # the check, then the block
    assert engines.block_pairs(5) == engines.DEVICE_BLOCK_PAIRS


@pytest.mark.usefixtures("device")
@pytest.mark.parametrize("fails_at", [1, 2])
def test_where_the_device_fails_the_block_is_done_without_it(
    sides: tuple[WordArray, WordArray], monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    calls = []
    by_device = gpu.near_pairs

    def failing(*args: object, **options: object) -> NearPairs:
        calls.append(1)
        if len(calls) == fails_at:
            raise MemoryError
        return by_device(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(gpu, "near_pairs", failing)
    assert _by_engine(*sides) == expected_pairs(*sides, "0.8")
    assert len(calls) == fails_at


@pytest.mark.usefixtures("device")
def test_a_device_that_miscounts_is_not_believed(
    sides: tuple[WordArray, WordArray], monkeypatch: pytest.MonkeyPatch
) -> None:
    def losing(*args: object, **options: object) -> NearPairs:
        found = near.near_pairs(*args, **options)  # type: ignore[arg-type]
        return NearPairs(*(array[:-1] for array in found))

    monkeypatch.setattr(gpu, "near_pairs", losing)
    assert _by_engine(*sides) == expected_pairs(*sides, "0.8")


LOADED_SCRIPT = """
import sys
import numpy as np
from linkage.matcher import coefficient
from linkage.matcher.compare import engines

engines.LEAST_DEVICE_PAIRS = 1
engines.block_pairs(5)
words = engines.CountedEncodings.of(np.ones((2, 8), np.uint64))
found = engines.near_pairs(words, words, np.ones(1025, np.int32), np.arange(512), 9, within=False)
print(len(found.common), [name for name in sys.modules if name.startswith("numba.cuda")])
"""


def test_where_there_is_no_device_nothing_for_it_is_loaded() -> None:
    script = [sys.executable, "-c", LOADED_SCRIPT]
    ran = subprocess.run(script, capture_output=True, text=True, check=False)
    assert ran.stdout.split() == ["4", "[]"], ran.stderr


def test_where_there_is_no_device_none_is_used_nor_waited_for(
    sides: tuple[WordArray, WordArray], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "LEAST_DEVICE_PAIRS", 1)
    monkeypatch.delattr(gpu, "near_pairs")
    assert not engines.has_device()
    assert _by_engine(*sides) == expected_pairs(*sides, "0.8")
    assert engines.block_pairs(5) == 5
