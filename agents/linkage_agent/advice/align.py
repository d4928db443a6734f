"""Columns of different agencies that hold the same: brought together.

Columns belong together if they hold the same of the same person; where an agency has several such,
their names decide. National numbers of another length are those of another scheme: a health number
is no pupil number. Columns of which nothing is known belong together if they are called the same.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from linkage.ids import AgencyId
from linkage_agent.advice.headers import header_words, likeness, whose
from linkage_agent.advice.interface import ColumnProfile, LeftOut, Meaning, Profile
from linkage_agent.advice.meanings import NEVER

MOSTLY_MISSING: Final = 0.95
LEAST_INFORMATION_BITS: Final = 0.5
"""A column on which most strangers agree tells nobody from anybody; a sex always may."""

SAME_SCHEME_CHARACTERS: Final = 1.0
"""Mean lengths of numbers of one scheme differ by less: slips take or add a digit."""

INSTEAD: Final[Mapping[Meaning, Meaning]] = {
    Meaning.STREET: Meaning.ADDRESS,
    Meaning.PLACE: Meaning.TOWN,
    Meaning.BIRTH_DATE: Meaning.BIRTH_YEAR,
}
"""What a column may stand for where the other agencies have nothing of its own meaning."""

_UNKNOWN: Final = frozenset({Meaning.CODE, Meaning.PASSING, Meaning.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Together:
    """Columns that hold the same, one of each agency that has it; at least two.

    Attributes:
        whose: words for whom they are about, such as `mother`; empty for the person.
    """

    meaning: Meaning
    whose: str
    columns: Mapping[AgencyId, ColumnProfile]


@dataclass(frozen=True, slots=True)
class Alignment:
    """What the agencies share.

    Attributes:
        known: columns that are known to identify.
        unknown: columns that are called the same, of which nothing says that they identify.
        left_out: all other columns.
    """

    known: tuple[Together, ...]
    unknown: tuple[Together, ...]
    left_out: tuple[LeftOut, ...]


def align(profiles: Sequence[Profile]) -> Alignment:
    """What agencies share, in the order of meanings, then of the first agency's columns."""
    left_out = {
        (profile.agency, column.name): why
        for profile in profiles
        for column in profile.columns
        if (why := _why_not(column, profile))
    }
    usable = {
        profile.agency: [c for c in profile.columns if (profile.agency, c.name) not in left_out]
        for profile in profiles
    }
    known = _align_known(usable)
    unknown = _align_unknown(usable)
    used = {
        (agency, column.name)
        for together in (*known, *unknown)
        for agency, column in together.columns.items()
    }
    return Alignment(
        known=tuple(known),
        unknown=tuple(unknown),
        left_out=tuple(
            LeftOut(profile.agency, column.name, left_out.get(place, "no other agency has it"))
            for profile in profiles
            for column in profile.columns
            if (place := (profile.agency, column.name)) not in used
        ),
    )


def _why_not(column: ColumnProfile, profile: Profile) -> str:
    """Why a column can be in no field; empty if it can."""
    if column.meaning in NEVER:
        return NEVER[column.meaning]
    if column.missing >= MOSTLY_MISSING:
        return "it is mostly empty"
    says_little = column.information_bits < LEAST_INFORMATION_BITS
    if profile.records and says_little and column.meaning is not Meaning.SEX:
        return "almost all records have the same in it"
    return ""


def _align_known(usable: Mapping[AgencyId, Sequence[ColumnProfile]]) -> list[Together]:
    meaning_of = _meanings(usable)
    together = []
    for meaning in Meaning:
        if meaning in _UNKNOWN:
            continue
        candidates = {
            agency: [c for c in columns if meaning_of[agency, c.name] is meaning]
            for agency, columns in usable.items()
        }
        for somebody in sorted(
            {whose(c.qualifier) for columns in candidates.values() for c in columns}
        ):
            of_one = {
                agency: [c for c in columns if whose(c.qualifier) == somebody]
                for agency, columns in candidates.items()
            }
            schemes = _schemes(of_one) if meaning is Meaning.NATIONAL_ID else [of_one]
            together += [
                Together(meaning, somebody, columns)
                for scheme in schemes
                for columns in _pair_up(scheme)
            ]
    return together


def _schemes(
    candidates: Mapping[AgencyId, Sequence[ColumnProfile]],
) -> list[dict[AgencyId, list[ColumnProfile]]]:
    """Columns of numbers apart by how long they are; of too few to tell, with the shortest."""
    lengths = sorted({c.characters for columns in candidates.values() for c in columns})
    starts = [
        length
        for before, length in pairwise(lengths)
        if before > 0 and length - before >= SAME_SCHEME_CHARACTERS
    ]
    return [
        {
            agency: [c for c in columns if bisect_right(starts, c.characters) == number]
            for agency, columns in candidates.items()
        }
        for number in range(len(starts) + 1)
    ]


def _meanings(
    usable: Mapping[AgencyId, Sequence[ColumnProfile]],
) -> dict[tuple[AgencyId, str], Meaning]:
    """What each column is taken for: its meaning, or what it may stand for instead."""
    held = {agency: {c.meaning for c in columns} for agency, columns in usable.items()}
    meanings = {}
    for agency, columns in usable.items():
        others = [found for other, found in held.items() if other != agency]
        for column in columns:
            instead = INSTEAD.get(column.meaning, column.meaning)
            alone = not any(column.meaning in found for found in others)
            stands_in = alone and instead not in held[agency]
            meanings[agency, column.name] = instead if stands_in else column.meaning
    return meanings


def _pair_up(
    candidates: Mapping[AgencyId, Sequence[ColumnProfile]],
) -> list[dict[AgencyId, ColumnProfile]]:
    """The columns of one meaning, one of each agency brought together.

    The agency with most of them sets the pattern; each column of another agency goes where it is
    most alike.
    """
    agencies = sorted(candidates, key=lambda agency: -len(candidates[agency]))  # stable
    pattern, *others = agencies
    found = [{pattern: column} for column in candidates[pattern]]
    for agency in others:
        alike = sorted(
            (-_likeness(column, found[place][pattern]), place, index)
            for index, column in enumerate(candidates[agency])
            for place in range(len(found))
        )
        placed: set[int] = set()
        for _, place, index in alike:
            if index not in placed and agency not in found[place]:
                found[place][agency] = candidates[agency][index]
                placed.add(index)
    return [_in_order(columns, candidates) for columns in found if len(columns) > 1]


def _likeness(column: ColumnProfile, other: ColumnProfile) -> float:
    return (column.qualifier == other.qualifier) + likeness(column.name, other.name)


def _align_unknown(usable: Mapping[AgencyId, Sequence[ColumnProfile]]) -> list[Together]:
    """Columns of unknown meaning under one name, with two agencies or more."""
    found: dict[str, dict[AgencyId, ColumnProfile]] = {}
    for agency, columns in usable.items():
        for column in columns:
            if column.meaning in _UNKNOWN:
                found.setdefault("".join(header_words(column.name)), {})[agency] = column
    return [
        Together(Meaning.CODE, "", columns)
        for name, columns in found.items()
        if name and len(columns) > 1
    ]


def _in_order(
    columns: Mapping[AgencyId, ColumnProfile], agencies: Iterable[AgencyId]
) -> dict[AgencyId, ColumnProfile]:
    return {agency: columns[agency] for agency in agencies if agency in columns}
