"""Levels: how alike two records are, segment by segment, in a few steps that can be counted.

    0        one of the two is missing: nothing is said
    1 to 9   likeness, in steps of the Dice coefficient (`STEPS`)
    10 to 13 equal filters, from common ones to rare ones (`RARITY_BITS`)
    14       unlike, but the left record's is like another crossing segment of the right one: a
             first name that stands as a last name, a maiden name as a middle name. A name that is
             found elsewhere counts once: the right record's are not looked for in turn, or a son
             whose surname is his father's first name would seem to have both of them swapped

Rarity is a level of its own, so that what a shared rare surname says is learned like all else, and
is learned apart for matches and for relatives, who share rare surnames too.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from linkage.agreement.schema import Segment
from linkage.arrays import ByteArray, FloatArray
from linkage.matcher.compare.distinct import (
    ABSENT,
    EQUAL,
    DistinctFilters,
    crossed_likeness,
    likeness,
)
from linkage.matcher.model.pairs import RecordPairs

STEPS: Final = (0, 25, 35, 45, 55, 65, 75, 85, 95)
"""Least likeness, in hundredths, of levels 1 to 9. Below a quarter two filters have little more in
common than chance; above it, ten hundredths are what one letter more or less makes in a name."""
RARITY_BITS: Final = (5, 8, 11)
"""Equal filters are rarer than one record in 2^5, 2^8, 2^11: a frequent first name, a frequent
surname, a name that few bear."""
FIRST_EQUAL: Final = len(STEPS) + 1
CROSSED: Final = FIRST_EQUAL + len(RARITY_BITS) + 1
LEVEL_COUNT: Final = CROSSED + 1

UNLIKE: Final = 65
"""Below this likeness a left record's crossing segment is compared with the right one's others."""
LIKE_ACROSS: Final = 65
"""From this likeness on, one of those is the same name: what a field has of its own, such as
nicknames, takes up to a third of a short name's bits, and can't be shared across."""


def levels(
    datasets: Sequence[DistinctFilters], pairs: RecordPairs, segments: Sequence[Segment]
) -> ByteArray:
    """The level of each pair in each segment: (n_pairs, F) uint8 below `LEVEL_COUNT`."""
    left, right = datasets[pairs.left_dataset], datasets[pairs.right_dataset]
    alike = likeness(left, right, pairs.left_rows, pairs.right_rows)
    found = level_table()[alike]
    for number in range(len(segments)):
        equal = np.flatnonzero(alike[:, number] == EQUAL)
        found[equal, number] += _rarity(left, right, number, pairs, equal)
    crossing = [number for number, segment in enumerate(segments) if segment.crosses]
    for number in crossing:
        others = [other for other in crossing if other != number]
        unlike = np.flatnonzero(alike[:, number] < UNLIKE)
        crossed = _is_crossed(left, right, pairs, unlike, number, others)
        found[unlike[crossed], number] = CROSSED
    return found


def rarity_steps(shares: FloatArray) -> ByteArray:
    """How many of `RARITY_BITS` filters reach that these shares of records have: (n,) uint8."""
    return np.searchsorted(RARITY_BITS, -np.log2(shares), side="right").astype(np.uint8)


def level_table() -> ByteArray:
    """The level of each likeness, rarity and crossing left aside: (256,) uint8."""
    table = np.searchsorted((*STEPS, EQUAL), np.arange(256), side="right").astype(np.uint8)
    table[ABSENT] = 0
    return table


def _rarity(
    left: DistinctFilters,
    right: DistinctFilters,
    segment: int,
    pairs: RecordPairs,
    equal: "np.typing.NDArray[np.intp]",
) -> ByteArray:
    """How many of `RARITY_BITS` the shared filter reaches, by the mean of its two shares."""
    shares = [
        filters.holders[filters.codes[segment][rows[equal]]] / len(filters)
        for filters, rows in ((left, pairs.left_rows), (right, pairs.right_rows))
    ]
    return rarity_steps((shares[0] + shares[1]) / 2)


def _is_crossed(
    left: DistinctFilters,
    right: DistinctFilters,
    pairs: RecordPairs,
    chosen: "np.typing.NDArray[np.intp]",
    segment: int,
    others: Sequence[int],
) -> "np.typing.NDArray[np.bool_]":
    left_rows, right_rows = pairs.left_rows[chosen], pairs.right_rows[chosen]
    crossed = np.zeros(len(chosen), np.bool_)
    for other in others:
        alike = crossed_likeness(left, right, left_rows, right_rows, (segment, other))
        crossed |= (alike >= LIKE_ACROSS) & (alike != ABSENT)
    return crossed
