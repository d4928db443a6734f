"""People: the members of households with their names, homes, numbers and what agencies see."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from benchmarks.population.changes import Change, Lives, change_names
from benchmarks.population.households import (
    KINDS,
    BoolArray,
    DayArray,
    FloatArray,
    IntArray,
    Members,
    Role,
    ages,
    make_members,
)
from benchmarks.population.mail import make_addresses
from benchmarks.population.naming import name_members
from benchmarks.population.numbers import draw_nhs_numbers, draw_phones
from benchmarks.population.origins import Origin, TextArray
from benchmarks.population.places import Dwellings, make_dwellings, put_up_signs

SPARE_DWELLINGS: Final = 1.25
"""Dwellings for each household: the spare ones are where people lived before."""
PHONE_FROM_AGE: Final = 12
"""Children under it have no number and no e-mail of their own: a parent's is written down."""
SHARED_PHONE: Final = 0.15
"""Partners who give the number of the other, such as that of the house."""
HOMES_PHONE: Final = 0.5
"""People in a home or a hostel who give its number."""
OLD_MAIL: Final = 0.5
"""People whose e-mail address has the name that they bore before."""


@dataclass(frozen=True, slots=True)
class People:
    """Everyone in the region; all arrays have one item a person, the index is the person id.

    Attributes:
        household: index of the household.
        kind: of the household: index into `KINDS`.
        origin: index into the origins.
        change: a `Change`: what happened to the name and the recorded sex.
        given, second, family, is_female: name and sex of today; the second name is empty where
            there is none.
        former_given, former_second, former_family, former_is_female: the same before the change.
        home, former_home: dwelling, and the one before the last move.
        nhs_number, former_nhs_number: differ only after a transition or an adoption.
        phone, former_phone: telephone number, and the one before.
        email: e-mail address.
        parent, other_parent: ids of the adults whom a school would call, for adults themselves
            or their partners; the same where there is one.
        relative: id of another one in the household, the twin of a twin; their own id if alone.
        need: how much of the agencies' attention they draw, in standard deviations.
    """

    household: IntArray
    kind: IntArray
    origin: IntArray
    change: IntArray
    birth: DayArray
    is_twin: BoolArray
    given: TextArray
    second: TextArray
    family: TextArray
    is_female: BoolArray
    former_given: TextArray
    former_second: TextArray
    former_family: TextArray
    former_is_female: BoolArray
    home: IntArray
    former_home: IntArray
    nhs_number: TextArray
    former_nhs_number: TextArray
    phone: TextArray
    former_phone: TextArray
    email: TextArray
    parent: IntArray
    other_parent: IntArray
    relative: IntArray
    need: FloatArray
    dwellings: Dwellings
    origins: tuple[Origin, ...]

    def __len__(self) -> int:
        return len(self.household)

    def __repr__(self) -> str:
        return f"People({len(self)})"

    def take(self, who: IntArray) -> "People":
        """The people with these ids, in this order; ids in it are still everyone's."""
        picked = {
            name: getattr(self, name)[who]
            for name in self.__slots__
            if name not in {"dwellings", "origins"}
        }
        return replace(self, **picked)

    @property
    def age(self) -> FloatArray:
        """Age in years on the day of the extracts."""
        return ages(self.birth)


def make_people(rng: np.random.Generator, count: int, origins: tuple[Origin, ...]) -> People:
    """So many people, household by household."""
    members = make_members(rng, count)
    names = name_members(rng, members, origins)
    lives = change_names(rng, members, names, origins)
    home, former_home, dwellings = _house(rng, members)
    renumbered = np.isin(lives.change, (Change.TRANSITION, Change.ADOPTION))
    nhs_number, former_nhs_number = _nhs_numbers(rng, renumbered)
    is_mother = members.is_female[names.mother]
    parent = np.where(is_mother, names.mother, names.father)
    other_parent = np.where(is_mother, names.father, names.mother)
    return People(
        household=members.household,
        kind=members.kind,
        origin=names.origin,
        change=lives.change,
        birth=members.birth,
        is_twin=members.is_twin,
        given=lives.now.given,
        second=lives.now.second,
        family=lives.now.family,
        is_female=lives.now.is_female,
        former_given=lives.before.given,
        former_second=lives.before.second,
        former_family=lives.before.family,
        former_is_female=lives.before.is_female,
        home=home,
        former_home=former_home,
        nhs_number=nhs_number,
        former_nhs_number=former_nhs_number,
        phone=_phones(rng, members, parent),
        former_phone=_phones(rng, members, parent),
        email=_mail(rng, members, lives, parent),
        parent=parent,
        other_parent=other_parent,
        relative=_relatives(members),
        need=_needs(rng, members),
        dwellings=dwellings,
        origins=origins,
    )


