"""Writing: the extracts as CSV files, and beside them the truth and the subgroups."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from benchmarks.population.generate import Population
from benchmarks.population.recording import Extract
from benchmarks.population.subgroups import SUBGROUP_COLUMNS, subgroup_rows

TRUTH_FILE: Final = "truth.csv"
TRUTH_COLUMNS: Final = ("agency", "record_id", "person_id")
SUBGROUPS_FILE: Final = "subgroups.csv"


def write_population(population: Population, folder: Path) -> dict[str, Path]:
    """Writes every agency's extract, `truth.csv` and `subgroups.csv`.

    Returns:
        The extracts' paths by agency.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / f"{name}.csv" for name in population.extracts}
    for name, extract in population.extracts.items():
        write_extract(extract, paths[name])
    write_facts(population, folder)
    return paths


def write_extract(extract: Extract, path: Path) -> None:
    """Writes one extract in its agency's charset, with its delimiter."""
    with path.open("w", encoding=extract.agency.charset, newline="") as file:
        writer = csv.writer(file, delimiter=extract.agency.delimiter)
        writer.writerow(extract.columns)
        writer.writerows(extract.rows)


def write_facts(population: Population, folder: Path) -> None:
    """Writes what only the benchmark knows: `truth.csv` and `subgroups.csv`."""
    write_table(folder / TRUTH_FILE, TRUTH_COLUMNS, population.truth())
    write_table(folder / SUBGROUPS_FILE, SUBGROUP_COLUMNS, subgroup_rows(population))


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Writes a plain CSV file: UTF-8, commas."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
