"""How much work comparing took: the planes that were in fact added, and the bytes they came from.

`near.py` does not add up what its counts took. Here is a twin of it that does: the same loops over
the same blocks, tiles and allowances, and the same counts, without the pairs.
"""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numba import njit

from benchmarks.speed.workplace import Both
from linkage.arrays import IndexArray
from linkage.matcher.candidates.all_pairs import all_pairs
from linkage.matcher.compare.dice import DiceDecider
from linkage.matcher.compare.lanes import LANE_WORDS, LANES
from linkage.matcher.compare.misses import HIGH_BITS, any_near, high_bits_for, next_sure
from linkage.matcher.compare.near import TILE_ROWS, CountedEncodings
from linkage.matcher.compare.planes import (
    STEP,
    BitPlanes,
    bit_planes,
    list_bits,
    new_tile,
)
from linkage.matcher.run import DEFAULT_LIMITS


@dataclass(frozen=True, slots=True)
class Work:
    """What comparing all pairs of two datasets took.

    Attributes:
        planes_added: each adds a bit of `LANES` records to their counters.
        planes_if_all: how many it would have been if every bit of every left record were added.
        bytes_read: of planes, each counted once for a tile of left rows, up to the last one used.
    """

    planes_added: int
    planes_if_all: int
    bytes_read: int

    @property
    def added_of_all(self) -> float:
        """In percent."""
        return 100 * self.planes_added / self.planes_if_all

    @property
    def planes_per_byte(self) -> float:
        """How often planes were added for each byte that was read."""
        return self.planes_added / self.bytes_read


def count_work(both: Both, threshold: str) -> Work:
    """The work of `kernel.compare` for the same arguments."""
    decider = DiceDecider.prepare(both, Decimal(threshold))
    added, if_all, plane_words = 0, 0, 0
    for block in all_pairs([len(side) for side in both], DEFAULT_LIMITS.pairs_per_block):
        sides = []
        for rows in (block.left, block.right):
            held, part = decider.encodings[rows.dataset], slice(rows.start, rows.stop)
            sides.append(_ascending(CountedEncodings(held.words[part], held.popcounts[part])))
        found = _count(sides[0], sides[1], decider.least_common, decider.bit_order)
        added, plane_words = added + found[0], plane_words + found[1]
        if_all += int(sides[0].popcounts.sum(dtype=np.int64)) * -(-len(block.right) // LANES)
    return Work(added, if_all, plane_words * 8)


def _ascending(encodings: CountedEncodings) -> CountedEncodings:
    order = np.argsort(encodings.popcounts, kind="stable")
    return CountedEncodings(encodings.words[order], encodings.popcounts[order])


def _count(
    left: CountedEncodings,
    right: CountedEncodings,
    least_common: IndexArray,
    bit_order: IndexArray,
) -> tuple[int, int]:
    planes = bit_planes(right.words, bit_order)
    added, plane_words = count_planes(left, right, planes, least_common, bit_order)
    return int(added), int(plane_words)


# Not kept on disk: numba does not notice when what these call has changed, and then counts wrongly.


@njit(nogil=True)
def count_planes(
    left: CountedEncodings,
    right: CountedEncodings,
    planes: BitPlanes,
    least_common: IndexArray,
    bit_order: IndexArray,
) -> tuple[int, int]:
    """Planes that are added, and words of planes that are read once a tile."""
    tile = new_tile(TILE_ROWS, len(bit_order))
    high, beyond = np.empty(HIGH_BITS * LANE_WORDS, np.uint64), np.empty(LANE_WORDS, np.uint64)
    added, plane_words, sure = 0, 0, STEP
    for first in range(0, len(left.words), TILE_ROWS):
        count = min(TILE_ROWS, len(left.words) - first)
        list_bits(left.words[first : first + count], bit_order, tile)
        for block in range(planes.block_count):
            fewest = right.popcounts[block * LANES]
            most_bits = right.popcounts[min((block + 1) * LANES, len(right.words)) - 1]
            bits = left.popcounts[first + count - 1]
            high_bits = high_bits_for(bits - least_common[bits + fewest])
            furthest = counts = longer = 0
            for place in range(count):
                bits = left.popcounts[first + place]
                allowance = bits - least_common[bits + fewest]
                if allowance < 0 or least_common[bits + most_bits] > most_bits:
                    continue
                listed = place * tile.width
                stop = listed + tile.lengths[place]
                _, steps = any_near(
                    planes.words,
                    block * planes.block_words,
                    tile.offsets,
                    listed,
                    stop,
                    sure,
                    allowance,
                    high_bits,
                    high,
                    beyond,
                )
                counts, longer, added = counts + 1, longer + (steps > sure), added + steps
                last = min(listed + steps, stop) - 1  # after these comes the plane of 0
                furthest = max(furthest, int(tile.offsets[last]) + LANE_WORDS)
            sure = next_sure(sure, counts, longer)
            plane_words += furthest
    return added, plane_words
