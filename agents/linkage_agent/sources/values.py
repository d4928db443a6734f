"""From the texts of a column to codes of its distinct values.

Each distinct text is looked at once, however many records have it. A code is the index of a value,
`MISSING`, or `INVALID`; an invalid value is counted, its line noted, and then it is missing too.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import numpy as np

from linkage.arrays import IndexArray
from linkage.errors import SourceError
from linkage_agent.columns import MISSING
from linkage_agent.sources.dates import EARLIEST_DATE, DateFormat
from linkage_agent.sources.plan import ColumnPlan, ReadPlan
from linkage_agent.sources.reading import ColumnReading
from linkage_agent.sources.reasons import ROW_ID_MISSING, ROW_ID_REPEATED
from linkage_agent.text_index import Spans, TextIndex, pack

INVALID: Final = -2
MAX_LINES_NOTED: Final = 20
"""Enough to see a pattern; who needs all of them has the count."""

_YEAR: Final = re.compile("[0-9]{4}")

Interpret: TypeAlias = Callable[[str], str | None]
"""From a text without surrounding space, not missing, to its value; None if it is invalid."""


def interpreter(column: ColumnPlan, plan: ReadPlan) -> Interpret | None:
    """How texts are read as years, dates or codes; None where they are taken as they are."""
    if column.years:
        return _year_interpreter(column, plan)
    if column.date_formats:
        return _date_interpreter(column, plan)
    if column.codes:
        return lambda text: column.codes.get(text.casefold())
    return None


def _date_interpreter(column: ColumnPlan, plan: ReadPlan) -> Interpret:
    formats = [DateFormat.parse(text) for text in column.date_formats]

    def interpret(text: str) -> str | None:
        days = (date_format.read(text, plan.latest_date) for date_format in formats)
        day = next((day for day in days if day is not None), None)
        if day is None or not EARLIEST_DATE <= day <= plan.latest_date:
            return None
        return day.isoformat()

    return interpret


def _year_interpreter(column: ColumnPlan, plan: ReadPlan) -> Interpret:
    """Years of four digits, and the year of what the date formats read."""
    interpret_date = _date_interpreter(column, plan)

    def interpret(text: str) -> str | None:
        if not _YEAR.fullmatch(text):
            date = interpret_date(text)
            return None if date is None else date[:4]
        return text if EARLIEST_DATE.year <= int(text) <= plan.latest_date.year else None

    return interpret


class ColumnBuilder:
    """The texts of one column, dictionary-encoded while the file is read.

    Args:
        missing_values: Texts that stand for no value; the empty one always does.
    """

    __slots__ = ("_codes", "_index", "_missing_values")

    def __init__(self, missing_values: frozenset[str]) -> None:
        # No file has the byte 0, so one of them that has it is in none.
        self._missing_values = sorted({"", *(text for text in missing_values if "\0" not in text)})
        self._index = TextIndex()
        self._index.add(pack(self._missing_values))  # so theirs are the first codes
        self._codes: list[IndexArray] = []

    def __repr__(self) -> str:
        return f"ColumnBuilder({sum(map(len, self._codes))} records)"

    def add(self, texts: Spans) -> None:
        """Adds the texts of further records; no Python code runs for each, or it would be slow."""
        self._codes.append(self._index.add(texts))

    def finish(self, interpret: Interpret | None, lines: Sequence[int]) -> ColumnReading:
        """The column, with each distinct text interpreted.

        Args:
            interpret: From a text to its value; None if the text is the value.
            lines: The line that each record starts in.
        """
        found = self._index.texts()
        texts = list(map(str.strip, found))
        if interpret is None and texts == found:
            known = len(self._missing_values)
            value_codes = np.maximum(np.arange(len(texts), dtype=np.int32) - known, MISSING)
            distinct = texts[known:]
        else:
            value_codes, distinct = _interpreted(texts, set(self._missing_values), interpret)
        codes = value_codes[np.concatenate(self._codes)]
        missing = np.count_nonzero(codes == MISSING)
        invalid = np.flatnonzero(codes == INVALID)
        codes[invalid] = MISSING
        return ColumnReading(
            codes=codes.tobytes(),
            distinct=distinct,
            missing=int(missing),
            invalid=len(invalid),
            invalid_lines=[lines[index] for index in invalid[:MAX_LINES_NOTED].tolist()],
        )


def _interpreted(
    texts: list[str], missing_values: set[str], interpret: Interpret | None
) -> tuple[IndexArray, list[str]]:
    """The code of each text's value, and the distinct values."""
    distinct: dict[str, int] = {}
    codes = np.full(len(texts), MISSING, np.int32)
    for place, text in enumerate(texts):
        if text not in missing_values:
            value = text if interpret is None else interpret(text)
            codes[place] = INVALID if value is None else distinct.setdefault(value, len(distinct))
    return codes, list(distinct)


def check_row_ids(row_ids: ColumnReading, lines: Sequence[int], plan: ReadPlan) -> None:
    """Refuses row ids that can't tell the records apart.

    Args:
        row_ids: The column, its texts taken as they are.
        lines: The line that each record starts in.
        plan: Names the file.

    Raises:
        SourceError: One is missing, or two are equal.
    """
    if len(row_ids.distinct) == len(lines):
        return
    first_index: dict[int, int] = {}
    for index, code in enumerate(np.frombuffer(row_ids.codes, np.int32).tolist()):
        if code == MISSING:
            raise SourceError(ROW_ID_MISSING, file=plan.file, line=lines[index])
        first = first_index.setdefault(code, index)
        if first != index:
            raise SourceError(
                ROW_ID_REPEATED,
                file=plan.file,
                first_line=lines[first],
                second_line=lines[index],
            )
