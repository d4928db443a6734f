"""The attacks themselves: each finds what was planted, and nothing where there is nothing."""

import numpy as np
import pytest

from benchmarks.attacks.bits import signs
from benchmarks.attacks.encodings import ENCODINGS, Encoding
from benchmarks.attacks.meanings import Marks, believe, marks_of
from benchmarks.attacks.pattern_mining import PatternMining
from benchmarks.attacks.patterns import Pattern, _without_sums, mine
from benchmarks.attacks.ranking import most_alike
from benchmarks.attacks.regression import Fit, Regression, Whitened
from benchmarks.attacks.scene import Sizes
from benchmarks.attacks.score import Share, in_top, named
from benchmarks.attacks.seeded_scores import SeededScores, dice_rows
from benchmarks.attacks.view import Attack, View
from benchmarks.attacks.vocabulary import Vocabulary, vocabulary_of
from benchmarks.attacks.workplace import Workplace
from linkage.agreement.schema import Segment
from linkage.arrays import ByteArray, FloatArray, IntArray

PEOPLE = 800
SIZES = Sizes(records=700, known=250, targets=400)
RECORD, _, FIELDS, DIFFUSED, FOLDED, RULE_90 = ENCODINGS


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    return Workplace(tmp_path_factory.mktemp("region"), PEOPLE, quick=True)


def played(workplace: Workplace, attack: Attack, encoding: Encoding) -> tuple[Share, Share]:
    scene = workplace.scene(encoding, SIZES)
    guesses = attack.name_targets(scene.view, np.random.default_rng(5))
    near = in_top(guesses, scene.truth)
    assert near is not None
    assert not np.isin(guesses.best, scene.view.known[:, 1]).any()
    return named(guesses, scene.truth), near


@pytest.mark.parametrize("attack", [SeededScores(), Regression()], ids=lambda each: each.name)
@pytest.mark.parametrize("encoding", [RECORD, FIELDS], ids=lambda each: each.name)
def test_known_people_give_the_others_away_in_plain_encodings(
    workplace: Workplace, attack: Attack, encoding: Encoding
) -> None:
    assert played(workplace, attack, encoding)[0].wilson()[0] > 0.5


@pytest.mark.parametrize("encoding", [RECORD, FIELDS], ids=lambda each: each.name)
def test_patterns_alone_give_people_away_in_plain_encodings(
    workplace: Workplace, encoding: Encoding
) -> None:
    assert played(workplace, PatternMining(), encoding)[0].wilson()[0] > 0.5


@pytest.mark.parametrize(
    "attack", [SeededScores(), Regression(), PatternMining()], ids=lambda each: each.name
)
def test_diffused_encodings_hardly_give_anybody_away(workplace: Workplace, attack: Attack) -> None:
    assert played(workplace, attack, DIFFUSED)[0].value < 0.02


@pytest.mark.parametrize("encoding", [FOLDED, RULE_90], ids=lambda each: each.name)
def test_folding_and_rule_90_fall_to_regression(workplace: Workplace, encoding: Encoding) -> None:
    share, near = played(workplace, Regression(), encoding)
    assert share.wilson()[0] > 0.2
    assert near.value > share.value


def test_dice_rows_are_dice_coefficients_filter_by_filter() -> None:
    left = np.array([[0b11110000, 0], [0, 0]], np.uint8)
    right = np.array([[0b11000000, 0b1], [0, 0]], np.uint8)
    segments = [
        Segment(str(at), (), at, 1, crosses=False, moves=False, at_home=False) for at in (0, 1)
    ]
    expected = [[4 / 6, 0, 0, 0], [0, 0, 0, 0]]
    assert dice_rows(left, right, segments) == pytest.approx(np.array(expected))


def test_the_likeliest_come_first_and_the_known_never(workplace: Workplace) -> None:
    view = workplace.scene(RECORD, SIZES).view
    scores = np.random.default_rng(1).random((3, len(view.population)), np.float32)
    scores[:, view.known[0, 1]] = 2
    unknown = np.setdiff1d(np.arange(len(view.population)), view.known[:, 1])
    expected = unknown[np.argsort(-scores[:, unknown], axis=1)]
    guesses = most_alike(iter([scores[:2].copy(), scores[2:].copy()]), view)
    assert guesses.top is not None
    assert guesses.top.shape == (3, 100)
    assert (guesses.top == expected[:, :100]).all()
    assert (guesses.best == expected[:, 0]).all()


def dense(vocabulary: Vocabulary) -> FloatArray:
    has = np.zeros((len(vocabulary.starts) - 1, len(vocabulary.bits)))
    for person in range(len(has)):
        has[
            person, vocabulary.members[vocabulary.starts[person] : vocabulary.starts[person + 1]]
        ] = 1
    return has


def test_the_vocabulary_is_what_the_agent_sets_bits_for(workplace: Workplace) -> None:
    view = workplace.scene(RECORD, SIZES).view
    vocabulary = vocabulary_of(view.population, view.schema)
    drawn = dense(vocabulary) @ vocabulary.bits
    length = view.own_encodings.length_bits
    expected = length * (1 - (1 - 1 / length) ** drawn)
    popcounts = np.bitwise_count(view.own_encodings.rows).sum(axis=1)
    spread = popcounts - expected
    # Of some 600. Bits of a token meet, and always the same ones: so both vary a little.
    assert abs(spread.mean()) < 20
    assert spread.std() < 15
    assert spread.std() < popcounts.std() / 3
    one_field = vocabulary_of(view.population, view.schema, [view.schema.fields[3].name])
    assert one_field.holders.sum() <= len(view.population)  # a sex each


