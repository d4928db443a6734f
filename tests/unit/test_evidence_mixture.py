"""Mixtures of level patterns: shapes, densities, responsibilities."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.arrays import ByteArray
from linkage.matcher.evidence.mixture import Mixture, Patterns, level_counts, shapes_of

LEVELS = 4
SEGMENTS = 3
EVERY_PATTERN = np.array(list(product(range(LEVELS), repeat=SEGMENTS)), np.uint8)
NOTHING_MISSING = EVERY_PATTERN[(EVERY_PATTERN > 0).all(axis=1)]
some_examples = settings(max_examples=50)
"""The first call of a kernel compiles it."""

_patterns = st.lists(
    st.lists(st.integers(0, LEVELS - 1), min_size=SEGMENTS, max_size=SEGMENTS), max_size=20
).map(lambda rows: np.array(rows, np.uint8).reshape(-1, SEGMENTS))


def _mixture(seed: int, classes: int = 3) -> Mixture:
    rng = np.random.default_rng(seed)
    counts = rng.random((classes, SEGMENTS, LEVELS))
    weights = rng.dirichlet(np.ones(classes))
    return Mixture(shapes_of(counts), weights)


@some_examples
@given(_patterns)
def test_patterns_give_the_levels_back(levels: ByteArray) -> None:
    patterns = Patterns.of(levels)
    np.testing.assert_array_equal(patterns.rows[patterns.of_pair], levels)
    assert len(np.unique(patterns.rows, axis=0)) == len(patterns.rows)
    assert patterns.counts.sum() == len(levels)
    ones = patterns.total(np.ones(len(levels)))
    np.testing.assert_array_equal(ones, patterns.counts)


@some_examples
@given(_patterns, st.integers(0, 9))
def test_level_counts_are_those_of_plain_counting(levels: ByteArray, seed: int) -> None:
    weights = np.random.default_rng(seed).random((len(levels), 2))
    found = level_counts(levels, weights, LEVELS)
    expected = np.zeros((2, SEGMENTS, LEVELS))
    for row, weight in zip(levels.tolist(), weights, strict=True):
        for segment, level in enumerate(row):
            expected[:, segment, level] += weight
    assert found == pytest.approx(expected)


def test_a_shape_has_what_was_counted_and_takes_a_missing_value_for_granted() -> None:
    counts = np.array([[[50.0, 1.0, 1.0, 2.0], [0.0, 3.0, 0.0, 0.0]]])
    assert shapes_of(counts).tolist() == [[[1, 0.25, 0.25, 0.5], [1, 1, 0, 0]]]
    assert counts[0, 0, 0] == 50, "counts are left as they are"


def test_nothing_counted_is_no_fault() -> None:
    assert np.isfinite(shapes_of(np.zeros((2, 3, 4)))).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_densities_of_all_patterns_without_gaps_sum_to_1(seed: int) -> None:
    assert np.exp(_mixture(seed).log_density(NOTHING_MISSING)).sum() == pytest.approx(1)


@pytest.mark.parametrize("block", [1, 7, 10**6])
def test_density_is_the_same_however_many_patterns_are_weighed_at_once(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixture = _mixture(1)
    whole = mixture.weigh(EVERY_PATTERN)[0]
    monkeypatch.setattr("linkage.matcher.evidence.mixture.BLOCK", block)
    np.testing.assert_array_equal(mixture.log_density(EVERY_PATTERN), whole)


@pytest.mark.parametrize("seed", range(3))
def test_a_missing_value_says_nothing(seed: int) -> None:
    mixture = _mixture(seed)
    nothing = np.zeros((1, SEGMENTS), np.uint8)
    assert mixture.log_density(nothing) == pytest.approx([0])
    assert mixture.responsibilities(nothing)[0] == pytest.approx(mixture.weights)
    # A pattern with a gap is as likely as all together that fill the gap.
    gap = np.array([[2, 0, 1]], np.uint8)
    filled = np.array([[2, level, 1] for level in range(1, LEVELS)], np.uint8)
    together = np.exp(mixture.log_density(filled)).sum()
    assert np.exp(mixture.log_density(gap)) == pytest.approx([together])


@pytest.mark.parametrize("seed", range(3))
def test_density_is_the_sum_over_classes_of_weight_times_shapes(seed: int) -> None:
    mixture = _mixture(seed)
    for row, found in zip(EVERY_PATTERN, mixture.log_density(EVERY_PATTERN), strict=True):
        expected = sum(
            weight * np.prod([shape[segment, level] for segment, level in enumerate(row)])
            for weight, shape in zip(mixture.weights, mixture.shapes, strict=True)
        )
        assert np.exp(found) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(3))
def test_responsibilities_are_shares_and_add_up_to_the_weights(seed: int) -> None:
    mixture = _mixture(seed)
    shares = mixture.responsibilities(NOTHING_MISSING)
    assert (shares >= 0).all()
    assert shares.sum(axis=1) == pytest.approx(np.ones(len(NOTHING_MISSING)))
    density = np.exp(mixture.log_density(NOTHING_MISSING))
    assert density @ shares == pytest.approx(mixture.weights)


def test_a_level_that_a_class_has_never_had_is_unlikely_and_not_impossible() -> None:
    shapes = shapes_of(np.array([[[0.0, 1.0, 0.0, 0.0]] * SEGMENTS]))
    found = Mixture(shapes, np.ones(1)).log_density(np.full((1, SEGMENTS), 3, np.uint8))
    assert np.isfinite(found).all()
    assert found[0] < -20


def test_classes_without_weight_change_nothing() -> None:
    one = _mixture(1, classes=1)
    two = Mixture(np.concatenate((one.shapes, _mixture(2, classes=1).shapes)), np.array([1.0, 0.0]))
    assert two.log_density(EVERY_PATTERN) == pytest.approx(one.log_density(EVERY_PATTERN), abs=1e-6)


def test_what_patterns_and_mixtures_print_shows_sizes_only() -> None:
    assert repr(Patterns.of(np.zeros((5, 3), np.uint8))) == "Patterns(1 of 5 pairs)"
    assert repr(_mixture(1)) == "Mixture(3 classes)"
