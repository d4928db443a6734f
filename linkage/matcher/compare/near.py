"""Near pairs: of all pairs of two sets of encodings, those with enough bits in common.

(1) Both sides are sorted by popcount: the records of a block of the right then differ little in it,
    and one allowance of misses fits them all.
(2) The right side becomes blocks of bit planes. The left side's bits are listed, a tile of rows at
    a time, so that the lists stay in the cache while all blocks go by.
(3) For each block and left row misses are counted for all the block's records at once; nearly
    always all drop out early.
(4) Those that are left over are counted in full and held against their own entry of the table.

Memory: both sides once more, the right one twice, and 8 bytes for a pair that is found, up to a
limit; nothing for a pair that is not.
"""

from typing import Final, NamedTuple, Self

import numpy as np
from numba import njit

from linkage.arrays import IndexArray, IntArray, WordArray
from linkage.matcher.compare.lanes import LANE_WORDS, LANES
from linkage.matcher.compare.misses import HIGH_BITS, any_near, high_bits_for, next_sure
from linkage.matcher.compare.planes import (
    STEP,
    BitPlanes,
    ListedBits,
    bit_planes,
    list_bits,
    new_tile,
)
from linkage.matcher.compare.popcount import count_bits

TILE_ROWS: Final = 128
"""Left rows whose bits are listed at a time: at 1024 bits, of which a third is set, 180 KiB, which
fit a usual second-level cache beside a block of planes."""

NO_LIMIT: Final = 1 << 62
COMMON_BITS: Final = 14
"""Of a number that stands for a pair: those that say how many bits the two have in common."""


class CountedEncodings(NamedTuple):
    """Encodings with their popcounts.

    Attributes:
        words: (n_records, n_words) uint64, read-only.
        popcounts: (n_records,) int32, read-only: one bits of each record.
    """

    words: WordArray
    popcounts: IndexArray

    @classmethod
    def of(cls, words: WordArray) -> Self:
        """Counts the bits of each record."""
        popcounts = np.bitwise_count(words).sum(axis=1, dtype=np.int32)
        popcounts.flags.writeable = False
        return cls(words, popcounts)


class NearPairs(NamedTuple):
    """Pairs with enough bits in common, in ascending order of (left row, right row).

    Attributes:
        left_rows: (n_pairs,) int32.
        right_rows: (n_pairs,) int32.
        common: (n_pairs,) int32: bits that both have.
    """

    left_rows: IndexArray
    right_rows: IndexArray
    common: IndexArray

    @classmethod
    def of_keys(cls, keys: WordArray, left_at: int) -> Self:
        """From (n_pairs,) uint64 in any order: left row, right row, common bits, side by side.

        Args:
            keys: sorted in place.
            left_at: the place of the left row, see `left_row_at`.
        """
        keys.sort()
        return cls(
            (keys >> left_at).astype(np.int32),
            (keys >> COMMON_BITS & ((1 << left_at - COMMON_BITS) - 1)).astype(np.int32),
            (keys & ((1 << COMMON_BITS) - 1)).astype(np.int32),
        )


def left_row_at(right_count: int) -> int:
    """Where in a pair's key the left row begins, so that the right row has room."""
    return COMMON_BITS + right_count.bit_length()


def near_pairs(
    left: CountedEncodings,
    right: CountedEncodings,
    least_common: IndexArray,
    bit_order: IndexArray,
    most: int = NO_LIMIT,
    *,
    within: bool = False,
) -> NearPairs:
    """All pairs of a left and a right record that have enough bits in common.

    Args:
        left: n_left records.
        right: the same, of the same length; fewer than 2^48 pairs in all.
        least_common: (2 * length_bits + 1,) int32: the fewest common bits that are enough, for
            each sum of popcounts, as `least_common_bits` gives them: from one entry to the next
            they stay the same or grow by one.
        bit_order: (length_bits,) int32: what `rare_bits_first` gives; any order gives the same.
        most: pairs at most. If there are more, `most + 1` of them are given, no matter which: who
            asked for no more knows then that there are.
        within: left and right are the same records: each pair is given once, its lower row on the
            left, and none of a record with itself.
    """
    sides = _Sorted.of(left), _Sorted.of(right)
    planes = bit_planes(sides[1].words, bit_order)
    left_at = left_row_at(len(right.words))
    found = _search(_Between(*sides, planes, least_common, left_at, within), bit_order, most)
    return NearPairs.of_keys(found.keys[: min(found.number, most + 1)], left_at)


def unpack_pairs(keys: WordArray, left: WordArray, right: WordArray) -> NearPairs:
    """Pairs that are known to be near, by (n_pairs,) uint64: 2^32 * left row + right row."""
    return NearPairs(*_unpack(keys, left, right))


class _Sorted(NamedTuple):
    """One side, ascending in popcount; `rows` says which record each was."""

    words: WordArray
    popcounts: IndexArray
    rows: IntArray

    @classmethod
    def of(cls, encodings: CountedEncodings) -> Self:
        rows = np.argsort(encodings.popcounts, kind="stable")
        return cls(encodings.words[rows], encodings.popcounts[rows], rows)


class _Between(NamedTuple):
    """What is searched, and for what; `left_at` is the place of the left row in a pair's key."""

    left: _Sorted
    right: _Sorted
    planes: BitPlanes
    least_common: IndexArray
    left_at: int
    within: bool


class _Found(NamedTuple):
    """The pairs so far: left row, right row, common bits, side by side in `keys[:number]`."""

    keys: WordArray
    number: int


