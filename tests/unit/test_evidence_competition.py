"""Competition: match probabilities against all sets of matches that there can be."""

from collections import defaultdict
from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.arrays import FloatArray
from linkage.matcher.evidence.competition import (
    Outcome,
    Sides,
    compete,
    match_probabilities,
)
from linkage.matcher.model.pairs import RecordPairs
from tests.support.oracle import marginals

MANY = 100
"""Records a side, so many that those which are taken hardly change the prior."""
some_examples = settings(max_examples=60)
"""The first call of a kernel compiles it."""

Edges = list[tuple[int, int]]
_edges = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=8, unique=True
)
_log_odds = st.lists(st.floats(-4, 6), min_size=8, max_size=8)


def _record_pairs(edges: Sequence[tuple[int, int]]) -> RecordPairs:
    rows = np.array(edges, np.int32).reshape(-1, 2)
    return RecordPairs(0, 1, rows[:, 0].copy(), rows[:, 1].copy())


def _competed(
    edges: Edges, log_odds: Sequence[float], repeats: tuple[float, float] = (0.0, 0.0)
) -> FloatArray:
    """Probabilities of one competition; `repeats` are other records of a person, left and right."""
    sides = Sides(MANY, MANY, *repeats)
    return compete(_record_pairs(edges), np.array(log_odds), sides, 0.0).probabilities


def _exact(
    edges: Edges, log_odds: Sequence[float], repeats: tuple[float, float] = (0.0, 0.0)
) -> list[float]:
    return marginals(edges, np.exp(log_odds).tolist(), repeats)


def _alone(log_odds: Sequence[float]) -> FloatArray:
    return np.asarray(1 / (1 + np.exp(-np.array(log_odds))), np.float64)


def _without_cycles(edges: Edges) -> Edges:
    """The edges, less those that would close a cycle."""
    group = {(side, node): (side, node) for edge in edges for side, node in enumerate(edge)}
    kept = []
    for edge in edges:
        one, other = (group[side, node] for side, node in enumerate(edge))
        if one != other:
            kept.append(edge)
            group = {node: one if root == other else root for node, root in group.items()}
    return kept


@some_examples
@given(_edges.map(_without_cycles), _log_odds)
def test_probabilities_are_exact_where_pairs_form_no_cycle(
    edges: Edges, log_odds: list[float]
) -> None:
    chosen = log_odds[: len(edges)]
    assert _competed(edges, chosen) == pytest.approx(_exact(edges, chosen), abs=1e-3)


@some_examples
@given(_edges.map(_without_cycles), _log_odds, st.sampled_from([0.0, 0.003, 0.02, 0.2]))
def test_repeats_weigh_as_they_are_said_to(
    edges: Edges, log_odds: list[float], other_records: float
) -> None:
    chosen = log_odds[: len(edges)]
    # A second partner is likelier than a first one by r n_A / n.
    s = min(1.0, other_records * MANY / max(1.0, _alone(chosen).sum()))
    found = _competed(edges, chosen, (0.0, other_records))
    assert found == pytest.approx(_exact(edges, chosen, (s, 0.0)), abs=1e-3)
    found = _competed(edges, chosen, (other_records, 0.0))
    assert found == pytest.approx(_exact(edges, chosen, (0.0, s)), abs=1e-3)
    found = _competed(edges, chosen, (other_records, other_records))
    assert found == pytest.approx(_exact(edges, chosen, (s, s)), abs=1e-3)


@some_examples
@given(_edges, _log_odds)
def test_probabilities_are_close_where_pairs_form_cycles(
    edges: Edges, log_odds: list[float]
) -> None:
    chosen = log_odds[: len(edges)]
    assert _competed(edges, chosen) == pytest.approx(_exact(edges, chosen), abs=0.15)


@some_examples
@given(_edges, _log_odds, st.sampled_from([0.003, 0.02, 0.2]))
def test_probabilities_are_close_where_pairs_form_cycles_and_people_may_be_held_twice(
    edges: Edges, log_odds: list[float], other_records: float
) -> None:
    chosen = log_odds[: len(edges)]
    s = min(1.0, other_records * MANY / max(1.0, _alone(chosen).sum()))
    found = _competed(edges, chosen, (other_records, other_records))
    assert found == pytest.approx(_exact(edges, chosen, (s, s)), abs=0.15)