def _house(rng: np.random.Generator, members: Members) -> tuple[IntArray, IntArray, Dwellings]:
    """Present and former home of everyone, and all dwellings, homes and hostels with their signs.

    Families moved together; those who share a house came from homes of their own.
    """
    households = members.household_count
    dwellings = make_dwellings(rng, int(households * SPARE_DWELLINGS) + 1)
    home = rng.permutation(len(dwellings))[:households]
    together = rng.integers(0, len(dwellings), households)[members.household]
    alone = rng.integers(0, len(dwellings), len(members))
    former_home = np.where(members.role == Role.SHARER, alone, together)
    heads = np.searchsorted(members.household, np.arange(households))
    signs = [KINDS[kind].sign for kind in members.kind[heads]]
    signed = [house for house, sign in enumerate(signs) if sign]
    dwellings = put_up_signs(
        rng, dwellings, home[signed].tolist(), [signs[house] for house in signed]
    )
    return home[members.household], former_home, dwellings


def _nhs_numbers(rng: np.random.Generator, renumbered: BoolArray) -> tuple[TextArray, TextArray]:
    """The number that each has, and had before those who are marked got a new one."""
    count = len(renumbered)
    numbers = draw_nhs_numbers(rng, count + int(renumbered.sum()))
    former = numbers[:count].copy()
    former[renumbered] = numbers[count:]
    return numbers[:count], former


def _phones(rng: np.random.Generator, members: Members, parent: IntArray) -> TextArray:
    """A number for everyone: their own, the partner's, a parent's, or that of the home."""
    phones = draw_phones(rng, len(members))
    head = np.searchsorted(members.household, members.household)
    is_home = np.array([bool(kind.sign) for kind in KINDS])[members.kind]
    draw = rng.random(len(members))
    shares = (members.role == Role.PARTNER) & (draw < SHARED_PHONE)
    shares |= is_home & (draw < HOMES_PHONE)
    phones = np.where(shares, phones[head], phones)
    return np.where(_is_small(members), phones[parent], phones)


def _mail(rng: np.random.Generator, members: Members, lives: Lives, parent: IntArray) -> TextArray:
    is_old = rng.random(len(members)) < OLD_MAIL
    mail = make_addresses(
        rng,
        np.where(is_old, lives.before.given, lives.now.given),
        np.where(is_old, lives.before.family, lives.now.family),
        members.birth.astype("datetime64[Y]").astype(str).astype(object),
    )
    return np.where(_is_small(members), mail[parent], mail)


def _is_small(members: Members) -> BoolArray:
    """Children without a number of their own."""
    is_small: BoolArray = (members.role == Role.CHILD) & (ages(members.birth) < PHONE_FROM_AGE)
    return is_small


def _relatives(members: Members) -> IntArray:
    """The next one in the household, for the last one the first; for a twin the one before."""
    person = np.arange(len(members))
    first = np.searchsorted(members.household, members.household)
    last = np.searchsorted(members.household, members.household, side="right") - 1
    following = np.where(person == last, first, person + 1)
    return np.where(members.is_twin, person - 1, following)


def _needs(rng: np.random.Generator, members: Members) -> FloatArray:
    """A family has one need; those who share a house, a home or a hostel have their own."""
    together = rng.normal(size=members.household_count)[members.household]
    alone = rng.normal(size=len(members))
    more = np.array([kind.need for kind in KINDS])[members.kind]
    need: FloatArray = np.where(members.role == Role.SHARER, alone, together) + more
    return need
