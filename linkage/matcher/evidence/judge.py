"""Judge: the match probability of each pair of two agencies that is worth a closer look.

(1) Level of each kept pair in each segment, across the agencies and within each.
(2) Learn from them how matches and strangers differ.
(3) Log odds of each pair, and its probability in competition with the others.
(4) How many matches the first look will have missed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from linkage.agreement.schema import Segment
from linkage.arrays import ByteArray, FloatArray
from linkage.matcher.candidates.scan import Weights
from linkage.matcher.compare.distinct import EQUAL, DistinctFilters, likeness
from linkage.matcher.evidence.bars import Bars
from linkage.matcher.evidence.bits import bit_likeness
from linkage.matcher.evidence.competition import Sides, match_probabilities
from linkage.matcher.evidence.estimate import LEAST_COUNTED
from linkage.matcher.evidence.learn import Evidence, learn
from linkage.matcher.evidence.levels import CROSSED, FIRST_EQUAL, LEVEL_COUNT, STEPS, levels
from linkage.matcher.evidence.matches import MatchClasses
from linkage.matcher.evidence.single import (
    is_null,
    single_evidence,
    single_log_odds,
    single_repeats,
)
from linkage.matcher.evidence.within import Within, within_rows
from linkage.matcher.model.pairs import DecidedPairs, RecordPairs

LEAST_KEPT: Final = 1e-6
"""Pairs of a lower match probability are let go: all of them together are of no account."""
SIMULATED: Final = 20_000
"""Matches that are made up to see how many of them the first look keeps."""


@dataclass(frozen=True, slots=True, repr=False)
class JudgedPairs:
    """What became of the pairs of two agencies.

    Attributes:
        decided: those whose match probability, their score, is at least `LEAST_KEPT`.
        bars: of all pairs that were kept, each taken alone.
        matches: expected among them.
        candidate_recall: share of matches that is expected to be kept.
        evidence: what was learned.
    """

    decided: DecidedPairs
    bars: Bars
    matches: float
    candidate_recall: float
    evidence: Evidence

    @property
    def scores(self) -> FloatArray:
        """(n_decided,) float64: match probabilities of the decided pairs."""
        return self.decided.scores if self.decided.scores is not None else np.empty(0)


@dataclass(frozen=True, slots=True, repr=False)
class Judge:
    """Judges the pairs of two agencies; a value, handed to a worker.

    Attributes:
        datasets: the two agencies' distinct filters.
        segments: of the encodings.
        once: of each, whether it holds each person once.
        weights: by which pairs were kept.
        kept_share: of all pairs, the share that was to be.
    """

    datasets: tuple[DistinctFilters, DistinctFilters]
    segments: tuple[Segment, ...]
    once: tuple[bool, bool]
    weights: Weights
    kept_share: float

    def judge(self, kept: "Kept") -> JudgedPairs:
        """The probabilities of what was kept; the pairs' dataset numbers are 0 and 1."""
        across = levels(self.datasets, kept.across, self.segments)  # (1)
        evidence, log_odds = self.weigh(kept, across)  # (2), (3)
        left, right = self.datasets
        sides = Sides(len(left), len(right), *evidence.repeats)
        probabilities = match_probabilities(kept.across, log_odds, sides)
        chosen = np.flatnonzero(probabilities >= LEAST_KEPT)
        counted = np.where(probabilities < LEAST_COUNTED, 0.0, probabilities)
        return JudgedPairs(
            decided=DecidedPairs(
                0,
                1,
                kept.across.left_rows[chosen],
                kept.across.right_rows[chosen],
                probabilities[chosen],
            ),
            bars=Bars.of(log_odds, counted),
            matches=float(counted.sum()),
            candidate_recall=self._candidate_recall(evidence),  # (4)
            evidence=evidence,
        )

    def weigh(self, kept: "Kept", across: ByteArray) -> tuple[Evidence, FloatArray]:
        """What the kept pairs teach, and with it the log odds of each, taken alone.

        Args:
            kept: the pairs.
            across: (n_pairs, F) uint8: levels of those across.

        Returns:
            The evidence, and (n_pairs,) float64.
        """
        if len(self.segments) == 1 and len(across):
            log_odds = self._weigh_bits(kept)
            alone = 1 / (1 + np.exp(-log_odds))
            return single_evidence(across, alone, LEVEL_COUNT, self.once), log_odds
        within = tuple(self._within(number, pairs) for number, pairs in enumerate(kept.within))
        guess = MatchClasses.guess(*self.datasets, self.segments)
        evidence = learn(kept.across, across, (within[0], within[1]), guess, self.segments)
        return evidence, evidence.log_odds(across)

    def _alike(self, pairs: RecordPairs) -> ByteArray:
        """(n_pairs,) uint8: likeness in the only segment."""
        left, right = (self.datasets[n] for n in (pairs.left_dataset, pairs.right_dataset))
        return likeness(left, right, pairs.left_rows, pairs.right_rows)[:, 0]

    def _weigh_bits(self, kept: "Kept") -> FloatArray:
        """The log odds of each pair across where there is one filter a record."""
        # Pairs within agencies that hold each person once, or of all.
        clean = [pairs for pairs, once in zip(kept.within, self.once, strict=True) if once]
        within = clean or kept.within
        log_odds = single_log_odds(self._alike(kept.across), tuple(map(self._alike, within)))
        left, right = self.datasets
        sides = Sides(len(left), len(right), *single_repeats(self.once))
        probabilities = match_probabilities(kept.across, log_odds, sides)
        weighed = bit_likeness(self.datasets, kept.across, within, probabilities)
        return single_log_odds(*weighed) if weighed and is_null(*weighed) else log_odds

    def _within(self, number: int, pairs: RecordPairs) -> Within:
        count = len(self.datasets[number])
        scanned = within_rows(count, self.kept_share)
        others = count * (count - 1) / 2
        left_out = (count - scanned) * (count - scanned - 1) / 2
        return Within(
            levels(self.datasets, pairs, self.segments),
            self.once[number],
            count,
            1 - left_out / max(others, 1.0),
        )

    def _candidate_recall(self, evidence: Evidence) -> float:
        """Share of made-up matches that reach the cut.

        They are drawn from the classes of matches, segment by segment, with values missing as often
        as in the two datasets. With one segment there is nothing to put together in new
        ways, and nothing is known of matches that look like strangers.
        """
        if len(self.segments) == 1:
            return 1.0
        rng = np.random.default_rng(0)
        matches = evidence.matches
        of_class = rng.choice(len(matches.weights), SIMULATED, p=matches.weights)
        total = np.zeros(SIMULATED)
        for number in range(len(self.segments)):
            reach = np.cumsum(matches.shapes[of_class, number, 1:], axis=1)
            drawn = 1 + (reach < rng.random(SIMULATED)[:, None] * reach[:, -1:]).sum(axis=1)
            added = _weight_of_levels(self.weights.added[number])[drawn]
            for dataset in self.datasets:
                present = float(np.mean(dataset.codes[number] >= 0)) if len(dataset) else 0.0
                added = np.where(rng.random(SIMULATED) < present, added, 0.0)
            total += added
        reached = int(np.count_nonzero(total >= self.weights.cut))
        return max(reached, 1) / SIMULATED


