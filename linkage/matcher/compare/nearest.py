"""The score of each record's nearest neighbour: what a threshold is estimated from.

Takes blocks of candidate pairs, like a decider; gives for every record of a block the best score
that it has in the block. The best of its blocks is the best of all.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from linkage.arrays import FloatArray
from linkage.matcher.compare.dice import (
    TILE_BYTES,
    CountedEncodings,
    DiceDecider,
    common_bits,
)
from linkage.matcher.model.pairs import CandidatePairs


class BlockNeighbours(NamedTuple):
    """Best scores within one block.

    Attributes:
        left: (n_left,) float64: of each left row with any right row but itself; 0 if none.
        right: (n_right,) float64: the same for each right row.
    """

    left: FloatArray
    right: FloatArray


def nearest_neighbours(decider: DiceDecider, block: CandidatePairs) -> BlockNeighbours:
    """The best Dice coefficient of each record of the block; the decider's threshold is not used.

    In a block of one dataset with itself, a record is not compared with itself.
    """
    left = decider.encodings[block.left.dataset].rows(block.left)
    right = decider.encodings[block.right.dataset].rows(block.right)
    tile_rows = max(1, TILE_BYTES // left.words[:1].nbytes) if len(left.words) else 1
    same = block.left.dataset == block.right.dataset
    # The right row that is the left row itself is `row + offset`; -1 - n is none of them.
    offset = block.left.start - block.right.start if same else -1 - len(left.words)
    return BlockNeighbours(*_best_scores(left, right, tile_rows, offset))


@njit(nogil=True, cache=True)
def _best_scores(
    left: CountedEncodings, right: CountedEncodings, tile_rows: int, offset: int
) -> tuple[FloatArray, FloatArray]:
    left_best = np.zeros(len(left.words), np.float64)
    right_best = np.zeros(len(right.words), np.float64)
    for start in range(0, len(right.words), tile_rows):
        stop = min(start + tile_rows, len(right.words))
        for row in range(len(left.words)):
            for column in range(start, stop):
                bits = left.popcounts[row] + right.popcounts[column]
                if bits == 0 or column == row + offset:
                    continue
                score = 2 * common_bits(left.words, row, right.words, column) / bits
                left_best[row] = max(left_best[row], score)
                right_best[column] = max(right_best[column], score)
    return left_best, right_best
