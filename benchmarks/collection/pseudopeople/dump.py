"""Writes what some agencies hold of pseudopeople's population. Runs in its environment.

Usage: python -m benchmarks.collection.pseudopeople.dump TASK FOLDER

TASK is JSON: `noise`, a factor, and `agencies`: for each its name, form, year and seed. Writes
`<agency>.csv` with all columns of the form, the truth among them.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pseudopeople  # type: ignore[import-not-found]  # in that environment only

from benchmarks.collection.pseudopeople.noise import amplified

FORMS = {
    "census": pseudopeople.generate_decennial_census,
    "social security": pseudopeople.generate_social_security,
    "wages": pseudopeople.generate_taxes_w2_and_1099,
}


def main(task: dict[str, Any], folder: Path) -> None:
    """Generates each agency's extract and writes it."""
    settings = amplified(pseudopeople.get_config(), task["noise"])
    for agency in task["agencies"]:
        generate = FORMS[agency["form"]]
        table = generate(seed=agency["seed"], year=agency["year"], config=settings)
        table.to_csv(folder / f"{agency['name']}.csv", index=False)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), Path(sys.argv[2]))
