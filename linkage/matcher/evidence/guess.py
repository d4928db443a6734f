"""First guess: what matches are taken to look like before anything is learned."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from linkage.agreement.schema import Segment
from linkage.matcher.compare.distinct import DistinctFilters
from linkage.matcher.evidence.levels import (
    CROSSED,
    FIRST_EQUAL,
    LEVEL_COUNT,
    RARITY_BITS,
    rarity_steps,
)
from linkage.matcher.evidence.mixture import Mixture, shapes_of

EQUAL_SHARE: Final = 0.7
CROSSED_SHARE: Final = 0.02
"""The rest is alike in some way, each level by a factor e^(1/3) likelier than the one below."""
SWAPPED_SHARE: Final = 0.02
SWAPPED_CROSSED: Final = 0.8
"""Few records have their names swapped, unless a whole extract has; then most of them are."""


def first_guess(
    left: DistinctFilters, right: DistinctFilters, segments: Sequence[Segment]
) -> Mixture:
    """The matches to start from, and those whose names stand in each other's fields.

    Equal filters are as rare as the agencies' records are: matches are drawn from the people, so
    rare names are as frequent among them as among all.
    """
    guess = np.zeros((left.segment_count, LEVEL_COUNT))
    steps = np.exp(np.arange(FIRST_EQUAL - 1) / 3)
    guess[:, 1:FIRST_EQUAL] = (1 - EQUAL_SHARE - CROSSED_SHARE) * steps / steps.sum()
    guess[:, CROSSED] = CROSSED_SHARE
    for segment in range(left.segment_count):
        rarity = np.full(len(RARITY_BITS) + 1, 1e-3)
        for filters in (left, right):
            codes = filters.codes[segment]
            shares = filters.holders[codes[codes >= 0]] / len(filters)
            rarity += np.bincount(rarity_steps(shares), minlength=len(rarity)) / max(1, len(codes))
        guess[segment, FIRST_EQUAL:CROSSED] = EQUAL_SHARE * rarity / rarity.sum()
    crossing = [number for number, segment in enumerate(segments) if segment.crosses]
    if len(crossing) < 2:
        return Mixture(shapes_of(guess[None]), np.ones(1))
    swapped = guess.copy()
    swapped[crossing] *= (1 - SWAPPED_CROSSED) / (1 - CROSSED_SHARE)
    swapped[crossing, CROSSED] = SWAPPED_CROSSED
    shares = np.array([1 - SWAPPED_SHARE, SWAPPED_SHARE])
    return Mixture(shapes_of(np.stack((guess, swapped))), shares)
