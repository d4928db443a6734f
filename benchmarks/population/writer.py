"""Writing: the extracts as CSV files, and the truth beside them."""

import csv
from pathlib import Path
from typing import Final

from benchmarks.population.generate import Population
from benchmarks.population.recording import Extract

TRUTH_FILE: Final = "truth.csv"
TRUTH_COLUMNS: Final = ("agency", "record_id", "person_id")


def write_population(population: Population, folder: Path) -> dict[str, Path]:
    """Writes every agency's extract and `truth.csv`; gives the extracts' paths by agency."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / f"{name}.csv" for name in population.extracts}
    for name, extract in population.extracts.items():
        write_extract(extract, paths[name])
    with (folder / TRUTH_FILE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(TRUTH_COLUMNS)
        writer.writerows(population.truth())
    return paths


def write_extract(extract: Extract, path: Path) -> None:
    """Writes one extract in its agency's charset, with its delimiter."""
    with path.open("w", encoding=extract.agency.charset, newline="") as file:
        writer = csv.writer(file, delimiter=extract.agency.delimiter)
        writer.writerow(extract.columns)
        writer.writerows(extract.rows)
