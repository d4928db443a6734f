"""Texts that stand for "not known" in an extract: known ones, so naming them tells nothing.

They are words, and days that forms are filled with. Somebody may have been born on such a day; so
it is taken for one of these only where far more records have it than the days around it.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Final

import numpy as np

from linkage_agent.advice.date_reading import formats_of
from linkage_agent.advice.interface import Columns
from linkage_agent.columns import MISSING, StringColumn
from linkage_agent.sources.dates import DateFormat

LEAST_RECORDS: Final = 10
"""Fewer say nothing of an agency's habits, and no such count may leave it."""
LEAST_SHARE_OF_NAMES: Final = 0.02
"""Share of a column that words which are surnames too must have: Ms Null is rarer than that."""

_WORDS: Final = frozenset(
    {
        "unknown", "not known", "n/k", "nk", "n.k.", "unk", "not stated", "not specified",
        "missing", "not available", "not applicable", "n/a", "#n/a", "<na>", "nan", "not provided",
        "not given", "not recorded", "no data", "unspecified", "undefined", "withheld", "refused",
        "tbc", "tba", "unbekannt", "k.a.", "keine angabe", "inconnu", "non connu", "desconocido",
        "sconosciuto", "desconhecido", "onbekend", "nieznany", "okand", "ukendt", "ukjent",
        "?", "??", "???", "-", "--", "---", ".", "..", "...", "*", "xx", "xxx", "xxxx", "xxxxx",
        "0000-00-00", "00/00/0000", "00000000", "99999999",
    }
)  # fmt: skip
_NAMES_TOO: Final = frozenset({"na", "none", "null", "nil", "nul", "void", "blank", "test"})
"""Words that people are called, too."""

_DAYS: Final = frozenset(
    {dt.date(1800, 1, 1), dt.date(1900, 1, 1), dt.date(1901, 1, 1), dt.date(9999, 12, 31)}
)
NEIGHBOUR_DAYS: Final = 15
"""On each side. That a day has more records than the thirty around it together is no chance, nor
the habit of giving the first of January to people who know no more than their year."""


def find_placeholders(columns: Columns) -> tuple[str, ...]:
    """The texts in an extract that stand for no value, as they are written there, in order."""
    found: set[str] = set()
    for column in columns.values():
        codes = column.codes[column.codes != MISSING]
        counts = np.bincount(codes, minlength=len(column.distinct)).tolist()
        records = dict(zip(column.distinct, counts, strict=True))
        common = max(LEAST_RECORDS, LEAST_SHARE_OF_NAMES * len(codes))
        for text, count in records.items():
            if count < LEAST_RECORDS:
                continue
            word = text.casefold()
            is_word = word in _WORDS or (word in _NAMES_TOO and count >= common)
            if is_word or _is_filled_in_day(text, records):
                found.add(text)
    return tuple(sorted(found))


def _is_filled_in_day(text: str, records: Mapping[str, int]) -> bool:
    """Whether a text is one of the known days, and commoner than the days around it together.

    Args:
        text: of the column.
        records: how many records have each of the column's texts.
    """
    formats = (DateFormat.parse(name) for name in formats_of(text) if "YYYY" in name)
    around = [
        _records_around(day, date_format, records)
        for date_format in formats
        if (day := date_format.read(text, dt.date.max)) in _DAYS
    ]
    return bool(around) and records[text] > max(around)


def _records_around(day: dt.date, date_format: DateFormat, records: Mapping[str, int]) -> int:
    """How many records have one of the days around this one."""
    read = ((date_format.read(text, dt.date.max), count) for text, count in records.items())
    return sum(
        count for near, count in read if near and 0 < abs((near - day).days) <= NEIGHBOUR_DAYS
    )


def without_placeholders(columns: Columns, placeholders: tuple[str, ...]) -> Columns:
    """The same columns with these texts missing."""
    return {name: _without(column, frozenset(placeholders)) for name, column in columns.items()}


def _without(column: StringColumn, placeholders: frozenset[str]) -> StringColumn:
    stand_in = [code for code, text in enumerate(column.distinct) if text in placeholders]
    if not stand_in:
        return column
    codes = np.where(np.isin(column.codes, stand_in), MISSING, column.codes).astype(np.int32)
    return StringColumn(codes, column.distinct)
