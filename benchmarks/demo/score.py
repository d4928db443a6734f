"""Scoring: what the agencies' match keys say, against the truth that only the demo knows."""

import csv
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import combinations

from benchmarks.demo.world import World
from benchmarks.population.agencies import AGENCIES, Content


@dataclass(frozen=True, slots=True)
class Score:
    """Pairs of records of two agencies: found and right, found, and true."""

    right: int
    found: int
    true: int

    @property
    def precision(self) -> float:
        """Share of the found pairs that are right."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the true pairs that were found."""
        return self.right / self.true if self.true else 1.0


def score(world: World) -> Score:
    """Counts pairs of records across agencies with one match key, and with one person."""
    people: dict[tuple[str, str], str] = {}
    with world.truth.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            people[row["agency"], row["record_id"]] = row["person_id"]
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for agency in AGENCIES:
        for row_id, key in match_keys(world, agency).items():
            found[key].append((agency, row_id))
    true: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for record, person in people.items():
        true[person].append(record)
    right = sum(
        people[one] == people[other]
        for records in found.values()
        for one, other in combinations(records, 2)
        if one[0] != other[0]
    )
    return Score(right, _pairs(found), _pairs(true))


def match_keys(world: World, agency: str) -> dict[str, str]:
    """The match key of each of an agency's rows that has one."""
    row_id = AGENCIES[agency].header(Content.RECORD_ID)
    with world.match_keys(agency).open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return {
            row[row_id]: row["match_key_partnership"]
            for row in rows
            if row["match_key_partnership"]
        }


def _pairs(groups: dict[str, list[tuple[str, str]]]) -> int:
    total = 0
    for records in groups.values():
        counts = Counter(agency for agency, _ in records).values()
        total += sum(one * other for one, other in combinations(counts, 2))
    return total
