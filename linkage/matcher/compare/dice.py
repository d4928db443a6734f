"""Dice coefficient with a threshold, exactly, over every candidate pair."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

import numpy as np

from linkage.arrays import EncodingMatrix, FloatArray, IndexArray, ShapeError, WordArray
from linkage.matcher.compare.engines import near_pairs
from linkage.matcher.compare.near import NO_LIMIT, CountedEncodings, unpack_pairs
from linkage.matcher.compare.planes import rare_bits_first
from linkage.matcher.compare.threshold import least_common_bits
from linkage.matcher.model.pairs import CandidatePairs, DecidedPairs, RowRange


@dataclass(frozen=True, slots=True, repr=False)
class DiceDecider:
    """Decides by Dice coefficient and threshold; made by `prepare`.

    Attributes:
        encodings: of each dataset of the run.
        least_common: (2 * length_bits + 1,) int32, read-only; what `least_common_bits` gives.
        bit_order: (length_bits,) int32, read-only: the order in which bits are looked at.
        most: pairs of a block that are given at most, and one more.
    """

    encodings: tuple[CountedEncodings, ...]
    least_common: IndexArray
    bit_order: IndexArray
    most: int

    @classmethod
    def prepare(
        cls, datasets: Sequence[EncodingMatrix], threshold: Decimal, most: int = NO_LIMIT
    ) -> Self:
        """Counts the bits of every record and tabulates the threshold, once for a run.

        Args:
            datasets: At least one, all of one length.
            threshold: Inclusive, in (0, 1].
            most: Matches that whoever asks has use for.

        Raises:
            ShapeError: Encodings of different datasets differ in length.
        """
        length_bits = datasets[0].length_bits
        if any(dataset.length_bits != length_bits for dataset in datasets):
            raise ShapeError("DiceDecider: datasets differ in the length of their encodings")
        words = [dataset.words() for dataset in datasets]
        return cls(
            tuple(CountedEncodings.of(part) for part in words),
            least_common_bits(length_bits, threshold),
            rare_bits_first(words),
            most,
        )

    def __repr__(self) -> str:
        return f"DiceDecider({len(self.encodings)} datasets)"

    def decide(self, candidates: CandidatePairs) -> DecidedPairs:
        """The pairs that reach the threshold, in ascending order of (left row, right row).

        Of a block of a dataset with itself each pair once, the lower row on the left. If there are
        more than `most`, one more than that, no matter which. Scores are the Dice coefficients, in
        (0, 1].

        Raises:
            ShapeError: A row lies outside its dataset, or two parts of one dataset overlap.
        """
        ranges = candidates.left, candidates.right
        left, right = (self._rows(rows) for rows in ranges)
        within = ranges[0] == ranges[1]
        if not within and _overlap(*ranges):
            raise ShapeError("DiceDecider: a block pairs parts of a dataset that overlap")
        near = near_pairs(left, right, self.least_common, self.bit_order, self.most, within=within)
        return DecidedPairs(
            candidates.left.dataset,
            candidates.right.dataset,
            near.left_rows + np.int32(candidates.left.start),
            near.right_rows + np.int32(candidates.right.start),
            _scores(near.common, left.popcounts[near.left_rows], right.popcounts[near.right_rows]),
        )

    def scored(self, datasets: tuple[int, int], keys: WordArray) -> DecidedPairs:
        """Pairs of two datasets that are known to reach the threshold, with their scores.

        Args:
            datasets: their numbers.
            keys: (n_pairs,) uint64, ascending: 2^32 * left row + right row.
        """
        left, right = (self.encodings[number] for number in datasets)
        near = unpack_pairs(keys, left.words, right.words)
        scores = _scores(
            near.common, left.popcounts[near.left_rows], right.popcounts[near.right_rows]
        )
        return DecidedPairs(*datasets, near.left_rows, near.right_rows, scores)

    def _rows(self, rows: RowRange) -> CountedEncodings:
        encodings = self.encodings[rows.dataset]
        if rows.stop > len(encodings.words):
            raise ShapeError(f"DiceDecider: no row {rows.stop - 1} in dataset {rows.dataset}")
        part = slice(rows.start, rows.stop)
        return CountedEncodings(encodings.words[part], encodings.popcounts[part])


def _overlap(one: RowRange, other: RowRange) -> bool:
    return one.dataset == other.dataset and one.start < other.stop and other.start < one.stop


def _scores(common: IndexArray, left: IndexArray, right: IndexArray) -> FloatArray:
    """The Dice coefficient of each pair, from its common bits and popcounts."""
    scores: FloatArray = 2 * common / (left + right)
    return scores
