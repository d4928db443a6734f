"""Strict reading of a TOML table: every fault is noted with its key path, then reading goes on.

A reader gives a placeholder where a value is faulty, so that one pass finds all faults; the caller
asks `Problems` at the end and drops what was read if there are any.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from linkage.errors import Problem
from linkage.ids import is_name

E = TypeVar("E", bound=StrEnum)

MAX_TEXT_CHARACTERS = 8192
"""Longer than any clause should be, and than an identity card (4,274)."""
MAX_DECIMALS = 6
"""More are noise, and a number with a million of them would take for ever to reckon with."""


class Problems:
    """The faults found so far."""

    def __init__(self) -> None:
        self._found: list[Problem] = []

    def add(self, path: str, what: str) -> None:
        """Notes one fault."""
        self._found.append(Problem(path, what))

    def all(self) -> tuple[Problem, ...]:
        """Every fault, in the order of the document."""
        return tuple(self._found)


class TableReader:
    """One table of the document; remembers which keys were asked for."""

    def __init__(self, table: object, path: str, problems: Problems) -> None:
        self.path = path
        self.problems = problems
        self._asked: set[str] = set()
        self._table: Mapping[str, object] = {}
        if isinstance(table, dict):
            self._table = table
        elif table is not None:
            problems.add(path, "must be a table")

    def at(self, key: str) -> str:
        """The key path of a key of this table."""
        return f"{self.path}.{key}" if self.path else key

    def holds(self, key: str) -> bool:
        """Whether the table has the key: for keys that may be left out."""
        return key in self._table

    def text(self, key: str) -> str:
        """A non-empty text."""
        value = self._take(key)
        if isinstance(value, str) and value.strip():
            if len(value) <= MAX_TEXT_CHARACTERS:
                return value
            self.problems.add(self.at(key), f"must have at most {MAX_TEXT_CHARACTERS} characters")
        elif value is not None:
            self.problems.add(self.at(key), "must be a text that is not empty")
        return ""

    def name(self, key: str) -> str:
        """A name: lower-case letters, digits, `-` and `_`, starting with a letter."""
        value = self.text(key)
        if value and not is_name(value):
            self.problems.add(
                self.at(key), "must be 1 to 32 of a-z, 0-9, - and _, starting with a letter"
            )
        return value

    def whole_number(self, key: str, least: int, most: int) -> int:
        """An integer between two bounds, both included."""
        value = self._take(key)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        if value is not None:
            self.problems.add(self.at(key), f"must be a whole number from {least} to {most}")
        return least

    def one_of(self, key: str, allowed: tuple[int, ...]) -> int:
        """One of a few integers."""
        value = self._take(key)
        if isinstance(value, int) and not isinstance(value, bool) and value in allowed:
            return value
        if value is not None:
            listed = ", ".join(map(str, allowed))
            self.problems.add(self.at(key), f"must be one of {listed}")
        return allowed[0]

    def numbers(self, key: str, choices: type[E], least: int, most: int) -> dict[E, int]:
        """A table, not empty, from values of an enumeration to integers between two bounds."""
        value = self._take(key)
        table = TableReader(value, self.at(key), self.problems)
        if value == {}:
            self.problems.add(self.at(key), "must name at least one, with a number")
        found = {
            item: table.whole_number(item.value, least, most)
            for item in choices
            if table.holds(item.value)
        }
        table.refuse_the_rest()
        return found

    def decimal(self, key: str, above: Decimal, most: Decimal) -> Decimal:
        """A decimal number greater than one bound and at most the other."""
        value = self._take(key)
        if isinstance(value, int) and not isinstance(value, bool):
            value = Decimal(value)
        if isinstance(value, Decimal) and value.is_finite() and above < value <= most:
            if value == round(value, MAX_DECIMALS):
                return value
            self.problems.add(self.at(key), f"must have at most {MAX_DECIMALS} decimals")
        elif value is not None:
            self.problems.add(self.at(key), f"must be a number above {above}, at most {most}")
        return most

    def truth(self, key: str) -> bool:
        """A truth value."""
        value = self._take(key)
        if not isinstance(value, bool) and value is not None:
            self.problems.add(self.at(key), "must be true or false")
        return value is True

    def day(self, key: str) -> dt.date:
        """A TOML date without a time."""
        value = self._take(key)
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return value
        if value is not None:
            self.problems.add(self.at(key), "must be a date such as 2026-01-31, without quotes")
        return dt.date.min

    def choice(self, key: str, choices: type[E]) -> E:
        """One of an enumeration's values."""
        value = self._take(key)
        if isinstance(value, str) and value in {item.value for item in choices}:
            return choices(value)
        if value is not None:
            listed = ", ".join(f'"{item.value}"' for item in choices)
            self.problems.add(self.at(key), f"must be one of {listed}")
        return next(iter(choices))

    def choices(self, choices: type[E]) -> dict[str, E]:
        """All keys of the table, whatever they are, each with one of an enumeration's values."""
        if not self._table:
            self.problems.add(self.path, "must not be empty")
        return {key: self.choice(key, choices) for key in self._table}

    def texts(self, key: str, *, may_be_empty: bool = False) -> tuple[str, ...]:
        """A list of distinct texts."""
        value = self._take(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
            self.problems.add(self.at(key), "must be a list of texts, none of them empty")
            return ()
        if len(set(value)) != len(value):
            self.problems.add(self.at(key), "lists something twice")
        if not value and not may_be_empty:
            self.problems.add(self.at(key), "must not be empty")
        return tuple(value)

    def table(self, key: str) -> "TableReader":
        """A sub-table."""
        return TableReader(self._take(key), self.at(key), self.problems)

    def tables(self, key: str, *, least: int) -> "tuple[TableReader, ...]":
        """A list of tables, at least so many; absent is the same as empty."""
        self._asked.add(key)
        value = self._table.get(key, [])
        if not isinstance(value, list):
            self.problems.add(self.at(key), "must be a list of tables")
            return ()
        if len(value) < least:
            self.problems.add(self.at(key), f"needs at least {least}, has {len(value)}")
        return tuple(
            TableReader(item, f"{self.at(key)}[{index}]", self.problems)
            for index, item in enumerate(value)
        )

    def refuse_the_rest(self) -> None:
        """Notes each key that nothing asked for: a misspelt clause must not be passed over."""
        for key in self._table:
            if key not in self._asked:
                self.problems.add(self.at(key), "is not a key that is known here")

    def _take(self, key: str) -> object:
        self._asked.add(key)
        value = self._table.get(key)
        if value is None:
            self.problems.add(self.at(key), "is missing")
        return value
