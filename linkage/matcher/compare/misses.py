"""Bit-sliced counting: of which right records a left record may be a match, many at a time.

Of a left record's a bits a right record with b bits lacks some: its misses. They have a - misses
bits in common, so they match only if misses <= a - least[a + b], the fewest common bits that are
enough (`threshold.py`). For a block of right records the bound is taken at the lowest b among them,
where it is loosest, and is one number: the allowance.

Misses are counted for all records of a block at once, a bit of the left record at a time: each
record has a binary counter, and the counters' lowest bits lie side by side in one register, the
next in another, and so on. Adding a plane to them is a full adder's logic on registers. 32 planes
are added to each other before their carry goes on to the higher bits, so that a plane costs two
full adders' worth of work in all, for as many records as a register has bits.

Counters start so high that a record that has used up its allowance overflows with its next miss.
Who has overflowed once stays out, for misses only grow: where all have, the rest of the left
record's bits need not be looked at. No match is lost, as the allowance is nobody's less than its
own. Who is left over is counted in full by the caller, so no other pair comes in.

A processor guesses where a loop will end, and goes on with what comes after it. Each wrong guess
costs as much as some dozens of planes. So it is not asked after each 32 planes whether all are out,
but only after as many as nearly always have to be added (`next_sure`).

Source: counters in registers and their carry-save adders, Harley and Seal in Warren, Hacker's
Delight, 5-1; thresholds by symmetric circuits over bitmaps, Kaser, Lemire (2016), Compressed bitmap
indexes: beyond unions and intersections.
"""

from typing import Final

from numba import njit

from linkage.arrays import WordArray
from linkage.matcher.compare.lanes import (
    LANE_WORDS,
    Lanes,
    add_planes,
    either,
    half_add,
    load,
    spread,
    store,
    words_left,
)
from linkage.matcher.compare.planes import STEP, OffsetArray

LOW_BITS: Final = 5
"""Counter bits that stay in registers: 2^5 planes, which are `STEP`, are added at a time."""
HIGH_BITS: Final = 9
"""Counter bits beyond these at most: 2^14 is more than an encoding has bits."""
FULL_COUNT_PLANES: Final = 256
"""With this many planes to go for each word in which there is a record left, counting these in full
is quicker."""
MOST_LONGER: Final = 0.4
LEAST_LONGER: Final = 0.1
"""Share of left records for which more planes than the sure ones have to be added, at the most and
at the least. Between these a plane too many and a wrong guess cost about the same."""

# cache=True: see compare/near.py for why its folder is as private as the code.


@njit(nogil=True, cache=True)
def high_bits_for(allowance: int) -> int:
    """How many higher bits counters need that overflow beyond an allowance, or a smaller one."""
    high_bits = 0
    while allowance >> (LOW_BITS + high_bits) > 0:
        high_bits += 1
    return high_bits


@njit(nogil=True, cache=True)
def next_sure(sure: int, counts: int, longer: int) -> int:
    """How many planes are to be added before the first look at who is left.

    Args:
        sure: how many they were so far.
        counts: left records that were counted so.
        longer: of these, for how many it was not enough.
    """
    if longer > MOST_LONGER * counts:
        return sure + STEP
    if longer < LEAST_LONGER * counts and sure > STEP:
        return sure - STEP
    return sure


@njit(forceinline=True)
def any_near(  # noqa: PLR0913, PLR0917 - compiled code takes arrays, not objects
    planes: WordArray,
    start: int,
    offsets: OffsetArray,
    first: int,
    stop: int,
    sure: int,
    allowance: int,
    high_bits: int,
    high: WordArray,
    beyond: WordArray,
) -> tuple[bool, int]:
    """Whether a record of a block may lack no more of a left record's bits than is allowed.

    Args:
        planes: `BitPlanes.words` of the right records.
        start: where the block's begin.
        offsets: `ListedBits.offsets` of left records.
        first: where this record's begin.
        stop: where its bits end.
        sure: how many planes are added before it is asked who is left.
        allowance: misses that are allowed, not negative.
        high_bits: what `high_bits_for` gives for this allowance or a larger one.
        high: (HIGH_BITS * LANE_WORDS,) uint64 to count in.
        beyond: (LANE_WORDS,) uint64, written: 1 for each record that lacks more. It may not say so
            of all that do.

    Returns:
        Whether there is one, and how many planes were added.
    """
    are_beyond = spread(0)
    full = (1 << (LOW_BITS + high_bits)) - 1 - allowance
    low = (spread(full), spread(full >> 1), spread(full >> 2), spread(full >> 3), spread(full >> 4))
    for bit in range(high_bits):
        store(high, bit * LANE_WORDS, spread(full >> (LOW_BITS + bit)))
    at, unasked = first, min(stop, first + sure)
    while at < unasked:
        low, carry = add_planes(low, planes, start, offsets, at)
        are_beyond = either(are_beyond, _carry_on(high, high_bits, carry))
        at += STEP
    left = words_left(are_beyond)
    while at < stop and left * FULL_COUNT_PLANES > stop - at:
        low, carry = add_planes(low, planes, start, offsets, at)
        are_beyond = either(are_beyond, _carry_on(high, high_bits, carry))
        at += STEP
        left = words_left(are_beyond)
    store(beyond, 0, are_beyond)
    return left > 0, at - first


@njit(forceinline=True)
def _carry_on(high: WordArray, high_bits: int, carry: Lanes) -> Lanes:
    """Adds a carry to the higher bits; who overflows."""
    for bit in range(high_bits):
        total, carry = half_add(load(high, bit * LANE_WORDS), carry)
        store(high, bit * LANE_WORDS, total)
    return carry
