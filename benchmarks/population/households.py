"""Households: who lives with whom, how old they are and how they are related.

Drawn kind by kind for all households at once: a household is a head and those who live with the
head in some role. Family matters to linkage because relatives share a name and an address, and
twins a birth date as well; homes and hostels, because strangers share an address.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

REFERENCE_DAY: Final = np.datetime64("2026-01-01")
"""The day of the extracts: nobody is born later."""
DAYS_A_YEAR: Final = 365.25

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
DayArray = npt.NDArray[np.datetime64]


class Role(IntEnum):
    """What a person is to the head of the household."""

    HEAD = 0
    PARTNER = 1
    CHILD = 2
    ELDER = 3
    SHARER = 4


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of household.

    Attributes:
        name: as subgroups call it.
        share: share of all households.
        ages: youngest and oldest head, and sharer, in years.
        female: share of women among the heads.
        sharers: fewest and most people who live with the head and are no relatives.
        sign: for a home or a hostel, what the house is called; it stands in the address.
        need: how much more than others it draws the agencies' attention, in standard deviations.
    """

    name: str
    share: float
    ages: tuple[int, int]
    female: float = 0.5
    partner: bool = False
    children: bool = False
    elders: bool = False
    sharers: tuple[int, int] = (0, 0)
    sign: str = ""
    need: float = 0.0


KINDS: Final = (
    Kind("alone", 0.275, (19, 94)),
    Kind("couple", 0.260, (21, 90), partner=True),
    Kind("family", 0.270, (23, 58), partner=True, children=True),
    Kind("lone parent", 0.090, (20, 55), female=0.85, children=True),
    Kind("three generations", 0.040, (28, 52), partner=True, children=True, elders=True),
    Kind("shared house", 0.045, (19, 35), sharers=(1, 2)),
    Kind("student house", 0.017, (19, 23), sharers=(2, 5)),
    Kind("hostel", 0.001, (19, 64), female=0.3, sharers=(8, 30), sign="Hostel", need=1.0),
    Kind("care home", 0.001, (74, 99), female=0.7, sharers=(12, 40), sign="Care Home"),
    Kind("children's home", 0.001, (8, 17), sharers=(3, 6), sign="House", need=1.0),
)
"""Of the homes and hostels there are about twice as many as in the country, so that a small sample
has some."""
CHILDREN_SHARES: Final = (0.44, 0.37, 0.13, 0.06)
"""Shares of families with one, two, three, four children at home."""
TWIN_RATE: Final = 0.03
"""Later children born on the day of the one before: above the 1.5 % of births that are twins, so
that a small sample has some."""
TWIN_SAME_SEX: Final = 0.65
"""Twins of one sex for certain (the identical ones and half of the others); the rest as drawn."""
SAME_SEX_COUPLES: Final = 0.02
LEAVING_AGE: Final = 27
"""Oldest age, in years, at which children live at home here."""


@dataclass(frozen=True, slots=True)
class Members:
    """The people of the region, household by household; all arrays have one item a person.

    Attributes:
        household: index of the household, ascending.
        role: a `Role`.
        kind: index into `KINDS`.
        is_female: recorded sex.
        birth: birth day, datetime64[D].
        is_twin: born on the day of the child before, in the same household.
    """

    household: IntArray
    role: IntArray
    kind: IntArray
    is_female: BoolArray
    birth: DayArray
    is_twin: BoolArray

    def __len__(self) -> int:
        return len(self.household)

    @property
    def household_count(self) -> int:
        """Number of households."""
        return int(self.household[-1]) + 1


def ages(birth: DayArray) -> FloatArray:
    """Ages in years on the day of the extracts."""
    return (REFERENCE_DAY - birth).astype(np.int64) / DAYS_A_YEAR


