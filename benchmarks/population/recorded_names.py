"""Recorded names: given, second and family name as an agency has written them, slips and all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.population.desk import Desk, Generator
from benchmarks.population.households import KINDS, REFERENCE_DAY, FloatArray
from benchmarks.population.origins import Custom, FamilyRule, Origin, TextArray
from benchmarks.population.people import People
from benchmarks.population.slips import misspell, rejoin

NEWBORN_NAME: Final = "Baby"
NAMELESS: Final = "Unknown"
"""Given name of people whom nobody could identify; Male or Female is the family name."""
SECOND_UNDER_ALIAS: Final = 0.4
"""Second records of a person that were made since another name was given."""


@dataclass(frozen=True, slots=True)
class RecordedNames:
    """One item a record; `preferred_family` is the family name that a pupil goes by."""

    given: TextArray
    second: TextArray
    family: TextArray
    preferred_family: TextArray


def record_names(desk: Desk) -> RecordedNames:
    """First as another truth (a former name, an alias), then with slips of the pen."""
    habits, people = desk.habits, desk.people
    given, second, family = _known_names(desk, people)
    if habits.alias:
        rate = np.where(desk.is_second, SECOND_UNDER_ALIAS, habits.alias)
        desk.change(family, rate, _alias(people.family))
    by_second = desk.chance(habits.second_as_given) & (second != "")
    given[by_second], second[by_second] = second[by_second], given[by_second]
    desk.change(given, habits.nickname, _another_form(people, lambda origin: origin.nicknames))
    spelling = _another_form(people, lambda origin: origin.variants)
    for names in (given, family):
        desk.change(names, habits.variant, spelling)
        desk.change(names, habits.rejoined, rejoin)
    newborn = (REFERENCE_DAY - people.birth).astype(np.int64) < 365
    given[newborn & desk.chance(habits.newborn_unnamed)] = NEWBORN_NAME
    preferred = _preferred(desk, family)
    swapped = desk.chance(habits.swapped * _of_custom(people, lambda custom: custom.swapped))
    given[swapped], family[swapped] = family[swapped], given[swapped]
    unfamiliar = _of_custom(people, lambda custom: custom.misspelt)
    desk.change(given, habits.given_misspelt * unfamiliar, misspell)
    desk.change(family, habits.family_misspelt * unfamiliar, misspell)
    given[desk.is_nameless], second[desk.is_nameless] = NAMELESS, ""
    family = np.where(desk.is_nameless, np.where(people.is_female, "Female", "Male"), family)
    return RecordedNames(given, second, family, preferred)


def _known_names(desk: Desk, people: People) -> tuple[TextArray, TextArray, TextArray]:
    """The names of today, or of before the change where the record is older."""
    is_old = desk.is_old(desk.habits.former_name)
    return (
        np.where(is_old, people.former_given, people.given),
        np.where(is_old, people.former_second, people.second),
        np.where(is_old, people.former_family, people.family),
    )


def _preferred(desk: Desk, family: TextArray) -> TextArray:
    """The family name or, where it is neither parent's at home, that of one of them."""
    people, names = desk.people, desk.everyone.family
    by_custom = [origin.custom.family is FamilyRule.FATHERS for origin in people.origins]
    may = np.array(by_custom)[people.origin] & ~np.array([bool(k.sign) for k in KINDS])[people.kind]
    for parent in (people.parent, people.other_parent):
        may &= names[parent] != people.family
    goes_by = may & desk.chance(desk.habits.preferred_family)
    return np.where(goes_by, names[people.other_parent], family)


def _of_custom(people: People, rate: Callable[[Custom], float]) -> FloatArray:
    """A factor of each person's origin."""
    return np.array([rate(origin.custom) for origin in people.origins])[people.origin]


def _alias(families: TextArray) -> Callable[[Generator, str], str]:
    """Another family name, alone or after the one known."""

    def change(rng: Generator, name: str) -> str:
        other = str(families[int(rng.integers(len(families)))])
        return other if rng.random() < 0.5 else f"{name} AKA {other}"

    return change


def _another_form(
    people: People, forms_of: Callable[[Origin], Mapping[str, tuple[str, ...]]]
) -> Callable[[Generator, str], str]:
    """One of the other forms of a name, or the name itself where there is none.

    Those of all origins count: a clerk does not ask where a name is from.
    """
    forms: dict[str, tuple[str, ...]] = {}
    for origin in people.origins:
        for name, others in forms_of(origin).items():
            forms[name] = forms.get(name, ()) + others

    def change(rng: Generator, name: str) -> str:
        others = forms.get(name)
        return others[int(rng.integers(len(others)))] if others else name

    return change
