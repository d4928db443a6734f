"""Estimates: how many matches there are, how good what is accepted is, and where to accept.

With p the match probability of each pair, as the clusters have left it (`revised.py`), the number
of matches among the pairs looked at is the sum of p; those accepted have the mean of their p as
expected precision; and the matches that were accepted, out of all, are the recall. Matches that
were never looked at are added by the share of matches that the learned shape expects to reach the
cut.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from linkage.agreement.model import Accept, MatchPolicy
from linkage.arrays import FloatArray
from linkage.exchange.report import Estimate, Quality

LEAST_COUNTED: Final = 1e-3
"""Pairs of a lower match probability count as strangers, in all estimates and thresholds. There are
millions of them: what they come to together hangs on the far ends of the learned shapes, which
nothing holds. See docs/decisions/0003."""
NINE_IN_TEN: Final = 1.645
"""Standard deviations on either side that hold nine in ten of a normal distribution."""
LEAST_BALANCED: Final = 0.25
"""A balance accepts nothing that is more than three times likelier to be wrong than right: where
there are hardly any matches, the expected F1 alone would."""
DOUBT: Final = 0.25
"""Share of the undecided matches, p (1 - p) of each pair, by which the model itself may be wrong.
Chance alone would make intervals far too narrow: the classes are never quite those of life."""


@dataclass(frozen=True, slots=True, repr=False)
class Judged:
    """The probabilities of two agencies' pairs, now that the clusters are known.

    Attributes:
        probabilities: (n_pairs,) float64, of those that were kept and count for anything.
        candidate_recall: expected share of matches that were kept, in (0, 1].
        found_unseen: matches among pairs that were not kept, and yet accepted.
    """

    probabilities: FloatArray
    candidate_recall: float
    found_unseen: float = 0.0


def quality(judged: Sequence[Judged], accepted: Sequence[FloatArray]) -> Quality:
    """What is estimated of the accepted pairs.

    Args:
        judged: of each pair of agencies.
        accepted: (n_accepted,) float64 for each of them: match probabilities of the accepted
            pairs; those accepted though never looked at have probability 0.
    """
    kept = np.concatenate([each.probabilities for each in judged])
    taken = np.concatenate(accepted)
    unseen = sum(_unseen(each) for each in judged)
    right, right_margin = float(taken.sum()), _margin(taken)
    matches, margin = float(kept.sum()) + unseen, _margin(kept) + unseen
    count = len(taken)
    precision = right / count if count else 1.0
    precision_margin = right_margin / max(1, count)
    found = min(1.0, right / matches) if matches > 0 else 1.0
    found_margin = (right_margin + margin * found) / matches if matches > 0 else 1.0
    return Quality(
        matches=Estimate(matches, max(0.0, matches - margin), matches + margin),
        precision=_share(precision, precision_margin),
        recall=_share(found, found_margin),
        accepted=count,
        candidate_recall=1 - unseen / matches if matches > 0 else 1.0,
    )


def threshold(policy: MatchPolicy, one_to_one: FloatArray, matches: float) -> float:
    """The match probability from which pairs are accepted.

    Args:
        policy: what the agreement asks for.
        one_to_one: (n,) float64: probabilities of the pairs that can be accepted together.
        matches: how many there are, as estimated.

    Returns:
        In (0, 1]; 1 if nothing is good enough.
    """
    if policy.accept is Accept.PROBABILITY and policy.at_least is not None:
        return float(policy.at_least)
    ordered = np.sort(one_to_one[one_to_one >= LEAST_COUNTED])[::-1]
    if not len(ordered):
        return 1.0
    right, count = np.cumsum(ordered), np.arange(1, len(ordered) + 1)
    # Pairs of equal probability are accepted together or not at all.
    ends = np.flatnonzero(np.append(ordered[:-1] > ordered[1:], True))
    ordered, right, count = ordered[ends], right[ends], count[ends]
    if policy.accept is Accept.PRECISION and policy.at_least is not None:
        enough = np.flatnonzero(right / count >= float(policy.at_least))
        return float(ordered[enough[-1]]) if len(enough) else 1.0
    return max(float(ordered[np.argmax(right / (count + matches))]), LEAST_BALANCED)


def _unseen(judged: Judged) -> float:
    """Matches that were not kept: as many as are expected, and no fewer than were found."""
    expected = float(judged.probabilities.sum()) * (1 / judged.candidate_recall - 1)
    return max(expected, judged.found_unseen)


def _margin(probabilities: FloatArray) -> float:
    """Half the width of the interval of a sum: chance, and doubt in the model.

    Pairs that one merge brought together are right or wrong together, which is left aside.
    """
    undecided = float((probabilities * (1 - probabilities)).sum())
    return NINE_IN_TEN * float(np.sqrt(undecided)) + DOUBT * undecided


def _share(value: float, margin: float) -> Estimate:
    return Estimate(value, max(0.0, value - margin), min(1.0, value + margin))
