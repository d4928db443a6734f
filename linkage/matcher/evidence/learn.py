"""Learning, without labels, how matches and strangers differ.

What is known for sure: two records of an agency that holds each person once are strangers. What is
assumed: matches are of one class, or at least of one that is unlike those of strangers; a record
belongs to few.

All pairs of two agencies that are worth a look are a mixture of matches and strangers. So are the
pairs within an agency that may hold people twice; within the others all are strangers. The shapes
of the strangers' classes are learned from both, their weights from the pairs across alone: families
may share an agency more often than they are split between two. The rounds of EM alternate between

    E   the probability that each pair is a match: its odds under the present shapes, put to
        competition with the other pairs of its two records; then the shares of strangers' classes
    M   shapes and weights from these

Pairs within agencies weigh little (`WITHIN_SHARE`): they hold the strangers' shapes where nothing
else is sure, as with no overlap at all, but agencies write in different ways, and what strangers
of two agencies look like is learned best from the strangers of two agencies.

Source: Fellegi, Sunter (1969); Winkler (1988) for EM; Efron (2004) for an empirical null.
"""

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from linkage.arrays import ByteArray, FloatArray
from linkage.matcher.evidence.competition import Sides, compete
from linkage.matcher.evidence.mixture import Mixture, Patterns, level_counts, shapes_of
from linkage.matcher.model.pairs import RecordPairs

ROUNDS: Final = 30
SETTLING_ROUNDS: Final = 15
"""Until then people are taken to be held twice as seldom as guessed at first: before matches are
known well, relatives would pass for them."""
STRANGER_CLASSES: Final = 12
"""Enough for relatives, namesakes, people of one birth date, one place, one of each with parts
missing; a class that nothing needs ends with next to no weight."""
PAIRS_PER_CLASS: Final = 500
"""With fewer pairs there are fewer classes: one from so few would describe single pairs."""
WITHIN_SHARE: Final = 0.1
"""Weight of all pairs within agencies together, for each pair across."""
FIRST_SHARE: Final = 0.02
"""Share of matches to start from."""
FIRST_REPEATED: Final = 0.002
"""Of the pairs within an agency that may hold people twice, share that are one person."""
GUESS_WEIGHT: Final = 100.0
"""The first guess at the shape of matches counts as so many matches for ever: where there are few
or none, nothing that does not look like a match is taken for one."""


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


@dataclass(frozen=True, slots=True, repr=False)
class Evidence:
    """What was learned.

    Attributes:
        matches: the classes of matches: one, and one whose names are crossed if they can be.
        strangers: the strangers' classes.
        share: of matches among the pairs across that were kept.
        repeats: of each agency, how many other records of a person it holds on average.
    """

    matches: Mixture
    strangers: Mixture
    share: float
    repeats: tuple[float, float]

    def __repr__(self) -> str:
        return f"Evidence(share {self.share:.3g}, {self.strangers!r})"

    def log_odds(self, rows: ByteArray) -> FloatArray:
        """(n,) float64: log odds of each pattern of levels, taken alone."""
        odds: FloatArray = (
            self.matches.log_density(rows)
            - self.strangers.log_density(rows)
            + np.log(self.share / (1 - self.share))
        )
        return odds