@pytest.mark.parametrize("length", [4, 7, 11])
@pytest.mark.parametrize("log_odd", [0.0, 4.0, 8.0])
@pytest.mark.parametrize("other_records", [0.0, 0.001, 0.003, 0.02])
def test_what_is_said_at_one_end_of_a_chain_is_heard_at_the_other(
    length: int, log_odd: float, other_records: float
) -> None:
    # Every record but the ends has two partners that fit it equally well.
    edges = [((number + 1) // 2, number // 2) for number in range(length)]
    log_odds = [log_odd] * length
    s = min(1.0, other_records * MANY / max(1.0, _alone(log_odds).sum()))
    found = _competed(edges, log_odds, (other_records, other_records))
    assert found == pytest.approx(_exact(edges, log_odds, (s, s)), abs=0.003)


@some_examples
@given(_edges, _log_odds)
def test_no_record_is_expected_to_have_more_than_one_partner(
    edges: Edges, log_odds: list[float]
) -> None:
    found = _competed(edges, log_odds[: len(edges)])
    for side in range(2):
        partners: dict[int, float] = defaultdict(float)
        for edge, probability in zip(edges, found.tolist(), strict=True):
            partners[edge[side]] += probability
        assert max(partners.values()) <= 1 + 1e-3


@some_examples
@given(_edges, _log_odds)
def test_pairs_do_not_compete_where_another_record_is_as_likely_as_the_first(
    edges: Edges, log_odds: list[float]
) -> None:
    chosen = log_odds[: len(edges)]
    assert _competed(edges, chosen, (10.0, 10.0)) == pytest.approx(_alone(chosen), abs=1e-6)


@some_examples
@given(_edges, _log_odds)
def test_competition_takes_off_and_never_adds(edges: Edges, log_odds: list[float]) -> None:
    chosen = log_odds[: len(edges)]
    none, some = _competed(edges, chosen), _competed(edges, chosen, (0.01, 0.01))
    assert (none <= _alone(chosen) + 1e-3).all()
    assert (some <= _alone(chosen) + 1e-3).all()


@some_examples
@given(_edges, _log_odds, st.randoms(use_true_random=False))
def test_neither_the_order_of_pairs_nor_the_sides_matter(
    edges: Edges, log_odds: list[float], random: Random
) -> None:
    chosen = log_odds[: len(edges)]
    order = list(range(len(edges)))
    random.shuffle(order)
    expected = _competed(edges, chosen, (0.0, 0.01))
    turned = _competed([edges[at][::-1] for at in order], [chosen[at] for at in order], (0.01, 0.0))
    assert turned == pytest.approx(expected[order], abs=1e-6)


def test_a_record_that_two_others_fit_equally_well_belongs_to_one_of_them() -> None:
    alone, twins = _competed([(0, 0)], [6.0]), _competed([(0, 0), (0, 1)], [6.0, 6.0])
    assert alone > 0.99
    assert twins == pytest.approx([0.5, 0.5], abs=0.01)


def test_of_two_pairs_of_twins_crosswise_each_is_as_likely_as_the_odds_say() -> None:
    # The right partners are e^3 times likelier each, so both together e^6 times.
    edges = [(0, 0), (0, 1), (1, 0), (1, 1)]
    found = _competed(edges, [8.0, 5.0, 5.0, 8.0])
    assert found == pytest.approx(_exact(edges, [8.0, 5.0, 5.0, 8.0]), abs=0.02)
    assert found[0] > 0.97


def test_the_more_records_are_taken_the_likelier_what_is_left() -> None:
    def weak_pair(others: int) -> float:
        edges = [(number, number) for number in range(others + 1)]
        log_odds = np.array([-2.0, *[12.0] * others])
        found = match_probabilities(_record_pairs(edges), log_odds, Sides(40, 40, 0.0, 0.0))
        return float(found[0])

    expected = [40 * 40 / ((40 - taken) * (40 - taken)) * np.exp(-2.0) for taken in (0, 10, 20)]
    found = [weak_pair(taken) for taken in (0, 10, 20)]
    assert found == pytest.approx([odds / (1 + odds) for odds in expected], abs=0.05)
    assert found == sorted(found)
    assert weak_pair(39) < 0.999, "even if all others are taken nothing is certain"


def _all_taken(records: int, s: float, further: float) -> Outcome:
    """What is settled on where each record is one other's, for sure, and fits a further one.

    `further` are log odds; `s` is how much likelier a second record of a person is than a first.
    """
    edges = [(number, number) for number in range(records)]
    edges += [(number, (number + 1) % records) for number in range(records)]
    log_odds = np.repeat([12.0, further], records)
    # All records have a match, so that r n_A / n is r.
    pairs, sides = _record_pairs(edges), Sides(records, records, s, s)
    outcome = compete(pairs, log_odds, sides, 0.0)
    for _ in range(30):
        outcome = compete(pairs, log_odds, sides, outcome.shift)
    return outcome


@pytest.mark.parametrize("s", [0.02, 0.1, 0.5])
def test_taken_records_that_may_have_further_partners_move_the_prior_within_bounds(
    s: float,
) -> None:
    shifts = [_all_taken(records, s, -20.0).shift for records in (10, 40, 400, 4000)]
    assert shifts == sorted(shifts)
    assert shifts[-1] == pytest.approx(-2 * np.log(s), abs=0.05)


def test_taken_records_that_can_have_no_further_partner_move_the_prior_by_their_number() -> None:
    for records in (10, 40, 400, 4000):
        shift = _all_taken(records, 0.0, -20.0).shift
        assert shift == pytest.approx(2 * np.log(records + 1), abs=0.01)


@pytest.mark.parametrize("s", [0.02, 0.1, 0.5])
@pytest.mark.parametrize("records", [10, 400, 4000])
def test_where_all_records_are_taken_a_further_partner_is_no_likelier_than_its_odds(
    s: float, records: int
) -> None:
    # Its two records are taken, which makes it s^2 times as likely, and n pairs have gone out of
    # the n^2 that the odds are of, which makes up for that.
    further = _all_taken(records, s, -6.0).probabilities[records:]
    assert further.max() <= 1.05 * _alone([-6.0]).item()
    if records == 4000:
        assert further.min() >= 0.9 * _alone([-6.0]).item()


def test_where_all_records_are_taken_and_none_can_have_a_further_partner_none_has() -> None:
    assert _all_taken(40, 0.0, -6.0).probabilities[40:].max() < 1e-6


@pytest.mark.parametrize("extreme", [1e6, 700.0, 40.0])
@pytest.mark.parametrize("repeats", [(0.0, 0.0), (0.1, 0.1), (5.0, 5.0)])
def test_extreme_odds_give_probabilities(extreme: float, repeats: tuple[float, float]) -> None:
    edges = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 2), (3, 3)]
    log_odds = np.array([extreme, extreme, -extreme, extreme, -extreme, extreme])
    found = match_probabilities(_record_pairs(edges), log_odds, Sides(4, 4, *repeats))
    assert np.isfinite(found).all()
    assert ((found >= 0) & (found <= 1)).all()
    assert found[5] > 0.99
    assert found[4] < 0.01


def test_many_pairs_of_one_record_share_its_one_partner() -> None:
    edges = [(0, column) for column in range(2000)]
    found = match_probabilities(_record_pairs(edges), np.full(2000, 20.0), Sides(1, 2000, 0.0, 0.0))
    assert found.sum() <= 1.001
    assert found == pytest.approx(np.full(2000, 1 / 2000), rel=0.01)


def test_no_pairs_are_no_fault() -> None:
    outcome = compete(_record_pairs([]), np.empty(0), Sides(3, 3, 0.0, 0.0), 0.0)
    assert len(outcome.probabilities) == 0
    assert outcome.shift == 0
