"""Date formats: `DD/MM/YYYY` and the like, and what text they read as which day."""

import datetime as dt
import itertools
import re
from dataclasses import dataclass
from typing import Final, Self

EARLIEST_DATE: Final = dt.date(1850, 1, 1)
"""Nobody in an extract was born earlier: such a date is a slip of the pen or a default."""

MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_LETTERS: Final = 3
"""A month's name is told by so many."""
_NAMED: Final = {name[:_LETTERS].lower(): number for number, name in enumerate(MONTHS, start=1)}
_NAMES: Final = "|".join(f"{name}|{name[:_LETTERS]}" for name in (*MONTHS, "Sept"))

_PARTS: Final = {
    "YYYY": "(?P<year>[0-9]{4})",
    "YY": "(?P<year>[0-9]{2})",
    "MMM": f"(?P<month>{_NAMES})",
    "MM": "(?P<month>[0-9]{2})",
    "M": "(?P<month>[0-9]{1,2})",
    "DD": "(?P<day>[0-9]{2})",
    "D": "(?P<day>[0-9]{1,2})",
}
_NUMBERS: Final = frozenset(_PARTS) - {"MMM"}
_VARYING: Final = frozenset({"M", "D"})
_SPLIT: Final = re.compile(r"Y+|M+|D+|.", re.DOTALL)

_PROBE: Final = dt.date(2011, 10, 12)
"""Day, month and year can be taken for each other in it, and have two digits in every format."""
_PROBE_LATEST: Final = dt.date(2099, 12, 31)
_CENTURY: Final = 100


class DateFormatError(ValueError):
    """A text is not a date format; the message may be shown, it quotes nothing."""


@dataclass(frozen=True, slots=True)
class DateFormat:
    """One way in which an extract writes dates.

    `YYYY`, `MM` and `DD` are four and two digits, `M` and `D` one or two. `MMM` is the month's
    English name, whole or its first three letters, in capitals or not. `YY` is a year of two
    digits: of the latest century in which the day is not later than today, for nobody is born in
    the future. Any other character but a letter stands for itself.
    """

    text: str
    pattern: re.Pattern[str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """The format that a configuration names.

        Raises:
            DateFormatError: It is not one.
        """
        parts = _SPLIT.findall(text)
        if any(part.isalpha() and part not in _PARTS for part in parts):
            raise DateFormatError("may hold no letters but YYYY, YY, MMM, MM, M, DD and D")
        kinds = sorted(part[0] for part in parts if part in _PARTS)
        if kinds != ["D", "M", "Y"]:
            raise DateFormatError("must hold the year, the month and the day, each once")
        for left, right in itertools.pairwise(parts):
            if {left, right} & _VARYING and _is_number(left) and _is_number(right):
                raise DateFormatError("needs a separator beside M and D; without one write MM, DD")
        pattern = "".join(_PARTS.get(part) or re.escape(part) for part in parts)
        return cls(text, re.compile(pattern, re.ASCII | re.IGNORECASE))

    def read(self, text: str, latest: dt.date) -> dt.date | None:
        """The day that the text names; None where it is not of this format or no day at all.

        Args:
            text: Without surrounding space.
            latest: What tells the century of a year of two digits, and nothing else.
        """
        found = self.pattern.fullmatch(text)
        if found is None:
            return None
        month, day = _month(found["month"]), int(found["day"])
        digits = found["year"]
        if len(digits) > 2:
            return _day(int(digits), month, day)
        year = latest.year - (latest.year - int(digits)) % _CENTURY
        days = (_day(one, month, day) for one in (year, year - _CENTURY))
        return next((one for one in days if one is not None and one <= latest), None)

    def write(self, day: dt.date) -> str:
        """The day in this format: months by their first three letters, M and D in few digits."""
        written = {
            "YYYY": f"{day.year:04}",
            "YY": f"{day.year % _CENTURY:02}",
            "MMM": MONTHS[day.month - 1][:_LETTERS],
            "MM": f"{day.month:02}",
            "M": f"{day.month}",
            "DD": f"{day.day:02}",
            "D": f"{day.day}",
        }
        return "".join(written.get(part, part) for part in _SPLIT.findall(self.text))

    def contradicts(self, other: Self) -> bool:
        """Whether some text is one day in this format and another day in the other one."""
        return other.read(self.write(_PROBE), _PROBE_LATEST) not in {None, _PROBE}


def _is_number(part: str) -> bool:
    return part in _NUMBERS or part.isdigit()


def _month(text: str) -> int:
    """The number of a month, from its digits or its name."""
    return int(text) if text.isdigit() else _NAMED[text[:_LETTERS].lower()]


def _day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None
