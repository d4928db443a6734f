"""Estimates and thresholds from match probabilities."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.agreement.model import Accept, Candidates, MatchPolicy
from linkage.arrays import FloatArray
from linkage.exchange.report import Estimate, Quality
from linkage.matcher.evidence.estimate import LEAST_BALANCED, Judged, quality, threshold

_probabilities = st.lists(
    st.one_of(st.integers(0, 1000).map(lambda n: n / 1000), st.sampled_from([0.0, 0.5, 0.9, 1.0])),
    max_size=40,
).map(lambda drawn: np.array(drawn, np.float64))
_recall = st.floats(0.3, 1)


def _policy(accept: Accept, at_least: str | None = None) -> MatchPolicy:
    wish = None if at_least is None else Decimal(at_least)
    return MatchPolicy(accept, wish, Candidates.ALL_PAIRS)


def _accepted(probabilities: FloatArray, at_least: float) -> FloatArray:
    return probabilities[probabilities >= at_least]


@given(_probabilities, st.sampled_from(["0.5", "0.8", "0.95", "0.999", "1"]))
def test_a_wish_for_precision_is_met_by_as_many_pairs_as_can_be(
    probabilities: FloatArray, wish: str
) -> None:
    found = threshold(_policy(Accept.PRECISION, wish), probabilities, probabilities.sum())
    assert 0 < found <= 1
    taken = _accepted(probabilities, found)
    if not len(taken):
        assert found == 1
        return
    assert taken.mean() >= float(wish) - 1e-9 or (taken == 1).all()
    for other in probabilities[(probabilities < found) & (probabilities > 0)]:
        assert _accepted(probabilities, other).mean() < float(wish) + 1e-9


@given(_probabilities, st.floats(0, 60))
def test_balance_makes_the_expected_f1_as_large_as_it_can_be(
    probabilities: FloatArray, unseen: float
) -> None:
    matches = float(probabilities.sum()) + unseen

    def expected_f1(at_least: float) -> float:
        taken = _accepted(probabilities, at_least)
        return float(2 * taken.sum() / (len(taken) + matches)) if len(taken) else 0.0

    found = threshold(_policy(Accept.BALANCE), probabilities, matches)
    assert 0 < found <= 1
    # Whatever the F1, nothing is accepted that is much likelier to be wrong than right.
    assert found >= LEAST_BALANCED
    can_be = (expected_f1(each) for each in probabilities if each >= LEAST_BALANCED)
    best = max(can_be, default=0.0)
    assert expected_f1(found) == pytest.approx(best, abs=1e-9)


@given(_probabilities, st.sampled_from(["0.01", "0.5", "0.995", "1"]))
def test_a_probability_that_is_agreed_on_is_taken_as_it_is(
    probabilities: FloatArray, at_least: str
) -> None:
    found = threshold(_policy(Accept.PROBABILITY, at_least), probabilities, 3.0)
    assert found == float(at_least)


@pytest.mark.parametrize("policy", [_policy(Accept.BALANCE), _policy(Accept.PRECISION, "0.9")])
def test_where_nothing_can_be_accepted_the_threshold_is_as_high_as_can_be(
    policy: MatchPolicy,
) -> None:
    assert threshold(policy, np.empty(0), 0.0) == 1
    assert threshold(policy, np.zeros(3), 0.0) == 1


def test_pairs_of_one_probability_are_accepted_together_or_not_at_all() -> None:
    # With one of the last two the precision would be a half; but both have what one has.
    probabilities = np.array([0.75, 0.25, 0.25])
    found = threshold(_policy(Accept.PRECISION, "0.5"), probabilities, 2.0)
    assert _accepted(probabilities, found).tolist() == [0.75]


def test_a_wish_for_precision_that_no_pair_meets_accepts_none() -> None:
    assert threshold(_policy(Accept.PRECISION, "0.99"), np.array([0.9, 0.7]), 2.0) == 1


@given(_probabilities, _recall, st.floats(0, 1))
def test_estimates_lie_in_their_intervals_and_these_where_they_can(
    probabilities: FloatArray, recall: float, at_least: float
) -> None:
    taken = _accepted(probabilities, at_least)
    found = quality([Judged(probabilities, recall)], [taken])
    for each in (found.matches, found.precision, found.recall):
        assert 0 <= each.low <= each.value + 1e-9
        assert each.value <= each.high + 1e-9
    assert found.precision.high <= 1
    assert found.recall.high <= 1
    assert found.accepted == len(taken)
    assert 0 <= found.candidate_recall <= 1 + 1e-9
    assert found.matches.value == pytest.approx(probabilities.sum() / recall)
    if len(taken):
        assert found.precision.value == pytest.approx(taken.mean())
    if probabilities.sum() > 0:
        assert found.recall.value == pytest.approx(taken.sum() / probabilities.sum() * recall)
        assert found.candidate_recall == pytest.approx(recall)


def _quality(probabilities: list[float], at_least: float = 0.5) -> Quality:
    of_pairs = np.array(probabilities)
    return quality([Judged(of_pairs, 1.0)], [_accepted(of_pairs, at_least)])


def test_what_is_certain_has_no_interval_to_speak_of() -> None:
    found = _quality([1.0] * 50 + [0.0] * 50)
    assert found.matches == Estimate(50, 50, 50)
    assert found.precision == Estimate(1, 1, 1)
    assert found.recall == Estimate(1, 1, 1)


def test_the_less_certain_pairs_are_the_wider_the_interval() -> None:
    widths = [
        _quality([doubt] * 100, 0.0).matches.high - _quality([doubt] * 100, 0.0).matches.low
        for doubt in (1.0, 0.99, 0.9, 0.7, 0.5)
    ]
    assert widths == sorted(widths)
    assert widths[-1] > 5


def test_the_interval_of_matches_holds_what_chance_makes_of_the_probabilities() -> None:
    rng = np.random.default_rng(1)
    probabilities = rng.beta(0.3, 0.3, 400)
    found = quality([Judged(probabilities, 1.0)], [_accepted(probabilities, 0.5)])
    drawn = (rng.random((500, 400)) < probabilities).sum(axis=1)
    assert np.mean((drawn >= found.matches.low) & (drawn <= found.matches.high)) >= 0.88
    right = (rng.random((500, 400)) < probabilities)[:, probabilities >= 0.5].mean(axis=1)
    assert np.mean((right >= found.precision.low) & (right <= found.precision.high)) >= 0.88


def test_pairs_of_agencies_add_up() -> None:
    one, other = np.array([0.9, 0.8, 0.1]), np.array([0.7, 0.7])
    together = quality([Judged(one, 0.9), Judged(other, 0.5)], [one[:2], other[:1]])
    assert together.matches.value == pytest.approx(one.sum() / 0.9 + other.sum() / 0.5)
    assert together.accepted == 3
    assert together.precision.value == pytest.approx((0.9 + 0.8 + 0.7) / 3)


def test_pairs_that_were_accepted_unseen_lower_the_precision() -> None:
    seen = np.ones(3)
    found = quality([Judged(seen, 1.0)], [np.array([1.0, 1.0, 1.0, 0.0])])
    assert found.precision.value == pytest.approx(0.75)


@pytest.mark.parametrize(("found_unseen", "matches"), [(0.0, 100.0), (9.5, 100.0), (14.0, 104.0)])
def test_matches_that_were_found_unseen_are_among_those_that_were_expected(
    found_unseen: float, matches: float
) -> None:
    seen, unseen = np.ones(90), np.full(20, found_unseen / 20)
    found = quality([Judged(seen, 0.9, found_unseen)], [np.concatenate((seen, unseen))])
    assert found.matches.value == pytest.approx(matches)
    assert found.recall.value == pytest.approx((90 + found_unseen) / matches)


def test_no_pairs_at_all_have_a_quality_too() -> None:
    found = _quality([])
    assert found.matches == Estimate(0, 0, 0)
    assert found.accepted == 0
