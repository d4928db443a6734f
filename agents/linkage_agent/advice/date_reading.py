"""How the dates of a column are written: told from all of it, for one date often can't tell.

`03/04/1980` is two days. So each format that a text could be in is tried on the whole column, and
the one that reads most of it is taken: a day after the 12th anywhere in the column decides. Where
nothing decides, the day is taken to come first, and that is said.

A text is of a shape: what its three pieces are (four digits, one or two, letters), what stands
between them, and what follows. Each order of day, month and year that fits a shape is a candidate.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from linkage.arrays import BoolArray
from linkage_agent.advice.weighing import Weighed
from linkage_agent.sources.dates import EARLIEST_DATE, DateFormat

MAX_SHAPES: Final = 8
"""Ways of writing that are looked at, the commonest; others are slips."""
MAX_FORMATS: Final = 3
LEAST_SHARE: Final = 0.01
"""A further format is worth naming if it reads a hundredth of the column."""

_PIECE: Final = r"([0-9]{4}|[0-9]{1,2}|[A-Za-z]{3,9})"
_MARK: Final = r"([\W_]{0,2})"
_SHAPE: Final = re.compile(rf"{_PIECE}{_MARK}{_PIECE}{_MARK}{_PIECE}(\D.*)?", re.DOTALL)
_DIGITS: Final[Mapping[int, tuple[str, ...]]] = {
    8: ("YYYYMMDD", "DDMMYYYY", "MMDDYYYY"),
    6: ("DDMMYY", "MMDDYY", "YYMMDD"),
}
"""Formats of dates without marks, by their length."""
_ORDERS: Final = (
    ("YYYY", "M", "D"), ("D", "M", "YYYY"), ("M", "D", "YYYY"),
    ("D", "MMM", "YYYY"), ("MMM", "D", "YYYY"), ("YYYY", "MMM", "D"),
    ("D", "M", "YY"), ("M", "D", "YY"), ("YY", "M", "D"),
    ("D", "MMM", "YY"), ("MMM", "D", "YY"),
)  # fmt: skip
"""The day before the month: of two that read as much, the first is taken."""
_LONG, _SHORT, _WORD = "long", "short", "word"
_PIECE_OF: Final = {"YYYY": _LONG, "MMM": _WORD, "YY": _SHORT, "M": _SHORT, "D": _SHORT}
_UNREADABLE: Final = re.compile(
    r"[0-9]{1,2}\W{0,2}[^\W\d_]{3,9}\W{0,2}[0-9]{2,4}"  # 14 Mai 1980
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}T.*"
)


@dataclass(frozen=True, slots=True)
class DateReading:
    """How the dates of a column are read.

    Attributes:
        formats: for `FieldSource.date_formats`; empty if hardly anything is a date.
        share: of the records, whose text one of the formats reads as a day that can be.
        unreadable: share of the records whose text is a date in a way that no format can name.
        is_ambiguous: whether nothing in the column tells day and month apart.
        is_mixed: whether some texts can only be read with the day first, others with the month.
        first_january: share of the dates that are a first of January.
        spread_years: years between the 5th and the 95th of a hundred dates.
    """

    formats: tuple[str, ...]
    share: float
    unreadable: float
    is_ambiguous: bool
    is_mixed: bool
    first_january: float
    spread_years: int


def read_dates(column: Weighed, latest: dt.date) -> DateReading:
    """How the dates of a column are written.

    Args:
        column: the texts.
        latest: a later date can't be.
    """
    trials = [_Trial.of(text, column, latest) for text in _candidates(column)]
    chosen = _choose(trials, column)
    read = np.logical_or.reduce([trial.reads for trial in chosen] or [np.zeros(len(column), bool)])
    looks = np.array([bool(_UNREADABLE.fullmatch(text)) for text in column.texts], bool)
    unreadable = column.share_of(looks & ~read)
    if not chosen:
        return DateReading((), 0.0, unreadable, False, False, 0.0, 0)
    days = _days(chosen, column, latest)
    rivals = [other for other in trials if chosen[0].format.contradicts(other.format)]
    first = chosen[0].reads
    only_rival = max((column.share_of(rival.reads & ~first) for rival in rivals), default=0.0)
    not_rival = min((column.share_of(first & ~rival.reads) for rival in rivals), default=1.0)
    firsts = np.array([day.month == day.day == 1 for day, _ in days])
    return DateReading(
        formats=tuple(_tidy(trial, column, latest) for trial in chosen),
        share=column.share_of(read),
        unreadable=unreadable,
        is_ambiguous=not_rival == 0,
        is_mixed=min(only_rival, not_rival) > LEAST_SHARE,
        first_january=float(np.average(firsts, weights=[count for _, count in days])),
        spread_years=_spread_years(days),
    )


@dataclass(frozen=True, slots=True, repr=False)
class _Trial:
    """A format, and which texts it reads as a day that can be."""

    format: DateFormat
    reads: BoolArray
    share: float

    @classmethod
    def of(cls, text: str, column: Weighed, latest: dt.date) -> "_Trial":
        date_format = DateFormat.parse(text)
        days = (date_format.read(text, latest) for text in column.texts)
        reads = np.array([day is not None and EARLIEST_DATE <= day <= latest for day in days], bool)
        return cls(date_format, reads, column.share_of(reads))


def _candidates(column: Weighed) -> Iterator[str]:
    """Every format that the column's commonest shapes allow; the day before the month."""
    shapes: Counter[tuple[str, ...]] = Counter()
    for text, count in zip(column.texts, column.counts, strict=True):
        if formats := formats_of(text):
            shapes[formats] += int(count)
    for formats, _ in shapes.most_common(MAX_SHAPES):
        yield from formats


