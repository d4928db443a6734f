"""Learning, without labels, how matches and strangers differ.

What is known for sure: two records of an agency that holds each person once are strangers. What is
assumed: matches are of one class but for a few events (`matches.py`), and that class is unlike
those of strangers; a record belongs to few.

All pairs of two agencies that are worth a look are a mixture of matches and strangers. So are the
pairs within an agency that may hold people twice; within the others all are strangers. The shapes
of the strangers' classes are learned from both, their weights from the pairs across alone: families
may share an agency more often than they are split between two. The rounds of EM alternate between

    E   the probability that each pair is a match: its odds under the present shapes, put to
        competition with the other pairs of its two records; then the shares of strangers' classes
    M   shapes and weights from these

in four courses: at first the probabilities that the guess at matches leads to are held, while the
strangers' classes grow apart, for as long as they are one, relatives pass for matches, and once
they are many, but matches not yet known, a class of strangers can take the matches in; then both
learn, but a part of the matches' shape stays the guess's, so that relatives leave it before it has
become like them; then all of it is learned; and when that has settled, how often agencies hold
people twice is learned as well.

Pairs within agencies weigh little (`WITHIN_SHARE`): they hold the strangers' shapes where nothing
else is sure, as with no overlap at all, but agencies write in different ways, and what strangers
of two agencies look like is learned best from the strangers of two agencies.

No class of strangers can take the matches in for good: strangers of two agencies are not more often
alike than those within them. If a share p of the one's records and q of the other's have a value,
two across agree on it with probability sum pq, within they do with sum p^2 and sum q^2, and the
first is at most the root of the product of these (Cauchy, Schwarz). So a class of strangers has no
more weight than what is seen of it within the agencies allows.

Source: Fellegi, Sunter (1969); Winkler (1988) for EM; Efron (2004) for an empirical null.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from linkage.agreement.schema import Segment
from linkage.arrays import ByteArray, FloatArray
from linkage.matcher.evidence.competition import Sides, compete
from linkage.matcher.evidence.matches import MatchClasses
from linkage.matcher.evidence.mixture import Mixture, Patterns, level_counts, shapes_of
from linkage.matcher.evidence.strangers import Family, Sample, first_shares
from linkage.matcher.evidence.within import Inner, Within
from linkage.matcher.model.pairs import RecordPairs

HELD_ROUNDS: Final = 10
LEANING_ROUNDS: Final = 4
GUESSED_SHARE: Final = 1 / 6
"""Of the matches' shapes and weights that stays the guess's in those rounds. All of it would drive
matches of which little is known into the strangers' classes; see docs/decisions/0003."""
MOST_ROUNDS: Final = 40
"""Of either of the other courses."""
SETTLED: Final = 0.001
"""Share of the matches by which their number changes from round to round."""
WITHIN_SHARE: Final = 0.1
"""Weight of all pairs within agencies together, for each pair across."""
FIRST_MATCHED: Final = 0.4
"""Share of the records of the agency that has fewer, of which a match is expected at first."""


@dataclass(frozen=True, slots=True, repr=False)
class Evidence:
    """What was learned.

    Attributes:
        matches: the classes of matches.
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
        return self._odds(rows, self.strangers.log_density(rows))

    def weigh(self, rows: ByteArray) -> tuple[FloatArray, FloatArray]:
        """The same, and (n, n_classes) float64: shares of the strangers' classes in each."""
        density, shares = self.strangers.weigh(rows)
        return self._odds(rows, density), shares

    def _odds(self, rows: ByteArray, strangers: FloatArray) -> FloatArray:
        odds: FloatArray = (
            self.matches.log_density(rows) - strangers + np.log(self.share / (1 - self.share))
        )
        return odds


def learn(
    pairs: RecordPairs,
    levels: ByteArray,
    within: tuple[Within, Within],
    guess: MatchClasses,
    segments: Sequence[Segment],
) -> Evidence:
    """How matches and strangers of two agencies differ.

    Args:
        pairs: across the two agencies, all that were kept; at least one.
        levels: (n_pairs, F) uint8: theirs.
        within: pairs within each of the agencies, kept in the same way.
        guess: what matches are taken to look like.
        segments: of the encodings.
    """
    learner = _Learner.start(pairs, levels, within, guess, segments)
    learner.hold()
    learner.lean()
    learner.settle(with_repeats=False)
    if not all(each.once for each in within):
        learner.settle(with_repeats=True)
    return learner.evidence


