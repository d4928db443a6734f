"""Classes of matches: the guess, what is shared when they are learned, what they are good for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.agreement.schema import Segment
from linkage.arrays import ByteArray, EncodingMatrix, FloatArray
from linkage.matcher.compare.distinct import DistinctFilters
from linkage.matcher.evidence.competition import Sides, match_probabilities
from linkage.matcher.evidence.learn import Evidence, learn
from linkage.matcher.evidence.levels import CROSSED, FIRST_EQUAL, LEVEL_COUNT
from linkage.matcher.evidence.matches import GUESS_WEIGHT, MatchClasses
from linkage.matcher.evidence.within import Within
from linkage.matcher.model.pairs import RecordPairs
from tests.support.encodings import random_encodings
from tests.support.segments import plain_segments

SEGMENT_BITS = 128
RECORDS = 600
PAIRS = 9_000
"""Strangers that were kept across; half as many within each agency."""
MATCHES = 300
ALIKE, SWAPPED, MOVED = range(3)
"""The classes of `_classes()`, in their order."""
CROSSING = [True, True, False, False, False, False]
MOVING = [False, False, False, True, True, True]
"""Two names, a birth date, three parts of an address."""
some_examples = settings(max_examples=40)


def _segments(crossing: Sequence[bool], moving: Sequence[bool]) -> tuple[Segment, ...]:
    return plain_segments(
        len(crossing),
        SEGMENT_BITS // 8,
        crossing=np.flatnonzero(crossing).tolist(),
        moving=np.flatnonzero(moving).tolist(),
    )


def _guess(crossing: Sequence[bool], moving: Sequence[bool]) -> MatchClasses:
    """For segments of which some cross and some move; some values are frequent, some are rare."""
    segments = _segments(crossing, moving)
    rng = np.random.default_rng(1)
    values = random_encodings(rng, RECORDS, SEGMENT_BITS).rows
    frequencies = _shares(1 / np.arange(1, RECORDS + 1))
    columns = [values[rng.choice(RECORDS, RECORDS, p=frequencies)] for _ in segments]
    filters = DistinctFilters.of(EncodingMatrix(np.hstack(columns)), segments)
    return MatchClasses.guess(filters, filters, segments)


@pytest.fixture(scope="module")
def classes() -> MatchClasses:
    return _guess(CROSSING, MOVING)


_flags = st.lists(
    st.sampled_from([(False, False), (True, False), (False, True)]), min_size=1, max_size=6
)


@some_examples
@given(_flags)
def test_swaps_and_moves_are_guessed_where_two_segments_can_change_together(
    segments: list[tuple[bool, bool]],
) -> None:
    crossing, moving = (list(each) for each in zip(*segments, strict=True))
    found = _guess(crossing, moving)
    nowhere = [False] * len(segments)
    owners = [(each, fixed) for each, fixed in ((crossing, True), (moving, False)) if sum(each) > 1]
    assert found.own.tolist() == [nowhere, *(each for each, _ in owners)]
    assert found.fixed.tolist() == [False, *(fixed for _, fixed in owners)]


@some_examples
@given(_flags)
def test_the_guess_is_a_mixture_whose_classes_differ_in_their_own_segments_alone(
    segments: list[tuple[bool, bool]],
) -> None:
    crossing, moving = (list(each) for each in zip(*segments, strict=True))
    found = _guess(crossing, moving)
    shapes, weights = found.mixture.shapes, found.mixture.weights
    assert shapes.shape == (len(weights), len(segments), LEVEL_COUNT)
    assert (shapes >= 0).all()
    assert (shapes[:, :, 0] == 1).all(), "that a value is missing says nothing"
    assert shapes[:, :, 1:].sum(axis=2) == pytest.approx(np.ones(shapes.shape[:2]))
    assert weights.sum() == pytest.approx(1)
    assert (weights > 0).all()
    assert weights[0] > 0.5
    differs = np.abs(shapes - shapes[0]).sum(axis=2) > 1e-9
    np.testing.assert_array_equal(differs, found.own)


def test_swapped_names_are_crossed_and_people_who_moved_live_elsewhere(
    classes: MatchClasses,
) -> None:
    alike, swapped, moved = classes.mixture.shapes
    assert (swapped[CROSSING, CROSSED] > 0.5).all()
    assert (alike[CROSSING, CROSSED] < 0.1).all()
    equal = slice(FIRST_EQUAL, CROSSED)
    assert (alike[MOVING, equal].sum(axis=1) > 0.5).all()
    assert (moved[MOVING, equal].sum(axis=1) < 0.2).all()
    assert (np.diff(moved[MOVING, 1:FIRST_EQUAL]) < 0).all(), "the less alike the likelier"


def test_one_class_of_any_counts_is_their_shape() -> None:
    counts = np.ones((2, LEVEL_COUNT))
    counts[1, 1] = 1 + LEVEL_COUNT
    found = MatchClasses.of_one(counts)
    expected = counts / np.array([[LEVEL_COUNT - 1], [2 * LEVEL_COUNT - 1]])
    expected[:, 0] = 1
    assert found.mixture.shapes[0] == pytest.approx(expected)
    assert found.mixture.weights.tolist() == [1]
    assert not found.own.any()
    assert not found.fixed.any()


def _counts(seed: int, total: float = 500.0) -> FloatArray:
    """Any counts of levels for `_guess(CROSSING, MOVING)`, each segment's of about this sum."""
    rng = np.random.default_rng(seed)
    drawn = rng.random((3, len(CROSSING), LEVEL_COUNT))
    counts: FloatArray = 2 * total / LEVEL_COUNT * drawn
    return counts


