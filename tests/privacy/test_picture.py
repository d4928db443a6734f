"""The picture shows counts that are suppressed or rounded, and nobody."""

import csv
from collections import Counter, defaultdict
from html.parser import HTMLParser
from pathlib import Path

import pytest

from benchmarks.demo.world import PICTURE_MAKER
from benchmarks.population.agencies import AGENCIES, Content
from linkage_agent.sources.extract import read_attributes
from tests.privacy.evidence import Evidence, search_for_match_keys
from tests.privacy.search import Search, Trace

pytestmark = pytest.mark.timeout(600)

LEAST, STEP = 10, 5
SUPPRESSED = "suppressed"
LONGEST_BAR = 74
"""Per cent of the room that the chart has for bars."""


@pytest.fixture
def folder(evidence: Evidence) -> Path:
    return evidence.first.folder(PICTURE_MAKER) / "picture"


def test_picture_has_no_row_id_and_no_match_key(evidence: Evidence, folder: Path) -> None:
    row_ids = [
        Trace(f"row id of {agency}", row_id.encode())
        for agency in AGENCIES
        for row_id in evidence.first.spool(agency).rows(evidence.first.dataset(agency)).row_ids
    ]
    searches = [Search(row_ids), search_for_match_keys(evidence.first)]
    own_keys = evidence.first.config(PICTURE_MAKER).match_keys_file.read_bytes()
    for search, what in zip(searches, ("row id", "match key"), strict=True):
        assert f"{what} of {PICTURE_MAKER}" in search.names_in(own_keys)
        assert not search.names_in_any(path.read_bytes() for path in folder.iterdir())


def test_figures_are_suppressed_or_rounded_although_true_ones_are_small(
    evidence: Evidence, folder: Path
) -> None:
    true = true_counts(evidence)
    assert any(0 < count < LEAST for count in true)
    assert any(count % STEP and count > LEAST for count in true)
    shown = figures(folder)
    assert SUPPRESSED in shown
    assert all(int(n) >= LEAST and int(n) % STEP == 0 for n in shown if n != SUPPRESSED)


def test_page_shows_the_figures_and_bars_as_long_as_these_say(folder: Path) -> None:
    page = ShownCounts()
    page.feed((folder / "picture.html").read_text(encoding="utf-8"))
    shown = figures(folder)
    assert len(page.counts) > 20
    assert SUPPRESSED in page.counts
    assert set(page.counts) <= set(shown)
    numbers = [int(n) for n in shown if n != SUPPRESSED]
    shares = [part / whole for part in numbers for whole in numbers if part <= whole]
    assert len(page.widths) > 10
    assert set(page.widths) <= {f"{100 * share:.1f}%" for share in shares} | {
        f"{LONGEST_BAR * share:.2f}%" for share in shares
    }


def figures(folder: Path) -> list[str]:
    """All counts in the file for programs."""
    with (folder / "picture.csv").open(encoding="utf-8", newline="") as file:
        return [row["count"] for row in csv.DictReader(file)]


def true_counts(evidence: Evidence) -> list[int]:
    """How many people are known to exactly which agencies, in all and by what one recorded."""
    known: dict[bytes, set[str]] = defaultdict(set)
    recorded: list[tuple[bytes, str, str]] = []
    for agency in AGENCIES.values():
        keys = evidence.first.match_keys(agency.name, "partnership")
        columns = {agency.attribute.name: agency.header(Content.ATTRIBUTE)}
        read = read_attributes(evidence.first.config(agency.name).source, columns)
        [values] = read.columns.values()
        for row_id, code in zip(read.row_ids, values.codes, strict=True):
            if row_id in keys:
                known[keys[row_id]].add(agency.name)
                recorded.append((keys[row_id], agency.name, values.distinct[code]))
    of_people = Counter(frozenset(agencies) for agencies in known.values())
    of_values = Counter((frozenset(known[key]), name, value) for key, name, value in recorded)
    return [*of_people.values(), *of_values.values()]


class ShownCounts(HTMLParser):
    """What a page shows where counts stand, and how long it draws them.

    Attributes:
        counts: the text of table cells, of figures and of the chart's bars.
        widths: of all bars that are drawn for counts.
    """

    def __init__(self) -> None:
        super().__init__()
        self.counts: list[str] = []
        self.widths: list[str] = []
        self._is_count = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        self._is_count = tag in {"td", "b"} or (tag == "text" and "transform" not in named)
        if tag == "rect" and named["class"] not in {"whole", "stripe"}:
            self.widths.append(named["width"] or "")

    def handle_data(self, data: str) -> None:
        if self._is_count and (data[:1].isdecimal() or data == SUPPRESSED):
            self.counts.append(data)
        self._is_count = False
