"""Pairs within one agency: all are strangers, but for people whom the agency holds twice."""

from dataclasses import dataclass, replace
from typing import Final, NamedTuple, Self

import numpy as np

from linkage.arrays import ByteArray, FloatArray
from linkage.matcher.evidence.mixture import Mixture, Patterns, level_counts
from linkage.matcher.evidence.strangers import Sample

WITHIN_ROWS: Final = 2_000
WITHIN_PAIRS: Final = 1 << 19
LEAST_ROWS: Final = 50
"""Records of an agency that are compared with all its others, and the pairs that are kept of that:
what strangers look like, and how often it holds people twice, is seen well enough from so many."""
FIRST_REPEATS: Final = 0.04
"""Other records of a person, on average, in an agency that may hold people twice."""
MOST_REPEATED: Final = 0.5
"""Of the pairs, share that is taken for one person at first, at the most."""


@dataclass(frozen=True, slots=True, repr=False)
class Within:
    """Pairs within one agency.

    Attributes:
        levels: (n_pairs, F) uint8.
        once: whether the agency holds each person once.
        record_count: records of the agency.
        covered: share of the agency's pairs that were scanned for these, in (0, 1].
    """

    levels: ByteArray
    once: bool
    record_count: int
    covered: float


class InnerStrangers(NamedTuple):
    """What the pairs within one agency say of strangers.

    Attributes:
        counts: (n_classes, F, n_levels) float64: of their levels, class by class.
        rates: (n_classes,) float64: of all scanned pairs, the share of each class and one pair
            more, as what was not seen may still be.
        repeated: (n_patterns,) float64: the probability that a pair is one person held twice.
    """

    counts: FloatArray
    rates: FloatArray
    repeated: FloatArray


@dataclass(frozen=True, slots=True, repr=False)
class Inner:
    """What has been learned of the pairs within one agency.

    Attributes:
        patterns: of their levels.
        repeated: the share of the pairs that is one person held twice; 0 if none is.
    """

    pairs: Within
    patterns: Patterns
    repeated: float

    @classmethod
    def of(cls, pairs: Within, log_odds: FloatArray) -> Self:
        """Nothing yet; with (n_pairs,) float64 rough log odds."""
        sample = Sample.of(log_odds, min(WITHIN_ROWS, pairs.record_count))
        scanned = max(1, len(pairs.levels)) / pairs.covered
        repeated = min(MOST_REPEATED, FIRST_REPEATS * pairs.record_count / 2 / scanned)
        patterns = Patterns.of(pairs.levels[sample.chosen], sample.weights)
        return cls(pairs, patterns, 0.0 if pairs.once else repeated)

    @property
    def scanned(self) -> float:
        """How many of the agency's pairs were scanned for these."""
        count = self.pairs.record_count
        return self.pairs.covered * count * (count - 1) / 2

    @property
    def repeats(self) -> float:
        """Other records of a person, on average."""
        pair_count = self.repeated * len(self.pairs.levels) / self.pairs.covered
        return 2 * pair_count / max(1, self.pairs.record_count)

    def strangers(self, matches: Mixture, strangers: Mixture) -> "InnerStrangers":
        """What these pairs say of strangers, and which of them are none."""
        rows = self.patterns.rows
        density, shares = strangers.weigh(rows)
        repeated = np.zeros(len(rows))
        if self.repeated > 0:
            odds = np.exp(np.clip(matches.log_density(rows) - density, -40, 40))
            odds *= self.repeated / (1 - self.repeated)
            repeated = odds / (1 + odds)
        kept = shares * ((1 - repeated) * self.patterns.counts)[:, None]
        return InnerStrangers(
            level_counts(rows, kept, strangers.shapes.shape[2]),
            (kept.sum(axis=0) + 1.0) / max(self.scanned, 1.0),
            repeated,
        )

    def learned(self, repeated: FloatArray) -> Self:
        """With the share of repeated pairs that these probabilities (n_patterns,) come to."""
        if self.pairs.once or not len(self.pairs.levels):
            return self
        return replace(
            self,
            repeated=float((repeated * self.patterns.counts).sum()) / len(self.pairs.levels),
        )


def within_rows(record_count: int, kept_share: float) -> int:
    """How many of an agency's records are compared with all its others."""
    expected = max(1.0, kept_share * record_count)
    rows = int(np.clip(WITHIN_PAIRS / expected, LEAST_ROWS, WITHIN_ROWS))
    return min(record_count, rows)
