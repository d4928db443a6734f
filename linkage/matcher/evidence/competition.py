"""Competition: what becomes of a pair's probability because each person has few records.

Taken alone, a record is as likely to belong to one twin as to the other. Taken together, it belongs
to one of them at most. The probability of a set of matches is in proportion to the product of its
pairs' odds, times, for a record with d > 1 partners, s^(d - 1). s is 0 where the other agency holds
each person once. Where it does not, s is how much likelier a second record of one person is than
a first one: with r other records of a person there, n_A records here and n matches, r n_A / n. The
marginal probability of each pair under that is found by belief propagation, exact where the pairs
form no cycles.

A pair's odds have a prior in them: n matches among all pairs. As matches take records, those that
are left have fewer candidates, and each of theirs is likelier: with m_A of n_A records and m_B of
n_B taken, by n_A n_B / ((n_A - m_A) (n_B - m_B)). A record that may have further partners is taken
by 1 - s only. That is solved along with the probabilities.

Source: Bayati, Shah, Sharma (2008), belief propagation for matchings; Sadinle (2017), priors on
bipartite matchings.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numba import njit

from linkage.arrays import FloatArray, IndexArray
from linkage.matcher.model.pairs import RecordPairs

HOPELESS: Final = -9.0
"""Log odds below which a pair takes part in no competition: it is 1 in 8,000 at the most."""
ROUNDS: Final = 30
UNDAMPED_ROUNDS: Final = 3
AGREED: Final = 0.01
"""Relative change of the messages below which further rounds change no probability by that."""
SETTLED: Final = 0.01
"""Of the log odds that the prior moves by."""
MOST_CERTAIN: Final = 40.0
"""Log odds beyond which nothing changes; their exponential stays a number."""


@dataclass(frozen=True, slots=True)
class Sides:
    """The two agencies of a competition.

    Attributes:
        left_count: records on the left.
        right_count: records on the right.
        left_repeats: other records of a person that the left agency holds, on average: 0 if it
            holds each person once, so that a record on the right has one partner at most.
        right_repeats: the same of the right agency.
    """

    left_count: int
    right_count: int
    left_repeats: float
    right_repeats: float


class Outcome(NamedTuple):
    """What a competition came to.

    Attributes:
        probabilities: (n_pairs,) float64 in [0, 1].
        shift: by how much taken records raised the log odds of all pairs.
    """

    probabilities: FloatArray
    shift: float


def match_probabilities(pairs: RecordPairs, log_odds: FloatArray, sides: Sides) -> FloatArray:
    """The match probability of each pair, all pairs of its two records being taken together.

    Args:
        pairs: of two agencies.
        log_odds: (n_pairs,) float64: of each pair taken alone.
        sides: the agencies.

    Returns:
        (n_pairs,) float64 in [0, 1].
    """
    outcome = compete(pairs, log_odds, sides, 0.0)
    for _ in range(ROUNDS):
        last, outcome = outcome, compete(pairs, log_odds, sides, outcome.shift)
        if abs(outcome.shift - last.shift) < SETTLED:
            break
    return outcome.probabilities


def compete(pairs: RecordPairs, log_odds: FloatArray, sides: Sides, shift: float) -> Outcome:
    """One competition, for a given shift, and the shift that its result asks for.

    Learning calls it round after round, so that both settle together.
    """
    probabilities = 1 / (1 + np.exp(-np.clip(log_odds, -MOST_CERTAIN, MOST_CERTAIN)))
    strong = np.flatnonzero(log_odds > HOPELESS)
    lefts, rights = pairs.left_rows[strong], pairs.right_rows[strong]
    odds = np.exp(np.clip(log_odds[strong] + shift, -MOST_CERTAIN, MOST_CERTAIN))
    counts = (sides.left_count, sides.right_count)
    repeats = repeat_shares(sides, float(probabilities.sum()))
    found = _marginals(lefts, rights, odds, counts, repeats)
    probabilities[strong] = found
    asked = _prior_shift(lefts, found, counts[0], repeats[0])
    asked += _prior_shift(rights, found, counts[1], repeats[1])
    return Outcome(probabilities, (shift + asked) / 2)


def repeat_shares(sides: Sides, matches: float) -> tuple[float, float]:
    """The s of the records on the left, whose partners are the right agency's, and on the right."""
    fewer = max(matches, 1.0)
    return (
        min(1.0, sides.right_repeats * sides.left_count / fewer),
        min(1.0, sides.left_repeats * sides.right_count / fewer),
    )


def _prior_shift(rows: IndexArray, probabilities: FloatArray, count: int, repeats: float) -> float:
    """By how much a side's taken records raise the log odds of what is left."""
    nobody = np.log1p(-np.minimum(probabilities, 1 - 1e-12))
    taken = count - np.exp(np.bincount(rows, nobody, minlength=count)).sum()
    # One more than there are: even if all seem taken, the next pair is not certain.
    return float(-np.log1p(-taken * (1 - repeats) / (count + 1)))


# cache=True: see compare/near.py for why its folder is as private as the code.


@njit(nogil=True, cache=True)
def _marginals(
    lefts: IndexArray,
    rights: IndexArray,
    odds: FloatArray,
    counts: tuple[int, int],
    repeats: tuple[float, float],
) -> FloatArray:
    """Marginals by belief propagation; `repeats` is s of the records on the left and the right."""
    to_right, to_left = odds.copy(), odds.copy()
    for _ in range(ROUNDS):
        new_right = _messages(lefts, odds, to_left, counts[0], repeats[0])
        new_left = _messages(rights, odds, to_right, counts[1], repeats[1])
        change = max(_most_change(to_right, new_right), _most_change(to_left, new_left))
        # Damped, or messages may swing for ever.
        to_right, to_left = np.sqrt(to_right * new_right), np.sqrt(to_left * new_left)
        if change < AGREED:
            break
    for _ in range(UNDAMPED_ROUNDS):  # so that both sides agree
        new_right = _messages(lefts, odds, to_left, counts[0], repeats[0])
        to_left = _messages(rights, odds, to_right, counts[1], repeats[1])
        to_right = new_right
    total = to_right * to_left / odds
    return total / (1 + total)


@njit(nogil=True, cache=True)
def _most_change(before: FloatArray, after: FloatArray) -> float:
    """The greatest relative change of a message, as a share of the greater of the two."""
    most = 0.0
    for pair in range(len(before)):
        most = max(most, abs(after[pair] - before[pair]) / max(after[pair], before[pair]))
    return most


@njit(nogil=True, cache=True)
def _messages(
    rows: IndexArray, odds: FloatArray, incoming: FloatArray, count: int, repeats: float
) -> FloatArray:
    """What a side's records say of each pair: its odds, less what their other pairs claim.

    With x the others' messages, a record with the pair and d others weighs s^d, without it and
    with d >= 1 others s^(d - 1): P = prod(1 + s x), and odds * P / (1 + (P - 1) / s).
    """
    outgoing = np.empty_like(odds)
    claims = np.zeros(count)
    for pair in range(len(rows)):
        x = incoming[pair]
        claims[rows[pair]] += np.log1p(repeats * x) if repeats > 0 else x
    for pair in range(len(rows)):
        x = incoming[pair]
        if repeats > 0:
            product = np.exp(min(max(claims[rows[pair]] - np.log1p(repeats * x), 0.0), 50.0))
            outgoing[pair] = odds[pair] * product / (1 + (product - 1) / repeats)
        else:
            outgoing[pair] = odds[pair] / (1 + max(claims[rows[pair]] - x, 0.0))
    return outgoing
