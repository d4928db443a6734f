"""Scan: of all pairs of records of two datasets, those that are worth a closer look.

Every pair is scored, none is skipped: a score is the sum of a weight for each segment, which
depends on how alike the two filters are. What makes it fast is that most filters have nothing in
common: for each distinct filter of a block of left records the right filters that are alike enough
to change a score are found once. Then, record by record, only their records' scores are touched.

A pair is kept if its score reaches the cut.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit

from linkage.arrays import ByteArray, FloatArray, IndexArray, IntArray, WordArray
from linkage.matcher.compare.distinct import DistinctFilters, common_bits
from linkage.matcher.model.pairs import CandidatePairs, RecordPairs


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
    """

    datasets: tuple[DistinctFilters, ...]
    weights: Weights

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
        added, least = self.weights.added, self.weights.least
        near = _Neighbours(*_neighbours(_arrays(left), rows, _arrays(right), added, least))
        found = _scan(
            _arrays(left),
            rows,
            _arrays(right),
            near,
            added[:, 0].copy(),
            np.float32(self.weights.cut),
            block.left.dataset == block.right.dataset,
        )
        order = np.lexsort((found[1], found[0]))
        return RecordPairs(
            block.left.dataset, block.right.dataset, found[0][order], found[1][order]
        )


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
    """For each left filter of a block, the right ones that change a score, and by how much.

    Attributes:
        starts: (n_left_filters,) int64: where a filter's entry starts; -1 if it is in no left row.
        filters: (n,) int32: how many neighbours follow, then these; entry after entry.
        gains: (n,) float32: what each adds beyond its segment's lowest weight.
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


# cache=True: see compare/dice.py for why its folder is as private as the code.


@njit(nogil=True, cache=True)
def _scan(  # noqa: PLR0913, PLR0917 - compiled code takes arrays, not objects
    left: _Filters,
    left_rows: IndexArray,
    right: _Filters,
    near: _Neighbours,
    lowest: "np.typing.NDArray[np.float32]",
    cut: np.float32,
    within: bool,
) -> tuple[IndexArray, IndexArray]:
    """Left and right rows of the pairs that reach the cut, in the order of the left rows."""
    right_count = right.codes.shape[1]
    base = np.zeros(right_count, np.float32)
    scores = np.empty(right_count, np.float32)
    lefts, rights = np.empty(1024, np.int32), np.empty(1024, np.int32)
    found = 0
    for position, row in enumerate(left_rows):
        if position == 0 or _presence_differs(left.codes, row, left_rows[position - 1]):
            _set_base(base, left.codes[:, row], right.codes, lowest)
        # Not as a slice: numba would compile its check of shapes for seconds.
        for other in range(right_count):
            scores[other] = base[other]
        _add_gains(scores, left.codes[:, row], right, near)
        for other in range(row + 1 if within else 0, right_count):
            if scores[other] >= cut:
                if found == len(lefts):
                    lefts = np.concatenate((lefts, np.empty_like(lefts)))
                    rights = np.concatenate((rights, np.empty_like(rights)))
                lefts[found], rights[found] = row, other
                found += 1
    return lefts[:found], rights[:found]


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
    lowest: "np.typing.NDArray[np.float32]",
) -> None:
    """Every right record's score, if nothing is alike: depends on what is missing only."""
    base[:] = 0
    for segment in range(len(left_codes)):
        if left_codes[segment] >= 0:
            for right in range(len(base)):
                if right_codes[segment, right] >= 0:
                    base[right] += lowest[segment]


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
        start = near.starts[left_codes[segment]]
        for at in range(start + 1, start + 1 + near.filters[start]):
            other, gain = near.filters[at], near.gains[at]
            for member in range(right.starts[other], right.starts[other + 1]):
                scores[right.members[member]] += gain


@njit(nogil=True, cache=True)
def _neighbours(
    left: _Filters,
    left_rows: IndexArray,
    right: _Filters,
    added: "np.typing.NDArray[np.float32]",
    least: IntArray,
) -> tuple[IntArray, IndexArray, "np.typing.NDArray[np.float32]"]:
    """The arrays of `_Neighbours`."""
    starts = np.full(len(left.words), -1, np.int64)
    filters, gains = np.empty(1024, np.int32), np.empty(1024, np.float32)
    filled = 0
    for segment in range(left.codes.shape[0]):
        first, last = right.firsts[segment], right.firsts[segment + 1]
        for row in left_rows:
            code = left.codes[segment, row]
            if code < 0 or starts[code] >= 0:
                continue
            while filled + 1 + last - first > len(filters):
                filters = np.concatenate((filters, np.empty_like(filters)))
                gains = np.concatenate((gains, np.empty_like(gains)))
            starts[code] = filled
            filled += 1
            for other in range(first, last):
                common = 200 * common_bits(left.words, code, right.words, other)
                bits = left.popcounts[code] + right.popcounts[other]
                if common >= least[segment] * bits:  # a division would take longer than the count
                    filters[filled] = other
                    gains[filled] = added[segment, common // bits] - added[segment, 0]
                    filled += 1
            filters[starts[code]] = filled - starts[code] - 1
    return starts, filters, gains
