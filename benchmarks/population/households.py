"""Households: who lives with whom, how old they are and how they are related.

Drawn kind by kind for all households at once: a household is a head and those who live with the
head in some role. Family matters to linkage because relatives share a name and an address, and
twins a birth date as well.
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
        share: share of all households.
        ages: youngest and oldest head, in years.
    """

    share: float
    ages: tuple[int, int]
    partner: bool = False
    children: bool = False
    elders: bool = False
    sharers: bool = False


KINDS: Final = (
    Kind(0.29, (19, 94)),
    Kind(0.26, (21, 90), partner=True),
    Kind(0.27, (23, 58), partner=True, children=True),
    Kind(0.09, (20, 55), children=True),
    Kind(0.04, (28, 52), partner=True, children=True, elders=True),
    Kind(0.05, (18, 35), sharers=True),
)
CHILDREN_SHARES: Final = (0.44, 0.37, 0.13, 0.06)
"""Shares of families with one, two, three, four children at home."""
TWIN_RATE: Final = 0.03
"""Later children born on the day of the one before: above the 1.5 % of births that are twins, so
that a small sample has some."""
TWIN_SAME_SEX: Final = 0.65
SAME_SEX_COUPLES: Final = 0.02
LEAVING_AGE: Final = 27
"""Oldest age, in years, at which children live at home here."""


@dataclass(frozen=True, slots=True)
class Members:
    """The people of the region, household by household; all arrays have one item a person.

    Attributes:
        household: index of the household, ascending.
        role: a `Role`.
        is_female: recorded sex.
        birth: birth day, datetime64[D].
        is_twin: born on the day of the child before, in the same household.
    """

    household: IntArray
    role: IntArray
    is_female: BoolArray
    birth: DayArray
    is_twin: BoolArray

    def __len__(self) -> int:
        return len(self.household)

    @property
    def household_count(self) -> int:
        """Number of households."""
        return int(self.household[-1]) + 1


def make_members(rng: np.random.Generator, people: int) -> Members:
    """Households until there are so many people; the last one may be cut short."""
    households = people  # more than enough: each has at least its head
    kind = rng.choice(len(KINDS), size=households, p=[kind.share for kind in KINDS])
    youngest, oldest = np.array([each.ages for each in KINDS], dtype=float)[kind].T
    head_age = youngest + rng.random(households) * (oldest - youngest)
    head_female = rng.random(households) < 0.5
    lone_parent = kind == 3
    head_female |= lone_parent & (rng.random(households) < 0.7)
    parts = [
        _part(np.arange(households), Role.HEAD, head_female, head_age),
        _partners(rng, np.flatnonzero(_has(kind, "partner")), head_female, head_age),
        *_children(rng, np.flatnonzero(_has(kind, "children")), head_age),
        _elders(rng, np.flatnonzero(_has(kind, "elders")), head_age),
        *(
            _sharers(rng, np.flatnonzero(_has(kind, "sharers") & (rng.random(households) < rate)))
            for rate in (1.0, 0.6)
        ),
    ]
    household = np.concatenate([part.household for part in parts])
    order = np.argsort(household, kind="stable")[:people]
    return Members(
        household=household[order],
        role=np.concatenate([part.role for part in parts])[order],
        is_female=np.concatenate([part.is_female for part in parts])[order],
        birth=np.concatenate([part.birth for part in parts])[order],
        is_twin=np.concatenate([part.is_twin for part in parts])[order],
    )


def _has(kind: IntArray, role: str) -> BoolArray:
    return np.array([getattr(each, role) for each in KINDS], dtype=bool)[kind]


def _part(
    household: IntArray,
    role: Role,
    is_female: BoolArray,
    age: npt.NDArray[np.float64],
    is_twin: BoolArray | None = None,
) -> Members:
    """Those with one role, by age in years."""
    count = len(household)
    birth = REFERENCE_DAY - 1 - np.floor(age * DAYS_A_YEAR).astype("timedelta64[D]")
    return Members(
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
    head_age: npt.NDArray[np.float64],
) -> Members:
    same = rng.random(len(household)) < SAME_SEX_COUPLES
    age = head_age[household] + rng.normal(0, 4, len(household))
    return _part(household, Role.PARTNER, head_female[household] ^ ~same, np.maximum(age, 18))


def _children(
    rng: np.random.Generator, household: IntArray, head_age: npt.NDArray[np.float64]
) -> list[Members]:
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


def _elders(
    rng: np.random.Generator, household: IntArray, head_age: npt.NDArray[np.float64]
) -> Members:
    age = head_age[household] + 20 + rng.random(len(household)) * 18
    return _part(household, Role.ELDER, rng.random(len(household)) < 0.6, age)


def _sharers(rng: np.random.Generator, household: IntArray) -> Members:
    age = 18 + rng.random(len(household)) * 18
    return _part(household, Role.SHARER, rng.random(len(household)) < 0.5, age)
