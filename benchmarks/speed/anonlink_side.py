"""anonlink's side of `exact.py`: all pairs at a threshold. Runs in its environment.

    python -m benchmarks.speed.anonlink_side FOLDER THRESHOLD

Reads `left.npy` and `right.npy`, (n_records, n_bytes) uint8; writes `anonlink.npz` with the pairs
and `anonlink.json` with the CPU seconds of the comparison alone: the filters are bitarrays before.
"""

import json
import sys
import time
from pathlib import Path

import anonlink  # type: ignore[import-not-found]  # in this environment only
import numpy as np
from bitarray import bitarray  # type: ignore[import-not-found]


def main(folder: Path, threshold: float) -> None:
    """Compares, and writes what was found."""
    both = [_filters(folder / f"{name}.npy") for name in ("left", "right")]
    started = time.process_time()
    _, (left, right) = anonlink.similarities.dice_coefficient_accelerated(both, threshold, k=None)
    seconds = time.process_time() - started
    np.savez(folder / "anonlink.npz", left=np.array(left), right=np.array(right))
    told = json.dumps({"cpu_seconds": seconds})
    (folder / "anonlink.json").write_text(told, encoding="utf-8")


def _filters(path: Path) -> list[bitarray]:
    filters = []
    for row in np.load(path, allow_pickle=False):
        filters.append(bitarray(endian="big"))
        filters[-1].frombytes(row.tobytes())
    return filters


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
