"""The columns that peers compare, encode and block on, prepared as a careful user would.

Words are in plain lower-case letters. British postcodes get their space, on which Splink's own
comparison hangs. Where families share addresses the lines of an address become one column: apart,
they would count as independent evidence, and a family would look like one person. Where one agency
has only the first letter of a name, only that is compared. A column that hardly varies says nothing
and is left out.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, TypeAlias

from benchmarks.peers.inside import Task

Column: TypeAlias = list[str | None]
"""One agency's values in the order of its records; missing ones are None."""

WHOLE_ADDRESS: Final = "whole_address"
INITIAL_KIND: Final = "initial"
UK_KIND: Final = "uk-postcode"
UK_POSTCODE: Final = re.compile(r"([a-z]{1,2}[0-9][a-z0-9]?) ?([0-9][a-z]{2})")
NAMES: Final = frozenset({"given-name", "family-name"})
WORDS: Final = NAMES | {"full-name", "address", "place"}
HOUSEHOLDS: Final = 0.1
"""Of an agency's records, those at the address of another: from here on families are expected. In
each agency, as one that holds people twice has their addresses twice."""
LARGEST_SHARE: Final = 0.8
"""Of one value among a column's: above it the column hardly varies."""
PARTS: Final[dict[str, tuple[Callable[[str], str], ...]]] = {
    "given-name": (lambda name: name[:3],),
    "family-name": (lambda name: name[:3],),
    "full-name": (lambda name: name.split()[0], lambda name: name.split()[-1]),
    "date": (lambda date: date[:4], lambda date: date[5:]),
}
"""What two records may agree on where they disagree on the whole: first letters, a date's year, and
its month and day."""


@dataclass(frozen=True, slots=True, repr=False)
class Columns:
    """What is linked.

    Attributes:
        kinds: of each column that is compared; those of the agreement, `INITIAL_KIND`, `UK_KIND`.
        parts: the columns cut out of each of these, only to block on.
        values: a column for each agency, by name; those of one agency have equal lengths.
    """

    kinds: dict[str, str]
    parts: dict[str, list[str]]
    values: dict[str, list[Column]]

    def of(self, *kinds: str) -> list[str]:
        """The compared columns of these kinds, in the order of the kinds."""
        return [name for kind in kinds for name, its in self.kinds.items() if its == kind]

    def table(self, agency: int) -> dict[str, Column]:
        """One agency's columns, by name."""
        return {name: columns[agency] for name, columns in self.values.items()}

    def agreeing_pairs(self, names: Sequence[str], agencies: Sequence[int]) -> int:
        """Pairs of two of these agencies' records that agree on all of these columns."""
        counts = [
            Counter(
                row
                for row in zip(*(self.values[name][agency] for name in names), strict=True)
                if None not in row
            )
            for agency in agencies
        ]
        return sum(
            count * right[value]
            for left, right in combinations(counts, 2)
            for value, count in left.items()
        )


def prepare(task: Task) -> Columns:
    """The columns of a task."""
    kinds, values = _read(task)
    for name, kind in list(kinds.items()):
        if kind == "postcode" and _mostly(values[name], _is_british):
            kinds[name] = UK_KIND
            values[name] = _each(values[name], lambda code: UK_POSTCODE.sub(r"\1 \2", code))
        if kind in NAMES and any(_mostly([column], _is_letter) for column in values[name]):
            kinds[name] = INITIAL_KIND
            values[name] = _each(values[name], lambda word: word[0])
    kinds = {name: kind for name, kind in kinds.items() if _varies(values[name])} or kinds
    parts: dict[str, list[str]] = {name: [] for name in kinds}
    for name, kind in kinds.items():
        for number, cut in enumerate(PARTS.get(kind, ())):
            parts[name].append(part := f"{name}_part_{number}")
            values[part] = _each(values[name], cut)
    return Columns(kinds, parts, values)


def _read(task: Task) -> tuple[dict[str, str], dict[str, list[Column]]]:
    """Kinds and values by column; a field's is named so that SQL neither reserves nor quotes it."""
    records = [agency.records() for agency in task.agencies]
    kinds: dict[str, str] = {}
    values: dict[str, list[Column]] = {}
    for field, kind in task.kinds.items():
        column = "f_" + field.replace("-", "_")
        kinds[column] = kind
        values[column] = [
            [_plain(record[field], kind) or None for record in its] for its in records
        ]
    lines = [name for name, kind in kinds.items() if kind == "address"]
    whole = [_joined([values[name][agency] for name in lines]) for agency in range(len(records))]
    shares = [_share_held_by_several(column) for column in whole if any(column)]
    if min(shares, default=0.0) >= HOUSEHOLDS:
        for name in lines:
            del kinds[name], values[name]
        kinds[WHOLE_ADDRESS], values[WHOLE_ADDRESS] = "address", whole
    return kinds, values


def _plain(value: str, kind: str) -> str:
    """Lower case; words without accents and apostrophes, and with blanks for other signs."""
    if kind not in WORDS:
        return value.strip().lower()
    letters = unicodedata.normalize("NFKD", value.lower().replace("'", "").replace("\u2019", ""))
    kept = (sign for sign in letters if not unicodedata.combining(sign))
    return " ".join("".join(sign if sign.isalnum() else " " for sign in kept).split())


def _joined(columns: list[Column]) -> Column:
    """The values of each record in one."""
    rows = zip(*columns, strict=True)
    return [" ".join(value for value in row if value is not None) or None for row in rows]


def _each(columns: list[Column], change: Callable[[str], str]) -> list[Column]:
    return [[None if value is None else change(value) for value in column] for column in columns]


def _share_held_by_several(column: Column) -> float:
    """Of a column's values, those that more than one record has."""
    counts = Counter(value for value in column if value is not None)
    return sum(count for count in counts.values() if count > 1) / max(counts.total(), 1)


def _mostly(columns: list[Column], is_so: Callable[[str], bool]) -> bool:
    """Whether more than half of the values are so."""
    values = [value for column in columns for value in column if value is not None]
    return 2 * sum(map(is_so, values)) > len(values)


def _is_british(code: str) -> bool:
    return UK_POSTCODE.fullmatch(code) is not None


def _is_letter(name: str) -> bool:
    return len(name) == 1


def _varies(columns: list[Column]) -> bool:
    counts = Counter(value for column in columns for value in column if value is not None)
    return len(counts) > 1 and max(counts.values()) <= LARGEST_SHARE * counts.total()
