"""What runs on a graphics processor: misses counted bit-sliced, 64 pairs to a thread.

The count is that of `misses.py`; read that first. What differs is who holds what. A thread has the
counters of 64 right records, in words of 64 bits where the CPU has registers of 512. A team of
threads, one for each word of a plane, counts for one left record, so that what they load lies side
by side. Each thread has an allowance of its own, that of the lowest popcount among its 64 records,
and goes on until all of these are out or all planes are added; its neighbours need not know. So
nothing here waits for another thread, and pairs are found in any order: the caller sorts them.

Who is left over has been counted to the end. Its misses are in its counter, so the pair is held
against its own entry of the table there and then, and no record is looked at again.

numba compiles this for the device, or interprets it where NUMBA_ENABLE_CUDASIM is set. Numbers are
chosen so that it makes few instructions of them (docs/decisions/0005): an index that is signed is
looked at for whether it is negative, and a pointer that moves on from block to block takes half of
what an index into all blocks would. An int64 with a uint64 makes a float.
"""

from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numba import cuda

from linkage.arrays import IndexArray, WordArray
from linkage.matcher.compare.misses import LOW_BITS
from linkage.matcher.compare.near import COMMON_BITS
from linkage.matcher.compare.planes import STEP, OffsetArray

SHORT_BITS: Final = 8
COUNTER_BITS: Final = 14
"""2^8 is more than most allowances, and 2^14 is more than an encoding has bits."""
CHUNK_ROWS: Final = 256
"""Left records for which a group of threads counts before it goes on to the next block: enough for
a block's planes to be found in the cache, few enough to keep all of a device at work."""
GROUP_BLOCKS: Final = 4
"""Blocks that a group of threads goes through."""
_TO_A_WORD: Final = 2
"""Entries of a list: 16 bits each, the first one lowest."""

_Word: TypeAlias = Any
"""np.uint64 where it is interpreted."""


# cache=True: see compare/near.py for why its folder is as private as the code.


class Ordered(NamedTuple):
    """One side on the device, ascending in popcount.

    Attributes:
        popcounts: (n_records,) int32.
        rows: (n_records,) int32: which record each is.
    """

    popcounts: IndexArray
    rows: IndexArray


class Written(NamedTuple):
    """Where pairs go.

    Attributes:
        keys: (room,) uint64: left row, right row, common bits, side by side.
        number: (1,) uint64, to which the number of pairs is added, whether there is room or not.
        left_at: the place of the left row in a key.
        within: both sides are the same records, in the same order: each is paired with those after
            it, and the lower row is on the left.
    """

    keys: WordArray
    number: WordArray
    left_at: int
    within: bool


