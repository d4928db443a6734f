"""Date formats: `DD/MM/YYYY` and the like, and what text they read as which day."""

import datetime as dt
import itertools
import re
from dataclasses import dataclass
from typing import Final, Self

EARLIEST_DATE: Final = dt.date(1850, 1, 1)
"""Nobody in an extract was born earlier: such a date is a slip of the pen or a default."""

_PARTS: Final = {
    "YYYY": "(?P<year>[0-9]{4})",
    "MM": "(?P<month>[0-9]{2})",
    "M": "(?P<month>[0-9]{1,2})",
    "DD": "(?P<day>[0-9]{2})",
    "D": "(?P<day>[0-9]{1,2})",
}
_SPLIT: Final = re.compile(r"Y+|M+|D+|.", re.DOTALL)
_PROBE: Final = dt.date(2011, 10, 12)
"""Day and month can be taken for each other in it, and have two digits in every format."""


class DateFormatError(ValueError):
    """A text is not a date format; the message may be shown, it quotes nothing."""


@dataclass(frozen=True, slots=True)
class DateFormat:
    """One way in which an extract writes dates.

    `YYYY`, `MM` and `DD` are four and two digits, `M` and `D` one or two; any other character but
    a letter stands for itself.
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
            raise DateFormatError("may hold no letters but YYYY, MM, M, DD and D")
        kinds = sorted(part[0] for part in parts if part in _PARTS)
        if kinds != ["D", "M", "Y"]:
            raise DateFormatError("must hold the year as YYYY, the month and the day, each once")
        for left, right in itertools.pairwise(parts):
            if {left, right} & {"M", "D"} and _is_number(left) and _is_number(right):
                raise DateFormatError("needs a separator beside M and D; without one write MM, DD")
        return cls(text, re.compile("".join(_PARTS.get(p) or re.escape(p) for p in parts)))

    def read(self, text: str) -> dt.date | None:
        """The day that the text names; None where it is not of this format or no day at all."""
        found = self.pattern.fullmatch(text)
        if found is None:
            return None
        try:
            return dt.date(int(found["year"]), int(found["month"]), int(found["day"]))
        except ValueError:
            return None

    def contradicts(self, other: Self) -> bool:
        """Whether some text is one day in this format and another day in the other one."""
        written = self.text.replace("YYYY", f"{_PROBE.year}")
        written = re.sub("M+", f"{_PROBE.month}", re.sub("D+", f"{_PROBE.day}", written))
        return other.read(written) not in {None, _PROBE}


def _is_number(part: str) -> bool:
    return part in _PARTS or part.isdigit()
