"""Dice coefficient with a threshold, exactly, over every candidate pair.

A pair is a match if 2c / s >= t: c bits common to both encodings, s the sum of their popcounts, t
the agreement's threshold. Two empty encodings score 0. The comparison is made on integers: for
each s a table holds the least c that is enough, computed from the threshold's exact decimal value,
so that a pair that scores exactly t is a match.

The kernel goes through a block twice. First it counts the matches of each left row in each tile of
right rows, a tile being as many rows as stay in the cache. Then it makes arrays of exactly that
size and looks again only where there was a match. Memory grows with the matches, never with the
pairs.

Source: Schnell, Bachteler, Reiher (2009).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple, Self

import numpy as np
from numba import njit

from linkage.arrays import (
    WORD_BYTES,
    EncodingMatrix,
    FloatArray,
    IndexArray,
    ShapeError,
    WordArray,
)
from linkage.matcher.compare.popcount import count_bits
from linkage.matcher.model.pairs import CandidatePairs, DecidedPairs, RowRange

TILE_BYTES: Final = 16 * 1024
"""Half of a usual first-level data cache: a tile of right rows stays there for all left rows."""


class CountedEncodings(NamedTuple):
    """Encodings with their popcounts.

    Attributes:
        words: (n_records, n_words) uint64, read-only.
        popcounts: (n_records,) int32, read-only: one bits of each record.
    """

    words: WordArray
    popcounts: IndexArray

    def rows(self, rows: RowRange) -> Self:
        """Some of the records, without copying."""
        if rows.stop > len(self.words):
            raise ShapeError(f"CountedEncodings: no row {rows.stop - 1} in dataset {rows.dataset}")
        part = slice(rows.start, rows.stop)
        return self._replace(words=self.words[part], popcounts=self.popcounts[part])


@dataclass(frozen=True, slots=True, repr=False)
class DiceDecider:
    """Decides by Dice coefficient and threshold; made by `prepare`.

    Attributes:
        encodings: of each dataset of the run.
        least_common: (2 * length_bits + 1,) int32, read-only; what `least_common_bits` gives.
    """

    encodings: tuple[CountedEncodings, ...]
    least_common: IndexArray

    @classmethod
    def prepare(cls, datasets: Sequence[EncodingMatrix], threshold: Decimal) -> Self:
        """Counts the bits of every record and tabulates the threshold, once for a run.

        Args:
            datasets: At least one, all of one length.
            threshold: Inclusive, in (0, 1].

        Raises:
            ShapeError: Encodings of different datasets differ in length.
        """
        length_bits = datasets[0].length_bits
        if any(dataset.length_bits != length_bits for dataset in datasets):
            raise ShapeError("DiceDecider: datasets differ in the length of their encodings")
        return cls(
            tuple(_count_encodings(dataset) for dataset in datasets),
            least_common_bits(length_bits, threshold),
        )

    def __repr__(self) -> str:
        return f"DiceDecider({len(self.encodings)} datasets)"

    def decide(self, candidates: CandidatePairs) -> DecidedPairs:
        """The pairs that reach the threshold, in ascending order of (left row, right row).

        Scores are the Dice coefficients, in (0, 1].
        """
        left = self.encodings[candidates.left.dataset].rows(candidates.left)
        right = self.encodings[candidates.right.dataset].rows(candidates.right)
        tile_rows = max(1, TILE_BYTES // (left.words.shape[1] * WORD_BYTES))
        counts = _count_matches(left, right, self.least_common, tile_rows)
        left_rows, right_rows, scores = _collect_matches(
            left, right, self.least_common, tile_rows, counts
        )
        left_rows += np.int32(candidates.left.start)
        right_rows += np.int32(candidates.right.start)
        return DecidedPairs(
            candidates.left.dataset, candidates.right.dataset, left_rows, right_rows, scores
        )


def least_common_bits(length_bits: int, threshold: Decimal) -> IndexArray:
    """The fewest common bits that reach the threshold, for each sum of two popcounts.

    Returns:
        (2 * length_bits + 1,) int32, read-only. Entry s is the least c with 2c / s >= threshold,
        computed without rounding; entry 0 is 1, which two empty encodings can't reach.
    """
    exact = Fraction(threshold)
    if not 0 < exact <= 1:
        raise ValueError("the threshold must be above 0 and at most 1")
    needed, of = exact.numerator, 2 * exact.denominator
    table = np.array([-(-needed * s // of) for s in range(2 * length_bits + 1)], np.int32)
    table[0] = 1
    table.flags.writeable = False
    return table


def _count_encodings(encodings: EncodingMatrix) -> CountedEncodings:
    words = encodings.words()
    popcounts = np.bitwise_count(words).sum(axis=1, dtype=np.int32)
    popcounts.flags.writeable = False
    return CountedEncodings(words, popcounts)


# cache=True: compiled code is kept in files, which numba reads with pickle. They lie in __pycache__
# beside this file, so whoever could plant one could as well change this file. Where that folder
# can't be written, NUMBA_CACHE_DIR must name one that only the matcher's user can.


@njit(nogil=True, cache=True)
def common_bits(left: WordArray, row: int, right: WordArray, column: int) -> np.int64:
    """How many bits a left row and a right row have in common."""
    common = np.uint64(0)
    for word in range(left.shape[1]):
        common += count_bits(left[row, word] & right[column, word])
    return np.int64(common)


@njit(nogil=True, cache=True)
def _count_matches(
    left: CountedEncodings, right: CountedEncodings, least_common: IndexArray, tile_rows: int
) -> IndexArray:
    """(n_left, n_tiles) int32: how many rows of each tile match each left row."""
    left_count, right_count = len(left.words), len(right.words)
    tile_count = (right_count + tile_rows - 1) // tile_rows
    counts = np.empty((left_count, tile_count), np.int32)
    for tile in range(tile_count):
        start = tile * tile_rows
        stop = min(start + tile_rows, right_count)
        for row in range(left_count):
            matches = 0
            for column in range(start, stop):
                needed = least_common[left.popcounts[row] + right.popcounts[column]]
                if common_bits(left.words, row, right.words, column) >= needed:
                    matches += 1
            counts[row, tile] = matches
    return counts


@njit(nogil=True, cache=True)
def _collect_matches(
    left: CountedEncodings,
    right: CountedEncodings,
    least_common: IndexArray,
    tile_rows: int,
    counts: IndexArray,
) -> tuple[IndexArray, IndexArray, FloatArray]:
    """Left rows, right rows and scores of the matches that `counts` counted."""
    match_count = counts.sum()
    left_rows = np.empty(match_count, np.int32)
    right_rows = np.empty(match_count, np.int32)
    scores = np.empty(match_count, np.float64)
    found = 0
    for row in range(counts.shape[0]):
        for tile in range(counts.shape[1]):
            if counts[row, tile] == 0:
                continue
            start = tile * tile_rows
            for column in range(start, min(start + tile_rows, len(right.words))):
                bits = left.popcounts[row] + right.popcounts[column]
                common = common_bits(left.words, row, right.words, column)
                if common >= least_common[bits]:
                    left_rows[found] = row
                    right_rows[found] = column
                    scores[found] = 2 * common / bits
                    found += 1
    return left_rows, right_rows, scores
