"""Contacts: which people each agency holds.

The number of people held by each combination of agencies is exact; who they are is drawn. Contact
runs in families: every combination prefers people from households in need, so relatives are often
known to the same agencies, and it prefers the ages and sexes that its agencies mostly see. A school
alone has whoever is of age.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Final

import numpy as np

from benchmarks.population.agencies import AGENCIES
from benchmarks.population.households import BoolArray, FloatArray, IntArray
from benchmarks.population.people import People

HOUSEHOLD_WEIGHT: Final = 1.0
"""Weight of the household's need beside one standard deviation of chance for the person."""
AGES: Final[Mapping[str, tuple[float, float]]] = {"police": (10, 150), "school": (4, 19)}
"""From which age and below which an agency holds people; the others hold all. The police extract
is of suspects, and ten is the age of criminal responsibility."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is generated.

    Attributes:
        people: people in the region.
        records_per_agency: people that each agency holds.
        in_all: share of an agency's people who are held by all agencies.
        in_each_three: of four agencies, the share of an agency's people who are held by it and
            two certain others only.
        in_each_pair: of three or four agencies, the share of an agency's people who are held by
            it and one certain other only.
        agencies: which of `AGENCIES`, at least two.
        duplicates: whether agencies hold some of their people twice; else each once.
    """

    people: int = 40_000
    records_per_agency: int = 5_000
    in_all: float = 0.06
    in_each_three: float = 0.04
    in_each_pair: float = 0.10
    agencies: tuple[str, ...] = tuple(AGENCIES)
    duplicates: bool = False

    def cells(self) -> dict[tuple[str, ...], int]:
        """Number of people held by exactly these agencies; the hardest to find come first.

        Raises:
            ValueError: The shares leave an agency with less than nobody, or ask for more people
                than there are.
        """
        count = len(self.agencies)
        shares = {3: self.in_each_three, 2: self.in_each_pair} | {count: self.in_all}
        sizes = {k: round(self.records_per_agency * shares[k]) for k in range(2, count + 1)}
        sizes[1] = self.records_per_agency - sum(
            comb(count - 1, k - 1) * size for k, size in sizes.items()
        )
        if min(sizes.values()) < 0:
            raise ValueError("the shares of people held by several agencies add up to more than 1")
        strictest_first = sorted(self.agencies, key=lambda agency: np.ptp(_ages(agency)))
        cells = {
            agencies: sizes[k]
            for k in range(count, 0, -1)
            for agencies in combinations(strictest_first, k)
        }
        if sum(cells.values()) > self.people // 2:
            raise ValueError("the agencies hold more than half of the region: ask for more people")
        return cells


def draw_contacts(rng: np.random.Generator, people: People, size: Size) -> dict[str, IntArray]:
    """The ids of the people that each agency holds, in random order.

    Raises:
        ValueError: The size asks for what can't be, or too few people are of the age.
    """
    free = np.ones(len(people), dtype=bool)
    held: dict[str, list[IntArray]] = {agency: [] for agency in size.agencies}
    for agencies, count in size.cells().items():
        score = rng.normal(size=len(people))
        if agencies != ("school",):
            score += HOUSEHOLD_WEIGHT * people.need
        eligible = free.copy()
        for agency in agencies:
            score += _affinity(agency, people.age, people.is_female)
            youngest, oldest = _ages(agency)
            eligible &= (people.age >= youngest) & (people.age < oldest)
        if eligible.sum() < count:
            raise ValueError(
                f"{' and '.join(agencies)} hold more people than are of the age: ask for more"
            )
        chosen = np.argsort(np.where(eligible, -score, np.inf), kind="stable")[:count]
        free[chosen] = False
        for agency in agencies:
            held[agency].append(chosen)
    return {agency: rng.permutation(np.concatenate(parts)) for agency, parts in held.items()}


def _ages(agency: str) -> tuple[float, float]:
    return AGES.get(agency, (0, 150))


def _affinity(agency: str, age: FloatArray, is_female: BoolArray) -> FloatArray:
    """How much likelier than others an agency sees these people, in standard deviations."""
    affinity = np.zeros(len(age))
    match agency:
        case "police":
            affinity += 0.6 * ~is_female + 0.6 * ((age > 15) & (age < 40)) - 0.8 * (age > 65)
        case "council":
            affinity += 0.6 * (age < 18) + 0.5 * (age > 75) + 0.1 * is_female
        case "hospital":
            affinity += 0.5 * (age > 75) + 0.4 * (age < 6) + 0.3 * ((age > 15) & (age < 30))
    return affinity
