"""Subgroups: what is said of each record's person when accuracy is reported group by group."""

from typing import Final

import numpy as np

from benchmarks.population.agencies import Content
from benchmarks.population.changes import Change
from benchmarks.population.generate import Population
from benchmarks.population.households import KINDS
from benchmarks.population.recording import Extract

SUBGROUP_COLUMNS: Final = (
    *("agency", "record_id", "origin", "sex", "age", "lives", "name_changed", "twin", "address"),
)
AGE_BANDS: Final = (
    (0, "0-3"),
    (4, "4-9"),
    (10, "10-18"),
    (19, "19-39"),
    (40, "40-64"),
    (65, "65+"),
)
"""Where each band begins: the school's years, those of them that the police know, then adults."""
_LINES: Final = {Content.LINE, Content.LINE_AND_TOWN, Content.BLOCK}
_HOW_MUCH: Final = ("missing", "partial", "whole")


def subgroup_rows(population: Population) -> list[tuple[str, ...]]:
    """One row a record, in the order of `SUBGROUP_COLUMNS`, agency by agency.

    Origin, age and how they live are facts about the person, as are `name_changed` (by what) and
    `twin` (of a twin brother or sister in the household); `address` says whether the record has a
    numbered line and a postcode, one of them, or none.
    """
    people = population.people
    starts = [start for start, _ in AGE_BANDS]
    band = np.searchsorted(starts, people.age, side="right") - 1
    is_twin = people.is_twin.copy()
    is_twin[np.flatnonzero(people.is_twin) - 1] = True
    rows: list[tuple[str, ...]] = []
    for name, extract in population.extracts.items():
        for record_id, person, address in zip(
            extract.record_ids, extract.person_ids.tolist(), _addresses(extract), strict=True
        ):
            rows.append(
                (
                    name,
                    record_id,
                    people.origins[people.origin[person]].name,
                    "female" if people.is_female[person] else "male",
                    AGE_BANDS[band[person]][1],
                    KINDS[people.kind[person]].name,
                    Change(int(people.change[person])).name.lower(),
                    "yes" if is_twin[person] else "no",
                    address,
                )
            )
    return rows


def _addresses(extract: Extract) -> list[str]:
    """How much of an address each record has."""
    contents = [column.content for column in extract.agency.columns]
    line = next(at for at, content in enumerate(contents) if content in _LINES)
    postcode = contents.index(Content.POSTCODE)
    missing = {"", *extract.agency.missing_texts}
    return [
        _HOW_MUCH[any(map(str.isdigit, row[line])) + (row[postcode] not in missing)]
        for row in extract.rows
    ]
