"""Sums: which right records' scores may reach the cut, for one left record after the other.

Scores are whole numbers of two bytes and lie side by side for all right records. So they stay in
the cache, many are held against the cut by one instruction, and a sum is the same in whatever order
it is added up.

A left record starts from what its score comes to where nothing is listed: that depends only on what
the two records lack. To that is added what those right records gain whose filters are listed.
Left records that lack the same and have the same filter in one segment follow one another
(`in_order`), so what that segment adds is added once for all of them.
"""

from typing import Final, NamedTuple, Self, TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit

from linkage.arrays import IndexArray, IntArray, WordArray
from linkage.matcher.compare.distinct import DistinctFilters
from linkage.matcher.compare.near import common_bits

ScoreArray: TypeAlias = npt.NDArray[np.int16]

CHUNK: Final = 64
"""Scores of which the highest is held against the cut before any other is."""


class Slab(NamedTuple):
    """Some of the right records, one after the other, and who of them has each filter.

    Attributes:
        start: the first one's row.
        codes: (F, n_records) int32: each record's filter, or -1.
        starts: (n_right_filters + 1,) int32: where the records that have a filter start in
            `members`.
        members: (n_present,) int32: records, counted from the start, by filter.
    """

    start: int
    codes: IndexArray
    starts: IndexArray
    members: IndexArray

    @classmethod
    def of(cls, right: DistinctFilters, start: int, count: int) -> Self:
        """So many records from a row on, or as many as there are."""
        codes = np.ascontiguousarray(right.codes[:, start : start + count])
        return cls(start, codes, *_members(codes, len(right.words)))


class Neighbours(NamedTuple):
    """For each left filter the right ones that are listed, and what each adds.

    Attributes:
        starts: (n_left_filters + 1,) int64: where a filter's neighbours start, and the end.
        filters: (n,) int32: right filters.
        gains: (n,) int16: what each adds beyond what one that is not listed adds at the most.
    """

    starts: IntArray
    filters: IndexArray
    gains: ScoreArray


class Filters(NamedTuple):
    """The arrays of `DistinctFilters` by which two records' filters are compared."""

    words: WordArray
    popcounts: IndexArray
    codes: IndexArray

    @classmethod
    def of(cls, filters: DistinctFilters) -> Self:
        """Those of a dataset."""
        return cls(filters.words, filters.popcounts, filters.codes)


class Bounded(NamedTuple):
    """Pairs whose score is at most the bound, in the order of the left rows.

    Attributes:
        left_rows: (n_pairs,) int32.
        right_rows: (n_pairs,) int32.
        bounds: (n_pairs,) int16.
    """

    left_rows: IndexArray
    right_rows: IndexArray
    bounds: ScoreArray


def in_order(codes: IndexArray, rows: IndexArray, segment: int) -> IndexArray:
    """Left rows in the order in which sums are quickest.

    Args:
        codes: (F, n_records) int32: `DistinctFilters.codes`.
        rows: (n,) int32.
        segment: whose filters are to follow one another.
    """
    patterns = np.packbits(codes[:, rows] >= 0, axis=0)
    return rows[np.lexsort((codes[segment, rows], *patterns))]


# cache=True: see compare/near.py for why its folder is as private as the code.


@njit(nogil=True, cache=True)
def bounded_pairs(  # noqa: PLR0913, PLR0917 - compiled code takes arrays, not objects
    left_codes: IndexArray,
    left_rows: IndexArray,
    leading: int,
    right: Slab,
    near: Neighbours,
    unlisted: ScoreArray,
    cut: int,
    within: bool,
) -> Bounded:
    """The pairs whose score may reach the cut.

    Args:
        left_codes: (F, n_records) int32: `DistinctFilters.codes`.
        left_rows: (n,) int32, as `in_order` gives them.
        leading: the segment that they are ordered by.
        right: right records.
        near: what is listed.
        unlisted: (F,) int16: what a filter that is not listed adds at the most.
        cut: score from which a pair is kept.
        within: both are one dataset, of which a record is paired with those after it.
    """
    count = right.codes.shape[1]
    base = np.empty(count, np.int16)
    begun, scores = np.empty_like(base), np.empty_like(base)
    lefts, rights = np.empty(count, np.int32), np.empty(count, np.int32)
    bounds, number, before = np.empty(count, np.int16), 0, -1
    for row in left_rows:
        is_base_kept = before >= 0 and _lack_the_same(left_codes, row, before)
        if not is_base_kept:
            _set_base(base, left_codes[:, row], right.codes, unlisted)
        if not is_base_kept or left_codes[leading, row] != left_codes[leading, before]:
            _copy(base, begun)
            _add_gains(begun, left_codes[leading, row], right, near)
        before = row
        _copy(begun, scores)
        for segment in range(len(left_codes)):
            if segment != leading:
                _add_gains(scores, left_codes[segment, row], right, near)
        while len(rights) < number + count:
            lefts = np.concatenate((lefts, np.empty_like(lefts)))
            rights = np.concatenate((rights, np.empty_like(rights)))
            bounds = np.concatenate((bounds, np.empty_like(bounds)))
        first, after = number, max(0, row + 1 - right.start) if within else 0
        number = _take_reaching(scores, cut, after, rights, bounds, number)
        lefts[first:number] = row
    return Bounded(lefts[:number], rights[:number] + np.int32(right.start), bounds[:number])


