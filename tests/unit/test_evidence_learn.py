"""Learning: two agencies whose matches and strangers are drawn from classes that the test knows."""

from dataclasses import dataclass, replace
from typing import Self, TypeAlias

import numpy as np
import pytest

from linkage.arrays import BoolArray, ByteArray, FloatArray, IndexArray
from linkage.matcher.evidence.competition import Sides, match_probabilities
from linkage.matcher.evidence.learn import Evidence, learn
from linkage.matcher.evidence.levels import FIRST_EQUAL, LEVEL_COUNT
from linkage.matcher.evidence.matches import MatchClasses
from linkage.matcher.evidence.mixture import Mixture
from linkage.matcher.evidence.within import Within
from linkage.matcher.model.pairs import RecordPairs
from tests.support.segments import plain_segments

SEGMENTS = 5
NOBODYS_HOME = plain_segments(SEGMENTS)
"""None says where people live."""
RECORDS = 600
PAIRS = 9_000
"""Strangers that were kept across; half as many within each agency."""
RELATIVES = 0.06
"""Share of the kept strangers who agree on the first two segments, as families do."""
MISSING = 0.06


@dataclass(frozen=True, slots=True)
class Simulated:
    """What was drawn: the pairs that were kept across, which of them are matches, those within."""

    pairs: RecordPairs
    levels: ByteArray
    is_match: BoolArray
    within: tuple[Within, Within]

    @property
    def sides(self) -> Sides:
        """As they really are."""
        return Sides(RECORDS, RECORDS, 0.0, 0.0)


def _shape(equal: float, fall: float) -> FloatArray:
    """A segment's: so much on equal filters, the rest on the others, falling with likeness."""
    shape = np.zeros(LEVEL_COUNT)
    shape[1:FIRST_EQUAL] = (1 - equal) * _normal(np.exp(-fall * np.arange(FIRST_EQUAL - 1)))
    shape[FIRST_EQUAL:] = equal * _normal(np.exp(-0.4 * np.arange(LEVEL_COUNT - FIRST_EQUAL)))
    return shape


def _normal(values: FloatArray) -> FloatArray:
    normal: FloatArray = values / values.sum()
    return normal


MATCH = np.stack([_shape(equal, -0.4) for equal in (0.85, 0.8, 0.9, 0.75, 0.6)])
STRANGER = np.stack([_shape(equal, 0.5) for equal in (0.02, 0.03, 0.004, 0.5, 0.02)])
RELATIVE = np.stack([_shape(equal, 0.5) for equal in (0.9, 0.9, 0.01, 0.5, 0.03)])


def _drawn(rng: np.random.Generator, shapes: FloatArray, count: int) -> ByteArray:
    levels = np.stack([rng.choice(LEVEL_COUNT, count, p=shape) for shape in shapes], axis=1)
    levels[rng.random(levels.shape) < MISSING] = 0
    return levels.astype(np.uint8)


def _strangers(rng: np.random.Generator, count: int, relatives: float = RELATIVES) -> ByteArray:
    related = int(count * relatives)
    drawn = (_drawn(rng, STRANGER, count - related), _drawn(rng, RELATIVE, related))
    return np.vstack(drawn)


def _simulated(seed: int, matches: int) -> Simulated:
    rng = np.random.default_rng(seed)
    rows = np.arange(matches, dtype=np.int32)
    stranger_rows = _stranger_rows(rng, matches)
    return Simulated(
        RecordPairs(
            0,
            1,
            np.concatenate((rows, stranger_rows[0])),
            np.concatenate((rows, stranger_rows[1])),
        ),
        np.vstack((_drawn(rng, MATCH, matches), _strangers(rng, PAIRS))),
        np.arange(matches + PAIRS) < matches,
        (_within(rng), _within(rng)),
    )


def _stranger_rows(rng: np.random.Generator, matches: int) -> tuple[IndexArray, IndexArray]:
    """Any pairs of records but the matches, each pair once."""
    cells = rng.permutation(RECORDS * RECORDS)
    left, right = np.divmod(cells, RECORDS)
    other = np.flatnonzero((left != right) | (left >= matches))[:PAIRS]
    return left[other].astype(np.int32), right[other].astype(np.int32)


