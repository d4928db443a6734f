"""Changes: what becomes of a name and of a recorded sex in the course of a life.

A record that is older than the change holds what was true before it. Beside marriage, which
`naming` has done: divorce, deed poll, transition of gender, adoption; at most one a person. After
the last two, the NHS gives a new number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np

from benchmarks.population.households import (
    KINDS,
    BoolArray,
    FloatArray,
    IntArray,
    Members,
    Role,
    ages,
)
from benchmarks.population.naming import FEMININE, Names
from benchmarks.population.origins import NamePool, Origin, SecondName, TextArray

DIVORCED: Final = 0.25
"""Women from 25 on without a partner at home who once bore a husband's name, if it is taken."""
DIVORCED_KEEPS: Final = 0.4
"""Divorced women who keep that name, often since the children bear it."""
DEED_POLL: Final = 0.005
"""People from 16 on who chose another name; rarer in life, so that a small sample has some."""
DEED_POLL_FAMILY: Final = 0.6
"""Of these, the ones who changed the family name; the others changed the given name."""
TRANSITION: Final = 0.005
"""One person in two hundred, as the census of 2021 counted."""
ADOPTION: Final = 0.01
"""Children adopted, by a step-parent or by others; above life, so that a small sample has some."""
ADOPTED_GIVEN: Final = 0.25
"""Adopted children who got another given name as well."""


class Change(IntEnum):
    """What changed a person's name; its name in small letters is what subgroups call it."""

    NONE = 0
    MARRIAGE = 1
    DIVORCE = 2
    DEED_POLL = 3
    TRANSITION = 4
    ADOPTION = 5


@dataclass(frozen=True, slots=True)
class Identity:
    """How the people are called and which sex is recorded of them; one item a person."""

    given: TextArray
    second: TextArray
    family: TextArray
    is_female: BoolArray

    def copy(self) -> "Identity":
        """The same in arrays of its own."""
        return Identity(
            self.given.copy(), self.second.copy(), self.family.copy(), self.is_female.copy()
        )


@dataclass(frozen=True, slots=True)
class Lives:
    """Who the people are now and were before the change; the same for those without one.

    Attributes:
        change: a `Change`.
    """

    change: IntArray
    now: Identity
    before: Identity


@dataclass(frozen=True, slots=True)
class _Draw:
    """Names to change to."""

    rng: np.random.Generator
    origins: tuple[Origin, ...]
    origin: IntArray

    def names(self, who: IntArray, pool_of: Callable[[Origin], NamePool]) -> TextArray:
        """A name for each of these people, from a pool of the origin that each has."""
        drawn = np.full(len(who), "", dtype=object)
        for index, origin in enumerate(self.origins):
            there = self.origin[who] == index
            drawn[there] = pool_of(origin).draw(self.rng, int(there.sum()))
        return drawn

    def given(self, who: IntArray, is_female: BoolArray) -> TextArray:
        """A given name for each of these people; `is_female` is theirs."""
        return np.where(
            is_female,
            self.names(who, lambda origin: origin.given[True, False]),
            self.names(who, lambda origin: origin.given[False, False]),
        )

    def family(self, who: IntArray, is_female: BoolArray) -> TextArray:
        """A family name for each of these people, in the form for their sex."""
        drawn = self.names(who, lambda origin: origin.family)
        return self.fitted(who, drawn, is_female)

    def fitted(self, who: IntArray, names: TextArray, is_female: BoolArray) -> TextArray:
        """These people's names in the form for the sex, where the origin has two."""
        origins = (self.origins[index] for index in self.origin[who])
        fitted = np.full(len(who), "", dtype=object)
        fitted[:] = [
            _fitted(origin, name, is_female=bool(female))
            for origin, name, female in zip(origins, names, is_female, strict=True)
        ]
        return fitted

    def some(self, rate: float, count: int) -> BoolArray:
        """An independent yes for each of so many."""
        return self.rng.random(count) < rate