def learn(
    pairs: RecordPairs,
    levels: ByteArray,
    within: tuple[Within, Within],
    guess: Mixture,
) -> Evidence:
    """How matches and strangers of two agencies differ.

    Args:
        pairs: across the two agencies, all that were kept; at least one.
        levels: (n_pairs, F) uint8: theirs.
        within: pairs within each of the agencies, kept in the same way.
        guess: what matches are taken to look like.
    """
    across = Patterns.of(levels)
    inner = tuple(_Inner.of(each) for each in within)
    inner_weight = WITHIN_SHARE * len(levels) / max(sum(len(each.levels) for each in within), 1)
    level_count = guess.shapes.shape[2]
    prior = shapes_of(level_counts(across.rows, across.counts[:, None], level_count) + 0.5)[0]
    evidence = Evidence(
        guess,
        Mixture(prior[None], np.ones(1)),
        FIRST_SHARE,
        (inner[0].repeats, inner[1].repeats),
    )
    shares = _first_shares(across)
    shift = 0.0
    for number in range(ROUNDS):
        sides = Sides(within[0].record_count, within[1].record_count, *evidence.repeats)
        outcome = compete(pairs, evidence.log_odds(across.rows)[across.of_pair], sides, shift)
        shift = outcome.shift
        matched = across.total(outcome.probabilities)
        strange = shares * (across.counts - matched)[:, None]
        counts = level_counts(across.rows, strange, level_count)
        if shares.shape[1] == len(evidence.strangers.weights):
            for each in inner:
                counts += inner_weight * each.strangers(evidence, level_count)
        alike = evidence.matches.responsibilities(across.rows) * matched[:, None]
        weights = strange.sum(axis=0) + 1.0
        if number >= SETTLING_ROUNDS:
            inner = tuple(each.learned(evidence) for each in inner)
        evidence = Evidence(
            matches=_matches(across, alike, guess),
            strangers=Mixture(shapes_of(counts + prior), weights / weights.sum()),
            share=float(np.clip(matched.sum() / max(1, len(levels)), 1e-6, 0.99)),
            repeats=(inner[0].repeats, inner[1].repeats),
        )
        shares = evidence.strangers.responsibilities(across.rows)
    return evidence


def _matches(across: Patterns, alike: FloatArray, guess: Mixture) -> Mixture:
    """The classes of matches, from (n_patterns, n_classes) float64 matches and the guess."""
    counts = level_counts(across.rows, alike, guess.shapes.shape[2])
    weights = alike.sum(axis=0) + GUESS_WEIGHT * guess.weights
    return Mixture(shapes_of(counts + GUESS_WEIGHT * guess.shapes), weights / weights.sum())


@dataclass(frozen=True, slots=True, repr=False)
class _Inner:
    """The pairs within one agency, and which share of them is one person held twice."""

    pairs: Within
    patterns: Patterns
    repeated: float

    @classmethod
    def of(cls, pairs: Within) -> Self:
        return cls(pairs, Patterns.of(pairs.levels), 0.0 if pairs.once else FIRST_REPEATED)

    @property
    def repeats(self) -> float:
        """Other records of a person, on average."""
        pair_count = self.repeated * len(self.pairs.levels) / self.pairs.covered
        return 2 * pair_count / max(1, self.pairs.record_count)

    def strangers(self, evidence: Evidence, level_count: int) -> FloatArray:
        """Counts of the strangers' levels, class by class."""
        own = evidence.strangers.responsibilities(self.patterns.rows)
        kept = own * ((1 - self._is_repeated(evidence)) * self.patterns.counts)[:, None]
        return level_counts(self.patterns.rows, kept, level_count)

    def learned(self, evidence: Evidence) -> Self:
        """With the share of repeated pairs that the evidence speaks for."""
        if self.pairs.once or not len(self.pairs.levels):
            return self
        repeated = float((self._is_repeated(evidence) * self.patterns.counts).sum())
        return replace(self, repeated=repeated / len(self.pairs.levels))

    def _is_repeated(self, evidence: Evidence) -> FloatArray:
        """(n_patterns,) float64: the probability that a pair is one person, held twice."""
        rows = self.patterns.rows
        if self.repeated == 0:
            return np.zeros(len(rows))
        log_ratio = evidence.matches.log_density(rows) - evidence.strangers.log_density(rows)
        odds = np.exp(np.clip(log_ratio, -40, 40)) * self.repeated / (1 - self.repeated)
        repeated: FloatArray = odds / (1 + odds)
        return repeated


def _first_shares(patterns: Patterns) -> FloatArray:
    """(n_patterns, n_classes) float64: chance shares, from which the classes grow apart."""
    number = int(np.clip(patterns.counts.sum() // PAIRS_PER_CLASS, 1, STRANGER_CLASSES))
    drawn = np.random.default_rng(0).dirichlet(np.full(number, 0.3), len(patterns.rows))
    shares: FloatArray = drawn
    return shares
