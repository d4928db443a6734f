"""The made-up region of `benchmarks/population` as labelled extracts.

Each agency keeps its columns' names, its formats and its habits, and with them its own ways to
write that something is not known. Its content data, which nobody else has, go.
"""

from typing import Final

from benchmarks.collection.folder import LabelledExtract
from benchmarks.population.agencies import Content
from benchmarks.population.contacts import Size
from benchmarks.population.generate import generate
from benchmarks.population.recording import Extract

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
    return tuple(_labelled(extract) for extract in generate(seed, size).extracts.values())


def _labelled(extract: Extract) -> LabelledExtract:
    left_out = {each.header for each in extract.agency.columns if each.content in LEFT_OUT}
    kept = [place for place, header in enumerate(extract.columns) if header not in left_out]
    return LabelledExtract(
        agency=extract.agency.name,
        title=extract.agency.title,
        columns=tuple(extract.columns[place] for place in kept),
        rows=[[row[place] for place in kept] for row in extract.rows],
        record_ids=extract.record_ids,
        people=[str(person) for person in extract.person_ids],
    )