def _shares(values: FloatArray) -> FloatArray:
    """Over their sum, along the last axis."""
    shares: FloatArray = values / values.sum(axis=-1, keepdims=True)
    return shares


EVENLY = np.full(3, 100.0)


@pytest.mark.parametrize("seed", range(3))
def test_what_a_class_does_not_own_is_learned_with_all_that_do_not_own_it(
    classes: MatchClasses, seed: int
) -> None:
    counts = _counts(seed)
    learned = classes.learned(counts, EVENLY).shapes
    for segment, owners in enumerate(classes.own.T):
        together = counts[~owners, segment].sum(axis=0)
        expected = _shares((together + GUESS_WEIGHT * classes.mixture.shapes[0, segment])[1:])
        for number in np.flatnonzero(~owners):
            assert learned[number, segment, 1:] == pytest.approx(expected)
            assert learned[number, segment, 0] == 1


def test_as_much_as_is_asked_for_stays_the_guess(classes: MatchClasses) -> None:
    counts = _counts(1)
    learned, leaning = (classes.learned(counts, EVENLY, guessed) for guessed in (0.0, 0.25))
    for found, free, guess in (
        (leaning.shapes, learned.shapes, classes.mixture.shapes),
        (leaning.weights, learned.weights, classes.mixture.weights),
    ):
        assert found == pytest.approx(0.75 * free + 0.25 * guess)


def test_what_many_matches_say_outweighs_the_guess(classes: MatchClasses) -> None:
    counts = _counts(1, total=1e9)
    learned, counts = classes.learned(counts, EVENLY).shapes[:, :, 1:], counts[:, :, 1:]
    birth, place = CROSSING.index(False), MOVING.index(True)
    of_all, not_moved = counts[:, birth].sum(axis=0), counts[[ALIKE, SWAPPED], place].sum(axis=0)
    assert learned[ALIKE, birth] == pytest.approx(_shares(of_all), abs=1e-5)
    assert learned[SWAPPED, place] == pytest.approx(_shares(not_moved), abs=1e-5)
    assert learned[MOVED, place] == pytest.approx(_shares(counts[MOVED, place]), abs=1e-5)


