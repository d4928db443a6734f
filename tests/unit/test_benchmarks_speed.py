"""The speed benchmark: verdicts, what is told of them, and that its measurements measure."""

import json
import re
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from benchmarks.speed import gpu, share, whole
from benchmarks.speed.charts import RoofPoint, Series, roofline, scaling
from benchmarks.speed.clock import family_cpu_seconds
from benchmarks.speed.course import MEASUREMENTS, Results
from benchmarks.speed.encoding import clkhash_rows, clkhash_schema
from benchmarks.speed.exact import wrong_differences
from benchmarks.speed.goals import GOALS, later, measured, not_measured
from benchmarks.speed.kernel import compare, pair_keys
from benchmarks.speed.machine import machine
from benchmarks.speed.people import NAMES, read_people, sources, write_people
from benchmarks.speed.planes import count_work
from benchmarks.speed.profile import AGENT, COEFFICIENT, LABEL_FREE, profiles
from benchmarks.speed.profile import table as profile_table
from benchmarks.speed.row import Better, Goal, Peer, Row
from benchmarks.speed.schemas import FILL, KINDS
from benchmarks.speed.table import table, verdict
from benchmarks.speed.workplace import Both, Workplace, diffused
from linkage.arrays import EncodingMatrix
from linkage.matcher.compare import gpu as compare_gpu
from linkage.matcher.compare.lanes import LANE_WORDS, LANES
from linkage.matcher.compare.near import NearPairs
from tests.support.encodings import blurred, random_encodings

SVG = "{http://www.w3.org/2000/svg}"
RECORDS = 1_200
PAGE = Path(__file__).resolve().parents[2] / "benchmarks" / "README.md"


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    return Workplace(tmp_path_factory.mktemp("speed"), quick=True)


@pytest.fixture(scope="module")
def both(workplace: Workplace) -> Both:
    return workplace.encodings(RECORDS)


def row(value: float | None, better: Better = Better.HIGHER) -> Row:
    low, high = (5.0, 9.0) if better is Better.HIGHER else (9.0, 5.0)
    return Row("a row", Goal("x", better, low, high), value, "why", Peer("peer", 85.0, "M pairs/s"))


def drawn(source: str) -> ET.Element:
    return ET.fromstring(source)  # noqa: S314 - our own drawing


@pytest.mark.parametrize(
    ("value", "better", "floor", "goal", "word"),
    [
        (4.9, Better.HIGHER, False, False, "BELOW FLOOR"),
        (5.0, Better.HIGHER, True, False, "floor"),
        (9.0, Better.HIGHER, True, True, "goal"),
        (9.1, Better.LOWER, False, False, "BELOW FLOOR"),
        (9.0, Better.LOWER, True, False, "floor"),
        (5.0, Better.LOWER, True, True, "goal"),
        (None, Better.HIGHER, None, None, ""),
    ],
)
def test_bounds_are_inclusive_and_know_which_way_is_better(
    value: float | None, better: Better, floor: bool | None, goal: bool | None, word: str
) -> None:
    judged = row(value, better)
    assert (judged.meets_floor, judged.meets_goal) == (floor, goal)
    assert verdict(judged) == word


def test_where_nothing_is_asked_there_is_no_verdict() -> None:
    only_told = Row("a row", Goal("x", Better.HIGHER), 3.0, "")
    assert (only_told.meets_floor, only_told.meets_goal, verdict(only_told)) == (None, None, "")


def test_the_document_says_everything_of_each_row() -> None:
    results = Results([row(7.1234567), row(None)], {"exact": "why not"}, machine(), {"exact": 1.0})
    document = json.loads(json.dumps(results.document()))
    assert {"processor", "cores", "features", "lanes", "versions"} <= set(document["machine"])
    assert document["failed"] == {"exact": "why not"}
    assert document["rows"][0] == {
        "name": "a row",
        "value": 7.12346,
        "unit": "x",
        "peer": {"name": "peer", "value": 85.0, "unit": "M pairs/s"},
        "better": "higher",
        "floor": 5.0,
        "goal": 9.0,
        "meets_floor": True,
        "meets_goal": False,
        "note": "why",
    }
    assert document["rows"][1]["value"] is None
    assert document["rows"][1]["meets_floor"] is None


def test_what_is_not_measured_says_so_and_has_no_figure() -> None:
    assert later()
    assert all(each.value is None for each in later())
    assert all(each.note.startswith("not measured: ") for each in later())