def change_names(
    rng: np.random.Generator, members: Members, names: Names, origins: tuple[Origin, ...]
) -> Lives:
    """Everyone's name and sex of today, and of before the one change that a life may have."""
    draw = _Draw(rng, origins, names.origin)
    change = _who_changes(rng, members, names, origins)
    now = Identity(names.given, names.second, names.family, members.is_female).copy()
    before = Identity(names.given, names.second, names.former_family, members.is_female).copy()
    _divorce(draw, members, np.flatnonzero(change == Change.DIVORCE), now, before)
    _deed_poll(draw, np.flatnonzero(change == Change.DEED_POLL), now)
    _transition(draw, np.flatnonzero(change == Change.TRANSITION), now)
    _adoption(draw, np.flatnonzero(change == Change.ADOPTION), before)
    return Lives(change, now, before)


def _who_changes(
    rng: np.random.Generator, members: Members, names: Names, origins: tuple[Origin, ...]
) -> IntArray:
    age = ages(members.birth)
    is_single = np.array([not (kind.partner or kind.sign) for kind in KINDS])[members.kind]
    takes_name = np.array([origin.custom.wife_takes for origin in origins])[names.origin]
    divorced = (members.role == Role.HEAD) & members.is_female & is_single & (age >= 25)
    rates: tuple[tuple[Change, BoolArray, float | FloatArray], ...] = (
        (Change.DIVORCE, divorced, DIVORCED * takes_name),
        (Change.TRANSITION, age >= 13, TRANSITION),
        (Change.DEED_POLL, age >= 16, DEED_POLL),
        (Change.ADOPTION, members.role == Role.CHILD, ADOPTION),
    )
    change = np.where(names.family == names.former_family, Change.NONE, Change.MARRIAGE)
    for kind, may, rate in rates:
        change[(change == Change.NONE) & may & (rng.random(len(members)) < rate)] = kind
    return change


def _divorce(draw: _Draw, members: Members, who: IntArray, now: Identity, before: Identity) -> None:
    """She bears the husband's name or bore it; it is the first child's, if there is one."""
    married = draw.family(who, now.is_female[who])
    next_one = np.minimum(who + 1, len(members) - 1)
    has_child = (members.role[next_one] == Role.CHILD) & (
        members.household[next_one] == members.household[who]
    )
    of_child = draw.fitted(who, now.family[next_one], now.is_female[who])
    married = np.where(has_child, of_child, married)
    keeps = draw.some(DIVORCED_KEEPS, len(who))
    born = now.family[who]
    now.family[who] = np.where(keeps, married, born)
    before.family[who] = np.where(keeps, born, married)


def _deed_poll(draw: _Draw, who: IntArray, now: Identity) -> None:
    is_family = draw.some(DEED_POLL_FAMILY, len(who))
    is_female = now.is_female[who]
    family, given = draw.family(who, is_female), draw.given(who, is_female)
    now.family[who] = np.where(is_family, family, now.family[who])
    now.given[who] = np.where(is_family, now.given[who], given)


def _transition(draw: _Draw, who: IntArray, now: Identity) -> None:
    """A given name and a second name of the other sex, and the family name in its form."""
    is_female = ~now.is_female[who]
    now.is_female[who] = is_female
    now.given[who] = draw.given(who, is_female)
    rules = np.array([origin.custom.second is SecondName.ANOTHER for origin in draw.origins])
    another = rules[draw.origin[who]] & (now.second[who] != "")
    second = draw.fitted(who, now.second[who], is_female)
    now.second[who] = np.where(another, draw.given(who, is_female), second)
    now.family[who] = draw.fitted(who, now.family[who], is_female)


def _adoption(draw: _Draw, who: IntArray, before: Identity) -> None:
    """Another family name before, and for some another given name."""
    is_female = before.is_female[who]
    renamed = draw.some(ADOPTED_GIVEN, len(who))
    before.family[who] = draw.family(who, is_female)
    before.given[who] = np.where(renamed, draw.given(who, is_female), before.given[who])


def _fitted(origin: Origin, name: str, *, is_female: bool) -> str:
    """The name in its form for the sex: Kaur for Singh, Kowalska for Kowalski."""
    if origin.custom.second is SecondName.RELIGIOUS:
        male, female = origin.named["male_religious"], origin.named["female_religious"]
        return name.replace(male, female) if is_female else name.replace(female, male)
    if origin.name == "polish":
        for masculine, feminine in FEMININE:
            ending, other = (masculine, feminine) if is_female else (feminine, masculine)
            if name.endswith(ending):
                return name.removesuffix(ending) + other
    return name