class _Room(NamedTuple):
    """What counting takes; `sure` is how many planes are added before it is asked who is left."""

    high: WordArray
    beyond: WordArray
    sure: IntArray


# cache=True: compiled code is kept in files, which numba reads with pickle. They lie in __pycache__
# beside this file, so whoever could plant one could as well change this file. Where that folder
# can't be written, NUMBA_CACHE_DIR must name one that only the matcher's user can. The cache of a
# kernel does not notice a change in another file that it calls: remove `__pycache__` after one.


@njit(forceinline=True)
def common_bits(left: WordArray, row: int, right: WordArray, column: int) -> np.int64:
    """How many bits a left row and a right row have in common."""
    common = np.uint64(0)
    for word in range(left.shape[1]):
        common += count_bits(left[row, word] & right[column, word])
    return np.int64(common)


@njit(nogil=True, cache=True)
def _search(between: _Between, bit_order: IndexArray, most: int) -> _Found:
    tile = new_tile(TILE_ROWS, len(bit_order))
    high, beyond = np.empty(HIGH_BITS * LANE_WORDS, np.uint64), np.empty(LANE_WORDS, np.uint64)
    room = _Room(high, beyond, np.full(1, STEP, np.int64))
    found = _Found(np.empty(1024, np.uint64), 0)
    left = between.left.words
    for first in range(0, len(left), TILE_ROWS):
        count = min(TILE_ROWS, len(left) - first)
        list_bits(left[first : first + count], bit_order, tile)
        # Within a dataset a record is paired with those after it, so earlier blocks are done.
        for block in range(first // LANES if between.within else 0, between.planes.block_count):
            found = _search_block(between, tile, first, count, block, room, found)
            if found.number > most:
                return found
    return found


@njit(nogil=True, cache=True)
def _search_block(  # noqa: PLR0913, PLR0917 - compiled code takes arrays, not objects
    between: _Between,
    tile: ListedBits,
    first: int,
    count: int,
    block: int,
    room: _Room,
    found: _Found,
) -> _Found:
    """Adds the pairs of a tile's rows, `count` from `first` on, with a block's records."""
    # Each array by a name of its own: numba counts references whenever one is taken out of a tuple,
    # and that takes as long as some dozens of planes.
    popcounts, others = between.left.popcounts, between.right.popcounts
    planes, least_common = between.planes.words, between.least_common
    start = block * between.planes.block_words
    offsets, width, lengths = tile
    high, beyond, sure = room.high, room.beyond, room.sure[0]
    keys, number = found.keys, found.number
    fewest, most_bits = others[block * LANES], others[min((block + 1) * LANES, len(others)) - 1]
    bits = popcounts[first + count - 1]
    high_bits = high_bits_for(bits - least_common[bits + fewest])
    counts = longer = 0
    for place in range(count):
        bits = popcounts[first + place]
        allowance = bits - least_common[bits + fewest]
        if allowance < 0 or least_common[bits + most_bits] > most_bits:
            continue  # too few or too many bits, even if all that can be are common
        listed = place * width
        stop = listed + lengths[place]
        is_any, added = any_near(
            planes, start, offsets, listed, stop, sure, allowance, high_bits, high, beyond
        )
        counts, longer = counts + 1, longer + (added > sure)
        if is_any:
            while len(keys) < number + LANES:
                keys = np.concatenate((keys, np.empty_like(keys)))
            number = _count_in_full(between, first + place, block, beyond, keys, number)
    room.sure[0] = next_sure(sure, counts, longer)
    return _Found(keys, number)


@njit(nogil=True, cache=True)
def _count_in_full(
    between: _Between, left_at: int, block: int, beyond: WordArray, keys: WordArray, number: int
) -> int:
    """Adds the pairs of a left record with those of a block that are not beyond its allowance.

    Returns:
        How many pairs there are now; `keys` has room for a block's more.
    """
    left_words, right_words = between.left.words, between.right.words
    popcounts, least_common = between.right.popcounts, between.least_common
    columns, within, left_at_bit = between.right.rows, between.within, between.left_at
    bits, row = between.left.popcounts[left_at], between.left.rows[left_at]
    for word in range(LANE_WORDS):
        remaining = ~beyond[word]
        while remaining:
            lane = count_bits((remaining & (~remaining + np.uint64(1))) - np.uint64(1))
            remaining &= remaining - np.uint64(1)
            right_at = int(block * LANES + word * 64 + np.int64(lane))
            if right_at >= len(columns) or (within and right_at <= left_at):
                continue
            column = columns[right_at]
            lower, higher = (column, row) if within and column < row else (row, column)
            common = common_bits(left_words, left_at, right_words, right_at)
            # Written whether it counts or not: a branch that can't be foretold takes far longer.
            keys[number] = lower << left_at_bit | higher << COMMON_BITS | common
            number += common >= least_common[bits + popcounts[right_at]]
    return number


@njit(nogil=True, cache=True)
def _unpack(
    keys: WordArray, left: WordArray, right: WordArray
) -> tuple[IndexArray, IndexArray, IndexArray]:
    """The arrays of `NearPairs`."""
    left_rows = np.empty(len(keys), np.int32)
    right_rows = np.empty(len(keys), np.int32)
    common = np.empty(len(keys), np.int32)
    for pair, key in enumerate(keys):
        left_rows[pair] = np.int32(key >> np.uint64(32))
        right_rows[pair] = np.int32(key & np.uint64(0xFFFFFFFF))
        common[pair] = common_bits(left, left_rows[pair], right, right_rows[pair])
    return left_rows, right_rows, common
