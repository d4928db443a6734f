"""The picture's numbers as a tidy CSV: one row a number, for those who go on calculating.

UTF-8, RFC 4180. Agencies are given by their ids in the agreement, joined by `+`. A count is a
whole number or the word `suppressed`.
"""

import csv
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Final

from linkage_agent.picture.disclosure import PublishedCount
from linkage_agent.picture.overlap import Agencies, Distribution, Overlap

COLUMNS: Final = ("section", "agencies", "recorded_by", "attribute", "value", "count")

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the start of a formula; full-width forms of them as well."""


def figures_csv(overlap: Overlap) -> str:
    """The file's text.

    The sections are: `known_to_exactly`; `sum_known_to_two_or_more` and `sum_known_to`, sums of
    numbers shown in the first; `recorded`, for people known to exactly these agencies by value;
    `sum_recorded_known_to_both`, sums of the former for two agencies.
    """
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in _rows(overlap):
        words = (row.section, "+".join(row.agencies), row.recorded_by, row.attribute, row.value)
        writer.writerow([*map(_harmless, words), _number(row.count)])
    return text.getvalue()


@dataclass(frozen=True, slots=True)
class _Row:
    section: str
    agencies: Agencies
    count: PublishedCount
    recorded_by: str = ""
    attribute: str = ""
    value: str = ""


def _rows(overlap: Overlap) -> Iterator[_Row]:
    for item in overlap.combinations:
        yield _Row("known_to_exactly", item.agencies, item.people)
    yield _Row("sum_known_to_two_or_more", (), overlap.shared())
    for agency in overlap.agencies:
        yield _Row("sum_known_to", (agency,), overlap.known_to(agency))
    for distribution in overlap.distributions:
        for row in distribution.rows:
            yield from _recorded("recorded", row.combination.agencies, distribution, row.people)
        for other in overlap.agencies:
            if other != distribution.agency:
                both = tuple(sorted((distribution.agency, other)))
                sums = distribution.known_to_both(other)
                yield from _recorded("sum_recorded_known_to_both", both, distribution, sums)


def _recorded(
    section: str, agencies: Agencies, item: Distribution, counts: tuple[PublishedCount, ...]
) -> Iterator[_Row]:
    for value, count in zip(item.attribute.values, counts, strict=True):
        yield _Row(section, agencies, count, item.agency, item.attribute.name, value)


def _number(count: PublishedCount) -> str:
    return "suppressed" if count.rounded is None else str(count.rounded)


def _harmless(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would calculate."""
    start = unicodedata.normalize("NFKC", text[:1])
    return f"'{text}" if start in _FORMULA_STARTS else text
