"""The report: a page that stands by itself, says everything twice, and draws what it says."""

from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.evaluate.results import (
    Bin,
    ClusterFigures,
    CurvePoint,
    Estimate,
    Figures,
    Outcome,
    Pairwise,
    Subgroup,
)
from benchmarks.report.chart import SERIES_COUNT, Scale, share_from
from benchmarks.report.content import Failure, MethodResult, SetResult
from benchmarks.report.page import render_page

VOID = {"meta"}


def outcome(seed: int, f1: float, *, ours: bool) -> Outcome:
    figures = Figures(precision=f1, recall=f1, f1=f1, threshold=0.5)
    whole = Pairwise(0.97, 0.96, 0.965)
    return Outcome(
        seed=seed,
        label_free=figures,
        best=replace(figures, f1=f1 + 0.01),
        estimated=Estimate(0.98, (0.97, 0.99), 0.95, (0.9, 0.97), 1234, (1200, 1260))
        if ours
        else None,
        clusters=ClusterFigures(whole, whole, 0.9, 100, 99, 3, whole) if ours else None,
        candidate_recall=0.999,
        true_matches=1240,
        curve=(CurvePoint(0.9, 0.99, 0.8), CurvePoint(0.5, 0.95, f1), CurvePoint(0.1, 0.2, 1.0)),
        calibration=(Bin(0.0, 0.1, 50, 0.04, 0.02), Bin(0.9, 1.0, 900, 0.99, 0.98)),
        subgroups=(Subgroup("origin", "", 5, 4, 3, 0.9, 0.8, 0.85),) if ours else (),
        warnings=(),
        seconds={"encoding": 1.0, "matching": 2.0},
    )


def method(name: str, f1: float, *, ours: bool = False) -> MethodResult:
    outcomes = tuple(outcome(seed, f1 + seed / 1000, ours=ours) for seed in (1, 2))
    return MethodResult(name, "plaintext", outcomes, ours, "sup" in name, None, {"numpy": "2.4"})


def data_set(name: str, title: str) -> SetResult:
    return SetResult(
        name=name,
        title=title,
        origin="made up",
        records={"police": 10, "council": 12},
        true_matches=1240,
        schema={"fields": [{"name": "surname", "kind": "family-name"}]},
        remarks=("taken for granted",),
        methods=(method("ours", 0.95, ours=True), method("other", 0.93), method("sup", 0.96)),
        failures=(Failure("absent", "no package index"),),
    )


class Page(HTMLParser):
    """What a browser would make of the page."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def source() -> str:
    sets = [data_set("one", "First <set> & more"), data_set("two", "Second")]
    return render_page("Accuracy", "today", sets)


@pytest.fixture(scope="module")
def page(source: str) -> Page:
    return Page(source)


def test_every_element_that_is_opened_is_closed(page: Page) -> None:
    assert page.open == []
    assert "html" in {tag for tag, _ in page.tags}


def test_the_page_asks_for_nothing_and_runs_nothing(page: Page, source: str) -> None:
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in page.tags}
    assert "http://" not in source
    assert "https://" not in source
    assert "url(" not in source
    assert "@import" not in source
    assert any("default-src 'none'" in (meta.get("content") or "") for meta in page.all("meta"))


def test_every_chart_has_a_title_and_says_in_words_what_it_shows(page: Page) -> None:
    charts = [each for each in page.all("svg") if each.get("role") == "img"]
    ids = Counter(attributes["id"] for _, attributes in page.tags if "id" in attributes)
    assert len(charts) == 2 + 2 * 3
    assert max(ids.values()) == 1
    for chart in charts:
        named = (chart["aria-labelledby"] or "").split()
        assert len(named) == 2
        assert set(named) <= set(ids)


def test_other_drawings_are_hidden_from_readers_of_the_screen(page: Page) -> None:
    keys = [each for each in page.all("svg") if each.get("role") != "img"]
    assert keys
    assert all(each.get("aria-hidden") == "true" for each in keys)


def test_titles_are_text_and_never_markup(source: str) -> None:
    assert "First &lt;set&gt; &amp; more" in source
    assert "<set>" not in source


def test_tables_have_the_numbers_of_the_charts(page: Page) -> None:
    text = " ".join(page.texts)
    assert "0.9515" in text  # mean F1 of the seeds
    assert "0.9510-0.9520" in text  # their range
    assert "0.9700 to 0.9900" in text  # an interval
    assert "1,234" in text
    assert "not stated" in text
    assert "absent could not be run: no package index" in text


def test_the_highest_label_free_f1_is_bold_and_a_supervised_one_never(source: str) -> None:
    assert "<b>0.9515</b>" in source
    assert "<b>0.9615</b> / " not in source


def test_one_data_set_makes_a_page_without_comparison_of_sets() -> None:
    source = render_page("Accuracy", "today", [data_set("one", "First")])
    assert "F1 by data set" not in source
    assert Page(source).open == []


def test_the_page_has_dark_and_printed_colours(source: str) -> None:
    assert "prefers-color-scheme: dark" in source
    assert "@media print" in source


def test_every_series_has_a_colour_a_shape_and_a_dash_of_its_own(source: str) -> None:
    for series in range(SERIES_COUNT):
        assert f"--series-{series}:" in source
        assert series == 0 or f".curve.series-{series} {{ stroke-dasharray" in source


SPANS = st.floats(-1e6, 1e6).flatmap(
    lambda low: st.floats(1e-3, 1e6).map(lambda span: (low, low + span))
)


@given(span=SPANS)
def test_ticks_are_few_evenly_spaced_and_on_the_scale(span: tuple[float, float]) -> None:
    low, high = span
    ticks = Scale(low, high, 0, 100).ticks()
    slack = (high - low) * 1e-6 + 1e-9 * max(abs(low), abs(high))
    assert 1 <= len(ticks) <= 8
    assert all(low - slack <= tick <= high + slack for tick in ticks)


@given(values=st.lists(st.floats(0, 1), min_size=1))
def test_a_scale_of_shares_begins_below_every_value(values: list[float]) -> None:
    low = share_from(values)
    assert 0 <= low < 1
    assert low <= min(values)


@given(value=st.floats(-10, 10))
def test_nothing_is_drawn_outside_a_scale(value: float) -> None:
    assert 10 <= Scale(0, 1, 10, 90).at(value) <= 90
