"""Bit planes: encodings turned on their side, as lanes want them.

A plane holds one bit of many records. Planes say which records LACK a bit, since what is counted is
what a record lacks. Encodings are cut into blocks of `LANES` records, and each block has a plane
for each bit, a cache line each.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numba import njit

from linkage.arrays import IndexArray, IntArray, WordArray
from linkage.matcher.compare.lanes import LANE_WORDS, LANES
from linkage.matcher.compare.popcount import count_bits

OffsetArray: TypeAlias = "np.typing.NDArray[np.uint32]"


class BitPlanes(NamedTuple):
    """The planes of some records, block after block.

    Attributes:
        words: (block_count * block_words,) uint64 that start where a cache line does. Of each block
            first a plane for each bit, then one that is 0: nobody lacks anything. Lanes without a
            record lack every bit.
        block_words: words of a block.
        block_count: blocks of `LANES` records each.
    """

    words: WordArray
    block_words: int
    block_count: int


class ListedBits(NamedTuple):
    """The bits that some records have, as the offsets of their planes in a block.

    Attributes:
        offsets: (n_records * width,) uint32: those of a record follow one another, ascending, and
            then the plane that is 0, up to the width.
        width: a multiple of `STEP`, more than there are bits.
        lengths: (n_records,) int64: how many bits each has.
    """

    offsets: OffsetArray
    width: int
    lengths: IntArray


def bit_planes(words: WordArray, bit_order: IndexArray) -> BitPlanes:
    """The planes of encodings.

    Args:
        words: (n_records, n_words) uint64.
        bit_order: (64 * n_words,) int32: which bit each plane of a block is for.
    """
    block_words = (len(bit_order) + 1) * LANE_WORDS
    block_count = -(-len(words) // LANES)
    planes = _aligned_zeros(block_count * block_words)
    ranks = np.empty_like(bit_order)
    ranks[bit_order] = np.arange(len(bit_order), dtype=np.int32)
    _fill_planes(words, ranks, planes, block_words)
    return BitPlanes(planes, block_words, block_count)


def rare_bits_first(datasets: Sequence[WordArray]) -> IndexArray:
    """An order of bits: those that are set in the fewest records come first.

    A bit that few have tells strangers soonest. Any order gives the same pairs, so a sample of the
    records will do.

    Args:
        datasets: (n_records, n_words) uint64 each, at least one.

    Returns:
        (64 * n_words,) int32: bit numbers; bit i is bit i % 64 of word i // 64.
    """
    counts = np.zeros(datasets[0].shape[1] * 64, np.int64)
    for words in datasets:
        # Spread over the dataset: records may come in any order.
        sample = words[:: 1 + len(words) // ORDER_SAMPLE]
        little_endian = np.ascontiguousarray(sample, "<u8").view(np.uint8)
        counts += np.unpackbits(little_endian, axis=1, bitorder="little").sum(0, np.int64)
    return np.argsort(counts, kind="stable").astype(np.int32)


def _aligned_zeros(count: int) -> WordArray:
    """(count,) uint64 zeros that start where a cache line does."""
    line_words = 8
    room = np.zeros(count + line_words, np.uint64)
    skipped = -(room.ctypes.data // 8) % line_words
    return room[skipped : skipped + count]


ORDER_SAMPLE: Final = 2_048
"""Records of a dataset that tell which bits are rare."""
STEP: Final = 32
"""Lists of bits are filled up to a multiple of this: so many planes are added at a time."""

# cache=True: see compare/near.py for why its folder is as private as the code.


@njit(nogil=True, cache=True)
def transpose(square: WordArray) -> None:
    """Turns 64 x 64 bits on their side, in place: bit j of word i becomes bit i of word j.

    Halves of halves are swapped across the diagonal. Source: Warren, Hacker's Delight, 7-3.
    """
    width = 32
    mask = np.uint64(0x00000000FFFFFFFF)
    while width:
        shift = np.uint64(width)
        for block in range(0, 64, 2 * width):
            for row in range(block, block + width):
                swapped = ((square[row] >> shift) ^ square[row + width]) & mask
                square[row] ^= swapped << shift
                square[row + width] ^= swapped
        width >>= 1
        mask ^= mask << np.uint64(width)


@njit(nogil=True, cache=True)
def _fill_planes(words: WordArray, ranks: IndexArray, planes: WordArray, block_words: int) -> None:
    square = np.empty(64, np.uint64)
    for first in range(0, len(words), LANES):
        start = first // LANES * block_words
        for word in range(words.shape[1]):
            for lane_word in range(LANE_WORDS):
                for lane in range(64):
                    row = first + 64 * lane_word + lane
                    square[lane] = words[row, word] if row < len(words) else np.uint64(0)
                transpose(square)
                for bit in range(64):
                    rank = ranks[word * 64 + bit]
                    planes[start + rank * LANE_WORDS + lane_word] = ~square[bit]


@njit(nogil=True, cache=True)
def new_tile(record_count: int, length_bits: int) -> ListedBits:
    """Room for the bits of some records."""
    width = (length_bits // STEP + 1) * STEP
    return ListedBits(
        np.empty(record_count * width, np.uint32), width, np.empty(record_count, np.int64)
    )


@njit(nogil=True, cache=True)
def list_bits(words: WordArray, bit_order: IndexArray, tile: ListedBits) -> None:
    """Lists the bits of some records, in place of what the tile held.

    Args:
        words: (n_records, n_words) uint64; no more records than the tile has room for.
        bit_order: the planes'.
        tile: changed.
    """
    squares = np.zeros((words.shape[1], 64), np.uint64)
    ends = np.empty(64, np.uint64)  # unsigned: no index is negative, which would be looked after
    for first in range(0, len(words), 64):
        count = min(64, len(words) - first)
        for word in range(words.shape[1]):
            for place in range(64):
                held = words[first + place, word] if place < count else np.uint64(0)
                squares[word, place] = held
            transpose(squares[word])
        for place in range(64):
            ends[place] = (first + place) * tile.width
        for rank, bit in enumerate(bit_order):
            holders = squares[bit // 64, bit % 64]
            while holders:
                lowest = count_bits((holders & (~holders + np.uint64(1))) - np.uint64(1))
                holders &= holders - np.uint64(1)
                tile.offsets[ends[lowest]] = rank * LANE_WORDS
                ends[lowest] += np.uint64(1)
        for place in range(count):
            stop = (first + place + 1) * tile.width
            tile.lengths[first + place] = np.int64(ends[place]) - stop + tile.width
            tile.offsets[np.int64(ends[place]) : stop] = len(bit_order) * LANE_WORDS
