"""Bars: how many pairs have which log odds, and how many of these are expected to match.

So much of the pairs that were kept goes into the run's report; of the pairs themselves only those
that may match are needed any longer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from linkage.arrays import FloatArray, IntArray
from linkage.exchange.report import EvidenceBar

BAR_WIDTH: Final = 1.0
"""Of a bar, in natural logarithms of the odds."""
MOST_BARS: Final = 30
"""On either side of even odds; beyond them all pairs share a bar."""


@dataclass(frozen=True, slots=True)
class Bars:
    """All bars of two agencies' pairs.

    Attributes:
        pairs: (2 * MOST_BARS + 1,) int64.
        matches: of these, (2 * MOST_BARS + 1,) float64: the sum of their probabilities.
    """

    pairs: IntArray
    matches: FloatArray

    @classmethod
    def of(cls, log_odds: FloatArray, probabilities: FloatArray) -> Self:
        """Those of pairs, (n,) each."""
        places = np.floor(np.clip(log_odds / BAR_WIDTH, -MOST_BARS, MOST_BARS)).astype(np.int64)
        places += MOST_BARS
        count = 2 * MOST_BARS + 1
        return cls(
            np.bincount(places, minlength=count),
            np.bincount(places, probabilities, minlength=count).astype(np.float64),
        )


def evidence_bars(several: Sequence[Bars]) -> tuple[EvidenceBar, ...]:
    """The bars of several pairs of agencies together, from the first with a pair to the last."""
    pairs = np.sum([each.pairs for each in several], axis=0)
    matches = np.sum([each.matches for each in several], axis=0)
    present = np.flatnonzero(pairs)
    return tuple(
        EvidenceBar((place - MOST_BARS) * BAR_WIDTH, int(pairs[place]), float(matches[place]))
        for place in (range(present[0], present[-1] + 1) if len(present) else ())
    )
