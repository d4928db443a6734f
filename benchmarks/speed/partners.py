"""Partners: the extracts of as many agencies as one likes, each with its own view of the people.

In each region there is a pool of twice as many people as an agency holds, likelier those in need.
Every agency holds half of it, drawn for itself, and writes them down in its own form with its own
slips. So half of the people that an agency holds are held by any other too, as in `people.py`, and
a person may be known to all, to some or to nobody. In a process of its own, as that has it:

    python -m benchmarks.speed.partners FOLDER AGENCIES RECORDS SEED
"""

import sys
from math import ceil
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.population.agencies import AGENCIES
from benchmarks.population.contacts import HOUSEHOLD_WEIGHT
from benchmarks.population.origins import load_origins
from benchmarks.population.people import People, make_people
from benchmarks.population.recording import make_extract
from benchmarks.speed.people import (
    IN_BOTH,
    PEOPLE_PER_RECORD,
    REGION_RECORDS,
    append,
    fill_folder,
    source_of,
)
from linkage.arrays import IntArray
from linkage.ids import AgencyId
from linkage_agent.config import SourceConfig

FORMS: Final = ("police", "council", "hospital")
"""Taken in turns; the school's is for children only."""


def make_partners(folder: Path, count: int, records: int, seed: int) -> None:
    """Writes so many agencies' extracts to a folder, unless they are there.

    Raises:
        ToolError: They could not be made.
    """
    fill_folder(folder, "benchmarks.speed.partners", count, records, seed)


def partners(folder: Path, count: int) -> dict[AgencyId, SourceConfig]:
    """How the agent of each of so many agencies reads its extract."""
    return {AgencyId(name): source_of(folder / f"{name}.csv", form) for name, form in _named(count)}


def write_partners(
    folder: Path, count: int, records: int, seed: int, most: int = REGION_RECORDS
) -> None:
    """Writes the extracts to an empty folder.

    Args:
        folder: where to.
        count: of agencies.
        records: of each agency.
        seed: of the first region; the others have the numbers after it.
        most: records that a region may have of each agency.
    """
    for region, start in enumerate(range(0, records, most)):
        held = min(most, records - start)
        rng = np.random.default_rng(seed + region)
        people = make_people(rng, ceil(held * PEOPLE_PER_RECORD), load_origins())
        pool = _likeliest(rng, people, round(held / IN_BOTH))
        for name, form in _named(count):
            who = rng.permutation(pool)[:held]
            extract = make_extract(rng, AGENCIES[form], people, who, duplicates=False)
            append(folder / f"{name}.csv", extract, region)


def _named(count: int) -> list[tuple[str, str]]:
    """Name and form of each agency."""
    rounds = [divmod(number, len(FORMS)) for number in range(count)]
    return [(f"{FORMS[at]}-{turn + 1}", FORMS[at]) for turn, at in rounds]


def _likeliest(rng: np.random.Generator, people: People, count: int) -> IntArray:
    """The ids of those whom agencies may hold: need, which runs in families, and chance."""
    score = rng.normal(size=len(people)) + HOUSEHOLD_WEIGHT * people.need
    likeliest: IntArray = np.argsort(-score, kind="stable")[:count]
    return likeliest


if __name__ == "__main__":
    write_partners(Path(sys.argv[1]), *map(int, sys.argv[2:5]))
