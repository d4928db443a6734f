"""From the texts of a column to codes of its distinct values.

Each distinct text is looked at once, however many records have it. A code is the index of a value,
`MISSING`, or `INVALID`; an invalid value is counted, its line noted, and then it is missing too.
"""

import re
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import count, islice
from typing import Final, TypeAlias

from linkage.errors import SourceError
from linkage_agent.sources.dates import EARLIEST_DATE, DateFormat
from linkage_agent.sources.plan import ColumnPlan, ReadPlan
from linkage_agent.sources.reading import ColumnReading
from linkage_agent.sources.reasons import ROW_ID_MISSING, ROW_ID_REPEATED

MISSING: Final = -1
"""The same as `columns.MISSING`, which this process can't import without loading numpy."""
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

    __slots__ = ("_code_of", "_codes", "_missing", "_missing_values")

    def __init__(self, missing_values: frozenset[str]) -> None:
        self._missing_values = missing_values | {""}
        self._code_of = defaultdict(count().__next__, dict.fromkeys(self._missing_values, MISSING))
        self._codes = array("i")
        self._missing = 0

    def __repr__(self) -> str:
        return f"ColumnBuilder({len(self._codes)} records)"

    def add(self, texts: Iterable[str]) -> None:
        """Adds the texts of further records; no Python code runs for each, or it would be slow."""
        codes = list(map(self._code_of.__getitem__, map(str.strip, texts)))
        self._missing += codes.count(MISSING)
        self._codes.extend(array("i", codes))

    def finish(self, interpret: Interpret | None, lines: Sequence[int]) -> ColumnReading:
        """The column, with each distinct text interpreted.

        Args:
            interpret: From a text to its value; None if the text is the value.
            lines: The line that each record starts in.
        """
        codes = self._codes
        distinct = list(islice(self._code_of, len(self._missing_values), None))
        invalid: list[int] = []
        if interpret is not None:
            codes, distinct, invalid = _interpreted(codes, distinct, interpret)
        return ColumnReading(
            codes=codes.tobytes(),
            distinct=distinct,
            missing=self._missing,
            invalid=len(invalid),
            invalid_lines=[lines[index] for index in invalid[:MAX_LINES_NOTED]],
        )


def _interpreted(
    codes: "array[int]", texts: list[str], interpret: Interpret
) -> tuple["array[int]", list[str], list[int]]:
    """Codes of values instead of texts, the distinct values, and which records' are invalid."""
    distinct: dict[str, int] = {}
    value_code = {MISSING: MISSING}
    for code, value in enumerate(map(interpret, texts)):
        value_code[code] = INVALID if value is None else distinct.setdefault(value, len(distinct))
    value_codes = array("i", list(map(value_code.__getitem__, codes)))
    invalid: list[int] = []
    if INVALID in value_code.values():
        invalid = [index for index, code in enumerate(value_codes) if code == INVALID]
        for index in invalid:
            value_codes[index] = MISSING
    return value_codes, list(distinct), invalid


def check_row_ids(row_ids: Sequence[str], lines: Sequence[int], plan: ReadPlan) -> None:
    """Refuses row ids that can't tell the records apart.

    Args:
        row_ids: Without surrounding space.
        lines: The line that each record starts in.
        plan: Says which texts mean "missing".

    Raises:
        SourceError: One is missing, or two are equal.
    """
    found = set(row_ids)
    if len(found) == len(row_ids) and found.isdisjoint({"", *plan.missing_values}):
        return
    first_index: dict[str, int] = {}
    for index, row_id in enumerate(row_ids):
        if not row_id or row_id in plan.missing_values:
            raise SourceError(ROW_ID_MISSING, file=plan.file, line=lines[index])
        first = first_index.setdefault(row_id, index)
        if first != index:
            raise SourceError(
                ROW_ID_REPEATED,
                file=plan.file,
                first_line=lines[first],
                second_line=lines[index],
            )
