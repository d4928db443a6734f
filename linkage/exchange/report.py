"""What a match run tells of itself: how many matches there are, and how good what it accepted is.

All of it is estimated without labels. It holds numbers of pairs and shares, never a record.
"""

from dataclasses import dataclass
from enum import IntEnum

from linkage.ids import AgencyId


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number that is not known, and an interval that ought to hold it nine times in ten."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Quality:
    """What is estimated of the pairs of two agencies, or of all.

    Attributes:
        matches: how many pairs of records are one person, found or not.
        precision: share of the accepted pairs that are.
        recall: share of those pairs that were accepted.
        accepted: how many pairs were accepted: not an estimate.
        candidate_recall: share of the matches that were looked at closely, in [0, 1].
    """

    matches: Estimate
    precision: Estimate
    recall: Estimate
    accepted: int
    candidate_recall: float


@dataclass(frozen=True, slots=True)
class PairQuality:
    """The same for the records of two agencies."""

    left: AgencyId
    right: AgencyId
    quality: Quality


@dataclass(frozen=True, slots=True)
class EvidenceBar:
    """Pairs of two agencies whose log odds lie in a range: what a threshold is understood from.

    Attributes:
        from_log_odds: start of the range, in natural logarithms; the bars are of equal width.
        pairs: how many.
        matches: how many of them are expected to be one person.
    """

    from_log_odds: float
    pairs: int
    matches: float


@dataclass(frozen=True, slots=True)
class SegmentWeight:
    """What a segment's level says, in natural logarithms of the odds; for the operator.

    Attributes:
        segment: its name.
        level: name of the level, such as "equal, rare".
        weight: added to a pair's log odds, dependence between segments left aside.
    """

    segment: str
    level: str
    weight: float


@dataclass(frozen=True, slots=True)
class RunReport:
    """A match run's account of itself.

    Attributes:
        threshold: what a pair had to reach: a match probability, or a Dice coefficient where the
            agreement fixes one.
        overall: of all pairs of agencies together; None where the agreement fixes a coefficient,
            since nothing is estimated then.
        pairs: of each pair of agencies, in the order of the datasets.
        bars: of all pairs that were looked at closely, ascending.
        weights: by segment and level.
        warnings: what the parties ought to know, as sentences without data.
    """

    threshold: float
    overall: Quality | None
    pairs: tuple[PairQuality, ...]
    bars: tuple[EvidenceBar, ...]
    weights: tuple[SegmentWeight, ...]
    warnings: tuple[str, ...]


class Verdict(IntEnum):
    """What one segment said of an accepted pair, in coarse words."""

    MISSING = 1
    """One of the two records lacks it."""
    AGAINST = 2
    NEUTRAL = 3
    FOR = 4
    STRONGLY_FOR = 5