@cuda.jit(cache=True)
def list_planes(
    words: WordArray,
    rows: IndexArray,
    bit_order: IndexArray,
    plane_words: int,
    first: int,
    lists: OffsetArray,
) -> None:
    """Lists which planes of a block a left record's bits are, a record to a thread.

    Args:
        words: (n_left, n_words) uint64.
        rows: (n_left,) int32: the records in their order.
        bit_order: (length_bits,) int32: which bit each plane is for.
        plane_words: words of a plane.
        first: the place in `rows` of the first record to be listed.
        lists: (n_listed, width / 2) uint32, written: the words with which the planes begin,
            ascending, two to a word; then, up to a multiple of `STEP`, that of the plane that is 0.
    """
    place = cuda.grid(1)
    if place >= lists.shape[0]:
        return
    row, length = rows[first + place], len(bit_order)
    listed, packed = 0, np.uint32(0)
    for rank in range(length + STEP):
        if rank < length:
            bit = bit_order[rank]
            if not words[row, bit >> 6] >> np.uint64(bit & 63) & np.uint64(1):
                continue
        elif not listed % STEP:
            break
        offset = min(rank, length) * plane_words
        packed = np.uint32(packed | offset << 16 * (listed % _TO_A_WORD))
        listed += 1
        if not listed % _TO_A_WORD:
            lists[place, listed // _TO_A_WORD - 1] = packed
            packed = np.uint32(0)


@cuda.jit(cache=True)
def lay_planes(
    words: WordArray,
    rows: IndexArray,
    bit_order: IndexArray,
    plane_words: int,
    planes: WordArray,
) -> None:
    """Turns the right records on their side: 64 of them, and one bit, to a thread.

    Args:
        words: (n_right, n_words) uint64.
        rows: (n_right,) int32: the records in their order.
        bit_order: (length_bits,) int32: which bit each plane is for.
        plane_words: words of a plane.
        planes: (n_blocks * (length_bits + 1) * plane_words,) uint64, written, block after block: a
            plane for each bit, which says who lacks it, then one that is 0. In a word with records,
            places without one lack every bit; words without records are left as they are.
    """
    at, length = cuda.grid(1), len(bit_order)
    group, rank = at // (length + 1), at % (length + 1)
    if 64 * group >= len(rows):
        return
    lacking = np.uint64(0)
    if rank < length:
        lacking = ~lacking
        bit = bit_order[rank]
        for place in range(64 * group, min(64 * group + 64, len(rows))):
            has = words[rows[place], bit >> 6] >> np.uint64(bit & 63) & np.uint64(1)
            lacking ^= has << np.uint64(place & 63)
    block, column = group // plane_words, group % plane_words
    planes[(block * (length + 1) + rank) * plane_words + column] = lacking


@cuda.jit(cache=True)
def find_near(  # noqa: PLR0913, PLR0917 - a kernel is given arrays, one by one
    left: Ordered,
    right: Ordered,
    least_common: IndexArray,
    lists: OffsetArray,
    planes: WordArray,
    plane_words: int,
    first: int,
    written: Written,
) -> None:
    """Finds the near pairs of the listed left records with all right ones.

    A group of threads is for `CHUNK_ROWS` left records and `GROUP_BLOCKS` blocks. Groups side by
    side, which run at the same time, have the same blocks.

    Args:
        left: n_left records.
        right: n_right records.
        least_common: what `least_common_bits` gives.
        lists: what `list_planes` wrote.
        planes: what `lay_planes` wrote.
        plane_words: words of a plane; no more than a group has threads.
        first: place of the first listed record among the left ones.
        written: where the pairs go.
    """
    chunks = (lists.shape[0] + CHUNK_ROWS - 1) // CHUNK_ROWS
    chunk, block = cuda.blockIdx.x % chunks, cuda.blockIdx.x // chunks * GROUP_BLOCKS
    team, column = cuda.threadIdx.x // plane_words, cuda.threadIdx.x % plane_words
    teams, block_words = cuda.blockDim.x // plane_words, (len(least_common) // 2 + 1) * plane_words
    chunk_stop = min((chunk + 1) * CHUNK_ROWS, lists.shape[0]) if team < teams else 0
    counters = cuda.local.array(COUNTER_BITS, np.uint64)
    mine = planes[block * block_words + column :]
    start = 64 * (block * plane_words + column)
    end = min(64 * (block + GROUP_BLOCKS) * plane_words, len(right.rows))
    while start < end:
        stop = min(start + 64, len(right.rows))
        fewest, most = right.popcounts[start], right.popcounts[stop - 1]
        for listed in range(chunk * CHUNK_ROWS + team, chunk_stop, teams):
            place = first + listed
            bits = left.popcounts[place]
            allowance = bits - least_common[bits + fewest]
            if allowance < 0 or least_common[bits + most] > most:
                continue  # too few or too many bits, even if all that can be are common
            if written.within and stop <= place + 1:
                continue
            # Each call is compiled for its number of counter bits.
            if allowance >> SHORT_BITS == 0:
                near = _near(counters, mine, lists[listed], bits, allowance, SHORT_BITS)
            else:
                near = _near(counters, mine, lists[listed], bits, allowance, COUNTER_BITS)
            if near:
                _write(left, right, least_common, place, start, near, counters, allowance, written)
        mine = mine[block_words:]
        start += 64 * plane_words


@cuda.jit(device=True)
def _write(  # noqa: PLR0913, PLR0917 - compiled code takes arrays, not objects
    left: Ordered,
    right: Ordered,
    least_common: IndexArray,
    place: int,
    start: int,
    near: _Word,
    counters: WordArray,
    allowance: int,
    written: Written,
) -> None:
    """Writes the near ones among the pairs of a left record with those who may be near.

    Args:
        left: n_left records.
        right: n_right records.
        least_common: what `least_common_bits` gives.
        place: the left record's.
        start: the place of the first of 64 right records.
        near: what `_near` gave for them.
        counters: what it left.
        allowance: what was allowed.
        written: where the pairs go.
    """
    bits = left.popcounts[place]
    while near:
        lane = np.int64(cuda.popc((near & (~near + np.uint64(1))) - np.uint64(1)))
        near &= near - np.uint64(1)
        at = start + lane
        if at >= len(right.rows) or (written.within and at <= place):
            continue
        common = bits - _misses(counters, lane, allowance)
        if common < least_common[bits + right.popcounts[at]]:
            continue
        found = np.int64(cuda.atomic.add(written.number, 0, np.uint64(1)))
        if found < len(written.keys):
            row, other = np.int64(left.rows[place]), np.int64(right.rows[at])
            if written.within and other < row:
                row, other = other, row
            written.keys[found] = row << written.left_at | other << COMMON_BITS | common


@cuda.jit(device=True)
def _near(
    counters: WordArray,
    planes: WordArray,
    listed: OffsetArray,
    bits: int,
    allowance: int,
    counter_bits: int,
) -> _Word:
    """Who lacks no more of a left record's bits than is allowed: a bit for each of 64 records.

    Args:
        counters: (COUNTER_BITS,) uint64, written; if any is near, all planes were added.
        planes: of a block, from the thread's column on.
        listed: the left record's list.
        bits: how many bits it has.
        allowance: misses that are allowed, not negative.
        counter_bits: enough to hold it, a constant.
    """
    full = _full(allowance, counter_bits)
    beyond, everyone = np.uint64(0), ~np.uint64(0)
    for bit in range(counter_bits):
        counters[bit] = everyone if full >> bit & 1 else beyond
    at, stop = np.uint64(0), np.uint64((bits + STEP - 1) // STEP * (STEP // _TO_A_WORD))
    while at < stop and beyond != everyone:
        carry = _add_32(counters, planes, listed, at)
        for bit in range(LOW_BITS, counter_bits):
            total = counters[bit]
            counters[bit] = total ^ carry
            carry &= total
        beyond |= carry
        at += np.uint64(STEP // _TO_A_WORD)
    return ~beyond


@cuda.jit(device=True)
def _misses(counters: WordArray, lane: int, allowance: int) -> _Word:
    """The misses of a record that is no more than the allowance away."""
    is_short = allowance >> SHORT_BITS == 0
    counted = np.int64(0)
    for bit in range(COUNTER_BITS):
        if bit < SHORT_BITS or not is_short:
            counted |= np.int64(counters[bit] >> np.uint64(lane) & np.uint64(1)) << bit
    return counted - _full(allowance, SHORT_BITS if is_short else COUNTER_BITS)


@cuda.jit(device=True)
def _full(allowance: int, counter_bits: int) -> int:
    """Where counters start, so that they overflow with the first miss beyond the allowance."""
    return (1 << counter_bits) - 1 - allowance


# Each of these adds twice as many planes to one bit more of the counters, by the carries of the one
# before. `at` is the word of the list with which the planes begin; what is given is the carry.


@cuda.jit(device=True)
def _add_32(counters: WordArray, planes: WordArray, listed: OffsetArray, at: _Word) -> _Word:
    one = _add_16(counters, planes, listed, at)
    return _full_add(counters, 4, one, _add_16(counters, planes, listed, at + np.uint64(8)))


@cuda.jit(device=True)
def _add_16(counters: WordArray, planes: WordArray, listed: OffsetArray, at: _Word) -> _Word:
    one = _add_8(counters, planes, listed, at)
    return _full_add(counters, 3, one, _add_8(counters, planes, listed, at + np.uint64(4)))


@cuda.jit(device=True)
def _add_8(counters: WordArray, planes: WordArray, listed: OffsetArray, at: _Word) -> _Word:
    one = _add_4(counters, planes, listed, at)
    return _full_add(counters, 2, one, _add_4(counters, planes, listed, at + np.uint64(2)))


@cuda.jit(device=True)
def _add_4(counters: WordArray, planes: WordArray, listed: OffsetArray, at: _Word) -> _Word:
    one = _add_2(counters, planes, listed[at])
    return _full_add(counters, 1, one, _add_2(counters, planes, listed[at + np.uint64(1)]))


@cuda.jit(device=True)
def _add_2(counters: WordArray, planes: WordArray, two: _Word) -> _Word:
    one = planes[two & np.uint32(0xFFFF)]
    return _full_add(counters, 0, one, planes[two >> np.uint32(16)])


@cuda.jit(device=True)
def _full_add(counters: WordArray, bit: int, one: _Word, other: _Word) -> _Word:
    """Adds two bits to a bit of each counter; the carry, which is worth twice as much."""
    total = counters[bit]
    differ = total ^ one
    counters[bit] = differ ^ other
    return (total & one) | (differ & other)
