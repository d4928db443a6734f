"""The door: from a seed to a region's people and what the agencies hold about them."""

from dataclasses import dataclass

import numpy as np

from benchmarks.population.agencies import AGENCIES
from benchmarks.population.contacts import Size, draw_contacts
from benchmarks.population.origins import load_origins
from benchmarks.population.people import People, make_people
from benchmarks.population.recording import Extract, make_extract


@dataclass(frozen=True, slots=True)
class Population:
    """The region's people and, by the agency's name, what each agency holds."""

    people: People
    extracts: dict[str, Extract]

    def truth(self) -> list[tuple[str, str, str]]:
        """Agency, record id and person id of every record, agency by agency."""
        return [
            (name, record_id, str(person_id))
            for name, extract in self.extracts.items()
            for record_id, person_id in zip(extract.record_ids, extract.person_ids, strict=True)
        ]


def generate(seed: int, size: Size = Size()) -> Population:  # noqa: B008 - frozen
    """People and extracts: the same seed and size always give the same.

    Args:
        seed: of the random generator.
        size: people in the region, records per agency, how many are held by several, which
            agencies, and whether they hold some people twice.

    Raises:
        ValueError: The size asks for what can't be.
    """
    rng = np.random.default_rng(seed)
    people = make_people(rng, size.people, load_origins())
    held = draw_contacts(rng, people, size)
    extracts = {
        name: make_extract(rng, AGENCIES[name], people, who, duplicates=size.duplicates)
        for name, who in held.items()
    }
    return Population(people, extracts)
