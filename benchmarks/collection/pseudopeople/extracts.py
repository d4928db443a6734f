"""Agencies of the United States as pseudopeople makes them, from its packaged population.

A column stays where another agency of the set has the same item, whatever it calls it, and its
values stay as they are written. What labels the truth goes, and so does the year of the form.
"""

import csv
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.collection.folder import LabelledExtract, numbered
from benchmarks.environment import Environment, run_module

ENVIRONMENT: Final = Environment.beside_ours(
    "pseudopeople", Path("benchmarks/collection/pseudopeople/requirements.txt")
)
PERSON: Final = "simulant_id"
LABELS: Final = frozenset({PERSON, "household_id", "employer_id"})
"""The simulation's own numbers, which no agency has."""
FORM_COLUMNS: Final = frozenset({"year", "tax_year"})
"""The same in every record of a file."""
ADDRESS_PREFIX: Final = "mailing_address_"
"""What W2 and 1099 forms write before the name of a part of the address."""
SAME_ITEMS: Final = {"middle_name": "middle_initial"}


class Form(StrEnum):
    """A form of pseudopeople's, by the name that `dump` knows."""

    CENSUS = "census"
    SOCIAL_SECURITY = "social security"
    WAGES = "wages"


@dataclass(frozen=True, slots=True)
class Holder:
    """An agency: what form its records are on and from what year.

    Attributes:
        agency: its id.
        title: its name for readers.
    """

    agency: str
    title: str
    form: Form
    year: int


CENSUS_2020: Final = Holder("census_2020", "Decennial census 2020", Form.CENSUS, 2020)
CENSUS_2030: Final = Holder("census_2030", "Decennial census 2030", Form.CENSUS, 2030)
SSA_2020: Final = Holder("ssa", "Social Security, to 2020", Form.SOCIAL_SECURITY, 2020)
SSA_2030: Final = Holder("ssa", "Social Security, to 2030", Form.SOCIAL_SECURITY, 2030)
WAGES_2020: Final = Holder("w2", "Taxes W2 and 1099, 2020", Form.WAGES, 2020)


def pseudopeople(
    holders: Sequence[Holder], noise: float, seed: int, workplace: Path
) -> tuple[LabelledExtract, ...]:
    """Extracts of the agencies, in their order; records are in random order.

    Args:
        holders: Two or more.
        noise: Factor on how often something is spoilt.
        seed: Each agency draws with its own: this and the agency's place.
        workplace: An empty folder for files on the way.

    Raises:
        ToolError: pseudopeople can't be installed or does not run.
    """
    agencies = [
        {"name": each.agency, "form": each.form, "year": each.year, "seed": seed + place}
        for place, each in enumerate(holders)
    ]
    task = json.dumps({"noise": noise, "agencies": agencies})
    run_module(ENVIRONMENT, "benchmarks.collection.pseudopeople.dump", [task, workplace])
    tables = [_read(workplace / f"{each.agency}.csv") for each in holders]
    rng = np.random.default_rng(seed)
    return tuple(
        _extract(holder, table, columns, rng.permutation(len(table)).tolist())
        for holder, table, columns in zip(
            holders, tables, shared_columns([tuple(table[0]) for table in tables]), strict=True
        )
    )


def shared_columns(headers: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Of each agency's columns those that at least one other agency has as well."""
    items = [{_item(column) for column in header} for header in headers]
    return [
        tuple(
            column
            for column in header
            if column not in LABELS | FORM_COLUMNS
            and any(_item(column) in items[other] for other in range(len(items)) if other != place)
        )
        for place, header in enumerate(headers)
    ]


def _item(column: str) -> str:
    """What a column is about, by one name for all forms."""
    name = column.removeprefix(ADDRESS_PREFIX)
    return SAME_ITEMS.get(name, name)


def _read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def _extract(
    holder: Holder,
    table: Sequence[dict[str, str]],
    columns: tuple[str, ...],
    order: Collection[int],
) -> LabelledExtract:
    return LabelledExtract(
        agency=holder.agency,
        title=holder.title,
        columns=columns,
        rows=[[table[record][column] for column in columns] for record in order],
        record_ids=numbered(len(order)),
        people=[table[record][PERSON] for record in order],
    )