@dataclass(slots=True, repr=False)
class _Learner:
    """The state between rounds.

    Attributes:
        pairs: those that are learned from.
        across: patterns of their levels.
        inner: the agencies' own pairs.
        pooled: (F, n_levels) float64: the shape of all pairs, which counts as one stranger.
        family: the class of families, the first of the strangers', if there is one.
        shares: (n_patterns, n_classes) float64: of the strangers' classes in each pattern.
        log_odds: (n_patterns,) float64: of each pattern alone.
        shift: of the last competition.
    """

    pairs: RecordPairs
    across: Patterns
    inner: tuple[Inner, Inner]
    guess: MatchClasses
    evidence: Evidence
    pooled: FloatArray
    family: Family | None
    shares: FloatArray
    log_odds: FloatArray
    shift: float = 0.0

    @classmethod
    def start(
        cls,
        pairs: RecordPairs,
        levels: ByteArray,
        within: tuple[Within, Within],
        guess: MatchClasses,
        segments: Sequence[Segment],
    ) -> "_Learner":
        """All pairs taken for strangers of one class, but for what looks like the guess."""
        fewer = min(each.record_count for each in within)
        level_count = guess.mixture.shapes.shape[2]
        pooled = shapes_of(level_counts(levels, np.ones((len(levels), 1)), level_count) + 0.5)[0]
        evidence = Evidence(
            guess.mixture,
            Mixture(pooled[None], np.ones(1)),
            min(0.5, FIRST_MATCHED * fewer / max(1, len(levels))),
            (0.0, 0.0),
        )
        sample = Sample.of(evidence.log_odds(levels), fewer)
        across = Patterns.of(levels[sample.chosen], sample.weights)
        one, other = (Inner.of(each, evidence.log_odds(each.levels)) for each in within)
        evidence = replace(evidence, repeats=(one.repeats, other.repeats))
        log_odds = evidence.log_odds(across.rows)
        shares = first_shares(across, log_odds, fewer)
        family = Family.of(segments, pooled, shares.shape[1])
        if family:
            shares = family.first_shares(shares, across, guess.mixture, fewer)
        return cls(
            RecordPairs(
                pairs.left_dataset,
                pairs.right_dataset,
                pairs.left_rows[sample.chosen],
                pairs.right_rows[sample.chosen],
            ),
            across,
            (one, other),
            guess,
            evidence,
            pooled,
            family,
            shares,
            log_odds,
        )

    def hold(self) -> None:
        """Lets the classes grow apart, the probabilities that the guess leads to being held."""
        for _ in range(HELD_ROUNDS):
            matched = self._matched()
        for _ in range(HELD_ROUNDS):
            self._improve(matched)

    def lean(self) -> None:
        """Rounds of EM in which the shape of matches leans on the guess."""
        for _ in range(LEANING_ROUNDS):
            self._improve(self._matched(), guessed=GUESSED_SHARE)

    def settle(self, *, with_repeats: bool) -> None:
        """Rounds of EM, until nothing changes much."""
        matched = self._matched()
        for _ in range(MOST_ROUNDS):
            before, repeats = float(matched.sum()), self.evidence.repeats
            self._improve(matched, with_repeats=with_repeats)
            matched = self._matched()
            change = abs(float(matched.sum()) - before) / max(before, 1.0)
            change = max(change, *map(abs, np.subtract(self.evidence.repeats, repeats)))
            if change < SETTLED:
                break

    def _matched(self) -> FloatArray:
        """(n_patterns,) float64: expected matches of each pattern, as its pairs compete."""
        counts = [each.pairs.record_count for each in self.inner]
        sides = Sides(counts[0], counts[1], *self.evidence.repeats)
        outcome = compete(self.pairs, self.log_odds[self.across.of_pair], sides, self.shift)
        self.shift = outcome.shift
        return self.across.total(outcome.probabilities)

    def _improve(
        self, matched: FloatArray, *, with_repeats: bool = False, guessed: float = 0.0
    ) -> None:
        """Shapes and weights from what is taken to be matched, and what they say of the pairs."""
        rows, level_count = self.across.rows, self.pooled.shape[1]
        matched = np.minimum(matched, self.across.counts)
        alike = self.evidence.matches.responsibilities(rows) * matched[:, None]
        strange = self.shares * (self.across.counts - matched)[:, None]
        counts = level_counts(rows, strange, level_count) + self.pooled
        weights = strange.sum(axis=0) + 1.0
        if self.shares.shape[1] == len(self.evidence.strangers.weights):
            added, most = self._from_within(with_repeats)
            counts += added
            weights = np.minimum(weights, most)
        total = self.across.counts.sum()
        of_alike = level_counts(rows, alike, level_count)
        matches = self.guess.learned(of_alike, alike.sum(axis=0), guessed)
        shapes = self.family.tied(counts, matches) if self.family else shapes_of(counts)
        self.evidence = Evidence(
            matches,
            Mixture(shapes, weights / weights.sum()),
            float(np.clip(matched.sum() / max(total, 1.0), 1e-6, 0.99)),
            (self.inner[0].repeats, self.inner[1].repeats),
        )
        self.log_odds, self.shares = self.evidence.weigh(rows)

    def _from_within(self, with_repeats: bool) -> tuple[FloatArray, FloatArray]:
        """What the agencies' own pairs say of strangers.

        Returns:
            (n_classes, F, n_levels) float64: what they add to the counts.
            (n_classes,) float64: how many pairs across can be of each class at the most.
        """
        matches, strangers = self.evidence.matches, self.evidence.strangers
        found = [each.strangers(matches, strangers) for each in self.inner]
        if with_repeats:
            one, other = (
                each.learned(strange.repeated)
                for each, strange in zip(self.inner, found, strict=True)
            )
            self.inner = (one, other)
        pair_count = sum(each.patterns.counts.sum() for each in self.inner)
        weight = WITHIN_SHARE * self.across.counts.sum() / max(pair_count, 1.0)
        added: FloatArray = weight * (found[0].counts + found[1].counts)
        all_pairs = float(np.prod([each.pairs.record_count for each in self.inner]))
        most: FloatArray = all_pairs * np.sqrt(found[0].rates * found[1].rates)
        if self.family:
            most[0] = np.inf  # families may share an agency less often than they are split
        return added, most