def test_without_a_gpu_its_row_says_that_there_is_none(tmp_path: Path) -> None:
    [unmeasured] = gpu.measure(Workplace(tmp_path, quick=True)).rows
    assert (unmeasured.value, unmeasured.note) == (None, "not measured: no GPU here")


def test_a_gpu_has_a_figure_only_if_it_finds_what_the_cpu_finds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(5)
    people = random_encodings(rng, 20, 512)
    both = people, blurred(rng, people)
    right = gpu.by_device(both)  # by numba's simulator
    assert right.value is not None
    assert right.value > 0
    assert "those that the CPU finds" in right.note
    none = NearPairs.of_keys(np.empty(0, np.uint64), 20)
    monkeypatch.setattr(compare_gpu, "near_pairs", lambda *_: none)
    wrong = gpu.by_device(both)
    assert wrong.value == 0
    assert "NOT THOSE" in wrong.note


def test_a_row_that_the_table_of_goals_does_not_have_is_refused() -> None:
    with pytest.raises(KeyError):
        measured("something else", 1.0, "")


def test_no_goal_is_easier_than_its_floor() -> None:
    for goal in GOALS.values():
        if goal.floor is not None and goal.goal is not None:
            assert goal.is_met(goal.floor, goal.goal)


def test_the_table_shows_figures_verdicts_peers_and_every_note() -> None:
    shown = table([row(3.0), row(12_345.6), not_measured("GPU engine", "no GPU here")])
    assert "BELOW FLOOR" in shown
    assert "12,346" in shown
    assert "peer: 85 M pairs/s" in shown
    assert "GPU engine: not measured: no GPU here" in shown
    assert shown.endswith("Below their floors: a row")


def test_the_page_names_every_measurement() -> None:
    page = PAGE.read_text(encoding="utf-8")
    section = page[page.index("## Speed") :]
    assert set(MEASUREMENTS) <= set(re.findall(r"`(\w+)`", section))


@pytest.mark.parametrize(
    "values",
    [{10_000: 1022.0, 30_000: 1225.0, 100_000: 770.0}, {10_000: 5.0}, {10_000: 3.0, 20_000: 3.0}],
)
def test_the_scaling_chart_is_a_drawing_with_all_points(values: dict[int, float]) -> None:
    drawing = drawn(scaling("cost", "ps", Series("matching", values)).source)
    assert drawing.tag == f"{SVG}svg"
    marks = [
        each for each in drawing.iter(f"{SVG}path") if each.get("class", "").startswith("mark")
    ]
    assert [mark.findtext(f"{SVG}title") for mark in marks] == [
        f"{size:,} records: {value:,.4g} ps" for size, value in values.items()
    ]
    for mark in marks:
        x, y = map(float, re.findall(r"[\d.]+", mark.get("transform", "")))
        assert 0 < x < 560
        assert 0 < y < 400
    assert drawing.find(f"{SVG}desc") is not None


def test_the_roofline_is_a_drawing_with_roofs_and_points() -> None:
    points = [RoofPoint("at 0.8", 0.26, 0.36e9), RoofPoint("at 0.9", 0.21, 0.17e9)]
    source = roofline({"first": 2.1e9, "second": 1e9}, 1.1e10, points).source
    drawing = drawn(source)
    texts = [each.text for each in drawing.iter(f"{SVG}text")]
    assert {"at 0.8", "at 0.9", "adders: first", "planes from memory"} <= set(texts)
    lines = [each for each in drawing.iter(f"{SVG}line") if each.get("class") == "ideal"]
    assert len(lines) == 3
    assert "url(" not in source


def test_comparing_finds_what_brute_force_finds(both: Both) -> None:
    found = compare(both, "0.8")
    left, right = (side.rows for side in both)
    bits = [np.bitwise_count(rows).sum(axis=1, dtype=np.int64) for rows in (left, right)]
    common = np.stack([np.bitwise_count(row & right).sum(axis=1, dtype=np.int64) for row in left])
    rows, columns = np.nonzero(20 * common >= 8 * (bits[0][:, None] + bits[1]))
    assert (found.keys() == pair_keys(rows, columns)).all()
    assert len(found.decided) > RECORDS / 10
    assert found.pair_count == RECORDS**2
    assert found.cpu_seconds > 0


