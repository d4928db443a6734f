"""Listing: which neighbours of a filter a scan lists, so that it has least to do.

A scan adds up what is listed: for each left filter the right ones that are alike enough. What is
not listed counts as if it were as alike as may be without being listed, so that a score is never
too low; a pair whose score reaches the cut all the same is looked at segment by segment. The more
is listed, the longer the lists and the search for them; the less, the more pairs reach the cut for
nothing. A sample of pairs tells which costs less.

For small datasets, of whose pairs many are kept, all is listed that changes a score. Between large
ones most of what says little, like sex or a common first name, need not be.

Source: bounds on what is not looked up, Turtle, Flood (1995), Query evaluation: strategies and
optimizations (MaxScore).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, Self

import numpy as np

from linkage.arrays import ByteArray, IndexArray, IntArray
from linkage.matcher.candidates.scan import Weights
from linkage.matcher.candidates.sums import ScoreArray, in_order
from linkage.matcher.compare.distinct import ABSENT, EQUAL, DistinctFilters

NOT_LISTED: Final = EQUAL + 1
"""The likeness from which neighbours are listed, where none is."""
STEPS: Final = (40, 50, 60, 70, 75, 80, 85, 90, 95, EQUAL, NOT_LISTED)
"""The likenesses that are tried."""
ADD_NS: Final = 4.0
"""Adding one listed neighbour to one record's score."""
COMPARE_NS: Final = 0.4
"""Comparing two filters in search of neighbours."""
LIST_NS: Final = 75.0
"""Listing one neighbour of a filter."""
SCORE_NS: Final = 12.0
"""Looking at one segment of a pair that reached the cut. Only how these four compare matters:
they choose what is quickest, never what is found."""
SAMPLED: Final = 1 << 16
"""Pairs of the sample that the choice goes by."""
MOST_LISTED: Final = 1 << 23
"""Neighbours that a block lists, about: with what it takes to find them some 250 MB."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much there is to compare.

    Attributes:
        records: of the left dataset.
        pairs: of records.
        filter_pairs: of distinct filters that are compared in search of neighbours, by segment.
        additions: of a segment's list to the scores, for each left record, by segment.
    """

    records: int
    pairs: float
    filter_pairs: tuple[float, ...]
    additions: tuple[float, ...]

    @classmethod
    def of(
        cls, left: DistinctFilters, right: DistinctFilters, leading: int, block_rows: int
    ) -> Self:
        """Those of two datasets.

        Args:
            left: of one dataset.
            right: of the other.
            leading: the segment by which left records are ordered.
            block_rows: left records that are scanned at a time.
        """
        order = in_order(left.codes, np.arange(len(left), dtype=np.int32), leading)
        searched = [_distinct_by_block(codes[order], block_rows) for codes in left.codes]
        additions = [1.0] * len(searched)
        additions[leading] = searched[leading] / max(1, len(left))
        counts = np.array(searched) * np.diff(right.firsts).astype(np.float64)
        pairs = float(len(left)) * len(right)
        return cls(len(left), pairs, tuple(counts.tolist()), tuple(additions))

    def share_of(self, segment: int) -> float:
        """Pairs of a segment's filters for each pair of records."""
        return self.filter_pairs[segment] / max(1.0, self.pairs)


