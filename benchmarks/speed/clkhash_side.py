"""clkhash's side of `encoding.py`: the same people in its own mode. Runs in its environment.

    python -m benchmarks.speed.clkhash_side FOLDER

Reads `clkhash-task.json`, a schema and rows of texts; writes `clkhash.json` with the CPU seconds of
encoding alone and the share of bits that are set.
"""

import hashlib
import json
import sys
import time
from pathlib import Path

from clkhash import clk, schema  # type: ignore[import-not-found]  # in this environment only


def main(folder: Path) -> None:
    """Encodes, and writes how long that took."""
    task = json.loads((folder / "clkhash-task.json").read_text(encoding="utf-8"))
    recipe = schema.from_json_dict(task["schema"])
    secret = hashlib.sha256(b"benchmark").hexdigest()
    started = time.process_time()
    filters = clk.generate_clks(task["rows"], recipe, secret, validate=False, max_workers=1)
    seconds = time.process_time() - started
    fill = sum(each.count() for each in filters) / sum(map(len, filters))
    told = json.dumps({"cpu_seconds": seconds, "records": len(filters), "fill": fill})
    (folder / "clkhash.json").write_text(told, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
