"""A clock that tests set."""

from datetime import UTC, date, datetime, time


class SetClock:
    """A `Clock` that stands at noon of a day until it is set to another."""

    def __init__(self, day: date) -> None:
        self.day = day

    def now(self) -> datetime:
        return datetime.combine(self.day, time(12), UTC)
