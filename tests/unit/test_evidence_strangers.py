"""Strangers: the pairs they are learned from, the classes they start in, pairs within agencies."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.arrays import FloatArray
from linkage.matcher.candidates.weights import kept_share
from linkage.matcher.evidence.mixture import Mixture, Patterns, shapes_of
from linkage.matcher.evidence.strangers import (
    FAMILY_LEANING,
    FAMILY_WEIGHT,
    LEAST_WITH_FAMILY,
    PAIRS_PER_CLASS,
    SAMPLED_PER_RECORD,
    STRANGER_CLASSES,
    STRATA,
    SURE_PER_RECORD,
    Family,
    Sample,
    first_shares,
)
from linkage.matcher.evidence.within import (
    FIRST_REPEATS,
    LEAST_ROWS,
    MOST_REPEATED,
    WITHIN_PAIRS,
    WITHIN_ROWS,
    Inner,
    Within,
    within_rows,
)
from tests.support.segments import plain_segments

PER_RECORD = SURE_PER_RECORD + SAMPLED_PER_RECORD
LEVELS = 4
SEGMENTS = 4
some_examples = settings(max_examples=60)
"""The first call of a kernel compiles it."""


def _log_odds(count: int, seed: int = 1) -> FloatArray:
    """No two alike, in any order."""
    return np.random.default_rng(seed).permutation(np.linspace(-20, 10, count))


@some_examples
@given(st.integers(0, 8), st.integers(0, PER_RECORD), st.integers(0, 9))
def test_of_few_pairs_each_is_learned_from_and_stands_for_itself(
    records: int, per_record: int, seed: int
) -> None:
    pairs = records * per_record
    sample = Sample.of(_log_odds(pairs, seed), records)
    assert sample.chosen.tolist() == list(range(pairs))
    assert sample.weights.tolist() == [1] * pairs


@some_examples
@given(st.integers(1, 8), st.integers(1, 1000), st.integers(0, 9))
def test_of_many_pairs_all_of_the_likest_are_learned_from_and_the_others_are_stood_for(
    records: int, too_many: int, seed: int
) -> None:
    log_odds = _log_odds(PER_RECORD * records + too_many, seed)
    sample = Sample.of(log_odds, records)
    assert len(sample.chosen) == len(sample.weights) == PER_RECORD * records
    assert (np.diff(sample.chosen) > 0).all(), "ascending, so each once"
    assert sample.weights.sum() == pytest.approx(len(log_odds))
    likest = set(np.argsort(-log_odds)[: SURE_PER_RECORD * records].tolist())
    sure = np.isin(sample.chosen, list(likest))
    assert sure.sum() == len(likest)
    assert (sample.weights[sure] == 1).all()
    assert (sample.weights[~sure] > 1).all()
    assert np.unique(sample.weights[~sure]).size == 1


def test_pairs_that_are_all_equally_like_are_no_fault() -> None:
    sample = Sample.of(np.zeros(1000), 10)
    assert len(np.unique(sample.chosen)) == 10 * PER_RECORD
    assert sample.weights.sum() == pytest.approx(1000)


def test_what_is_counted_in_a_sample_is_about_what_is_counted_in_all_pairs() -> None:
    log_odds = _log_odds(50_000)
    sample = Sample.of(log_odds, 200)
    for low, high in [(-20, -10), (-10, 0), (0, 10.1)]:
        chosen = (log_odds[sample.chosen] >= low) & (log_odds[sample.chosen] < high)
        expected = np.count_nonzero((log_odds >= low) & (log_odds < high))
        # Three standard deviations of 3,200 draws, each of which stands for 15 pairs.
        assert sample.weights[chosen].sum() == pytest.approx(expected, abs=3 * 15 * 28)


def test_the_same_pairs_are_drawn_at_every_call() -> None:
    one, other = (Sample.of(_log_odds(5000), 20) for _ in range(2))
    np.testing.assert_array_equal(one.chosen, other.chosen)


def _patterns(pairs: float) -> Patterns:
    """Every pattern of the levels once; together they stand for so many pairs."""
    count = LEVELS**SEGMENTS
    levels = np.stack(np.unravel_index(np.arange(count), (LEVELS,) * SEGMENTS), axis=1)
    return Patterns.of(levels.astype(np.uint8), np.full(count, pairs / count))


@some_examples
@given(st.integers(1, 40_000), st.integers(1, 2_000), st.integers(0, 9))
def test_the_classes_that_a_pattern_starts_in_are_shares(
    pairs: int, records: int, seed: int
) -> None:
    patterns = _patterns(pairs)
    shares = first_shares(patterns, _log_odds(len(patterns.rows), seed), records)
    assert (shares >= 0).all()
    assert shares.sum(axis=1) == pytest.approx(np.ones(len(patterns.rows)))
    assert (shares.sum(axis=0) > 0).all(), "no class starts with nothing"


@pytest.mark.parametrize(
    ("pairs", "classes"),
    [
        (1, 1),
        (PAIRS_PER_CLASS, 1),
        (2.5 * PAIRS_PER_CLASS, 2),
        (10.5 * PAIRS_PER_CLASS, 10),
        (STRANGER_CLASSES * PAIRS_PER_CLASS + 1, STRANGER_CLASSES),
        (1e7, STRANGER_CLASSES),
    ],
)
def test_the_more_pairs_the_more_classes_up_to_the_most(pairs: float, classes: int) -> None:
    patterns = _patterns(pairs)
    assert first_shares(patterns, _log_odds(len(patterns.rows)), 10).shape[1] == classes


def test_pairs_of_two_strata_of_likeness_start_in_other_classes() -> None:
    patterns = _patterns(100 * PAIRS_PER_CLASS)
    log_odds = _log_odds(len(patterns.rows))
    # So few records that every stratum begins among the patterns.
    records = int(patterns.counts.sum() / (2 * STRATA[-1]))
    shares = first_shares(patterns, log_odds, records)
    ranks = np.cumsum(patterns.counts[np.argsort(-log_odds)])
    ends = [0, *np.searchsorted(ranks, np.array(STRATA) * records, side="right"), len(log_odds)]
    ordered = shares[np.argsort(-log_odds)]
    starts = [ordered[low:high].mean(axis=0) for low, high in pairwise(ends)]
    assert len(starts) == len(STRATA) + 1
    for one in range(len(starts)):
        for other in range(one):
            assert np.minimum(starts[one], starts[other]).sum() < 0.25, (one, other)
            assert np.minimum(starts[one], starts[other]).sum() > 0, "none is shut out for ever"


def test_pairs_of_one_stratum_start_in_all_classes() -> None:
    patterns = _patterns(100 * PAIRS_PER_CLASS)
    shares = first_shares(patterns, _log_odds(len(patterns.rows)), 100 * PAIRS_PER_CLASS)
    assert shares.shape[1] == STRANGER_CLASSES
    assert shares.mean(axis=0).min() > 0.2 / STRANGER_CLASSES
    # Unequally, or they would all stay alike.
    assert np.median(shares.max(axis=1)) > 5 / STRANGER_CLASSES


def test_where_patterns_start_is_said_by_the_order_of_their_likeness_alone() -> None:
    patterns = _patterns(20 * PAIRS_PER_CLASS)
    log_odds = _log_odds(len(patterns.rows))
    np.testing.assert_array_equal(
        first_shares(patterns, log_odds, 10), first_shares(patterns, 3 * log_odds + 1, 10)
    )


@some_examples
@given(st.integers(0, 1_000_000), st.floats(1e-6, 1.0))
def test_records_compared_within_an_agency_are_within_their_bounds(
    records: int, share: float
) -> None:
    rows = within_rows(records, share)
    assert min(records, LEAST_ROWS) <= rows <= min(records, WITHIN_ROWS)
    assert rows == min(records, LEAST_ROWS) or rows * share * records <= 1.001 * WITHIN_PAIRS


@pytest.mark.parametrize(("few", "many"), [(150, 4_000), (10, 20_000), (20, 40_000)])
def test_beside_a_tiny_agency_not_all_pairs_of_a_large_one_are_kept(few: int, many: int) -> None:
    share = kept_share(few, many, 6)
    assert share > 0.1, "so much is kept of the pairs across"
    assert within_rows(many, share) * share * many <= 4 * WITHIN_PAIRS
    assert within_rows(few, share) == few


def test_agencies_of_one_size_compare_as_many_records_as_help() -> None:
    assert within_rows(1_000, kept_share(1_000, 1_000, 6)) == 1_000
    assert within_rows(100_000, kept_share(100_000, 100_000, 6)) == WITHIN_ROWS


MATCH = shapes_of(np.array([[[0.0, 1.0, 2.0, 17.0]] * SEGMENTS]))
STRANGER = shapes_of(np.array([[[0.0, 16.0, 3.0, 1.0]] * SEGMENTS, [[0.0, 4.0, 3.0, 3.0]] * 4]))


def _inner(pairs: int, *, once: bool = False, covered: float = 0.5, records: int = 200) -> Inner:
    levels = np.random.default_rng(1).integers(0, LEVELS, (pairs, SEGMENTS)).astype(np.uint8)
    return Inner.of(Within(levels, once, records, covered), _log_odds(pairs))


@pytest.mark.parametrize("covered", [0.2, 1.0])
@pytest.mark.parametrize("records", [100, 400])
def test_an_agency_that_may_hold_people_twice_is_first_taken_to_hold_a_few(
    covered: float, records: int
) -> None:
    assert _inner(2_000, covered=covered, records=records).repeats == pytest.approx(FIRST_REPEATS)
    assert _inner(2_000, once=True, covered=covered, records=records).repeats == 0


def test_where_few_pairs_were_kept_no_more_than_half_of_them_are_taken_for_one_person() -> None:
    assert _inner(3, covered=1.0, records=5_000).repeated == MOST_REPEATED
    nothing = _inner(0, covered=1.0)
    assert 0 <= nothing.repeats < FIRST_REPEATS
    assert nothing.learned(np.empty(0)) is nothing


def test_pairs_within_an_agency_are_strangers_or_one_person_and_none_is_lost() -> None:
    matches = Mixture(MATCH, np.ones(1))
    strangers = Mixture(STRANGER, np.array([0.8, 0.2]))
    inner = _inner(2_000)
    counts, rates, repeated = inner.strangers(matches, strangers)
    assert counts.shape == (2, SEGMENTS, LEVELS)
    assert ((repeated > 0) & (repeated < 1)).all()
    left = ((1 - repeated) * inner.patterns.counts).sum()
    assert counts.sum(axis=(0, 2)) == pytest.approx(np.full(SEGMENTS, left))
    # Half of all pairs were scanned for these, and a pair more may be of either class.
    assert rates.sum() * inner.scanned == pytest.approx(left + 2)
    likest, unlikest = ((inner.patterns.rows == level).all(axis=1) for level in (LEVELS - 1, 1))
    assert repeated[likest].item() > 100 * repeated[unlikest].item()
    once = _inner(2_000, once=True)
    all_of_them, _, nobody = once.strangers(matches, strangers)
    assert (nobody == 0).all()
    assert all_of_them.sum(axis=(0, 2)) == pytest.approx(np.full(SEGMENTS, 2_000))


def test_how_often_people_are_held_twice_is_what_the_probabilities_come_to() -> None:
    inner = _inner(2_000, covered=0.5, records=200)
    tenth = inner.learned(np.full(len(inner.patterns.rows), 0.1))
    assert tenth.repeated == pytest.approx(0.1)
    # A tenth of 2,000 pairs, which are half of all, so 400 pairs: each record is in four.
    assert tenth.repeats == pytest.approx(4)
    once = _inner(2_000, once=True)
    assert once.learned(np.full(len(once.patterns.rows), 0.1)) is once


def _shapes(seed: int, classes: int) -> FloatArray:
    """(classes, SEGMENTS, LEVELS)."""
    return shapes_of(np.random.default_rng(seed).random((classes, SEGMENTS, LEVELS)))


@pytest.mark.parametrize(
    ("moving", "at_home", "classes", "known"),
    [
        ([3], [2], STRANGER_CLASSES, True),
        ([3], [], LEAST_WITH_FAMILY, True),
        ([3], [2], LEAST_WITH_FAMILY - 1, False),
        ([], [2], STRANGER_CLASSES, False),
        ([1, 2, 3], [0], STRANGER_CLASSES, False),
    ],
    ids=["name and home", "home", "too few classes", "a name alone", "nothing tells them apart"],
)
def test_families_are_known_where_it_is_said_who_lives_together(
    moving: list[int], at_home: list[int], classes: int, *, known: bool
) -> None:
    segments = plain_segments(SEGMENTS, moving=moving, at_home=at_home)
    assert (Family.of(segments, _shapes(1, 1)[0], classes) is not None) == known


def _family() -> Family:
    """That shares the last two segments."""
    segments = plain_segments(SEGMENTS, moving=[3], at_home=[2])
    family = Family.of(segments, _shapes(1, 1)[0], STRANGER_CLASSES)
    assert family is not None
    return family


def test_what_is_like_a_match_at_home_and_like_strangers_elsewhere_starts_in_the_family() -> None:
    last = LEVELS - 1
    alike, unlike = np.full((2, SEGMENTS, LEVELS), 0.01)
    alike[:, last], unlike[:, 1] = 0.98, 0.98
    matches = Mixture(shapes_of(alike[None]), np.ones(1))
    family = Family(_family().at_home, shapes_of(unlike[None])[0])
    rows = np.array([[1, 1, last, last], [last] * 4, [1, 1, last, 1], [1] * 4], np.uint8)
    patterns = Patterns.of(np.repeat(rows, 25, axis=0))
    others = np.random.default_rng(1).dirichlet(np.ones(5), len(patterns.rows))
    found = family.first_shares(others, patterns, matches, 5)
    assert found.shape == (4, 6)
    assert found.sum(axis=1) == pytest.approx(np.ones(4))
    of_row = {tuple(row): share for row, share in zip(patterns.rows.tolist(), found, strict=True)}
    own = [of_row[tuple(row)][0] for row in rows.tolist()]
    assert own[:2] == pytest.approx([FAMILY_LEANING] * 2, rel=0.01)
    assert max(own[2:]) < 0.06 * FAMILY_LEANING
    assert found[:, 1:] == pytest.approx((1 - found[:, :1]) * others)


def test_what_a_family_is_like_away_from_home_is_learned_and_only_that() -> None:
    family, matches = _family(), Mixture(_shapes(2, 2), np.array([0.9, 0.1]))
    counts = 50 * np.random.default_rng(3).random((5, SEGMENTS, LEVELS))
    kept = counts.copy()
    shapes = family.tied(counts, matches)
    np.testing.assert_array_equal(counts, kept)
    np.testing.assert_array_equal(shapes[1:], shapes_of(counts)[1:])
    np.testing.assert_array_equal(shapes[0, 2:], matches.shapes[0, 2:])
    expected = counts[0, :2, 1:] + FAMILY_WEIGHT * family.pooled[:2, 1:]
    assert shapes[0, :2, 1:] == pytest.approx(expected / expected.sum(axis=1, keepdims=True))
