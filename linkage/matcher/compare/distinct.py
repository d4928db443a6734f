"""Distinct filters: every filter of a dataset's segments once, with the records that have it.

People share names, postcodes and birth dates, so a segment has fewer distinct filters than a
dataset has records. What is counted for two filters holds for all pairs of records that have them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Self

import numpy as np
from numba import njit

from linkage.agreement.schema import Segment
from linkage.arrays import (
    WORD_BYTES,
    ByteArray,
    EncodingMatrix,
    IndexArray,
    IntArray,
    ShapeError,
    WordArray,
)
from linkage.matcher.compare.near import CountedEncodings, NearPairs, common_bits, near_pairs
from linkage.matcher.compare.planes import rare_bits_first
from linkage.matcher.compare.threshold import least_common_bits

ABSENT: Final = 255
"""Likeness of two filters of which one has no bit set: the value is missing, so nothing is said."""
EQUAL: Final = 100
"""Likeness of equal filters: a Dice coefficient in hundredths, rounded down."""


@dataclass(frozen=True, slots=True, repr=False)
class DistinctFilters:
    """The filters of one dataset; F segments, all of one length.

    Attributes:
        words: (n_filters, n_words) uint64, read-only; those of a segment follow one another.
        popcounts: (n_filters,) int32: bits set in each, never 0.
        firsts: (F + 1,) int64: where each segment's filters start, and the end.
        codes: (F, n_records) int32: each record's filter, or -1 where no bit is set.
        holders: (n_filters,) int64: how many records have each filter.
    """

    words: WordArray
    popcounts: IndexArray
    firsts: IntArray
    codes: IndexArray
    holders: IntArray

    @classmethod
    def of(cls, encodings: EncodingMatrix, segments: Sequence[Segment]) -> Self:
        """The distinct filters of a dataset.

        Args:
            encodings: of the dataset.
            segments: at least one, all of one length, within an encoding.

        Raises:
            ShapeError: Segments differ in length, or lie outside the encodings.
        """
        if len({segment.byte_count for segment in segments}) != 1:
            raise ShapeError("DistinctFilters: segments differ in length")
        if segments[-1].start_byte + segments[-1].byte_count > encodings.rows.shape[1]:
            raise ShapeError("DistinctFilters: a segment lies outside the encodings")
        codes = np.empty((len(segments), len(encodings)), np.int32)
        parts, first = [], 0
        for number, segment in enumerate(segments):
            filters, codes[number] = _distinct(encodings.rows, segment)
            codes[number, codes[number] >= 0] += first
            first += len(filters)
            parts.append(filters)
        words = np.concatenate(parts)
        return cls(
            words=words,
            popcounts=np.bitwise_count(words).sum(axis=1, dtype=np.int32),
            firsts=np.cumsum([0, *map(len, parts)], dtype=np.int64),
            codes=codes,
            holders=np.bincount(codes[codes >= 0], minlength=len(words)),
        )

    def beside(self, other: "DistinctFilters") -> "DistinctFilters":
        """The same, with nothing in the segments in which no record of the other has anything.

        So that pairs within this dataset are seen as pairs with the other dataset's records are.
        """
        codes = self.codes.copy()
        codes[(other.codes < 0).all(axis=1)] = -1
        return replace(self, codes=codes)

    def __len__(self) -> int:
        return int(self.codes.shape[1])

    def __repr__(self) -> str:
        return f"DistinctFilters({len(self)} records, {len(self.words)} filters)"

    @property
    def segment_count(self) -> int:
        """How many segments there are."""
        return int(self.codes.shape[0])


def near_filters(
    left: DistinctFilters, codes: IndexArray, right: DistinctFilters, those: slice, least: int
) -> tuple[NearPairs, IndexArray]:
    """The filters of two datasets' segment that are alike enough.

    Args:
        left: of one dataset.
        codes: (n,) int32: some of its filters.
        right: of another.
        those: some of its filters.
        least: the likeness that is enough, from 1 to `EQUAL`.

    Returns:
        The pairs; left rows index `codes`, right rows count from the start of `those`.
        (n_pairs,) int32: the likeness of each.
    """
    one = CountedEncodings(left.words[codes], left.popcounts[codes])
    other = CountedEncodings(right.words[those], right.popcounts[those])
    table = least_common_bits(64 * left.words.shape[1], Decimal(least) / EQUAL)
    near = near_pairs(one, other, table, rare_bits_first([other.words]))
    return near, _alike(near, one.popcounts, other.popcounts)


def likeness(
    left: DistinctFilters, right: DistinctFilters, left_rows: IndexArray, right_rows: IndexArray
) -> ByteArray:
    """How alike the filters of each pair of records are, segment by segment.

    Args:
        left: of the dataset that `left_rows` index.
        right: the same for `right_rows`; as many segments.
        left_rows: (n_pairs,) int32.
        right_rows: (n_pairs,) int32.

    Returns:
        (n_pairs, F) uint8: the Dice coefficient in hundredths, rounded down, so `EQUAL` for equal
        filters only; `ABSENT` where a filter has no bit set.
    """
    _check_rows(left, left_rows)
    _check_rows(right, right_rows)
    found = np.empty((len(left_rows), left.segment_count), np.uint8)
    for segment in range(left.segment_count):
        found[:, segment] = _likeness(
            left.words,
            left.popcounts,
            left.codes[segment][left_rows],
            right.words,
            right.popcounts,
            right.codes[segment][right_rows],
        )
    return found


def crossed_likeness(
    left: DistinctFilters,
    right: DistinctFilters,
    left_rows: IndexArray,
    right_rows: IndexArray,
    segments: tuple[int, int],
) -> ByteArray:
    """The same for a segment of the left records and another one of the right: (n_pairs,) uint8."""
    return _likeness(
        left.words,
        left.popcounts,
        left.codes[segments[0]][left_rows],
        right.words,
        right.popcounts,
        right.codes[segments[1]][right_rows],
    )


def _check_rows(filters: DistinctFilters, rows: IndexArray) -> None:
    if len(rows) and not 0 <= rows.min() <= rows.max() < len(filters):
        raise ShapeError("likeness: a row lies outside its dataset")


def _distinct(rows: ByteArray, segment: Segment) -> tuple[WordArray, IndexArray]:
    """The segment's distinct filters that are not empty, and each record's, -1 for an empty one."""
    part = rows[:, segment.start_byte : segment.start_byte + segment.byte_count]
    items = np.ascontiguousarray(part).view(np.dtype((np.void, segment.byte_count))).ravel()
    distinct, inverse = np.unique(items, return_inverse=True)
    words: WordArray = distinct.view(np.uint64).reshape(
        len(distinct), segment.byte_count // WORD_BYTES
    )
    codes: IndexArray = inverse.ravel().astype(np.int32)
    # In ascending order of bytes an empty filter comes first.
    if len(words) and not words[0].any():
        codes -= np.int32(1)
        return words[1:], codes
    return words, codes


# cache=True: see compare/near.py for why its folder is as private as the code.


@njit(nogil=True, cache=True)
def _alike(near: NearPairs, left_popcounts: IndexArray, right_popcounts: IndexArray) -> IndexArray:
    left_rows, right_rows, common = near
    found = np.empty(len(common), np.int32)
    for pair in range(len(common)):
        bits = left_popcounts[left_rows[pair]] + right_popcounts[right_rows[pair]]
        found[pair] = 2 * EQUAL * common[pair] // bits
    return found


@njit(nogil=True, cache=True)
def _likeness(
    left_words: WordArray,
    left_popcounts: IndexArray,
    left_codes: IndexArray,
    right_words: WordArray,
    right_popcounts: IndexArray,
    right_codes: IndexArray,
) -> ByteArray:
    found = np.empty(len(left_codes), np.uint8)
    for pair in range(len(left_codes)):
        left, right = left_codes[pair], right_codes[pair]
        if left < 0 or right < 0:
            found[pair] = ABSENT
        else:
            common = common_bits(left_words, left, right_words, right)
            found[pair] = 200 * common // (left_popcounts[left] + right_popcounts[right])
    return found
