"""Near pairs, found on a graphics processor: what this machine does for the kernels.

(1) Both sides are put in order of popcount. Only the order is made here, by a sort of small
    numbers; records are gathered from where they are as they are turned into planes and lists.
(2) The right side becomes planes on the device, the left side lists, as many rows at a time as
    `DeviceMemory` allows.
(3) The device writes the pairs that it finds side by side, wherever there is room, and counts them.
    Were there more than there was room for, these rows are done again with room for all.

It gives what `near.py` gives. Import it only where there is a device: numba's part for it takes
longer to load than all the rest of the matcher.

Memory on the device: both sides once, the right one twice, the lists, and 8 bytes for a pair.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple, Self

import numpy as np
from numba import cuda

from linkage.arrays import IndexArray, WordArray
from linkage.matcher.compare.gpu_kernels import (
    CHUNK_ROWS,
    GROUP_BLOCKS,
    Ordered,
    Written,
    find_near,
    lay_planes,
    list_planes,
)
from linkage.matcher.compare.near import NO_LIMIT, CountedEncodings, NearPairs, left_row_at
from linkage.matcher.compare.planes import STEP, OffsetArray

PLANES_BYTES: Final = 1 << 17
"""Of a block, whatever the length of the encodings: what fits the first-level cache of an A100 or
H100. Longer encodings have fewer records to a block."""
MOST_PLANE_WORDS: Final = 16
"""128 bytes: what a multiprocessor reads at a time."""
GROUP_THREADS: Final = 128
"""Of 96 registers each, so that five groups share a multiprocessor."""


class DeviceMemory(NamedTuple):
    """What is set aside on the device, besides encodings and planes.

    Attributes:
        list_bytes: for the lists of left rows that are searched at a time, of one row at least.
        pairs: for which there is room to begin with, 8 bytes each.
    """

    list_bytes: int = 1 << 28
    pairs: int = 1 << 22


DEFAULT_MEMORY: Final = DeviceMemory()


def near_pairs(  # noqa: PLR0913 - those of near.near_pairs, and one
    left: CountedEncodings,
    right: CountedEncodings,
    least_common: IndexArray,
    bit_order: IndexArray,
    most: int = NO_LIMIT,
    *,
    within: bool = False,
    memory: DeviceMemory = DEFAULT_MEMORY,
) -> NearPairs:
    """All pairs of a left and a right record that have enough bits in common: `near.near_pairs`.

    Raises:
        Exception: Whatever numba and the driver raise if the device fails.
    """
    left_at = left_row_at(len(right.words))
    if not len(left.words) or not len(right.words):
        return NearPairs.of_keys(np.empty(0, np.uint64), left_at)
    ordered = _Side.of(left)
    sides = ordered, ordered if within else _Side.of(right)
    search = _Search.of(*sides, least_common, bit_order, left_at, within)
    parts, number = [], 0
    for first, lists in search.listed(memory.list_bytes):
        keys, found = search.pairs(first, lists, memory.pairs)
        wanted = min(found, most + 1 - number)
        if wanted > len(keys):
            keys, _ = search.pairs(first, lists, wanted)
        parts.append(keys[:wanted])
        number += wanted
        if number > most:
            break
    return NearPairs.of_keys(np.concatenate(parts), left_at)


class _Side(NamedTuple):
    """One side on the device: (n_records, n_words) uint64 as they came, and their order."""

    words: WordArray
    order: Ordered

    @classmethod
    def of(cls, encodings: CountedEncodings) -> Self:
        # numpy sorts numbers of 16 bits by their digits, and no encoding has more bits than fit.
        rows = np.argsort(encodings.popcounts.astype(np.int16), kind="stable").astype(np.int32)
        order = Ordered(cuda.to_device(encodings.popcounts[rows]), cuda.to_device(rows))
        return cls(cuda.to_device(np.ascontiguousarray(encodings.words)), order)


class _Search(NamedTuple):
    """What is searched, on the device, and for what.

    Attributes:
        left: n_left records.
        right: n_right records.
        planes: those of the right, see `lay_planes`.
        plane_words: words of a plane.
        least_common: the table.
        bit_order: the planes'.
        left_at: the place of the left row in a pair's key.
        within: both sides are the same records.
    """

    left: _Side
    right: _Side
    planes: WordArray
    plane_words: int
    least_common: IndexArray
    bit_order: IndexArray
    left_at: int
    within: bool

    @classmethod
    def of(
        cls,
        left: _Side,
        right: _Side,
        least_common: IndexArray,
        bit_order: IndexArray,
        left_at: int,
        within: bool,
    ) -> Self:
        fitting = max(1, PLANES_BYTES // (8 * len(bit_order)))
        plane_words = min(MOST_PLANE_WORDS, 1 << fitting.bit_length() - 1)
        words = _blocks(len(right.words), plane_words) * (len(bit_order) + 1) * plane_words
        planes, order = cuda.device_array(words, np.uint64), cuda.to_device(bit_order)
        threads = _blocks(len(right.words), 1) * (len(bit_order) + 1)
        lay_planes[_groups(threads), GROUP_THREADS](
            right.words, right.order.rows, order, plane_words, planes
        )
        table = cuda.to_device(least_common)
        return cls(left, right, planes, plane_words, table, order, left_at, within)

    def listed(self, list_bytes: int) -> Iterator[tuple[int, OffsetArray]]:
        """The left rows' lists in parts: which place a part begins with, and its lists."""
        width = (len(self.bit_order) // STEP + 1) * STEP
        at_a_time = max(1, list_bytes // (2 * width))
        for first in range(0, len(self.left.words), at_a_time):
            count = min(at_a_time, len(self.left.words) - first)
            lists = cuda.device_array((count, width // 2), np.uint32)
            list_planes[_groups(count), GROUP_THREADS](
                self.left.words,
                self.left.order.rows,
                self.bit_order,
                self.plane_words,
                first,
                lists,
            )
            yield first, lists

    def pairs(self, first: int, lists: OffsetArray, room: int) -> tuple[WordArray, int]:
        """The keys of the near pairs of listed rows, as far as there is room, and how many are."""
        keys, number = cuda.device_array(room, np.uint64), cuda.to_device(np.zeros(1, np.uint64))
        chunks = -(-lists.shape[0] // CHUNK_ROWS)
        spans = -(-_blocks(len(self.right.words), self.plane_words) // GROUP_BLOCKS)
        find_near[chunks * spans, GROUP_THREADS](
            self.left.order,
            self.right.order,
            self.least_common,
            lists,
            self.planes,
            self.plane_words,
            first,
            Written(keys, number, self.left_at, self.within),
        )
        found = int(number.copy_to_host()[0])
        held = min(found, room)
        return (keys[:held].copy_to_host() if held else np.empty(0, np.uint64)), found


def _blocks(record_count: int, plane_words: int) -> int:
    return -(-record_count // (64 * plane_words))


def _groups(threads: int) -> int:
    return -(-threads // GROUP_THREADS)
