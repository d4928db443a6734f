"""The benchmark's own arithmetic, against brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.accuracy.metrics import (
    RecordPairs,
    best_threshold,
    score_pairs,
    true_pairs,
)
from benchmarks.accuracy.planning import bits_per_qgram, information_bits
from benchmarks.accuracy.report import Choice, Report, Row, table
from linkage.agreement.schema import FieldKind
from linkage_agent.columns import StringColumn

Pair = tuple[int, int]

PAIRS = st.sets(st.tuples(st.integers(0, 6), st.integers(0, 9)), max_size=30)
PERSONS = st.lists(st.sampled_from("abcdefg"), max_size=12)


def as_pairs(pairs: set[Pair] | list[Pair]) -> RecordPairs:
    left, right = np.array(sorted(pairs), np.int64).reshape(-1, 2).T
    return RecordPairs(left, right)


@given(found=PAIRS, true=PAIRS)
def test_precision_recall_and_f1_are_those_of_sets_of_pairs(
    found: set[Pair], true: set[Pair]
) -> None:
    score = score_pairs(as_pairs(found), as_pairs(true))
    right = len(found & true)
    assert score.precision == (right / len(found) if found else 0)
    assert score.recall == (right / len(true) if true else 0)
    if score.precision + score.recall:
        mean = 2 * score.precision * score.recall / (score.precision + score.recall)
        assert score.f1 == pytest.approx(mean)
    else:
        assert score.f1 == 0


@given(left=PERSONS, right=PERSONS)
def test_true_pairs_are_all_pairs_of_records_of_one_person(
    left: list[str], right: list[str]
) -> None:
    expected = {
        (row, other)
        for row, person in enumerate(left)
        for other, same in enumerate(right)
        if person == same
    }
    pairs = true_pairs(left, right)
    assert len(pairs) == len(expected)
    assert set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)) == expected


@given(
    scored=st.dictionaries(
        st.tuples(st.integers(0, 6), st.integers(0, 9)), st.integers(0, 100), max_size=20
    ),
    true=PAIRS,
)
def test_best_threshold_is_the_highest_of_the_best_and_inclusive(
    scored: dict[Pair, int], true: set[Pair]
) -> None:
    found = as_pairs(list(scored))
    scores = np.array([scored[pair] / 100 for pair in sorted(scored)])
    best = best_threshold(found, scores, as_pairs(true))
    by_step = {
        step: score_pairs(as_pairs([p for p in scored if scored[p] >= step]), as_pairs(true)).f1
        for step in range(101)
    }
    assert best.score.f1 == max(by_step.values())
    if best.score.f1:
        highest = max(step for step, f1 in by_step.items() if f1 == best.score.f1)
        assert best.threshold == highest / 100


@given(values=st.lists(st.integers(0, 5), min_size=2, max_size=30))
def test_information_is_the_rarity_of_agreement_between_two_records(values: list[int]) -> None:
    pairs = [(a, b) for place, a in enumerate(values) for b in values[:place]]
    agreeing = sum(a == b for a, b in pairs)
    expected = np.log2(len(pairs) / max(agreeing, 1))
    assert information_bits(np.array(values)) == pytest.approx(expected)


def test_half_as_stable_a_field_gets_half_the_bits() -> None:
    names = tuple(f"name{number:03d}" for number in range(200))
    column = StringColumn(np.arange(400, dtype=np.int32) % 200, names)
    full = bits_per_qgram([column], FieldKind.FAMILY_NAME, 1.0)
    half = bits_per_qgram([column], FieldKind.FAMILY_NAME, 0.5)
    assert full > 4
    assert abs(half - full / 2) <= 0.5


def test_a_field_of_one_value_gets_the_least_bits() -> None:
    column = StringColumn(np.zeros(50, np.int32), ("same",))
    assert bits_per_qgram([column], FieldKind.PLACE, 1.0) == 1


def test_a_field_that_is_always_missing_gets_the_least_bits() -> None:
    column = StringColumn(np.full(50, -1, np.int32), ())
    assert bits_per_qgram([column], FieldKind.PLACE, 1.0) == 1


def test_table_shows_the_mean_of_the_seeds_and_their_spread() -> None:
    rows = tuple(
        Row("encoded", 0.8, Choice.FIXED, 1.0, 0.5, f1, 2.0, seed)
        for seed, f1 in ((1, 0.6), (2, 0.8))
    )
    report = Report("made up", (3, 4), 2, {"given_name": 9}, rows, (1, 2), {})
    title, weights, headings, line = table(report).splitlines()
    assert "made up" in title
    assert "given_name 9" in weights
    assert len(headings) == len(line)
    assert "0.7000" in line
    assert "0.6000-0.8000" in line