@njit(nogil=True, cache=True)
def reaching(  # noqa: PLR0913, PLR0917 - compiled code takes arrays, not objects
    left: Filters,
    right: Filters,
    pairs: Bounded,
    loose: IntArray,
    listed: IntArray,
    added: ScoreArray,
    cut: int,
) -> tuple[IndexArray, IndexArray]:
    """Left and right rows of the pairs whose score reaches the cut.

    Args:
        left: of the left dataset.
        right: of the right dataset.
        pairs: what `bounded_pairs` gave.
        loose: segments in which not all is listed that changes a score.
        listed: (F,) int64: the likeness from which filters are listed.
        added: (F, 101) int16: what each likeness adds.
        cut: the score.
    """
    reaches = np.empty(len(pairs.bounds), np.bool_)
    for pair in range(len(reaches)):
        row, other = pairs.left_rows[pair], pairs.right_rows[pair]
        total = np.int64(pairs.bounds[pair])
        for segment in loose:
            one, two = left.codes[segment, row], right.codes[segment, other]
            if one < 0 or two < 0:
                continue
            bits = left.popcounts[one] + right.popcounts[two]
            alike = 200 * common_bits(left.words, one, right.words, two) // bits
            if alike < listed[segment]:  # it counted as if it were as alike as that allows
                total += added[segment, alike] - added[segment, listed[segment] - 1]
                if total < cut:  # bounds only fall
                    break
        reaches[pair] = total >= cut
    return pairs.left_rows[reaches], pairs.right_rows[reaches]


@njit(nogil=True, cache=True)
def _lack_the_same(codes: IndexArray, one: int, other: int) -> bool:
    for segment in range(codes.shape[0]):
        if (codes[segment, one] < 0) != (codes[segment, other] < 0):
            return False
    return True


@njit(nogil=True, cache=True)
def _set_base(
    base: ScoreArray, left_codes: IndexArray, right_codes: IndexArray, unlisted: ScoreArray
) -> None:
    """Every right record's bound, if nothing is listed."""
    base[:] = 0
    for segment in range(len(left_codes)):
        if left_codes[segment] >= 0:
            for right in range(len(base)):
                if right_codes[segment, right] >= 0:
                    base[right] += unlisted[segment]


@njit(nogil=True, cache=True)
def _copy(source: ScoreArray, to: ScoreArray) -> None:
    # Not as a slice: numba would compile its check of shapes for seconds.
    for place in range(len(source)):
        to[place] = source[place]


@njit(nogil=True, cache=True)
def _add_gains(scores: ScoreArray, filter_: int, right: Slab, near: Neighbours) -> None:
    """What right records gain by having a neighbour of a left filter; -1 is none."""
    if filter_ < 0:
        return
    # Each array by a name of its own, as in compare/near.py.
    filters, gains, starts, members = near.filters, near.gains, right.starts, right.members
    for at in range(near.starts[filter_], near.starts[filter_ + 1]):
        other, gain = filters[at], gains[at]
        for place in range(starts[other], starts[other + 1]):
            scores[members[place]] += gain


@njit(nogil=True, cache=True)
def _take_reaching(
    scores: ScoreArray, cut: int, first: int, rights: IndexArray, bounds: ScoreArray, number: int
) -> int:
    """Appends the right records, from the first on, that reach the cut; how many there are now."""
    for start in range(first, len(scores), CHUNK):
        some = scores[start : start + CHUNK]
        highest = some[0]
        for place in range(len(some)):
            highest = max(highest, some[place])
        if highest < cut:
            continue
        for place in range(len(some)):
            # Written whether it counts or not: a branch that can't be foretold takes far longer.
            rights[number], bounds[number] = start + place, some[place]
            number += some[place] >= cut
    return number


@njit(nogil=True, cache=True)
def _members(codes: IndexArray, filter_count: int) -> tuple[IndexArray, IndexArray]:
    """Where the records of each filter start, and the records."""
    starts = np.zeros(filter_count + 2, np.int32)
    for segment in range(len(codes)):
        for record in range(codes.shape[1]):
            starts[codes[segment, record] + 2] += 1  # of a missing one at 1, which is set to 0
    starts[1] = 0
    for filter_ in range(filter_count):
        starts[filter_ + 2] += starts[filter_ + 1]
    members = np.empty(starts[-1], np.int32)
    for segment in range(len(codes)):
        for record in range(codes.shape[1]):
            filter_ = codes[segment, record]
            if filter_ >= 0:
                members[starts[filter_ + 1]] = record
                starts[filter_ + 1] += 1
    return starts[:-1], members
