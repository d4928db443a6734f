"""What matches look like: the first guess, and what is learned of it.

Most matches are of one class, within which the segments' levels are independent. What breaks that
in life are events that change several identifiers at once: a person moves, and street, town and
postcode are others; an extract has its name columns swapped. Each such event is a class that has
the first one's shape in all segments but those that the event changes. So it can't take for
matches what is unlike them elsewhere, as classes that are learned freely do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from linkage.agreement.schema import Segment
from linkage.arrays import BoolArray, FloatArray
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
MOVED_SHARE: Final = 0.1
MOVED_EQUAL: Final = 0.1
"""Of people who have moved, few live in the same place; unlike ones are likelier, in the steps in
which they are less likely among all matches."""
GUESS_WEIGHT: Final = 100.0
"""The first guess at the shape of matches counts as so many matches for ever: where there are few
or none, nothing that does not look like a match is taken for one."""


@dataclass(frozen=True, slots=True, repr=False)
class MatchClasses:
    """The classes of matches.

    Attributes:
        mixture: their shapes and weights.
        own: (n_classes, F) bool: segments in which a class has a shape of its own; elsewhere it
            has that of the first class.
        fixed: (n_classes,) bool: a class whose own shapes are never learned.
    """

    mixture: Mixture
    own: BoolArray
    fixed: BoolArray

    @classmethod
    def guess(
        cls, left: DistinctFilters, right: DistinctFilters, segments: Sequence[Segment]
    ) -> Self:
        """The classes to start from, for matches of two datasets."""
        shape = _first_shape(left, right)
        shapes, shares, own, fixed = [shape], [1.0], [np.zeros(len(shape), np.bool_)], [False]
        crossing = np.array([segment.crosses for segment in segments], np.bool_)
        if crossing.sum() >= 2:
            shapes.append(np.where(crossing[:, None], _swapped(shape), shape))
            shares.append(SWAPPED_SHARE)
            own.append(crossing)
            fixed.append(True)  # or names that are merely unlike would be taken for swapped ones
        moving = np.array([segment.moves for segment in segments], np.bool_)
        if moving.sum() >= 2:
            shapes.append(np.where(moving[:, None], _moved(), shape))
            shares.append(MOVED_SHARE)
            own.append(moving)
            fixed.append(False)
        shares[0] -= sum(shares[1:])
        return cls(
            Mixture(shapes_of(np.stack(shapes)), np.array(shares)), np.stack(own), np.array(fixed)
        )

    @classmethod
    def of_one(cls, shape: FloatArray) -> Self:
        """One class only, of a shape (F, n_levels) that need not be normal."""
        mixture = Mixture(shapes_of(shape[None]), np.ones(1))
        return cls(mixture, np.zeros((1, len(shape)), np.bool_), np.zeros(1, np.bool_))

    def learned(self, counts: FloatArray, weights: FloatArray, guessed: float = 0.0) -> Mixture:
        """What becomes of this guess.

        Args:
            counts: (n_classes, F, n_levels) float64: how often each class's matches have a level.
            weights: (n_classes,) float64: matches of each class.
            guessed: the share of shapes and weights that stays the guess's.
        """
        guess = self.mixture
        shared = np.where(self.own[:, :, None], 0.0, counts).sum(axis=0)
        pooled = np.where(self.own[:, :, None], counts, shared)
        shapes = shapes_of(pooled + GUESS_WEIGHT * guess.shapes)
        kept = (self.own & self.fixed[:, None])[:, :, None]
        shares = weights + GUESS_WEIGHT * guess.weights
        shapes = guessed * guess.shapes + (1 - guessed) * np.where(kept, guess.shapes, shapes)
        return Mixture(shapes, guessed * guess.weights + (1 - guessed) * shares / shares.sum())


def _first_shape(left: DistinctFilters, right: DistinctFilters) -> FloatArray:
    """(F, LEVEL_COUNT) float64.

    Equal filters are as rare as the agencies' records are: matches are drawn from the people, so
    rare names are as frequent among them as among all.
    """
    shape = np.zeros((left.segment_count, LEVEL_COUNT))
    shape[:, 1:FIRST_EQUAL] = (1 - EQUAL_SHARE - CROSSED_SHARE) * _rising()
    shape[:, CROSSED] = CROSSED_SHARE
    for segment in range(left.segment_count):
        rarity = np.full(len(RARITY_BITS) + 1, 1e-3)
        for filters in (left, right):
            codes = filters.codes[segment]
            shares = filters.holders[codes[codes >= 0]] / len(filters)
            rarity += np.bincount(rarity_steps(shares), minlength=len(rarity)) / max(1, len(codes))
        shape[segment, FIRST_EQUAL:CROSSED] = EQUAL_SHARE * rarity / rarity.sum()
    return shape


def _swapped(shape: FloatArray) -> FloatArray:
    """The same with most names standing in each other's fields."""
    swapped = shape * (1 - SWAPPED_CROSSED) / (1 - CROSSED_SHARE)
    swapped[:, CROSSED] = SWAPPED_CROSSED
    return swapped


def _moved() -> FloatArray:
    """(LEVEL_COUNT,) float64: of a place that is another one."""
    moved = np.zeros(LEVEL_COUNT)
    moved[1:FIRST_EQUAL] = (1 - MOVED_EQUAL) * _rising()[::-1]
    moved[FIRST_EQUAL:CROSSED] = MOVED_EQUAL / (CROSSED - FIRST_EQUAL)
    return moved


def _rising() -> FloatArray:
    """(FIRST_EQUAL - 1,) float64, sum 1: of the levels below equality."""
    steps = np.exp(np.arange(FIRST_EQUAL - 1) / 3)
    rising: FloatArray = steps / steps.sum()
    return rising
