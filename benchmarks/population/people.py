"""People: the members of households with their names, homes and how much agencies see of them."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.population.households import BoolArray, DayArray, IntArray, make_members
from benchmarks.population.naming import name_members
from benchmarks.population.origins import Origin, TextArray
from benchmarks.population.places import Dwellings, make_dwellings

SPARE_DWELLINGS: Final = 1.25
"""Dwellings for each household: the spare ones are where people lived before."""


@dataclass(frozen=True, slots=True)
class People:
    """Everyone in the region; all arrays have one item a person, the index is the person id.

    Attributes:
        household: index of the household.
        origin: index into the origins.
        given, second, family: the name as on the birth certificate or after marriage; the second
            name is empty where there is none.
        former_family: the family name before marriage, else the same as `family`.
        home, former_home: dwelling, and the one before the last move.
        need: how much of the agencies' attention the household draws, standard normal.
    """

    household: IntArray
    origin: IntArray
    is_female: BoolArray
    birth: DayArray
    is_twin: BoolArray
    given: TextArray
    second: TextArray
    family: TextArray
    former_family: TextArray
    home: IntArray
    former_home: IntArray
    need: npt.NDArray[np.float64]
    dwellings: Dwellings
    origins: tuple[Origin, ...]

    def __len__(self) -> int:
        return len(self.household)

    def __repr__(self) -> str:
        return f"People({len(self)})"

    def take(self, who: IntArray) -> "People":
        """The people with these ids, in this order."""
        picked = {
            name: getattr(self, name)[who]
            for name in self.__slots__
            if name not in {"dwellings", "origins"}
        }
        return replace(self, **picked)


def make_people(rng: np.random.Generator, count: int, origins: tuple[Origin, ...]) -> People:
    """So many people, household by household."""
    members = make_members(rng, count)
    names = name_members(rng, members, origins)
    households = members.household_count
    dwellings = make_dwellings(rng, int(households * SPARE_DWELLINGS) + 1)
    home = rng.permutation(len(dwellings))[:households]
    former_home = rng.integers(0, len(dwellings), households)
    need = rng.normal(size=households)
    return People(
        household=members.household,
        origin=names.origin,
        is_female=members.is_female,
        birth=members.birth,
        is_twin=members.is_twin,
        given=names.given,
        second=names.second,
        family=names.family,
        former_family=names.former_family,
        home=home[members.household],
        former_home=former_home[members.household],
        need=need[members.household],
        dwellings=dwellings,
        origins=origins,
    )
