"""The attacks' frame: bounds, rows and verdicts, scenes, and what fails a run."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.attacks import course, hardenings
from benchmarks.attacks.bit_statistics import (
    column_lift,
    columns_together,
    correlation,
    duplicate_count,
    gini,
)
from benchmarks.attacks.course import ATTACKS, Results, attacked
from benchmarks.attacks.encodings import ENCODINGS, Encoding, Standing
from benchmarks.attacks.naming import BAR, Naming
from benchmarks.attacks.scene import Scene, Sizes, make_scene
from benchmarks.attacks.score import Row, Share, in_top, named
from benchmarks.attacks.seeded_scores import SeededScores
from benchmarks.attacks.table import table
from benchmarks.attacks.view import NO_GUESS, Guesses, View
from benchmarks.attacks.workplace import Workplace
from benchmarks.cli import main
from linkage.arrays import ByteArray, ShapeError

PEOPLE = 500
PAGE = Path(__file__).resolve().parents[2] / "benchmarks" / "README.md"
ENCODING = {each.name: each for each in ENCODINGS}
PLAIN = ENCODING["record-likeness, research"]
DIFFUSED = ENCODING["record-likeness, diffused t = 6"]
SIZES = Sizes(records=400, known=100, targets=250)


class Clueless:
    """An attack that names nobody."""

    name = "A0 clueless"

    def name_targets(self, view: View, rng: np.random.Generator) -> Guesses:  # noqa: ARG002
        return Guesses(np.full(len(view.targets), NO_GUESS))


class Cheat:
    """An attack that names everybody: it has the encodings' own key."""

    name = "A0 cheat"

    def name_targets(self, view: View, rng: np.random.Generator) -> Guesses:  # noqa: ARG002
        place = {row.tobytes(): number for number, row in enumerate(view.own_encodings.rows)}
        sent = view.encodings.rows[view.targets]
        return Guesses(np.array([place.get(row.tobytes(), NO_GUESS) for row in sent]))


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    return Workplace(tmp_path_factory.mktemp("region"), PEOPLE, quick=True)


def same_key(workplace: Workplace, encoding: Encoding) -> Scene:
    """A scene whose attacker has the agencies' own key, so that the truth can be told by bits."""
    sent, _ = workplace.encoded(encoding)
    people = workplace.attacked(encoding).columns
    return make_scene(people, sent, sent, SIZES, np.random.default_rng(1))


def row(share: Share, standing: Standing, gate: float = 0.001) -> Row:
    is_control = standing is Standing.CONTROL
    claimed = standing is Standing.CLAIMED
    return Row(
        "A0", "an encoding", "small", share.value, share, gate, is_control, claimed, "", 1.25
    )


