"""The operator's report of a run: the numbers as text, and the page with its charts."""

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from linkage.errors import ConfigError
from linkage.exchange.report import EvidenceBar, RunReport, SegmentWeight
from linkage.exchange.runs import RunState
from linkage.ids import RunId
from linkage.matcher.report.charts import WIDTH, evidence_chart, weight_chart
from linkage.matcher.report.found import FoundReport
from linkage.matcher.report.page import report_page, write_page
from linkage.matcher.report.text import log_odds, report_lines
from tests.support.reports import WARNING, make_report

RUN = RunId("ab" * 32)
LOADING = {"src", "href", "srcset", "data", "action", "xlink:href", "style"}
FIXED = RunReport(0.8, None, (), (), (), ())


class Page(HTMLParser):
    """The elements of a page with their attributes, and all text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.elements)


def found(report: RunReport) -> FoundReport:
    return FoundReport(RUN, RunState.HELD, report)


def test_numbers_stand_in_rows_by_pair_of_agencies() -> None:
    lines = list(report_lines(found(make_report([("council", "police"), ("a", "b")]))))
    assert lines[0] == f"Run        {RUN}, held"
    assert "a match probability of 0.83" in lines[1]
    [row] = [line for line in lines if line.startswith("council and police")]
    assert "1,234 (1,190 to 1,280)" in row
    assert "0.9900 (0.985 to 0.994)" in row
    assert [line.split("  ")[0] for line in lines[3:6]] == [
        "all agencies", "council and police", "a and b"
    ]  # fmt: skip
    assert lines[-1] == f"Warning: {WARNING}"


def test_fixed_coefficient_has_a_threshold_and_no_estimates() -> None:
    assert list(report_lines(found(FIXED))) == [
        f"Run        {RUN}, held",
        "Threshold  a Dice coefficient of 0.8, as the agreement fixes it: nothing is estimated",
    ]
    page = Page(report_page(found(FIXED)))
    assert page.count("svg") == page.count("table") == 0


def test_page_loads_nothing_and_runs_nothing() -> None:
    page = Page(report_page(found(make_report())))
    assert page.count("script") == page.count("link") == page.count("img") == 0
    for _, attributes in page.elements:
        assert not LOADING & attributes.keys()
        assert not any(name.startswith("on") for name in attributes)
    policies = [each["content"] for _, each in page.elements if "http-equiv" in each]
    assert policies
    assert str(policies[0]).startswith("default-src 'none'; style-src 'sha256-")
    assert "url(" not in "".join(page.texts)


def test_every_chart_has_a_title_and_a_table_beside_it() -> None:
    page = Page(report_page(found(make_report())))
    charts = 1 + len({weight.segment for weight in make_report().weights})
    assert page.count("svg") == page.count("desc") == charts
    assert page.count("title") == charts + 1
    assert page.count("table") == page.count("caption") == charts + 1
    for bar in make_report().bars:
        assert f"{bar.from_log_odds:+.1f}" in page.texts
    for weight in make_report().weights:
        assert weight.level in page.texts
        assert f"{weight.weight:+.2f}" in page.texts


def test_page_is_light_and_dark() -> None:
    style = report_page(found(make_report()))
    assert "color-scheme: light dark" in style
    assert "prefers-color-scheme: dark" in style


def test_text_of_a_report_is_escaped() -> None:
    report = replace(make_report(), warnings=("<script>alert(1)</script> & more",))
    source = report_page(found(report))
    assert "<script>" not in source
    assert "Warning: <script>alert(1)</script> & more" in Page(source).texts


@pytest.mark.parametrize(
    ("threshold", "share"),
    [(0.0, 0.5), (-4.0, 0.0), (4.0, 1.0), (-99.0, 0.0), (log_odds(1.0), 1.0), (log_odds(0.0), 0.0)],
)
def test_threshold_is_drawn_where_it_lies_or_at_the_end(threshold: float, share: float) -> None:
    bars = [EvidenceBar(float(start), 10, 1.0) for start in range(-4, 4)]
    chart = evidence_chart(bars, threshold)
    boxes = [float(box.get("x", "")) for box in chart.iter("rect") if box.get("class") == "pairs"]
    start, bar = boxes[0], boxes[1] - boxes[0]
    [line] = [one for one in chart.iter("line") if one.get("class") == "threshold"]
    assert float(line.get("x1", "")) == pytest.approx(start + share * 8 * bar, abs=2)


def test_single_bar_of_no_pairs_can_be_drawn() -> None:
    chart = evidence_chart([EvidenceBar(3.0, 0, 0.0)], 0.0)
    assert all(float(box.get("height", "")) >= 0 for box in chart.iter("rect"))


def test_weights_for_go_right_and_those_against_go_left() -> None:
    weights = [SegmentWeight("name", "equal", 4.0), SegmentWeight("name", "unlike", -2.0)]
    chart = weight_chart(weights, 4.0)
    for_, against = (
        [box for box in chart.iter("rect") if box.get("class") == kind]
        for kind in ("for", "against")
    )
    [axis] = [float(line.get("x1", "")) for line in chart.iter("line")]
    assert float(for_[0].get("x", "")) == pytest.approx(axis, abs=0.2)
    end = float(against[0].get("x", "")) + float(against[0].get("width", ""))
    assert end == pytest.approx(axis, abs=0.2)
    assert float(for_[0].get("width", "")) == pytest.approx(
        2 * float(against[0].get("width", "")), abs=0.2
    )
    assert axis + float(for_[0].get("width", "")) <= WIDTH


def test_page_that_finds_no_place_leaves_the_older_one(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    write_page(file, found(FIXED))
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(ConfigError, match="PAGE_NOT_WRITTEN"):
        write_page(tmp_path / "nowhere" / "report.html", found(FIXED))
    assert file.read_text(encoding="utf-8") == report_page(found(FIXED))
