"""Contacts: which people each agency holds.

The number of people held by each combination of agencies is exact; who they are is drawn. Contact
runs in families: every combination prefers people from households in need, so relatives are often
known to the same agencies, and it prefers the ages and sexes that its agencies mostly see.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.population.agencies import AGENCIES
from benchmarks.population.households import DAYS_A_YEAR, REFERENCE_DAY, BoolArray, IntArray
from benchmarks.population.people import People

HOUSEHOLD_WEIGHT: Final = 1.0
"""Weight of the household's need beside one standard deviation of chance for the person."""
POLICE_FROM_AGE: Final = 10
"""The age of criminal responsibility; the police extract is of suspects."""
COUNCIL_FROM_AGE: Final = 16
"""The council extract is of applicants for housing."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is generated.

    Attributes:
        people: people in the region.
        records_per_agency: people that each agency holds, each once.
        in_all: share of an agency's people who are held by all three.
        in_each_pair: share of an agency's people who are held by it and one certain other only.
    """

    people: int = 40_000
    records_per_agency: int = 5_000
    in_all: float = 0.12
    in_each_pair: float = 0.12

    def cells(self) -> dict[tuple[str, ...], int]:
        """Number of people held by exactly these agencies.

        Raises:
            ValueError: The shares leave an agency with less than nobody, or ask for more people
                than there are.
        """
        in_all = round(self.records_per_agency * self.in_all)
        in_pair = round(self.records_per_agency * self.in_each_pair)
        alone = self.records_per_agency - in_all - 2 * in_pair
        if min(in_all, in_pair, alone) < 0:
            raise ValueError("the shares of people held by several agencies add up to more than 1")
        sizes = {1: alone, 2: in_pair, 3: in_all}
        cells = {
            agencies: sizes[count]
            for count in (3, 2, 1)
            for agencies in combinations(AGENCIES, count)
        }
        if sum(cells.values()) > self.people // 2:
            raise ValueError("the agencies hold more than half of the region: ask for more people")
        return cells


def draw_contacts(rng: np.random.Generator, people: People, size: Size) -> dict[str, IntArray]:
    """The ids of the people that each agency holds, in random order."""
    age = (REFERENCE_DAY - people.birth).astype(np.int64) / DAYS_A_YEAR
    free = np.ones(len(people), dtype=bool)
    held: dict[str, list[IntArray]] = {agency: [] for agency in AGENCIES}
    for agencies, count in size.cells().items():
        score = HOUSEHOLD_WEIGHT * people.need + rng.normal(size=len(people))
        eligible = free.copy()
        for agency in agencies:
            score += _affinity(agency, age, people.is_female)
            eligible &= age >= _least_age(agency)
        chosen = np.argsort(np.where(eligible, -score, np.inf), kind="stable")[:count]
        free[chosen] = False
        for agency in agencies:
            held[agency].append(chosen)
    return {agency: rng.permutation(np.concatenate(parts)) for agency, parts in held.items()}


def _least_age(agency: str) -> int:
    return {"police": POLICE_FROM_AGE, "council": COUNCIL_FROM_AGE}.get(agency, 0)


def _affinity(
    agency: str, age: npt.NDArray[np.float64], is_female: BoolArray
) -> npt.NDArray[np.float64]:
    """How much likelier than others an agency sees these people, in standard deviations."""
    affinity = np.zeros(len(age))
    if agency == "police":
        affinity += 0.6 * ~is_female + 0.6 * ((age > 15) & (age < 40)) - 0.8 * (age > 65)
    elif agency == "council":
        affinity += 0.4 * ((age > 20) & (age < 50)) + 0.2 * is_female
    else:
        affinity += 0.5 * (age > 65) + 0.4 * (age < 6)
    return affinity
