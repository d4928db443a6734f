"""Scan: of all pairs of records of two datasets, those that are worth a closer look.

Every pair is scored, none is skipped: a score is the sum of a weight for each segment, which
depends on how alike the two filters are. A pair is kept if its score reaches the cut.

What makes it fast is that most filters have nothing in common: for each distinct filter of a block
of left records the right filters that are alike enough are listed once. Then, record by record,
only their records' scores are touched (`sums.py`). Where not all is listed that changes a score
(`listing.py`), the sum is a bound, and pairs that reach the cut by it are looked at once more.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from linkage.arrays import ByteArray, IndexArray, IntArray
from linkage.matcher.candidates.sums import (
    Filters,
    Neighbours,
    ScoreArray,
    Slab,
    bounded_pairs,
    in_order,
    reaching,
)
from linkage.matcher.compare.distinct import EQUAL, DistinctFilters, near_filters
from linkage.matcher.model.pairs import CandidatePairs, RecordPairs

SLAB: Final = 1 << 18
"""Right records whose scores are summed up at a time: 512 KiB, which fit a usual second-level
cache. With fewer, lists are gone through more often."""


@dataclass(frozen=True, slots=True, repr=False)
class Weights:
    """What each segment's likeness adds to a pair's score.

    Scores are whole numbers, so a sum is the same in whatever order it is added up.

    Attributes:
        added: (F, 101) int16, read-only: by likeness in hundredths; 0 where a filter is empty.
        least: (F,) int64: the likeness below which a segment's weight is the lowest, `added[f, 0]`.
        cut: the score from which a pair is kept.
    """

    added: ScoreArray
    least: IntArray
    cut: int


@dataclass(frozen=True, slots=True, repr=False)
class Listing:
    """Which neighbours are listed, and in what order left records come.

    It changes nothing in what is kept.

    Attributes:
        listed: (F,) int64: the likeness from which neighbours are listed, at least `Weights.least`.
        leading: the segment whose filters follow one another.
    """

    listed: IntArray
    leading: int


@dataclass(frozen=True, slots=True, repr=False)
class Scanner:
    """Scans blocks of pairs of datasets, or within one; made once for a run.

    Attributes:
        datasets: their distinct filters, by number.
        weights: the same for all.
        listing: also the same for all.
        order: (n_left,) int32: the first dataset's records, in the order in which blocks of pairs
            with another dataset take them.
    """

    datasets: tuple[DistinctFilters, ...]
    weights: Weights
    listing: Listing
    order: IndexArray

    @classmethod
    def of(cls, datasets: tuple[DistinctFilters, ...], weights: Weights, listing: Listing) -> Self:
        """With the first dataset's records in order."""
        rows = np.arange(len(datasets[0]), dtype=np.int32)
        order = in_order(datasets[0].codes, rows, listing.leading)
        return cls(datasets, weights, listing, order)

    def __repr__(self) -> str:
        return f"Scanner({len(self.datasets)} datasets)"

    def scan(self, block: CandidatePairs) -> RecordPairs:
        """The pairs of the block that reach the cut; within a dataset each pair once.

        Left rows are in no order, the right rows of each in ascending order.
        Between the first dataset and another the block's left rows are places in `order`.

        Memory: besides the result, the block's neighbouring filters and a score a right record.
        """
        numbers = (block.left.dataset, block.right.dataset)
        left, right = (self.datasets[number] for number in numbers)
        rows = np.arange(block.left.start, block.left.stop, dtype=np.int32)
        within = numbers[0] == numbers[1]
        if numbers[0] == 0 and not within:
            rows = self.order[rows]
        rows = in_order(left.codes, rows, self.listing.leading)
        near = self._neighbours(left, rows, right)
        parts = [
            self._search(left, rows, right, Slab.of(right, start, SLAB), near, within)
            for start in range(0, max(1, len(right)), SLAB)
        ]
        return RecordPairs(*numbers, *np.concatenate(parts, axis=1))

    def _search(
        self,
        left: DistinctFilters,
        rows: IndexArray,
        right: DistinctFilters,
        slab: Slab,
        near: Neighbours,
        within: bool,
    ) -> IndexArray:
        """(2, n_pairs) int32: left and right rows of the pairs that reach the cut."""
        cut, added = self.weights.cut, self.weights.added
        leading, listed = self.listing.leading, self.listing.listed
        bounded = bounded_pairs(left.codes, rows, leading, slab, near, self._unlisted, cut, within)
        both = Filters.of(left), Filters.of(right)
        return np.stack(reaching(*both, bounded, self._loose, listed, added, cut))

    @property
    def _unlisted(self) -> ScoreArray:
        """(F,) int16: what a filter that is not listed adds at the most."""
        return self.weights.added[np.arange(len(self.listing.listed)), self.listing.listed - 1]

    @property
    def _loose(self) -> IntArray:
        """Segments in which not all is listed that adds more; where most may fall off, first."""
        fall = self._unlisted.astype(np.int64) - self.weights.added[:, 0]
        order = np.argsort(-fall, kind="stable")
        return order[fall[order] > 0]

    def _neighbours(
        self, left: DistinctFilters, rows: IndexArray, right: DistinctFilters
    ) -> Neighbours:
        """The right filters that are alike enough to those of some left rows."""
        lengths = np.zeros(len(left.words) + 1, np.int64)
        filters, gains = [np.empty(0, np.int32)], [np.empty(0, np.int16)]
        for segment, listed in enumerate(self.listing.listed.tolist()):
            if listed > EQUAL:
                continue
            codes = np.unique(left.codes[segment][rows])
            codes = codes[codes >= 0]
            first, last = right.firsts[segment : segment + 2]
            near, alike = near_filters(left, codes, right, slice(first, last), listed)
            lengths[codes + 1] = np.bincount(near.left_rows, minlength=len(codes))
            filters.append(near.right_rows + np.int32(first))
            gains.append(self.weights.added[segment][alike] - self._unlisted[segment])
        return Neighbours(np.cumsum(lengths), np.concatenate(filters), np.concatenate(gains))


def score(weights: Weights, likeness: ByteArray) -> IntArray:
    """The score of pairs whose likeness is known: (n_pairs,) int64 for (n_pairs, F) uint8."""
    padded = np.zeros((len(weights.added), 256), np.int64)
    padded[:, : weights.added.shape[1]] = weights.added
    total = np.zeros(len(likeness), np.int64)
    for segment, added in enumerate(padded):
        total += added[likeness[:, segment]]
    return total