def make_members(rng: np.random.Generator, people: int) -> Members:
    """Households until there are so many people; the last one may be cut short."""
    households = people  # more than enough: each has at least its head
    kind = rng.choice(len(KINDS), size=households, p=[kind.share for kind in KINDS])
    youngest, oldest = np.array([each.ages for each in KINDS], dtype=float)[kind].T
    head_age = youngest + rng.random(households) * (oldest - youngest)
    head_female = rng.random(households) < np.array([each.female for each in KINDS])[kind]
    parts = [
        _part(np.arange(households), Role.HEAD, head_female, head_age),
        _partners(rng, np.flatnonzero(_has(kind, "partner")), head_female, head_age),
        *_children(rng, np.flatnonzero(_has(kind, "children")), head_age),
        _elders(rng, np.flatnonzero(_has(kind, "elders")), head_age),
        _sharers(rng, kind),
    ]
    household = np.concatenate([part.household for part in parts])
    order = np.argsort(household, kind="stable")[:people]
    return Members(
        household=household[order],
        role=np.concatenate([part.role for part in parts])[order],
        kind=kind[household[order]],
        is_female=np.concatenate([part.is_female for part in parts])[order],
        birth=np.concatenate([part.birth for part in parts])[order],
        is_twin=np.concatenate([part.is_twin for part in parts])[order],
    )


def _has(kind: IntArray, role: str) -> BoolArray:
    return np.array([getattr(each, role) for each in KINDS], dtype=bool)[kind]


@dataclass(frozen=True, slots=True)
class _Part:
    """Those with one role, of all households."""

    household: IntArray
    role: IntArray
    is_female: BoolArray
    birth: DayArray
    is_twin: BoolArray


def _part(
    household: IntArray,
    role: Role,
    is_female: BoolArray,
    age: FloatArray,
    is_twin: BoolArray | None = None,
) -> _Part:
    """Those with one role, by age in years."""
    count = len(household)
    birth = REFERENCE_DAY - 1 - np.floor(age * DAYS_A_YEAR).astype("timedelta64[D]")
    return _Part(
        household=household.astype(np.int64),
        role=np.full(count, role, dtype=np.int64),
        is_female=is_female,
        birth=birth,
        is_twin=np.zeros(count, dtype=bool) if is_twin is None else is_twin,
    )


def _partners(
    rng: np.random.Generator,
    household: IntArray,
    head_female: BoolArray,
    head_age: FloatArray,
) -> _Part:
    same = rng.random(len(household)) < SAME_SEX_COUPLES
    age = head_age[household] + rng.normal(0, 4, len(household))
    return _part(household, Role.PARTNER, head_female[household] ^ ~same, np.maximum(age, 19))


def _children(rng: np.random.Generator, household: IntArray, head_age: FloatArray) -> list[_Part]:
    """First to fourth children; each younger than the one before, none yet to be born."""
    wanted = 1 + rng.choice(len(CHILDREN_SHARES), size=len(household), p=CHILDREN_SHARES)
    age = rng.random(len(household)) * np.minimum(head_age[household] - 18.5, LEAVING_AGE)
    is_female = rng.random(len(household)) < 0.49
    parts = [_part(household, Role.CHILD, is_female, age)]
    for number in range(2, len(CHILDREN_SHARES) + 1):
        twin = rng.random(len(household)) < TWIN_RATE
        age = np.where(twin, age, age - 1 - rng.gamma(4, 0.5, len(household)))
        drawn = rng.random(len(household)) < 0.49
        like_before = twin & (rng.random(len(household)) < TWIN_SAME_SEX)
        is_female = np.where(like_before, is_female, drawn)
        born = (wanted >= number) & (age >= 0)
        parts.append(_part(household[born], Role.CHILD, is_female[born], age[born], twin[born]))
    return parts


def _elders(rng: np.random.Generator, household: IntArray, head_age: FloatArray) -> _Part:
    age = head_age[household] + 20 + rng.random(len(household)) * 18
    return _part(household, Role.ELDER, rng.random(len(household)) < 0.6, age)


def _sharers(rng: np.random.Generator, kind: IntArray) -> _Part:
    """Those who share a house, a home or a hostel: as old as its head may be, no relatives."""
    fewest, most = np.array([each.sharers for each in KINDS])[kind].T
    household = np.repeat(np.arange(len(kind)), rng.integers(fewest, most + 1))
    youngest, oldest = np.array([each.ages for each in KINDS], dtype=float)[kind[household]].T
    age = youngest + rng.random(len(household)) * (oldest - youngest)
    female = np.array([each.female for each in KINDS])[kind[household]]
    return _part(household, Role.SHARER, rng.random(len(household)) < female, age)
