"""What the reading child is told: plain types, so that it starts without pydantic."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

MAX_RECORDS: Final = 2**31 - 2
"""A record's place and a value's code are 32-bit numbers throughout, and -1 means missing."""
MAX_VALUE_CHARACTERS: Final = 32_767
"""What an Excel cell holds; a longer value is a quotation mark that was never closed."""
MAX_LINE_BYTES: Final = 16 * 2**20
"""Five hundred of the longest values; a longer line is no line, and would fill the memory."""

DELIMITERS: Final = {
    ",": "comma",
    ";": "semicolon",
    "\t": "tab",
    "|": "vertical bar",
    "^": "caret",
    "~": "tilde",
}
"""What may stand between values, with the word for it: no quotation mark, letter, digit, space."""


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """One column to be read: years, dates if it has date formats, codes if any, else text.

    Attributes:
        name: what the result calls it: a field of the agreement, or an attribute.
        header: its name in the first line of the file.
        date_formats: tried in order.
        codes: the file's codes, case-folded, to what they mean.
        years: whether it holds years; one that it has as a date by its date formats is read too.
    """

    name: str
    header: str
    date_formats: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    years: bool = False


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """What to read and how.

    Attributes:
        charset: `utf-8` or `windows-1252`.
        missing_values: texts that mean "not known"; empty always does.
        latest_date: a later date is invalid.
    """

    file: str
    charset: str
    delimiter: str
    row_id_header: str
    missing_values: frozenset[str]
    columns: tuple[ColumnPlan, ...]
    latest_date: dt.date
    max_records: int = MAX_RECORDS

    @property
    def headers(self) -> tuple[str, ...]:
        """The column names that the first line must have, each once."""
        return tuple(dict.fromkeys([self.row_id_header, *(c.header for c in self.columns)]))