@dataclass(frozen=True, slots=True, repr=False)
class Judging:
    """All pairs of agencies at once, so that workers can share them out.

    Attributes:
        judges: one for each pair of agencies.
        kept: what each is to judge.
    """

    judges: tuple[Judge, ...]
    kept: "tuple[Kept, ...]"

    def judge(self, number: int) -> JudgedPairs:
        """What the judge of this number says."""
        return self.judges[number].judge(self.kept[number])


@dataclass(frozen=True, slots=True, repr=False)
class Kept:
    """The pairs that were worth a closer look.

    Attributes:
        across: of the left agency (dataset 0) with the right one (1).
        within: of each agency with itself.
    """

    across: RecordPairs
    within: tuple[RecordPairs, RecordPairs]

    @classmethod
    def of(cls, parts: Sequence[RecordPairs]) -> Self:
        """All blocks' pairs, put together by the datasets they are of."""
        joined = [
            _join([part for part in parts if (part.left_dataset, part.right_dataset) == pair], pair)
            for pair in ((0, 1), (0, 0), (1, 1))
        ]
        return cls(joined[0], (joined[1], joined[2]))


def _join(parts: Sequence[RecordPairs], datasets: tuple[int, int]) -> RecordPairs:
    """By left row, then by right row; a left row's pairs are all in one part, by right row."""
    nothing = np.empty(0, np.int32)
    left_rows = np.concatenate([nothing, *(part.left_rows for part in parts)])
    right_rows = np.concatenate([nothing, *(part.right_rows for part in parts)])
    order = np.argsort(left_rows, kind="stable")
    return RecordPairs(*datasets, left_rows[order], right_rows[order])


def _weight_of_levels(added: "np.typing.NDArray[np.float32]") -> FloatArray:
    """(LEVEL_COUNT,) float64: the first weight of a typical likeness of each level."""
    middles = [(low + high) // 2 for low, high in zip(STEPS, (*STEPS[1:], EQUAL), strict=True)]
    weights = np.zeros(CROSSED + 1)
    weights[1:FIRST_EQUAL] = added[middles]
    weights[FIRST_EQUAL:CROSSED] = added[EQUAL]
    weights[CROSSED] = added[0]
    return weights
