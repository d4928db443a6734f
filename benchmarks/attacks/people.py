"""People: two agencies' records of the made-up region, and the schemas proposed for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Final

from benchmarks.collection.folder import PROJECT_FILE, write_folder
from benchmarks.collection.region import labelled
from benchmarks.evaluate.evaluation import prepare
from benchmarks.population.contacts import Size
from benchmarks.population.generate import generate
from benchmarks.speed.people import IN_BOTH, NAMES, PEOPLE_PER_RECORD
from linkage.agreement.schema import EncodingSchema, Reveals
from linkage.arrays import IntArray
from linkage_agent.columns import StringColumns


@dataclass(frozen=True, slots=True, repr=False)
class Held:
    """What one agency holds.

    Attributes:
        columns: its records' identifiers, as its agent reads them.
        persons: (n_records,) int64: whose each record is; equal numbers are one person, in every
            agency.
    """

    columns: StringColumns
    persons: IntArray

    def __len__(self) -> int:
        return len(self.persons)

    def __repr__(self) -> str:
        return f"Held({len(self)} records)"


@dataclass(frozen=True, slots=True)
class Region:
    """Two agencies and what they could agree on.

    Attributes:
        agencies: by name.
        schema: that `linkage-agent schema suggest` proposes for both.
    """

    agencies: Mapping[str, Held]
    schema: EncodingSchema


def write_region(folder: Path, records: int, seed: int) -> None:
    """Writes both agencies' extracts, and who is who, into an empty folder.

    Args:
        folder: is there, and empty.
        records: of each agency; half of its people are the other's too.
        seed: of everything that is drawn.
    """
    size = Size(
        people=ceil(records * PEOPLE_PER_RECORD),
        records_per_agency=records,
        in_all=IN_BOTH,
        agencies=NAMES,
    )
    write_folder(folder, "attacked", f"region, seed {seed}", labelled(generate(seed, size)))


def read_region(folder: Path, reveals: Reveals) -> Region:
    """The agencies as their agents read them, with the schema proposed at a level."""
    prepared = prepare(folder / PROJECT_FILE, folder, reveals)
    truth = prepared.truth
    agencies = {
        str(agency): Held(columns, truth.people[truth.agencies == number])
        for number, (agency, columns) in enumerate(prepared.extracts.items())
    }
    return Region(agencies, prepared.settled.agreement.schema)


ATTACKED: Final = NAMES[0]
"""The agency whose encodings are attacked."""
