"""The evaluation's arithmetic, against sets of pairs that are listed one by one."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.evaluate.curve import curve_of_groups, curve_of_pairs
from benchmarks.evaluate.folder import Division
from benchmarks.evaluate.measure import best_figures, calibration, subgroup_figures
from benchmarks.evaluate.metrics import (
    Score,
    b_cubed,
    exactly_right,
    score_groups,
    score_within,
)
from benchmarks.evaluate.results import Figures, mean_of
from benchmarks.evaluate.truth import RecordPairs, Truth, true_pairs

AGENCIES = 3
GROUP = st.integers(0, 4)
RECORDS = st.lists(st.tuples(st.integers(0, AGENCIES - 1), GROUP, GROUP), max_size=16)
"""Of each record: its agency, its person, the group it was found in."""

Pair = tuple[int, int]


def arrays(
    records: list[tuple[int, int, int]],
) -> tuple["np.typing.NDArray[np.int64]", ...]:
    """Agencies, people and found groups, in the order of agencies."""
    ordered = np.array(sorted(records, key=lambda record: record[0]), np.int64).reshape(-1, 3)
    return tuple(np.ascontiguousarray(column) for column in ordered.T)


def together(groups: "np.typing.NDArray[np.int64]", *, home: bool, agencies: object) -> set[Pair]:
    """The pairs in one group, of one agency or of two."""
    numbers = np.asarray(agencies)
    return {
        (one, other)
        for one, other in combinations(range(len(groups)), 2)
        if groups[one] == groups[other] and (numbers[one] == numbers[other]) == home
    }


@given(records=RECORDS)
def test_groups_are_scored_by_their_pairs_across_agencies(
    records: list[tuple[int, int, int]],
) -> None:
    agencies, people, found = arrays(records)
    true_set = together(people, home=False, agencies=agencies)
    found_set = together(found, home=False, agencies=agencies)
    expected = Score(len(true_set & found_set), len(found_set), len(true_set))
    assert score_groups(found, people, agencies) == expected


@given(records=RECORDS)
def test_duplicates_are_scored_by_their_pairs_inside_agencies(
    records: list[tuple[int, int, int]],
) -> None:
    agencies, people, found = arrays(records)
    true_set = together(people, home=True, agencies=agencies)
    found_set = together(found, home=True, agencies=agencies)
    expected = Score(len(true_set & found_set), len(found_set), len(true_set))
    assert score_within(found, people, agencies) == expected


@given(right=st.integers(0, 5), wrong=st.integers(0, 5), missed=st.integers(0, 5))
def test_f1_is_the_harmonic_mean_of_precision_and_recall(
    right: int, wrong: int, missed: int
) -> None:
    score = Score(right, right + wrong, right + missed)
    if score.precision + score.recall:
        mean = 2 * score.precision * score.recall / (score.precision + score.recall)
        assert score.f1 == pytest.approx(mean)
    else:
        assert score.f1 == 0


def test_finding_nothing_where_nothing_is_to_be_found_is_perfect() -> None:
    score = Score(0, 0, 0)
    assert (score.precision, score.recall, score.f1) == (1, 1, 1)


@given(records=RECORDS)
def test_b_cubed_is_the_mean_over_records_of_their_groups_purity_and_completeness(
    records: list[tuple[int, int, int]],
) -> None:
    _, people, found = arrays(records)
    shares = b_cubed(found, people)
    purity, completeness = [], []
    for record in range(len(people)):
        group = {other for other in range(len(people)) if found[other] == found[record]}
        person = {other for other in range(len(people)) if people[other] == people[record]}
        purity.append(len(group & person) / len(group))
        completeness.append(len(group & person) / len(person))
    if records:
        assert shares.precision == pytest.approx(np.mean(purity))
        assert shares.recall == pytest.approx(np.mean(completeness))


@given(records=RECORDS)
def test_a_person_is_exactly_right_if_the_group_is_the_same_set_of_records(
    records: list[tuple[int, int, int]],
) -> None:
    _, people, found = arrays(records)

    def sets(groups: "np.typing.NDArray[np.int64]") -> set[frozenset[int]]:
        return {frozenset(np.flatnonzero(groups == group).tolist()) for group in set(groups)}

    several = {records for records in sets(people) if len(records) > 1}
    exactness = exactly_right(found, people)
    assert (exactness.right, exactness.people) == (len(several & sets(found)), len(several))


@given(records=RECORDS)
def test_true_pairs_are_all_pairs_of_one_person_across_agencies(
    records: list[tuple[int, int, int]],
) -> None:
    agencies, people, _ = arrays(records)
    pairs = true_pairs(Truth(agencies, people))
    listed = list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    assert len(listed) == len(set(listed))
    assert set(listed) == together(people, home=False, agencies=agencies)


@st.composite
def scored(draw: st.DrawFn) -> tuple[Truth, dict[Pair, int], list[bool]]:
    """Records, candidate pairs with a score in tenths, which agencies hold each person once."""
    agencies, people, _ = arrays(draw(RECORDS))
    across = [
        pair
        for pair in combinations(range(len(people)), 2)
        if agencies[pair[0]] != agencies[pair[1]]
    ]
    chosen = draw(st.lists(st.sampled_from(across), unique=True)) if across else []
    scores = {pair: draw(st.integers(0, 10)) for pair in chosen}
    once = draw(st.lists(st.booleans(), min_size=AGENCIES, max_size=AGENCIES))
    return Truth(agencies, people), scores, once


def as_arrays(scores: dict[Pair, int]) -> tuple[RecordPairs, "np.typing.NDArray[np.float64]"]:
    left, right = np.array(list(scores), np.int64).reshape(-1, 2).T
    return RecordPairs(left, right), np.array(list(scores.values()), np.float64) / 10


def grouped(truth: Truth, pairs: list[Pair], once: list[bool]) -> "np.typing.NDArray[np.int64]":
    """Greedy grouping of ordered pairs, by merging sets."""
    groups = {record: {record} for record in range(len(truth))}
    for one, other in pairs:
        if groups[one] is groups[other]:
            continue
        held = [{int(truth.agencies[r]) for r in groups[record]} for record in (one, other)]
        if any(once[agency] for agency in held[0] & held[1]):
            continue
        merged = groups[one] | groups[other]
        for record in merged:
            groups[record] = merged
    return np.array([min(groups[record]) for record in range(len(truth))], np.int64)


@given(case=scored())
def test_the_curve_is_greedy_grouping_done_anew_at_every_threshold(
    case: tuple[Truth, dict[Pair, int], list[bool]],
) -> None:
    truth, scores, once = case
    curve = curve_of_groups(*as_arrays(scores), truth, np.array(once))
    thresholds = sorted(set(scores.values()), reverse=True)
    assert curve.thresholds.tolist() == [threshold / 10 for threshold in thresholds]
    for place, threshold in enumerate(thresholds):
        reaching = sorted(
            (pair for pair in scores if scores[pair] >= threshold),
            key=lambda pair: (-scores[pair], pair),
        )
        found = grouped(truth, reaching, once)
        assert curve.score(place) == score_groups(found, truth.people, truth.agencies)


@given(case=scored())
def test_the_curve_of_pairs_counts_the_pairs_that_reach_each_threshold(
    case: tuple[Truth, dict[Pair, int], list[bool]],
) -> None:
    truth, scores, _ = case
    true = {
        pair
        for pair in combinations(range(len(truth)), 2)
        if truth.people[pair[0]] == truth.people[pair[1]]
        and truth.agencies[pair[0]] != truth.agencies[pair[1]]
    }
    is_true = np.array([pair in true for pair in scores], np.bool_)
    curve = curve_of_pairs(as_arrays(scores)[1], is_true, len(true))
    for place, threshold in enumerate(sorted(set(scores.values()), reverse=True)):
        found = {pair for pair in scores if scores[pair] >= threshold}
        assert curve.score(place) == Score(len(found & true), len(found), len(true))


@given(case=scored())
def test_the_best_threshold_is_the_highest_of_the_best(
    case: tuple[Truth, dict[Pair, int], list[bool]],
) -> None:
    truth, scores, once = case
    curve = curve_of_groups(*as_arrays(scores), truth, np.array(once))
    if len(curve):
        f1 = [curve.score(place).f1 for place in range(len(curve))]
        assert curve.best() == f1.index(max(f1)) or not curve.true


def test_a_thinned_curve_keeps_its_ends_and_follows_its_bends() -> None:
    scores = np.linspace(1, 0, 100_000)
    curve = curve_of_pairs(scores, np.arange(100_000) < 400, 500)
    thin = curve.thinned(50)
    assert 40 < len(thin) <= 50
    assert sum(thin.found <= 1000) > 25  # most pairs are after the bend, most of the curve before
    assert thin.thresholds[[0, -1]].tolist() == curve.thresholds[[0, -1]].tolist()
    assert thin.score(len(thin) - 1) == curve.score(len(curve) - 1)


@given(records=RECORDS, codes=st.lists(st.integers(0, 2), min_size=16, max_size=16))
def test_a_subgroup_is_the_pairs_with_at_least_one_record_in_it(
    records: list[tuple[int, int, int]], codes: list[int]
) -> None:
    agencies, people, found = arrays(records)
    of_record = np.array(codes[: len(records)], np.int64)
    division = Division("origin", ("a", "b", "c"), of_record)
    figures = subgroup_figures(found, Truth(agencies, people), [division])
    true_set = together(people, home=False, agencies=agencies)
    found_set = together(found, home=False, agencies=agencies)
    assert [each.value for each in figures] == ["a", "b", "c"]
    for code, each in enumerate(figures):
        touching = {
            pair for pair in true_set | found_set if code in {codes[pair[0]], codes[pair[1]]}
        }
        expected = Score(
            len(true_set & found_set & touching),
            len(found_set & touching),
            len(true_set & touching),
        )
        assert (each.found, each.true) == (expected.found, expected.true)
        assert (each.precision, each.recall) == (expected.precision, expected.recall)
        assert each.records == codes[: len(records)].count(code)


@given(
    pairs=st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=30),
)
def test_calibration_puts_every_pair_into_one_tenth(pairs: list[tuple[float, bool]]) -> None:
    probabilities = np.array([probability for probability, _ in pairs], np.float64)
    bins = calibration(probabilities, np.array([is_true for _, is_true in pairs], np.bool_))
    assert sum(each.pairs for each in bins) == len(pairs)
    for each in bins:
        inside = [
            pair
            for pair in pairs
            if each.least <= pair[0] < each.below or each.below == pair[0] == 1
        ]
        assert each.pairs == len(inside)
        assert each.probability == pytest.approx(np.mean([pair[0] for pair in inside]))
        assert each.true == pytest.approx(np.mean([pair[1] for pair in inside]))


def test_means_over_seeds_keep_the_shape_and_what_is_equal() -> None:
    seeds = [
        {"f1": 0.5, "interval": (0.1, 0.3), "name": "x", "largest": 2, "duplicates": None},
        {"f1": 0.7, "interval": (0.2, 0.5), "name": "x", "largest": 3, "duplicates": {"f1": 1.0}},
    ]
    mean = mean_of(seeds)
    assert mean["f1"] == pytest.approx(0.6)
    assert mean["interval"] == pytest.approx([0.15, 0.4])
    assert (mean["name"], mean["largest"], mean["duplicates"]) == ("x", 2.5, None)


def test_where_nothing_is_to_be_found_the_best_is_to_find_nothing() -> None:
    curve = curve_of_pairs(np.array([0.9, 0.2]), np.array([False, False]), 0)
    best = best_figures(curve, Figures(0.0, 1.0, 0.0, 0.1))
    assert (best.f1, best.precision, best.recall) == (1, 1, 1)
    assert best.threshold > 0.9


def test_the_best_is_what_was_chosen_where_the_curve_has_nothing_better() -> None:
    curve = curve_of_pairs(np.array([0.9, 0.2]), np.array([True, False]), 2)
    assert best_figures(curve, Figures(1.0, 1.0, 1.0, 0.5)).threshold == 0.5
    assert best_figures(curve, Figures(0.5, 0.5, 0.5, 0.5)).threshold == 0.9