def formats_of(text: str) -> tuple[str, ...]:
    """The formats that a text could be in by its shape, with M and D for months and days."""
    if text.isascii() and text.isdecimal():
        return _DIGITS.get(len(text), ())
    found = _SHAPE.fullmatch(text)
    if found is None:
        return ()
    one, mark, two, other_mark, three, rest = found.groups(default="")
    pieces = tuple(map(_piece, (one, two, three)))
    if _WORD not in pieces and mark != other_mark:
        return ()
    if not (mark or _WORD in pieces[:2]) or not (other_mark or _WORD in pieces[1:]):
        return ()  # digits without a mark between them
    if rest.strip(" 0:."):
        return ()  # what follows a date is midnight
    fitting = (order for order in _ORDERS if tuple(map(_PIECE_OF.__getitem__, order)) == pieces)
    return tuple(f"{a}{mark}{b}{other_mark}{c}{rest}" for a, b, c in fitting)


def _piece(text: str) -> str:
    if text.isalpha():
        return _WORD
    return _LONG if len(text) == 4 else _SHORT


def _choose(trials: list[_Trial], column: Weighed) -> list[_Trial]:
    """The formats to name: first the one that reads most, then each that reads more besides."""
    chosen: list[_Trial] = []
    read = np.zeros(len(column), bool)
    for trial in sorted(trials, key=lambda trial: -trial.share):  # stable: the day first
        if len(chosen) == MAX_FORMATS:
            break
        more = column.share_of(trial.reads & ~read)
        fits = not any(trial.format.contradicts(other.format) for other in chosen)
        if more >= LEAST_SHARE and fits:
            chosen.append(trial)
            read |= trial.reads
    return chosen


def _days(chosen: list[_Trial], column: Weighed, latest: dt.date) -> list[tuple[dt.date, int]]:
    """The days that the formats read, each with its number of records."""
    days: dict[int, tuple[dt.date, int]] = {}
    for trial in chosen:
        for index in np.flatnonzero(trial.reads):
            day = trial.format.read(column.texts[index], latest)
            if day is not None:
                days.setdefault(int(index), (day, int(column.counts[index])))
    return list(days.values())


def _spread_years(days: list[tuple[dt.date, int]]) -> int:
    years = np.repeat([day.year for day, _ in days], [count for _, count in days])
    low, high = np.percentile(years, (5, 95))
    return int(high - low)


def _tidy(trial: _Trial, column: Weighed, latest: dt.date) -> str:
    """The format with MM and DD for M and D, if it then reads as much: stricter is safer."""
    text = re.sub(r"(?<!M)M(?!M)", "MM", re.sub(r"(?<!D)D(?!D)", "DD", trial.format.text))
    strict = DateFormat.parse(text)
    reads = np.array([strict.read(text, latest) is not None for text in column.texts], bool)
    return text if not (trial.reads & ~reads).any() else trial.format.text