def test_only_differences_exactly_at_the_threshold_are_forgiven() -> None:
    rows = np.zeros((2, 8), np.uint8)
    rows[0, 0] = 0b11110000  # contains the other: 2 * 2 / (4 + 2) = 2/3
    rows[1, 0] = 0b11000000
    both = EncodingMatrix(rows[:1].copy()), EncodingMatrix(rows[1:].copy())
    pair, none = np.zeros(1, np.int64), np.zeros(0, np.int64)
    assert wrong_differences(pair, pair, both, Decimal("0.5")) == 0
    assert wrong_differences(pair, none, both, Decimal("0.5")) == 1
    assert wrong_differences(none, pair, both, Decimal("0.5")) == 1
    rows[1, 0] = 0b11000001  # 2 * 2 / (4 + 3) is not 0.8 either; 2 * 2 / (3 + 2) is
    rows[0, 0] = 0b11000000
    at_it = EncodingMatrix(rows[:1].copy()), EncodingMatrix(rows[1:].copy())
    assert wrong_differences(pair, none, at_it, Decimal("0.8")) == 0


def test_fewer_planes_are_added_the_higher_the_threshold(both: Both) -> None:
    work = [count_work(both, threshold) for threshold in ("0.6", "0.8", "0.95")]
    added = [each.planes_added for each in work]
    assert added == sorted(added, reverse=True)
    assert all(0 < each.added_of_all < 120 for each in work)  # the last step may be half empty
    bits = int(np.bitwise_count(both[0].rows).sum())
    assert work[0].planes_if_all == bits * -(-RECORDS // LANES)
    assert all(each.bytes_read % (8 * LANE_WORDS) == 0 for each in work)


def test_many_people_come_from_several_regions(tmp_path: Path) -> None:
    write_people(tmp_path, records=700, seed=3, most=300)
    for source in sources(tmp_path).values():
        columns = read_people(source)
        assert len(columns) == len(set(columns.row_ids)) == 700
        regions = [row_id.partition("/")[0] for row_id in columns.row_ids]
        assert [regions.count(region) for region in "012"] == [300, 300, 100]


def test_people_are_a_third_full_and_diffused_ones_half(both: Both) -> None:
    fill = np.mean([np.unpackbits(side.rows).mean() for side in both])
    assert abs(fill - FILL) < 0.05
    half = diffused(both[0].rows)
    assert abs(np.unpackbits(half.rows).mean() - 0.5) < 0.01
    assert (half.rows == diffused(both[0].rows).rows).all()


def test_the_kernels_rows_are_measured_and_drawn(workplace: Workplace) -> None:
    found = share.measure(workplace, RECORDS)
    values = {each.name: each.value for each in found.rows}
    assert all(value is not None and value > 0 for value in values.values())
    assert "share of the adders' ceiling at 0.8" in values
    drawn(found.charts["roofline.svg"].source)


def test_the_whole_way_says_what_it_took(workplace: Workplace) -> None:
    before = family_cpu_seconds()
    told = whole.run_whole(workplace, RECORDS)
    assert set(told["seconds"]) == {"encoding", "starting", "matching", "keys"}
    assert told["pair_count"] == RECORDS**2
    assert told["matches"] > RECORDS / 10
    assert family_cpu_seconds() > before  # a process that ended counts


def test_clkhash_gets_the_same_people_field_by_field(workplace: Workplace) -> None:
    rows = clkhash_rows(workplace.columns(RECORDS)[NAMES.index("council")], 100)
    assert len(rows) == 100
    assert {len(each) for each in rows} == {len(KINDS)}
    dates = [each[list(KINDS).index("birth_date")] for each in rows]  # type: ignore[arg-type]
    assert all(re.fullmatch(r"\d{8}|", date) for date in dates)
    assert [each["identifier"] for each in clkhash_schema()["features"]] == list(KINDS)


def test_profiles_name_every_stage_and_their_times_add_up(workplace: Workplace) -> None:
    found = profiles(workplace, RECORDS)
    assert [list(each.seconds) for each in found] == [
        [stage.name for stage in stages] for stages in (AGENT, COEFFICIENT, LABEL_FREE)
    ]
    for each in found:
        assert all(seconds >= 0 for seconds in each.seconds.values())
        # A stage within another would count twice.
        assert 0.5 * each.total < sum(each.seconds.values()) <= 1.01 * each.total
        assert "all else" in profile_table(each)
