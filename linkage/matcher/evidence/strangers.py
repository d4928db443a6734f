"""What strangers look like: the classes to start from, and the pairs to learn them from.

Nearly all pairs that are looked at are of strangers, and most of these have little in common. The
few that matter resemble matches: relatives, namesakes, twins. Of those no pair is left out, and
classes of their own start among them. Of the others a sample does.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from linkage.arrays import FloatArray, IntArray
from linkage.matcher.evidence.mixture import Patterns

STRANGER_CLASSES: Final = 24
"""Enough for relatives, namesakes, people of one birth date, one place, one of each with parts
missing; a class that nothing needs ends with next to no weight."""
PAIRS_PER_CLASS: Final = 500
"""With fewer pairs there are fewer classes: one from so few would describe single pairs."""
STRATA: Final = (4, 16, 64)
"""Ranks, in pairs a record, at which a new stratum of likeness starts: the match and the family,
namesakes, and so on."""
LEAK: Final = 0.01
"""How much less of the other strata's pairs a class has to start from."""
SURE_PER_RECORD: Final = 16
SAMPLED_PER_RECORD: Final = 16
"""Pairs that are learned from: so many of the likest, and so many drawn from all others."""


@dataclass(frozen=True, slots=True, repr=False)
class Sample:
    """The pairs that are learned from.

    Attributes:
        chosen: (n,) int64: which pairs, ascending.
        weights: (n,) float64: how many pairs each stands for.
    """

    chosen: IntArray
    weights: FloatArray

    @classmethod
    def of(cls, log_odds: FloatArray, record_count: int) -> Self:
        """The likest pairs, and some of the others.

        Args:
            log_odds: (n_pairs,) float64: rough ones.
            record_count: records of the agency that has fewer.
        """
        sure, drawn = SURE_PER_RECORD * record_count, SAMPLED_PER_RECORD * record_count
        if len(log_odds) <= sure + drawn:
            return cls(np.arange(len(log_odds)), np.ones(len(log_odds)))
        order = np.argpartition(-log_odds, sure)
        others = np.random.default_rng(0).choice(order[sure:], drawn, replace=False)
        chosen = np.concatenate((order[:sure], others))
        weights = np.ones(len(chosen))
        weights[sure:] = (len(log_odds) - sure) / drawn
        ascending = np.argsort(chosen)
        return cls(chosen[ascending], weights[ascending])


def first_shares(patterns: Patterns, log_odds: FloatArray, record_count: int) -> FloatArray:
    """Which class each pattern starts in, by chance within its stratum of likeness.

    Args:
        patterns: of the pairs.
        log_odds: (n_patterns,) float64: rough ones.
        record_count: records of the agency that has fewer.

    Returns:
        (n_patterns, n_classes) float64; rows sum to 1.
    """
    number = int(np.clip(patterns.counts.sum() // PAIRS_PER_CLASS, 1, STRANGER_CLASSES))
    order = np.argsort(-log_odds)
    ranks = np.empty(len(order))
    ranks[order] = np.cumsum(patterns.counts[order])
    strata = np.searchsorted(np.array(STRATA) * record_count, ranks)
    # Gamma variates over their sum are a Dirichlet one: small shapes make unequal shares.
    drawn = np.random.default_rng(0).gamma(0.3, 1.0, (len(order), number)) + 1e-9
    classes = np.arange(number) % (strata.max(initial=0) + 1)
    drawn *= np.where(classes == strata[:, None], 1.0, LEAK)
    shares: FloatArray = drawn / drawn.sum(axis=1, keepdims=True)
    return shares
