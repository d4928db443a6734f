"""Ceilings: what this machine allows the kernel at most.

The kernel adds planes by carry-save adders. Its ceiling is the rate of these, alone, on planes that
lie in the first-level cache. What it reads comes from further away: how fast that is, is measured
by reading and nothing else.
"""

import time
from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
from numba import njit

from linkage.arrays import WordArray
from linkage.matcher.compare.lanes import LANE_WORDS, add_planes, either, load, spread, store
from linkage.matcher.compare.planes import STEP, OffsetArray

Work: TypeAlias = Callable[[int], object]
"""Does something so many times."""

SECONDS: Final = 0.05
"""Of one try; the best of `TRIES` counts, as others may be using the machine."""
TRIES: Final = 3
FIRST_LEVEL_PLANES: Final = 128
"""8 KiB of planes at the most: they stay in any first-level cache."""
LISTED: Final = 320
"""Planes that are added in a row, in ascending order, as of a record."""
LISTS: Final = 16
LINE_WORDS: Final = 8
MEMORY_BYTES: Final = 1 << 28
"""More than any last-level cache has for one core."""


def adding_rate(plane_count: int = FIRST_LEVEL_PLANES) -> float:
    """Planes a second that carry-save adders add, of so many, over and over again.

    Args:
        plane_count: a block's, to see what it costs where these do not fit the first-level cache.
    """
    rng = np.random.default_rng(0)
    planes = _at_line(plane_count * LANE_WORDS)
    planes[:] = rng.integers(0, 1 << 63, len(planes), np.uint64)
    lists = [np.sort(rng.integers(0, plane_count, LISTED)) for _ in range(LISTS)]
    offsets = (np.concatenate(lists) * LANE_WORDS).astype(np.uint32)
    kept = np.zeros(LANE_WORDS, np.uint64)
    return _best_rate(lambda rounds: add_all(planes, offsets, rounds, kept), len(offsets))


def memory_rate() -> float:
    """Bytes a second that can be read from memory."""
    words = _at_line(MEMORY_BYTES // 8)
    words[:] = 1
    kept = np.zeros(LANE_WORDS, np.uint64)
    return _best_rate(lambda rounds: read_all(words, rounds, kept), MEMORY_BYTES)


def _at_line(count: int) -> WordArray:
    """(count,) uint64 that start where a cache line does, as planes do: else each is in two."""
    room = np.empty(count + LINE_WORDS, np.uint64)
    skipped = -(room.ctypes.data // 8) % LINE_WORDS
    return room[skipped : skipped + count]


def _best_rate(work: Work, amount: int) -> float:
    work(1)  # compiles
    rounds, seconds = 1, 0.0
    while seconds < SECONDS:
        rounds *= 2
        seconds = _seconds(work, rounds)
    return rounds * amount / min(seconds, *(_seconds(work, rounds) for _ in range(TRIES)))


def _seconds(work: Work, rounds: int) -> float:
    started = time.process_time()
    work(rounds)
    return time.process_time() - started


@njit(nogil=True)
def add_all(planes: WordArray, offsets: OffsetArray, rounds: int, kept: WordArray) -> None:
    """Adds all listed planes, so many times, with nothing else that the kernel does."""
    low = (spread(0), spread(0), spread(0), spread(0), spread(0))
    beyond = spread(0)
    for _ in range(rounds):
        for at in range(0, len(offsets), STEP):
            low, carry = add_planes(low, planes, 0, offsets, at)
            beyond = either(beyond, carry)
    store(kept, 0, beyond)


@njit(nogil=True)
def read_all(words: WordArray, rounds: int, kept: WordArray) -> None:
    """Reads all words as the kernel does, so many times, and keeps just enough of them."""
    seen, seen_too = spread(0), spread(0)
    for _ in range(rounds):
        for at in range(0, len(words), 2 * LANE_WORDS):
            seen = either(seen, load(words, at))
            seen_too = either(seen_too, load(words, at + LANE_WORDS))
        store(kept, 0, either(seen, seen_too))