def test_where_people_who_moved_live_is_learned_from_them_alone(classes: MatchClasses) -> None:
    counts, others, its = _counts(1), _counts(1), _counts(1)
    others[[ALIKE, SWAPPED]] = _counts(2)[[ALIKE, SWAPPED]]
    its[MOVED] = _counts(2)[MOVED]
    first, by_others, by_its = (
        classes.learned(each, EVENLY).shapes for each in (counts, others, its)
    )
    np.testing.assert_array_equal(by_others[MOVED, MOVING], first[MOVED, MOVING])
    assert (np.abs(by_its[MOVED, MOVING] - first[MOVED, MOVING]).sum(axis=1) > 0.01).all()
    # What other matches' places look like does not depend on it either.
    np.testing.assert_array_equal(by_its[ALIKE, MOVING], first[ALIKE, MOVING])


@pytest.mark.parametrize("seed", range(3))
def test_what_swapped_names_look_like_is_never_learned_but_how_many_there_are_is(
    classes: MatchClasses, seed: int
) -> None:
    counts = _counts(seed, total=1e6)
    learned = classes.learned(counts, np.array([0.0, 900.0, 0.0]))
    guessed = classes.mixture
    np.testing.assert_array_equal(
        learned.shapes[SWAPPED, CROSSING], guessed.shapes[SWAPPED, CROSSING]
    )
    # Nor do swapped names tell what the others look like.
    other_swaps = counts.copy()
    other_swaps[SWAPPED] = 0
    again = classes.learned(other_swaps, EVENLY)
    np.testing.assert_array_equal(again.shapes[ALIKE, CROSSING], learned.shapes[ALIKE, CROSSING])
    expected = (np.array([0.0, 900.0, 0.0]) + GUESS_WEIGHT * guessed.weights) / (900 + GUESS_WEIGHT)
    assert learned.weights == pytest.approx(expected)


def test_where_nothing_is_counted_the_guess_stays(classes: MatchClasses) -> None:
    learned = classes.learned(np.zeros_like(classes.mixture.shapes), np.zeros(3))
    assert learned.shapes == pytest.approx(classes.mixture.shapes)
    assert learned.weights == pytest.approx(classes.mixture.weights)


# Learning: matches of which some have moved, or have their names swapped, among strangers of whom
# some share their names and some their home.

EQUAL = np.zeros(LEVEL_COUNT)
EQUAL[FIRST_EQUAL:CROSSED] = [0.3, 0.35, 0.35, 0.0]
UNLIKE = 0.02 * EQUAL
UNLIKE[1:FIRST_EQUAL] = 0.98 * _shares(np.exp(-0.5 * np.arange(FIRST_EQUAL - 1)))
SLIPPED = np.zeros(LEVEL_COUNT)
SLIPPED[1:FIRST_EQUAL] = _shares(np.exp(0.5 * np.arange(FIRST_EQUAL - 1)))
ACROSS = np.eye(LEVEL_COUNT)[CROSSED]

NAMESAKES = np.where(np.array(CROSSING)[:, None], EQUAL, UNLIKE)
NEIGHBOURS = np.where(np.array(MOVING)[:, None], EQUAL, UNLIKE)
OTHERS = np.stack([UNLIKE] * len(CROSSING))
WRITTEN_TWICE = np.stack([0.75 * EQUAL + 0.25 * SLIPPED] * len(CROSSING))


@dataclass(frozen=True, slots=True)
class Drawn:
    """Pairs across two agencies, the first `MATCHES` of them matches, and those within each."""

    pairs: RecordPairs
    levels: ByteArray
    within: tuple[Within, Within]

    def learned(self, guess: MatchClasses) -> tuple[Evidence, FloatArray]:
        """What is learned from them, and the match probability of each pair across."""
        evidence = learn(self.pairs, self.levels, self.within, guess, _segments(CROSSING, MOVING))
        sides = Sides(RECORDS, RECORDS, 0.0, 0.0)
        odds = evidence.log_odds(self.levels)
        return evidence, match_probabilities(self.pairs, odds, sides)


