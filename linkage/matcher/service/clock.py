"""The clock, as a seam: what day it is decides whether an agreement is in force."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """This moment, in UTC."""


class SystemClock:
    """This machine's clock."""

    def now(self) -> datetime:
        """See `Clock`."""
        return datetime.now(UTC)
