"""Scan: of all pairs of records of two datasets, those that are worth a closer look.

Every pair is scored, none is skipped: a score is the sum of a weight for each segment, which
depends on how alike the two filters are. A pair is kept if its score reaches the cut.

What makes it fast is that most filters have nothing in common: for each distinct filter of a block
of left records the right filters that are alike enough are listed once. Then, record by record,
only their records' scores are touched. Where not all is listed that changes a score (`listing.py`),
the sum is a bound, and pairs that reach the cut by it are looked at segment by segment.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numba import njit

from linkage.arrays import ByteArray, FloatArray, IndexArray, IntArray, WordArray
from linkage.matcher.compare.distinct import EQUAL, DistinctFilters, near_filters
from linkage.matcher.compare.near import common_bits
from linkage.matcher.model.pairs import CandidatePairs, RecordPairs

ROUNDING: Final = 1e-3
"""Sums of the same weights differ by less than this, in whatever order they are added."""


@dataclass(frozen=True, slots=True, repr=False)
class Weights:
    """What each segment's likeness adds to a pair's score.

    Attributes:
        added: (F, 101) float32, read-only: by likeness in hundredths; 0 where a filter is empty.
        least: (F,) int64: the likeness below which a segment's weight is the lowest, `added[f, 0]`.
        cut: the score from which a pair is kept.
    """

    added: "np.typing.NDArray[np.float32]"
    least: IntArray
    cut: float


@dataclass(frozen=True, slots=True, repr=False)
class Scanner:
    """Scans blocks of pairs of datasets, or within one; made once for a run.

    Attributes:
        datasets: their distinct filters, by number.
        weights: the same for all.
        listed: (F,) int64: the likeness from which neighbours are listed, at least `weights.least`;
            what `listed_from` gives. It changes nothing in the result.
    """

    datasets: tuple[DistinctFilters, ...]
    weights: Weights
    listed: IntArray

    def __repr__(self) -> str:
        return f"Scanner({len(self.datasets)} datasets)"

    def scan(self, block: CandidatePairs) -> RecordPairs:
        """The pairs of the block that reach the cut, by left row; within a dataset each pair once.

        Memory: besides the result, the block's neighbouring filters and a score a right record.
        """
        left, right = self.datasets[block.left.dataset], self.datasets[block.right.dataset]
        rows = np.arange(block.left.start, block.left.stop, dtype=np.int32)
        # Records that lack the same fields follow one another: they share a score to start from.
        present = left.codes[:, rows] >= 0
        patterns = np.packbits(present, axis=0)
        rows = rows[np.lexsort(patterns)]
        bounded = _bounded(
            _arrays(left),
            rows,
            _arrays(right),
            self._neighbours(left, rows, right),
            self._unlisted,
            np.float32(self.weights.cut - (0 if self._is_exact else ROUNDING)),
            block.left.dataset == block.right.dataset,
        )
        if not self._is_exact:
            bounded = _reaching(
                _arrays(left), _arrays(right), *bounded, self.weights.added, self.weights.cut
            )
        order = np.lexsort((bounded[1], bounded[0]))
        return RecordPairs(
            block.left.dataset, block.right.dataset, bounded[0][order], bounded[1][order]
        )

    @property
    def _is_exact(self) -> bool:
        """Whether all is listed that changes a score."""
        return bool((self.listed == self.weights.least).all())

    @property
    def _unlisted(self) -> "np.typing.NDArray[np.float32]":
        """(F,) float32: what a filter that is not listed adds at the most."""
        return self.weights.added[np.arange(len(self.listed)), self.listed - 1]

    def _neighbours(
        self, left: DistinctFilters, rows: IndexArray, right: DistinctFilters
    ) -> "_Neighbours":
        """The right filters that are alike enough to those of some left rows."""
        lengths = np.zeros(len(left.words) + 1, np.int64)
        filters, gains = [np.empty(0, np.int32)], [np.empty(0, np.float32)]
        for segment, listed in enumerate(self.listed.tolist()):
            if listed > EQUAL:
                continue
            codes = np.unique(left.codes[segment][rows])
            codes = codes[codes >= 0]
            first, last = right.firsts[segment : segment + 2]
            near, alike = near_filters(left, codes, right, slice(first, last), listed)
            lengths[codes + 1] = np.bincount(near.left_rows, minlength=len(codes))
            filters.append(near.right_rows + np.int32(first))
            gains.append(self.weights.added[segment][alike] - self._unlisted[segment])
        return _Neighbours(np.cumsum(lengths), np.concatenate(filters), np.concatenate(gains))


def score(weights: Weights, likeness: ByteArray) -> FloatArray:
    """The score of pairs whose likeness is known: (n_pairs,) float64 for (n_pairs, F) uint8."""
    padded = np.zeros((len(weights.added), 256), np.float64)
    padded[:, : weights.added.shape[1]] = weights.added
    total = np.zeros(len(likeness), np.float64)
    for segment, added in enumerate(padded):
        total += added[likeness[:, segment]]
    return total


class _Filters(NamedTuple):
    """The arrays of `DistinctFilters`, as compiled code takes them."""

    words: WordArray
    popcounts: IndexArray
    firsts: IntArray
    codes: IndexArray
    starts: IntArray
    members: IndexArray


class _Neighbours(NamedTuple):
    """For each left filter the right ones that are listed, and what each adds.

    Attributes:
        starts: (n_left_filters + 1,) int64: where a filter's neighbours start, and the end.
        filters: (n,) int32: right filters.
        gains: (n,) float32: what each adds beyond what one that is not listed adds at the most.
    """

    starts: IntArray
    filters: IndexArray
    gains: "np.typing.NDArray[np.float32]"


def _arrays(filters: DistinctFilters) -> _Filters:
    return _Filters(
        filters.words,
        filters.popcounts,
        filters.firsts,
        filters.codes,
        filters.starts,
        filters.members,
    )


# cache=True: see compare/near.py for why its folder is as private as the code.


@njit(nogil=True, cache=True)
def _bounded(  # noqa: PLR0913, PLR0917 - compiled code takes arrays, not objects
    left: _Filters,
    left_rows: IndexArray,
    right: _Filters,
    near: _Neighbours,
    unlisted: "np.typing.NDArray[np.float32]",
    cut: np.float32,
    within: bool,
) -> tuple[IndexArray, IndexArray]:
    """Left and right rows of the pairs whose bound reaches a cut, in the order of the left rows."""
    right_count = right.codes.shape[1]
    base = np.zeros(right_count, np.float32)
    scores = np.empty(right_count, np.float32)
    lefts, rights = np.empty(right_count, np.int32), np.empty(right_count, np.int32)
    found = 0
    for position, row in enumerate(left_rows):
        if position == 0 or _presence_differs(left.codes, row, left_rows[position - 1]):
            _set_base(base, left.codes[:, row], right.codes, unlisted)
            _copy(base, scores)
        _add_gains(scores, left.codes[:, row], right, near)
        while len(rights) < found + right_count:
            lefts = np.concatenate((lefts, np.empty_like(lefts)))
            rights = np.concatenate((rights, np.empty_like(rights)))
        before = found
        found = _take_reaching(scores, base, cut, row + 1 if within else 0, rights, found)
        lefts[before:found] = row
    return lefts[:found], rights[:found]


@njit(nogil=True, cache=True)
def _copy(source: "np.typing.NDArray[np.float32]", to: "np.typing.NDArray[np.float32]") -> None:
    # Not as a slice: numba would compile its check of shapes for seconds.
    for place in range(len(source)):
        to[place] = source[place]


@njit(nogil=True, cache=True)
def _take_reaching(
    scores: "np.typing.NDArray[np.float32]",
    base: "np.typing.NDArray[np.float32]",
    cut: np.float32,
    first: int,
    taken: IndexArray,
    found: int,
) -> int:
    """Appends those that reach the cut to what is taken, and sets all scores back to the base."""
    for other in range(len(scores)):
        # Written whether it counts or not: a branch that can't be foretold takes far longer.
        taken[found] = other
        found += scores[other] >= cut and other >= first
        scores[other] = base[other]
    return found


@njit(nogil=True, cache=True)
def _presence_differs(codes: IndexArray, one: int, other: int) -> bool:
    for segment in range(codes.shape[0]):
        if (codes[segment, one] < 0) != (codes[segment, other] < 0):
            return True
    return False


@njit(nogil=True, cache=True)
def _set_base(
    base: "np.typing.NDArray[np.float32]",
    left_codes: IndexArray,
    right_codes: IndexArray,
    unlisted: "np.typing.NDArray[np.float32]",
) -> None:
    """Every right record's bound, if nothing is listed: depends on what is missing only."""
    base[:] = 0
    for segment in range(len(left_codes)):
        if left_codes[segment] >= 0:
            for right in range(len(base)):
                if right_codes[segment, right] >= 0:
                    base[right] += unlisted[segment]


