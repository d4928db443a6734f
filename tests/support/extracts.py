"""Extracts of made-up people, for tests of what is said about extracts. The same for one seed."""

import csv
import datetime as dt
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from linkage_agent.columns import StringColumn
from tests.support.columns import make_column

_GIVEN: Final = """
    James John Robert Michael William David Richard Joseph Thomas Charles Mary Patricia Jennifer
    Elizabeth Barbara Susan Jessica Sarah Karen Margaret Ann Liam Noah Olivia Emma Ava Sophia Lucas
    Mason Katherine Anthony Christopher Daniel Matthew Samuel Benjamin Nicholas Deborah"""
_FAMILY_HEADS: Final = "Ash Brad Car Dal Ever Far Gar Hal Ing Ken Lang Mar Nor Oak Pem Rad Shel"
_FAMILY_TAILS: Final = "by croft den field ford ham ley man son ton wick wood"
_STREETS: Final = "High Church Station Mill Park King Queen Victoria Albert Green York Oak"
_STREET_ENDS: Final = "Street Road Lane Close"
_TOWN_HEADS: Final = "North Great Old"
_TOWNS: Final = """
    Ardale Barrow Corby Dunmow Everford Fenby Goole Hexley Ilkham Jarrow Kelby Louth Malden Norby
    Otley Penby Quorn Ripon Selby Tadford Ulley Wells Yarm Alby Burton Crewe Derby Elby Frome"""


@dataclass(frozen=True, slots=True)
class Somebody:
    """A made-up person."""

    given: str
    family: str
    born: dt.date
    sex: str
    house: int
    street: str
    town: str
    postcode: str
    phone: str


def people(count: int, seed: int = 1) -> list[Somebody]:
    """So many people."""
    draw = random.Random(seed)  # noqa: S311 - people for tests, no secrets
    return [_somebody(draw) for _ in range(count)]


def columns_of(
    persons: Sequence[Somebody], **columns: Callable[[Somebody], str | None]
) -> dict[str, StringColumn]:
    """An extract's columns by header, each with what it has of a person; None is missing."""
    return {
        header: make_column([value(person) for person in persons])
        for header, value in columns.items()
    }


def write_extract(
    file: Path,
    persons: Sequence[Somebody],
    columns: Mapping[str, Callable[[Somebody], str]],
    *,
    delimiter: str = ",",
    charset: str = "utf-8",
) -> Path:
    """The same as a file, with the record's number in front under `ref`."""
    with file.open("w", encoding=charset, newline="") as opened:
        writer = csv.writer(opened, delimiter=delimiter)
        writer.writerow(["ref", *columns])
        for number, person in enumerate(persons):
            writer.writerow([f"R{number}", *(value(person) for value in columns.values())])
    return file


def _somebody(draw: random.Random) -> Somebody:
    def word(words: str) -> str:
        return draw.choice(words.split())

    return Somebody(
        given=word(_GIVEN),
        family=word(_FAMILY_HEADS) + word(_FAMILY_TAILS),
        born=dt.date(1930, 1, 1) + dt.timedelta(days=draw.randrange(30_000)),
        sex=word("M F"),
        house=draw.randrange(1, 200),
        street=f"{word(_STREETS)} {word(_STREET_ENDS)}",
        town=word(_TOWNS) if draw.random() < 0.6 else f"{word(_TOWN_HEADS)} {word(_TOWNS)}",
        postcode=f"EV{draw.randrange(1, 30)} {draw.randrange(1, 10)}{word('A B D E F')}X",
        phone=f"07{draw.randrange(10**8, 10**9)}",
    )
