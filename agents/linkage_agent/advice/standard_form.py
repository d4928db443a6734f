"""A column's texts as the agent's source would give them, and how long and how telling they are."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from linkage.agreement.schema import (
    CheckRule,
    FieldKind,
    FieldSchema,
    MissingRule,
    Transliteration,
)
from linkage.ids import FieldName
from linkage_agent.advice.sexes import CODINGS
from linkage_agent.advice.weighing import Weighed, information_bits
from linkage_agent.columns import MISSING, StringColumn
from linkage_agent.pii.normalise import normalise_column
from linkage_agent.sources.dates import DateFormat

_YEAR: Final = re.compile(r"[0-9]{4}")


@dataclass(frozen=True, slots=True)
class Measures:
    """What normal forms are like.

    Attributes:
        missing: records without one.
        distinct: different ones.
        information_bits: -log2 of the probability that two records have the same.
        characters: mean length.
        words: mean number of words.
        numbers: mean number of words with a digit.
    """

    missing: int
    distinct: int
    information_bits: float
    characters: float
    words: float
    numbers: float


def standard_column(
    column: StringColumn,
    kind: FieldKind,
    date_formats: tuple[str, ...],
    sex_coding: str,
    today: dt.date | None = None,
) -> StringColumn:
    """The column in standard form; a text that can't be read as its kind is missing.

    Args:
        column: as the extract has it.
        kind: the field's.
        date_formats: for a date, or a year that stands in one.
        sex_coding: for a sex.
        today: tells the century of years of two digits; the present day (UTC) unless given.
    """
    read = _reader(kind, date_formats, sex_coding, today or dt.datetime.now(tz=dt.UTC).date())
    if read is None:
        return column
    codes: dict[str, int] = {}
    recode = np.full(len(column.distinct) + 1, MISSING, np.int32)  # -1 finds the last
    for code, text in enumerate(column.distinct):
        if (value := read(text)) is not None:
            recode[code] = codes.setdefault(value, len(codes))
    return StringColumn(recode[column.codes], tuple(codes))


def measure(
    column: StringColumn,
    kind: FieldKind,
    date_formats: tuple[str, ...],
    sex_coding: str,
    today: dt.date | None = None,
) -> Measures:
    """What the normal forms of a column are like; the arguments are those of `standard_column`."""
    standard = standard_column(column, kind, date_formats, sex_coding, today)
    field = FieldSchema(
        FieldName("profiled"), kind, "", (), MissingRule.NEUTRAL, None, CheckRule.NONE
    )
    normal = normalise_column(standard, field, Transliteration.ANYASCII)
    present = normal.codes[normal.codes != MISSING]
    counts = np.bincount(present, minlength=len(normal.distinct))
    texts = Weighed.of(StringColumn(normal.codes, normal.distinct))
    return Measures(
        missing=len(column) - len(present),
        distinct=int(np.count_nonzero(counts)),
        information_bits=information_bits(counts),
        characters=texts.mean(len),
        words=texts.mean(lambda text: len(text.split())),
        numbers=texts.mean(_numbers),
    )


def _reader(
    kind: FieldKind, date_formats: tuple[str, ...], sex_coding: str, latest: dt.date
) -> Callable[[str], str | None] | None:
    """From a text of the extract to its standard form; None where the text is that."""
    if kind is FieldKind.DATE:
        return _day_reader(date_formats, latest)
    if kind is FieldKind.SEX:
        coding = CODINGS.get(sex_coding, {})
        return lambda text: coding.get(text.casefold())
    if kind is FieldKind.YEAR:
        read_day = _day_reader(date_formats, latest)
        return lambda text: text if _YEAR.fullmatch(text) else (read_day(text) or "")[:4] or None
    return None


def _day_reader(date_formats: tuple[str, ...], latest: dt.date) -> Callable[[str], str | None]:
    formats = [DateFormat.parse(text) for text in date_formats]

    def read(text: str) -> str | None:
        days = (date_format.read(text, latest) for date_format in formats)
        return next((day.isoformat() for day in days if day is not None), None)

    return read


def _numbers(text: str) -> int:
    return sum(any(map(str.isdigit, word)) for word in text.split())