def small_vocabulary() -> Vocabulary:
    rng = np.random.default_rng(8)
    has = rng.random((60, 12)) < np.linspace(0.1, 0.9, 12)
    has[:, 0] = False
    has[:4, 0] = True  # of four people: left out
    counts = has.sum(axis=1)
    starts = np.append(0, np.cumsum(counts))
    return Vocabulary(np.nonzero(has)[1], starts, np.full(12, 3))


@pytest.mark.parametrize("known", [10, 50])
def test_regression_is_that_of_the_book_whichever_way_it_is_reckoned(known: int) -> None:
    vocabulary = small_vocabulary()
    rng = np.random.default_rng(9)
    rows = rng.integers(0, 256, (60, 4), dtype=np.uint8)
    people = rng.permutation(60)[:known]
    has = dense(vocabulary)[:, 1:]
    shares = has.mean(axis=0)
    whitened = (has - shares) / np.sqrt(shares * (1 - shares))
    bits = signs(rows[:known]).astype(float)
    centred = bits - bits.mean(axis=0)
    size = min(centred.shape)
    ridge = 0.3 * np.trace(centred.T @ centred) / size * np.eye(32)
    weights = np.linalg.solve(centred.T @ centred + ridge, centred.T @ whitened[people])
    told = (signs(rows) - bits.mean(axis=0)) @ weights
    expected = told @ (whitened / np.linalg.norm(whitened, axis=1, keepdims=True)).T
    fit = Fit(rows[:known], people, Whitened(vocabulary, np.arange(60)))
    assert fit.scores(rows, 0.3) == pytest.approx(expected, abs=1e-3)


def planted(rng: np.random.Generator, records: int = 3_000) -> tuple[ByteArray, list[IntArray]]:
    """Random bits, and in them the marks of four tokens, held by 5 to 40 % of the records."""
    bits = rng.random((records, 256)) < 0.25
    marks = [np.sort(each) for each in rng.permutation(256)[:48].reshape(4, 12)]
    for mark, share in zip(marks, (0.4, 0.2, 0.1, 0.05), strict=True):
        holders = np.flatnonzero(rng.random(records) < share)
        bits[np.ix_(holders, mark)] = True
    return np.packbits(bits, axis=1), marks


def test_marks_that_were_planted_are_mined_and_nothing_else_is() -> None:
    rows, marks = planted(np.random.default_rng(4))
    found = mine(rows)
    assert {each.columns.tobytes() for each in found} == {mark.tobytes() for mark in marks}
    for each in found:
        assert (each.has == np.unpackbits(rows, axis=1)[:, each.columns].all(axis=1)).all()


def test_people_with_two_tokens_are_no_third() -> None:
    one, other, own = np.arange(12), np.arange(20, 32), np.arange(40, 44)
    columns = [one, other, np.concatenate([one, other]), np.concatenate([one, own])]
    supports = (90, 80, 30, 20)
    patterns = [
        Pattern(each, np.arange(100) < support)
        for each, support in zip(columns, supports, strict=True)
    ]
    assert [each.support for each in _without_sums(patterns, 64)] == [90, 80, 20]


def test_nothing_is_mined_from_chance() -> None:
    rng = np.random.default_rng(6)
    assert mine(np.packbits(rng.random((3_000, 512)) < 0.5, axis=1)) == []


def test_tokens_that_always_come_together_are_one_mark() -> None:
    has = np.zeros((200, 3), np.bool_)
    has[:80, :2] = True  # two tokens of the same people,
    has[:30, 2] = True  # a third that some of them have besides
    starts = np.append(0, np.cumsum(has.sum(axis=1)))
    marks = marks_of(Vocabulary(np.nonzero(has)[1], starts, np.array([5, 7, 10])), 1024, 2)
    assert marks.has.sum(axis=0).tolist() == [80, 30]
    assert marks.widths == pytest.approx([12, 22], abs=0.3)
    assert marks.segments.tolist() == [2, 2]


def test_meanings_are_told_by_what_comes_together_where_frequencies_alone_do_not_tell() -> None:
    rng = np.random.default_rng(7)
    groups = rng.integers(0, 6, 4_000)
    likely = rng.random((6, 30))
    has = (rng.random((4_000, 30)) < 0.1 + 0.2 * likely[groups]).astype(np.float32)
    nobody = np.zeros(30, np.int64)
    marks = Marks(has, np.full(30, 12.0), nobody)
    order = rng.permutation(30)
    sample = rng.permutation(4_000)[:3_000]
    meanings, beliefs = believe(has[sample][:, order], np.full(30, 12.0), nobody, marks)
    assert (meanings == order).mean() > 0.9
    assert beliefs.mean() > 0.9


def test_a_pattern_of_a_width_that_no_token_has_means_nothing() -> None:
    rng = np.random.default_rng(7)
    has = (rng.random((1_000, 5)) < np.linspace(0.1, 0.5, 5)).astype(np.float32)
    places = np.zeros(5, np.int64)
    marks = Marks(has, np.full(5, 12.0), places)
    assert (believe(has, np.full(5, 40.0), places, marks)[1] == 0).all()
    assert (believe(has, np.full(5, 12.0), places + 1, marks)[1] == 0).all()


def test_without_any_pattern_nobody_is_named(workplace: Workplace) -> None:
    view: View = workplace.scene(DIFFUSED, SIZES).view
    guesses = PatternMining().name_targets(view, np.random.default_rng(1))
    assert (guesses.best == -1).all()
