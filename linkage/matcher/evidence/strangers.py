"""What strangers look like: the classes to start from, and the pairs to learn them from.

Nearly all pairs that are looked at are of strangers, and most of these have little in common. The
few that matter resemble matches: relatives, namesakes, twins. Of those no pair is left out, and
classes of their own start among them. Of the others a sample does.

One class is known beforehand: a family at one address. It shares what a match shares, surname and
address, and is as unlike as any strangers elsewhere. Left to itself it is lost, for there are few
such pairs among many of one street or one surname, and then brothers pass for matches.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from linkage.agreement.schema import Segment
from linkage.arrays import BoolArray, FloatArray, IntArray
from linkage.matcher.evidence.mixture import Mixture, Patterns, shapes_of

STRANGER_CLASSES: Final = 24
"""Besides that of families. Enough for relatives, namesakes, people of one birth date, one place,
one of each with parts missing; a class that nothing needs ends with next to no weight."""
PAIRS_PER_CLASS: Final = 500
"""With fewer pairs there are fewer classes: one from so few would describe single pairs."""
STRATA: Final = (4, 16, 64)
"""Ranks, in pairs a record, at which a new stratum of likeness starts: the match and the family,
namesakes, and so on."""
LEAK: Final = 0.01
"""How much less of the other strata's pairs a class has to start from."""
FAMILY_PER_RECORD: Final = 1.0
"""Pairs of a family with each record, that are expected at first."""
FAMILY_LEANING: Final = 0.1
"""Of what looks like a family's, so much starts in its class. With all of it the other classes are
short of pairs from one home, and one that lacks them can take the matches in."""
FAMILY_WEIGHT: Final = 20.0
"""What strangers look like counts as so many pairs of a family for ever."""
LEAST_WITH_FAMILY: Final = 4
"""Other classes, from which on there is one of families."""
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


@dataclass(frozen=True, slots=True, repr=False)
class Family:
    """The class of pairs from one family at one address, the first of the strangers' classes.

    Attributes:
        at_home: (F,) bool: segments in which it is like a match.
        pooled: (F, n_levels) float64: the shape of all pairs, which it has in the others at first.
    """

    at_home: BoolArray
    pooled: FloatArray

    @classmethod
    def of(cls, segments: Sequence[Segment], pooled: FloatArray, classes: int) -> Self | None:
        """The class to start from.

        None where no segment says where people live, none tells a family apart, or there are too
        few classes.
        """
        at_home = np.array([segment.at_home for segment in segments], np.bool_)
        lives = any(segment.moves for segment in segments)
        known = lives and not at_home.all() and classes >= LEAST_WITH_FAMILY
        return cls(at_home, pooled) if known else None

    def first_shares(
        self, others: FloatArray, patterns: Patterns, matches: Mixture, record_count: int
    ) -> FloatArray:
        """Which class each pattern starts in, the family's being put before all others.

        Args:
            others: (n_patterns, n_classes) float64: the shares of the others.
            patterns: of the pairs.
            matches: what they are taken to look like.
            record_count: records of the agency that has fewer.

        Returns:
            (n_patterns, 1 + n_classes) float64; rows sum to 1.
        """
        expected = min(0.5, FAMILY_PER_RECORD * record_count / patterns.counts.sum())
        family = np.where(self.at_home[:, None], matches.shapes[0], self.pooled)
        both = Mixture(np.stack((family, self.pooled)), np.array([expected, 1 - expected]))
        own = FAMILY_LEANING * both.responsibilities(patterns.rows)[:, :1]
        return np.hstack((own, (1 - own) * others))

    def tied(self, counts: FloatArray, matches: Mixture) -> FloatArray:
        """(n_classes, F, n_levels) float64: the shapes that counts of levels speak for."""
        counts = counts.copy()
        counts[0] += FAMILY_WEIGHT * self.pooled
        shapes = shapes_of(counts)
        shapes[0][self.at_home] = matches.shapes[0][self.at_home]
        return shapes


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