def _distinct_by_block(codes: IndexArray, block_rows: int) -> int:
    """How many filters the blocks' records have, each counted once in each block."""
    rows = np.flatnonzero(codes >= 0)
    return len(np.unique(rows // block_rows << 32 | codes[rows]))


def listed_from(weights: Weights, alike: ByteArray, sizes: Sizes) -> IntArray:
    """The likeness from which neighbours are listed, that costs least.

    Args:
        weights: of the scan.
        alike: (n_pairs, F) uint8: likeness of random pairs.
        sizes: of the datasets.

    Returns:
        (F,) int64, from `weights.least` up to `NOT_LISTED`.
    """
    added, least = weights.added, weights.least
    options = [
        [
            _Option.of(added[number], start, alike[:SAMPLED, number], sizes, number)
            for start in (int(lowest), *(step for step in STEPS if step > lowest))
        ]
        for number, lowest in enumerate(least)
    ]
    nothing_left_out = [0] * len(least)
    nothing_listed = [len(each) - 1 for each in options]
    starts = (nothing_left_out, nothing_listed)
    _, chosen = min(_improve(options, start, weights.cut) for start in starts)
    return np.array([each[at].start for each, at in zip(options, chosen, strict=True)], np.int64)


def leading_segment(
    weights: Weights, alike: ByteArray, left: DistinctFilters, right: DistinctFilters
) -> int:
    """The segment by which left records are best ordered: that of which most need not be done anew.

    Args:
        weights: of the scan.
        alike: (n_pairs, F) uint8: likeness of random pairs.
        left: of the left dataset.
        right: of the right one.
    """
    shares = ((alike >= weights.least) & (alike != ABSENT)).sum(axis=0) / max(1, len(alike))
    searching = (COMPARE_NS + LIST_NS * shares) * np.diff(right.firsts)
    again = (left.codes >= 0).sum(axis=1) - np.diff(left.firsts)
    return int(np.argmax(again * (searching + ADD_NS * shares * len(right))))


def rows_per_block(listed: IntArray, alike: ByteArray, sizes: Sizes, most_rows: int) -> int:
    """How many left records a block of the scan may have, so that its lists stay short.

    Args:
        listed: what `listed_from` gave.
        alike: the sample that it was given.
        sizes: of the datasets.
        most_rows: what is enough for filters to recur.
    """
    is_listed = (alike >= listed) & (alike != ABSENT)
    shares = is_listed.mean(axis=0) if len(alike) else np.zeros(len(listed))
    of_a_row = float((shares * sizes.filter_pairs).sum()) / max(1, sizes.records)
    return int(np.clip(MOST_LISTED / max(1.0, of_a_row), 1, most_rows))


@dataclass(frozen=True, slots=True, repr=False)
class _Option:
    """A segment's neighbours, listed from some likeness on.

    Attributes:
        start: the likeness.
        cost: of finding and adding what is listed, in nanoseconds for a pair of records.
        bounds: (n_pairs,) int64: what the segment adds to each score at the most.
    """

    start: int
    cost: float
    bounds: IntArray

    @classmethod
    def of(
        cls, added: ScoreArray, start: int, alike: ByteArray, sizes: Sizes, segment: int
    ) -> Self:
        """The option of a segment, by what likenesses add to scores and a sample of them."""
        is_present = alike != ABSENT
        is_listed = is_present & (alike >= start)
        bounds = np.where(is_listed, added[np.minimum(alike, EQUAL)], added[start - 1])
        share = float(is_listed.mean()) if len(alike) else 0.0
        # As if distinct filters were alike as often as records' are.
        search_ns = (COMPARE_NS + LIST_NS * share) * sizes.share_of(segment)
        cost = (search_ns if start <= EQUAL else 0.0) + ADD_NS * share * sizes.additions[segment]
        return cls(start, cost, np.where(is_present, bounds, 0).astype(np.int64))


def _improve(
    options: Sequence[Sequence[_Option]], chosen: Sequence[int], cut: int
) -> tuple[float, list[int]]:
    """Changes one segment's option after the other's, as long as it makes all cost less."""
    chosen = list(chosen)
    total = np.sum([each[at].bounds for each, at in zip(options, chosen, strict=True)], axis=0)
    cost = _cost(options, chosen, total, cut)
    is_changed = True
    while is_changed:
        is_changed = False
        for segment, at in product(range(len(options)), range(max(map(len, options)))):
            if at >= len(options[segment]) or at == chosen[segment]:
                continue
            tried = [*chosen[:segment], at, *chosen[segment + 1 :]]
            change = options[segment][at].bounds - options[segment][chosen[segment]].bounds
            if (tried_cost := _cost(options, tried, total + change, cut)) < cost:
                chosen, total, cost, is_changed = tried, total + change, tried_cost, True
    return cost, chosen


def _cost(
    options: Sequence[Sequence[_Option]],
    chosen: Sequence[int],
    bounds: IntArray,
    cut: int,
) -> float:
    """Nanoseconds for a pair of records."""
    listing = sum(each[at].cost for each, at in zip(options, chosen, strict=True))
    if not any(chosen) or not len(bounds):  # all scores are exact: none is worked out anew
        return listing
    return listing + SCORE_NS * len(options) * float(np.mean(bounds >= cut))