@njit(nogil=True, cache=True)
def _add_gains(
    scores: "np.typing.NDArray[np.float32]",
    left_codes: IndexArray,
    right: _Filters,
    near: _Neighbours,
) -> None:
    """What the left record's filters have in common with those of the right records."""
    for segment in range(len(left_codes)):
        if left_codes[segment] < 0:
            continue
        filter_ = left_codes[segment]
        for at in range(near.starts[filter_], near.starts[filter_ + 1]):
            other, gain = near.filters[at], near.gains[at]
            for member in range(right.starts[other], right.starts[other + 1]):
                scores[right.members[member]] += gain


@njit(nogil=True, cache=True)
def _reaching(
    left: _Filters,
    right: _Filters,
    left_rows: IndexArray,
    right_rows: IndexArray,
    added: "np.typing.NDArray[np.float32]",
    cut: float,
) -> tuple[IndexArray, IndexArray]:
    """Those of the pairs whose score reaches the cut."""
    reaches = np.empty(len(left_rows), np.bool_)
    for pair, (row, other) in enumerate(zip(left_rows, right_rows)):  # noqa: B905 - numba has no strict
        total = np.float32(0)
        for segment in range(left.codes.shape[0]):
            one, two = left.codes[segment, row], right.codes[segment, other]
            if one >= 0 and two >= 0:
                common = common_bits(left.words, one, right.words, two)
                bits = left.popcounts[one] + right.popcounts[two]
                total += added[segment, 200 * common // bits]
        reaches[pair] = total >= cut
    return left_rows[reaches], right_rows[reaches]