@pytest.mark.parametrize(
    ("count", "total", "lower", "upper"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_bounds_are_those_of_newcombe_1998(
    count: int, total: int, lower: float, upper: float
) -> None:
    found = Share(count, total).wilson(deviations=1.959964)
    assert found == pytest.approx((lower, upper), abs=5e-5)


@pytest.mark.parametrize(
    ("count", "total", "holds"),
    [
        (0, 2_704, True),
        (0, 2_700, False),
        (1, 5_000, True),
        (2, 5_000, False),
        (12, 20_000, True),
        (13, 20_000, False),
    ],
)
def test_a_gate_holds_for_the_upper_bound_not_for_the_share(
    count: int, total: int, *, holds: bool
) -> None:
    assert row(Share(count, total), Standing.CLAIMED).passes is holds


@pytest.mark.parametrize(("count", "is_broken"), [(50, False), (54, False), (60, True)])
def test_a_control_is_broken_by_the_lower_bound(count: int, *, is_broken: bool) -> None:
    assert row(Share(count, 100), Standing.CONTROL, gate=0.5).passes is is_broken


@pytest.mark.parametrize(
    ("standing", "count", "fails"),
    [
        (Standing.CONTROL, 0, True),
        (Standing.CONTROL, 10_000, False),
        (Standing.CLAIMED, 0, False),
        (Standing.CLAIMED, 10_000, True),
        (Standing.COMPARED, 10_000, False),
    ],
)
def test_what_fails_a_run_is_a_control_that_stands_or_a_claim_that_falls(
    standing: Standing, count: int, *, fails: bool
) -> None:
    judged = row(
        Share(count, 10_000), standing, gate=0.5 if standing is Standing.CONTROL else 0.001
    )
    assert judged.fails_the_run is fails


def test_the_document_has_every_key_that_was_agreed() -> None:
    results = Results([row(Share(1, 5_000), Standing.CLAIMED)], {"cores": 2}, 3.0)
    document = json.loads(json.dumps(results.document()))
    [only] = document["rows"]
    assert only["success"] == 0.0002
    assert only["wilson_lower"] < 0.0002 < only["wilson_upper"] < 0.001
    assert (only["n"], only["k"], only["gate"], only["control"], only["passes"]) == (
        5_000, 1, 0.001, False, True,
    )  # fmt: skip
    assert {"attack", "encoding", "size", "note", "claimed", "seconds"} <= set(only)
    assert document["failures"] == 0


def test_a_figure_without_targets_is_judged_as_it_is() -> None:
    gini_of = Row("A1 Gini", "x", "", 0.04, None, 0.05, control=False, claimed=True)
    assert gini_of.passes is True
    assert replace(gini_of, success=0.06).fails_the_run
    assert replace(gini_of, control=True).fails_the_run
    assert replace(gini_of, gate=None).passes is None
    assert gini_of.document()["wilson_upper"] is None


def test_only_the_right_row_counts_as_a_name() -> None:
    truth = np.array([4, 5, 6])
    guesses = Guesses(np.array([4, 6, NO_GUESS]), np.array([[4, 1], [6, 5], [NO_GUESS, NO_GUESS]]))
    assert named(guesses, truth) == Share(1, 3)
    assert in_top(guesses, truth) == Share(2, 3)
    assert in_top(Guesses(guesses.best), truth) is None
    with pytest.raises(ShapeError):
        named(guesses, truth[:1])


@pytest.mark.parametrize("encoding", [PLAIN, DIFFUSED], ids=lambda each: each.name)
def test_the_truth_is_the_person_whose_encoding_the_target_is(
    workplace: Workplace, encoding: Encoding
) -> None:
    view, truth = (scene := same_key(workplace, encoding)).view, scene.truth
    own, sent = view.own_encodings.rows, view.encodings.rows
    assert (own[truth] == sent[view.targets]).all()
    assert (own[view.known[:, 1]] == sent[view.known[:, 0]]).all()
    assert len(np.unique(np.concatenate([view.known[:, 0], view.targets]))) == 350
    assert len(view.encodings) == SIZES.records < len(view.population) <= PEOPLE


def test_neither_order_of_records_nor_of_the_list_says_who_is_who(workplace: Workplace) -> None:
    scene = workplace.scene(PLAIN, SIZES)
    ascends = abs(np.corrcoef(scene.view.targets, scene.truth)[0, 1])
    assert ascends < 0.25


def test_a_view_without_secrets_has_other_encodings_of_its_own(workplace: Workplace) -> None:
    scene = workplace.scene(PLAIN, SIZES)
    own = scene.view.own_encodings.rows[scene.truth]
    assert not (own == scene.view.encodings.rows[scene.view.targets]).all(axis=1).any()


def test_a_target_that_is_known_is_no_target(workplace: Workplace) -> None:
    view = workplace.scene(PLAIN, SIZES).view
    with pytest.raises(ShapeError):
        replace(view, targets=view.known[:5, 0])


def test_an_attack_that_names_everybody_breaks_every_gate_and_one_that_names_nobody_no_control(
    workplace: Workplace,
) -> None:
    scene = same_key(workplace, PLAIN)
    assert (
        named(Cheat().name_targets(scene.view, np.random.default_rng(1)), scene.truth).value > 0.99
    )
    clueless = Naming(Clueless(), quick=(SIZES,), full=())
    rows = list(attacked(workplace, [PLAIN, DIFFUSED], [clueless]))
    assert [each.passes for each in rows] == [False, False]  # 250 targets can't show .1 %
    results = Results(rows, {}, 0.0)
    assert results.failures == rows
    assert "CONTROL NOT BROKEN: A0 clueless against record-likeness, research" in table(rows)


def test_the_command_fails_if_a_control_was_not_broken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "attacks.json"
    monkeypatch.setattr(course, "QUICK_PEOPLE", PEOPLE)
    monkeypatch.setattr(course, "ENCODINGS", (PLAIN,))
    monkeypatch.setattr("sys.argv", ["benchmarks", "attacks", "--quick", "--json", str(out)])
    for attack, status in ((Clueless(), 1), (SeededScores(), 0)):
        tried = {"A3": Naming(attack, quick=(SIZES,), full=(), bar=BAR)}
        monkeypatch.setattr(course, "ATTACKS", tried)
        assert main() == status
        assert json.loads(out.read_text())["failures"] == status
    shown = capsys.readouterr()
    assert "broken" in shown.out
    assert "A0 clueless, record-likeness, research: 0.000% CONTROL NOT BROKEN" in shown.err


def test_an_attack_that_is_not_there_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["benchmarks", "attacks", "--only", "A99"])
    assert main() == 2
    assert "A99" in capsys.readouterr().err


def test_the_page_names_every_attack_and_every_encoding() -> None:
    page = PAGE.read_text(encoding="utf-8")
    section = page[page.index("## Attacks") :]
    assert set(ATTACKS) <= set(re.findall(r"A\d[A-Z]?", section))
    assert all(encoding.name in section for encoding in ENCODINGS)


def test_people_who_are_too_sparse_or_too_full_are_not_sent(workplace: Workplace) -> None:
    sent, own = workplace.encoded(DIFFUSED)
    assert abs(sent.fill - 0.46) < 0.01
    assert sent.withheld + len(sent.matrix) == PEOPLE
    half = np.unpackbits(sent.matrix.rows).mean()
    assert abs(half - 0.5) < 0.005
    strict = replace(DIFFUSED, record_fill=(0.44, 0.48))
    assert 50 < workplace.encoded(strict)[0].withheld < PEOPLE - 50
    assert len(own.matrix) > 0


def bits_of(rows: Sequence[Sequence[int]]) -> ByteArray:
    return np.packbits(np.array(rows, np.uint8), axis=1)


def test_diffused_bits_are_sums_of_different_bits() -> None:
    sources = hardenings.drawn_sources(64, 6, np.random.default_rng(1))
    assert all(len(set(column)) == 6 for column in sources.T.tolist())
    assert all(sorted(row) == list(range(64)) for row in sources.tolist())
    rows = np.random.default_rng(2).integers(0, 256, (5, 8), dtype=np.uint8)
    bits = np.unpackbits(rows, axis=1)
    summed = bits[:, hardenings.drawn_sources(64, 6, np.random.default_rng(9))].sum(axis=1) % 2
    assert (np.unpackbits(hardenings.diffused(rows, 6, seed=9), axis=1) == summed).all()
    assert (hardenings.diffused(rows, 6, seed=8) != hardenings.diffused(rows, 6, seed=9)).any()


def test_folding_and_rule_90_do_what_their_papers_say() -> None:
    one = bits_of([[1, 0, 0, 0, 1, 0, 0, 1] * 2])
    assert (hardenings.folded(one, 0) == 0).all()
    two = bits_of([[1] + [0] * 15])
    assert hardenings.folded(two, 0).tolist() == [[0b10000000]]
    assert (hardenings.rule_90(two, 0) == bits_of([[0, 1] + [0] * 13 + [1]])).all()


def test_gini_of_equal_rates_is_none_and_of_one_alone_almost_one() -> None:
    assert gini(np.full(10, 0.3)) == pytest.approx(0)
    assert gini(np.array([0.0] * 99 + [1.0])) == pytest.approx(0.99)
    assert gini(np.array([1.0, 3.0])) == pytest.approx(0.25)
    assert gini(np.zeros(4)) == 0


def test_duplicates_are_all_records_that_are_not_alone() -> None:
    rows = np.array([[1, 2], [3, 4], [1, 2], [1, 2], [5, 6]], np.uint8)
    assert duplicate_count(rows) == 3


def test_a_column_that_repeats_another_lifts_and_chance_does_not() -> None:
    bits = np.random.default_rng(3).random((2_000, 64)) < 0.4
    chance = columns_together(np.packbits(bits, axis=1))
    assert np.diag(chance) == pytest.approx(bits.mean(axis=0))
    assert chance[3, 5] == pytest.approx((bits[:, 3] & bits[:, 5]).mean())
    assert column_lift(chance, len(bits)) == pytest.approx(1, abs=0.1)
    bits[:, 8:16] = bits[:, :8]
    assert column_lift(columns_together(np.packbits(bits, axis=1)), len(bits)) > 1.5


def test_popcounts_that_follow_tokens_are_correlated_and_constants_are_not() -> None:
    tokens = np.arange(50.0)
    assert correlation(tokens, 100 - 3 * tokens) == pytest.approx(1)
    assert correlation(tokens, np.ones(50)) == 0