def _within(rng: np.random.Generator, repeated: int = 0) -> Within:
    """Pairs within an agency that holds so many people twice."""
    drawn = np.vstack((_strangers(rng, PAIRS // 2), _drawn(rng, MATCH, repeated)))
    return Within(drawn, once=repeated == 0, record_count=RECORDS, covered=1.0)


def _guess() -> FloatArray:
    """Like matches, roughly: the same for all segments."""
    return np.stack([_shape(0.7, -0.3)] * SEGMENTS)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was drawn, what was learned from it, and each pair's match probability."""

    drawn: Simulated
    evidence: Evidence
    probabilities: FloatArray

    @classmethod
    def of(cls, seed: int, matches: int) -> Self:
        """Learns from what this seed draws."""
        drawn = _simulated(seed, matches)
        evidence = learn(
            drawn.pairs, drawn.levels, drawn.within, MatchClasses.of_one(_guess()), NOBODYS_HOME
        )
        odds = evidence.log_odds(drawn.levels)
        return cls(drawn, evidence, match_probabilities(drawn.pairs, odds, drawn.sides))


Lessons: TypeAlias = dict[tuple[int, int], Lesson]


@pytest.fixture(scope="module")
def lessons() -> Lessons:
    """By seed and number of matches."""
    return {
        (seed, matches): Lesson.of(seed, matches)
        for seed in (1, 2)
        for matches in (0, 60, 300, 550)
    }


@pytest.mark.parametrize("matches", [60, 300, 550])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_number_of_matches_is_right_within_a_few_per_cent(
    lessons: Lessons, seed: int, matches: int
) -> None:
    # Where there are few, the first guess at what they look like weighs more than they do.
    found = lessons[seed, matches].probabilities.sum()
    assert found == pytest.approx(matches, rel=0.03, abs=7)


@pytest.mark.parametrize("seed", [1, 2])
def test_where_there_are_no_matches_next_to_none_are_seen(lessons: Lessons, seed: int) -> None:
    probabilities = lessons[seed, 0].probabilities
    assert probabilities.sum() < 4
    assert np.count_nonzero(probabilities > 0.5) <= 2


@pytest.mark.parametrize("matches", [60, 300, 550])
def test_probabilities_are_calibrated(lessons: Lessons, matches: int) -> None:
    both = [lessons[seed, matches] for seed in (1, 2)]
    probabilities = np.concatenate([lesson.probabilities for lesson in both])
    is_match = np.concatenate([lesson.drawn.is_match for lesson in both])
    for low, high in [(0, 0.01), (0.01, 0.2), (0.2, 0.8), (0.8, 0.99), (0.99, 1.01)]:
        chosen = (probabilities >= low) & (probabilities < high)
        expected, found = probabilities[chosen].sum(), is_match[chosen].sum()
        # Three standard deviations of chance, and what learning from so few gets wrong.
        chance = np.sqrt((probabilities[chosen] * (1 - probabilities[chosen])).sum())
        assert abs(found - expected) <= 3 * chance + 0.01 * expected + 2, (low, high)


def test_what_was_learned_tells_matches_apart_about_as_well_as_the_truth_does(
    lessons: Lessons,
) -> None:
    drawn, probabilities = lessons[1, 300].drawn, lessons[1, 300].probabilities
    share = 300 / len(drawn.levels)
    truth = Evidence(
        Mixture(_whole(MATCH[None]), np.ones(1)),
        Mixture(_whole(np.stack((STRANGER, RELATIVE))), np.array([1 - RELATIVES, RELATIVES])),
        share,
        (0.0, 0.0),
    )
    best = match_probabilities(drawn.pairs, truth.log_odds(drawn.levels), drawn.sides)
    errors = [np.count_nonzero((each > 0.5) != drawn.is_match) for each in (probabilities, best)]
    assert errors[0] <= errors[1] + 6


def _whole(shapes: FloatArray) -> FloatArray:
    """With a missing level taken for granted."""
    shapes = shapes.copy()
    shapes[..., 0] = 1
    return shapes


def test_relatives_do_not_pass_for_matches(lessons: Lessons) -> None:
    drawn, probabilities = lessons[1, 300].drawn, lessons[1, 300].probabilities
    related = np.all(drawn.levels[:, :2] >= FIRST_EQUAL, axis=1) & ~drawn.is_match
    assert related.sum() > 300
    assert probabilities[related].mean() < 0.02


FEW_RELATED = 60
NEIGHBOURS = np.stack([RELATIVE[0], *STRANGER[1:]])
NAMESAKES = np.stack([STRANGER[0], RELATIVE[1], *STRANGER[2:]])
"""Who live at one place only, or bear one surname only."""


def test_the_class_of_families_stays_like_matches_at_home_and_unlike_them_elsewhere() -> None:
    drawn = _simulated(1, 60)
    rng = np.random.default_rng(2)
    levels, others = drawn.levels.copy(), (PAIRS - FEW_RELATED) // 2
    levels[60:] = np.vstack(
        (
            _drawn(rng, RELATIVE, FEW_RELATED),
            _drawn(rng, NEIGHBOURS, others),
            _drawn(rng, NAMESAKES, PAIRS - FEW_RELATED - others),
        )
    )
    segments = plain_segments(SEGMENTS, moving=[0], at_home=[1])
    guess = MatchClasses.of_one(_guess())
    evidence = learn(drawn.pairs, levels, drawn.within, guess, segments)
    family, match = evidence.strangers.shapes[0], evidence.matches.shapes[0]
    np.testing.assert_array_equal(family[:2], match[:2])
    assert np.abs(family[2:] - match[2:]).sum(axis=1).min() > 0.5
    odds = evidence.log_odds(levels)
    found = match_probabilities(drawn.pairs, odds, drawn.sides)
    assert found[60 : 60 + FEW_RELATED].sum() < 1


def test_learned_shapes_are_those_that_the_pairs_were_drawn_from(lessons: Lessons) -> None:
    evidence = lessons[1, 550].evidence
    equal = evidence.matches.shapes[0, :, FIRST_EQUAL:].sum(axis=1)
    assert equal == pytest.approx(MATCH[:, FIRST_EQUAL:].sum(axis=1), abs=0.06)
    strangers = np.tensordot(evidence.strangers.weights, evidence.strangers.shapes, axes=1)
    expected = (1 - RELATIVES) * STRANGER + RELATIVES * RELATIVE
    assert strangers[:, FIRST_EQUAL:].sum(axis=1) == pytest.approx(
        expected[:, FIRST_EQUAL:].sum(axis=1), abs=0.03
    )
    assert evidence.share == pytest.approx(550 / (550 + PAIRS), rel=0.05)


def test_learning_twice_gives_the_same(lessons: Lessons) -> None:
    once, again = lessons[1, 60], Lesson.of(1, 60)
    np.testing.assert_array_equal(again.probabilities, once.probabilities)


def test_an_agency_that_holds_each_person_once_repeats_nobody(lessons: Lessons) -> None:
    assert lessons[1, 300].evidence.repeats == (0, 0)


@pytest.mark.parametrize("repeated", [0, 30, 120])
def test_how_often_an_agency_holds_a_person_twice_is_learned(
    lessons: Lessons, repeated: int
) -> None:
    drawn = lessons[1, 300].drawn
    mine = replace(_within(np.random.default_rng(7), repeated), once=False)
    within = (mine, drawn.within[1])
    evidence = learn(drawn.pairs, drawn.levels, within, MatchClasses.of_one(_guess()), NOBODYS_HOME)
    # Each of the two records of a person has another one.
    assert evidence.repeats[0] == pytest.approx(2 * repeated / RECORDS, rel=0.1, abs=0.02)
    assert evidence.repeats[1] == 0
    found = match_probabilities(
        drawn.pairs, evidence.log_odds(drawn.levels), Sides(RECORDS, RECORDS, *evidence.repeats)
    )
    assert found.sum() == pytest.approx(300, rel=0.1)


def test_a_segment_that_is_always_missing_changes_nothing(lessons: Lessons) -> None:
    drawn = lessons[1, 300].drawn
    left, right = (replace(each, levels=_with_gap(each.levels)) for each in drawn.within)
    guess = np.vstack((_guess(), _guess()[:1]))
    levels = _with_gap(drawn.levels)
    evidence = learn(
        drawn.pairs, levels, (left, right), MatchClasses.of_one(guess), plain_segments(SEGMENTS + 1)
    )
    found = match_probabilities(drawn.pairs, evidence.log_odds(levels), drawn.sides)
    assert found == pytest.approx(lessons[1, 300].probabilities, abs=0.05)


def _with_gap(levels: ByteArray) -> ByteArray:
    return np.hstack((levels, np.zeros((len(levels), 1), np.uint8)))


def test_no_pairs_teach_nothing() -> None:
    nothing = Within(np.empty((0, SEGMENTS), np.uint8), once=True, record_count=10, covered=1.0)
    no_rows = np.empty(0, np.int32)
    pairs = RecordPairs(0, 1, no_rows, no_rows.copy())
    evidence = learn(
        pairs, nothing.levels, (nothing, nothing), MatchClasses.of_one(_guess()), NOBODYS_HOME
    )
    one_sure_pair = np.full((1, SEGMENTS), FIRST_EQUAL + 1, np.uint8)
    assert np.isfinite(evidence.log_odds(one_sure_pair)).all()


def test_what_evidence_prints_is_no_data(lessons: Lessons) -> None:
    assert repr(lessons[1, 60].evidence).startswith("Evidence(share 0.0")
