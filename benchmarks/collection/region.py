"""The made-up region of `benchmarks/population` as labelled extracts.

Each agency keeps its columns' names, its formats and its habits, and with them its own ways to
write that something is not known. Its content data, which nobody else has, go.
"""

from collections.abc import Sequence
from typing import Final

from benchmarks.collection.folder import LabelledExtract
from benchmarks.population.agencies import Content
from benchmarks.population.contacts import Size
from benchmarks.population.generate import Population, generate
from benchmarks.population.recording import Extract
from benchmarks.population.subgroups import SUBGROUP_COLUMNS, subgroup_rows

PEOPLE_PER_RECORD: Final = 8
"""People in the region for each record of an agency: the population's own default."""
LEFT_OUT: Final = frozenset({Content.RECORD_ID, Content.ATTRIBUTE})
"""The record id stands first, under evaluate's name for it."""


def region(records: int, seed: int) -> tuple[LabelledExtract, ...]:
    """What each agency of the region holds.

    Args:
        records: Of each agency.
        seed: Of everything that is drawn.
    """
    size = Size(people=records * PEOPLE_PER_RECORD, records_per_agency=records)
    return labelled(generate(seed, size))


def labelled(population: Population) -> tuple[LabelledExtract, ...]:
    """What each agency holds of a population."""
    told = subgroup_rows(population)
    return tuple(
        _labelled(extract, [row for row in told if row[0] == extract.agency.name])
        for extract in population.extracts.values()
    )


def _labelled(extract: Extract, told: Sequence[tuple[str, ...]]) -> LabelledExtract:
    """The extract as it is linked, and what is told of its records, by `SUBGROUP_COLUMNS`."""
    left_out = {each.header for each in extract.agency.columns if each.content in LEFT_OUT}
    kept = [place for place, header in enumerate(extract.columns) if header not in left_out]
    return LabelledExtract(
        agency=extract.agency.name,
        title=extract.agency.title,
        columns=tuple(extract.columns[place] for place in kept),
        rows=[[row[place] for place in kept] for row in extract.rows],
        record_ids=extract.record_ids,
        people=[str(person) for person in extract.person_ids],
        subgroups=dict(zip(SUBGROUP_COLUMNS[2:], list(zip(*told, strict=True))[2:], strict=True)),
    )