def _drawn(event: FloatArray, events: int) -> Drawn:
    """To so many of the matches, the first ones, this has happened: it gives them this shape."""
    rng = np.random.default_rng(3)
    rows = np.arange(MATCHES)
    left, right = np.divmod(rng.permutation(RECORDS * RECORDS), RECORDS)
    other = np.flatnonzero(left != right)[:PAIRS]
    pairs = RecordPairs(
        0,
        1,
        np.concatenate((rows, left[other])).astype(np.int32),
        np.concatenate((rows, right[other])).astype(np.int32),
    )
    matches = [_levels(rng, event, events), _levels(rng, WRITTEN_TWICE, MATCHES - events)]
    one, other_one = (
        Within(_strangers(rng, PAIRS // 2), once=True, record_count=RECORDS, covered=1.0)
        for _ in range(2)
    )
    return Drawn(pairs, np.vstack((*matches, _strangers(rng, PAIRS))), (one, other_one))


def _strangers(rng: np.random.Generator, count: int) -> ByteArray:
    alike = count // 20
    return np.vstack(
        (
            _levels(rng, OTHERS, count - 2 * alike),
            _levels(rng, NAMESAKES, alike),
            _levels(rng, NEIGHBOURS, alike),
        )
    )


def _levels(rng: np.random.Generator, shapes: FloatArray, count: int) -> ByteArray:
    """So many pairs, of whose values some are missing."""
    drawn = [rng.choice(LEVEL_COUNT, count, p=shape) for shape in shapes]
    levels = np.stack(drawn, axis=1).astype(np.uint8)
    levels[rng.random(levels.shape) < 0.05] = 0
    return levels


@pytest.fixture(scope="module")
def movers() -> Drawn:
    """A third of the matches have moved: no part of their address agrees."""
    return _drawn(np.where(np.array(MOVING)[:, None], UNLIKE, WRITTEN_TWICE), MATCHES // 3)


def test_how_many_have_moved_is_learned_and_so_is_who_they_are(
    classes: MatchClasses, movers: Drawn
) -> None:
    evidence, probabilities = movers.learned(classes)
    # The guess, of a tenth, counts as so many matches.
    expected = (MATCHES / 3 + 0.1 * GUESS_WEIGHT) / (MATCHES + GUESS_WEIGHT)
    assert evidence.matches.weights[MOVED] == pytest.approx(expected, abs=0.04)
    assert probabilities.sum() == pytest.approx(MATCHES, rel=0.05)
    found = evidence.matches.responsibilities(movers.levels[:MATCHES]).argmax(axis=1) == MOVED
    assert found[: MATCHES // 3].mean() > 0.95
    assert found[MATCHES // 3 :].mean() < 0.05


def test_with_a_class_of_their_own_people_who_moved_are_likelier_to_be_found(
    classes: MatchClasses, movers: Drawn
) -> None:
    _, apart = movers.learned(classes)
    _, together = movers.learned(MatchClasses.of_one(classes.mixture.shapes[ALIKE]))
    moved, strangers = slice(MATCHES // 3), slice(MATCHES, None)
    assert apart[moved].mean() > 0.75
    assert apart[moved].mean() > together[moved].mean() + 0.3
    # What is gained is not paid for with strangers.
    assert np.count_nonzero(apart[strangers] > 0.5) < 0.03 * MATCHES
    assert apart[strangers].sum() < 0.05 * MATCHES


def test_how_many_names_are_swapped_is_learned(classes: MatchClasses) -> None:
    swaps = np.where(np.array(CROSSING)[:, None], ACROSS, WRITTEN_TWICE)
    drawn = _drawn(swaps, MATCHES // 5)
    evidence, probabilities = drawn.learned(classes)
    expected = (MATCHES / 5 + 0.02 * GUESS_WEIGHT) / (MATCHES + GUESS_WEIGHT)
    assert evidence.matches.weights[SWAPPED] == pytest.approx(expected, abs=0.04)
    assert probabilities[: MATCHES // 5].mean() > 0.95


def test_where_nothing_happened_the_classes_for_it_stay_small(classes: MatchClasses) -> None:
    drawn = _drawn(WRITTEN_TWICE, 0)
    evidence, probabilities = drawn.learned(classes)
    assert evidence.matches.weights[[SWAPPED, MOVED]] == pytest.approx([0, 0], abs=0.05)
    assert probabilities.sum() == pytest.approx(MATCHES, rel=0.03)
