import csv
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from io import StringIO
from xml.etree import ElementTree as ET

import pytest

from linkage.agreement.model import Attribute, DisclosureRule
from linkage.ids import AgencyId
from linkage_agent.picture.figures_csv import COLUMNS, figures_csv
from linkage_agent.picture.join import join_tables
from linkage_agent.picture.markup import element
from linkage_agent.picture.overlap import Overlap, count_overlap
from linkage_agent.picture.page import render_page
from linkage_agent.picture.upset import MAX_ROWS, upset_chart
from tests.support.pictures import NEED, RULE, agency_rows, wordy_imprint

AGENCIES = ("council", "fire", "hospital", "police", "probation", "schools")
HOSTILE = "<script>alert(\"'&</style>"
MEANT_FOR_EXCEL = Attribute("formula", "to test", ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=1"))


def overlap_of_six(attribute: Attribute = NEED) -> Overlap:
    """Person n is known to the agencies whose bits are set in n's remainder, 30 to each set."""
    people = range(64 * 30)
    tables = [
        agency_rows(
            agency,
            held := [person for person in people if person % 64 >> bit & 1],
            (attribute,),
            [[person // 64 % len(attribute.values)] for person in held],
        )
        for bit, agency in enumerate(AGENCIES)
    ]
    return count_overlap(join_tables(tables), RULE)


def overlap_of_two(rule: DisclosureRule = RULE) -> Overlap:
    codes = [[0]] * 64 + [[1]] * 35 + [[2]]
    tables = [agency_rows("police", range(100)), agency_rows("council", range(100), (NEED,), codes)]
    return count_overlap(join_tables(tables), rule)


def page_of(overlap: Overlap) -> str:
    return render_page(overlap, wordy_imprint(overlap))


@pytest.fixture(scope="module")
def page() -> str:
    return page_of(overlap_of_six())


@pytest.mark.parametrize("make", [overlap_of_six, overlap_of_two])
def test_the_chart_is_well_formed_and_says_what_it_shows(make: Callable[[], Overlap]) -> None:
    overlap = make()
    names = wordy_imprint(overlap).names
    chart = ET.fromstring(upset_chart(overlap, names).source)  # noqa: S314  # our own
    assert chart.get("role") == "img"
    labels = {chart.find("title"), chart.find("desc")}
    assert {item.get("id") for item in labels if item is not None} == set(
        str(chart.get("aria-labelledby")).split()
    )
    bars = [rect for rect in chart.iter("rect") if rect.get("class") in {"shared", "alone"}]
    assert len(bars) == min(MAX_ROWS, len(overlap.shown))


def test_bars_are_as_long_as_the_shown_numbers_say() -> None:
    overlap = count_overlap(
        join_tables([agency_rows("police", range(41)), agency_rows("council", range(100, 122))]),
        RULE,
    )
    chart = ET.fromstring(  # noqa: S314  # our own
        upset_chart(overlap, wordy_imprint(overlap).names).source
    )
    lengths = [
        float(str(rect.get("width")).rstrip("%"))
        for rect in chart.iter("rect")
        if rect.get("class") == "alone"
    ]
    assert lengths[1] / lengths[0] == pytest.approx(20 / 40)


def test_the_page_asks_for_nothing_from_outside_and_runs_nothing(page: str) -> None:
    assert not re.findall(r"https?:|//|src=|url\(|@import|<script|<link|javascript:|href=", page)
    assert re.findall("http[^ ]*", page) == ['http-equiv="Content-Security-Policy"']
    assert "default-src &#x27;none&#x27;" in page


def test_every_element_of_the_page_is_closed_where_it_should_be(page: str) -> None:
    checker = _Nesting()
    checker.feed(page)
    assert checker.open == []
    assert len(set(checker.ids)) == len(checker.ids)


def test_the_table_has_every_number_that_the_chart_has_and_the_rest(page: str) -> None:
    cells = re.findall(r'<th scope="row">([^<]*)</th><td class="number">30</td></tr>', page)
    assert len(cells) == 63
    assert "All agencies in this picture" in cells
    assert "The police only" in cells
    assert "The chart has the longest bars only" in page


def test_texts_from_agreement_and_configuration_are_escaped() -> None:
    overlap = overlap_of_six(Attribute("need", HOSTILE, (HOSTILE, "low")))
    imprint = wordy_imprint(overlap)
    imprint = replace(
        imprint,
        title=HOSTILE,
        names=dict.fromkeys(imprint.names, HOSTILE),
        absent=(AgencyId("council"),),
    )
    page = render_page(overlap, imprint)
    assert "<script" not in page
    assert page.count("</style>") == 1
    checker = _Nesting()
    checker.feed(page)
    assert checker.open == []


def test_only_text_markup_and_published_counts_get_onto_a_page() -> None:
    with pytest.raises(TypeError, match="published counts"):
        element("td", 7)  # type: ignore[arg-type]  # what the check is for


def test_the_page_says_what_its_numbers_are_and_are_not() -> None:
    overlap = overlap_of_two()
    imprint = replace(wordy_imprint(overlap), absent=(AgencyId("police"),))
    page = render_page(overlap, imprint)
    for told in (
        "pseudonymised personal data",
        "Counts below 10 are suppressed, zero included",
        "rounded to the nearest 5",
        "Linkage makes errors",
        "Without a table from</dt><dd>The police",
        "a" * 16 + "</code>",
        "b" * 16 + "</code>",
        "1 May 2026",
        "at most 30 days after the match run",
        "known to both agencies",
    ):
        assert told in page
    assert "a" * 17 not in page
    assert "anonymous" not in page


def test_the_page_names_the_limit_that_the_rule_comes_to() -> None:
    page = page_of(overlap_of_two(DisclosureRule(suppress_below=12, round_to=5)))
    assert "Counts below 13 are suppressed" in page


def test_the_figures_have_the_numbers_of_the_page() -> None:
    rows = list(csv.DictReader(StringIO(figures_csv(overlap_of_two()))))
    assert tuple(rows[0]) == COLUMNS
    assert [tuple(row.values()) for row in rows] == [
        ("known_to_exactly", "council+police", "", "", "", "100"),
        ("known_to_exactly", "council", "", "", "", "suppressed"),
        ("known_to_exactly", "police", "", "", "", "suppressed"),
        ("sum_known_to_two_or_more", "", "", "", "", "100"),
        ("sum_known_to", "council", "", "", "", "100"),
        ("sum_known_to", "police", "", "", "", "100"),
        ("recorded", "council+police", "council", "need", "low", "65"),
        ("recorded", "council+police", "council", "need", "middle", "suppressed"),
        ("recorded", "council+police", "council", "need", "high", "suppressed"),
        ("sum_recorded_known_to_both", "council+police", "council", "need", "low", "65"),
        ("sum_recorded_known_to_both", "council+police", "council", "need", "middle", "suppressed"),
        ("sum_recorded_known_to_both", "council+police", "council", "need", "high", "suppressed"),
    ]


def test_no_cell_of_the_figures_is_a_formula() -> None:
    figures = figures_csv(overlap_of_six(MEANT_FOR_EXCEL))
    cells = [cell for row in csv.reader(StringIO(figures)) for cell in row]
    assert {f"'{value}" for value in MEANT_FOR_EXCEL.values} < set(cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


class _Nesting(HTMLParser):
    """Notes elements that are not closed in turn, and all ids."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
