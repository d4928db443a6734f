"""A threshold without labels, from how near strangers come to each other.

In an agency that holds each person once, a record's nearest neighbour among the agency's other
records is somebody else: a brother at the same address, a namesake, or chance. So the scores of
these neighbours are what a record without a partner would score at another agency, families and
namesakes included: the null. Of two agencies A and B let

    n     records of A
    N(t)  records of A whose nearest neighbour in B scores at least t
    F(t)  share of A's records whose nearest neighbour in A scores at least t, brought from the
          number of records in A to that in B: 1 - (1 - F)^(n_B / (n_A - 1))

Then N(t) = M(t) + (n - M(t)) F(t) in expectation, M(t) being the records whose true partner scores
at least t, since the others reach t by chance only. Solved for M(t) and summed over all ordered
pairs of agencies, it gives expected precision M(t) / N(t), recall M(t) / M and their harmonic mean;
the threshold is where that is largest.

One-to-one clustering afterwards removes false pairs that this counts as false, so the threshold
errs on the side of precision. Where relatives are held by different agencies but never by one, the
null does not know of them, and it errs on the other side.

Source: the mixture is Storey's (2002), "A direct approach to false discovery rates".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np

from linkage.arrays import FloatArray

STEPS: Final = 200
"""Thresholds that are considered: 0.005, 0.010 ... 1.000. Finer steps are within the noise."""
TRUSTED_NULL: Final = 0.1
"""Where more than this share of strangers reaches a threshold, the matches that are left when the
strangers are taken away are mostly noise, so their number is not read off there."""
LEAST_RECORDS: Final = 200
"""Smaller datasets say nothing: too few strangers to know how near they come. The parties fix a
threshold instead."""
BEYOND_CHANCE: Final = 3.0
"""An excess over the strangers counts as matches from this many standard deviations on: those of
the strangers that reach t, and of the null that was estimated from as many neighbours. Half its
square is added, as in bounds for small Poisson counts, whose upper tail is longer than a normal
one."""


@dataclass(frozen=True, slots=True, repr=False)
class Neighbours:
    """Nearest-neighbour scores of one agency's records, at another agency and at home.

    Attributes:
        elsewhere: (n_records,) float64: best score with any record of the other agency.
        at_home: (n_null,) float64: best scores of records of an agency that holds each person
            once, with its other records. It is this agency's, or the other's where this one may
            hold a person twice.
        other_count: records of the other agency.
    """

    elsewhere: FloatArray
    at_home: FloatArray
    other_count: int

    def __repr__(self) -> str:
        return f"Neighbours({len(self.elsewhere)} records, null of {len(self.at_home)})"


def estimate_threshold(neighbours: Sequence[Neighbours]) -> Decimal:
    """The threshold with the largest expected harmonic mean of precision and recall.

    Args:
        neighbours: One for each ordered pair of agencies.

    Returns:
        A multiple of 1 / `STEPS` in (0, 1]; 1, so that only equal encodings match, if no number of
        matches stands out from chance. That is so where there are hardly any, and in tiny datasets.
    """
    thresholds = np.arange(1, STEPS + 1) / STEPS
    found = np.zeros(STEPS)
    matched = np.zeros(STEPS)
    matches = 0.0
    for pair in neighbours:
        reaching, partnered, trusted = _split(pair, thresholds)
        found += reaching
        matched += partnered
        matches += partnered[trusted].max(initial=0.0)
    if matches <= 0:
        return Decimal(1)
    harmonic_mean = 2 * np.minimum(matched, matches) / (found + matches)
    # Of equally good thresholds the highest: it accepts the fewest strangers.
    best = STEPS - 1 - int(np.argmax(harmonic_mean[::-1]))
    return Decimal(best + 1) / STEPS


def _split(
    pair: Neighbours, thresholds: FloatArray
) -> tuple[FloatArray, FloatArray, np.typing.NDArray[np.bool_]]:
    """N(t), M(t) and where M(t) can be trusted."""
    count = len(pair.elsewhere)
    if min(count, pair.other_count, len(pair.at_home)) < LEAST_RECORDS:
        nothing = np.zeros(len(thresholds))
        return nothing, nothing, nothing > 0
    reaching = count * _share_reaching(pair.elsewhere, thresholds)
    nulls = len(pair.at_home)
    # One more stranger than was seen: among few, that none came so near says little.
    within = (nulls * _share_reaching(pair.at_home, thresholds) + 1) / (nulls + 1)
    null = 1 - (1 - within) ** (pair.other_count / (nulls - 1))
    excess = reaching - count * null
    spread = np.sqrt(null * (1 - null) * (count + count**2 / nulls))
    chance = BEYOND_CHANCE * spread + BEYOND_CHANCE**2 / 2
    trusted = (null <= TRUSTED_NULL) & (excess > chance)
    partnered = np.where(trusted, excess / (1 - np.minimum(null, TRUSTED_NULL)), 0.0)
    return reaching, partnered, trusted


def _share_reaching(scores: FloatArray, thresholds: FloatArray) -> FloatArray:
    """Share of the scores that are at least each threshold."""
    below = np.searchsorted(np.sort(scores), thresholds, side="left")
    return 1 - below / len(scores)
