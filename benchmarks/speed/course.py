"""A run: which measurements there are, and what becomes of what they find."""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.environment import ToolError
from benchmarks.speed import (
    blocking,
    cores,
    dask,
    encoding,
    exact,
    gpu,
    hashing,
    journey,
    shapes,
    share,
    threshold,
    whole,
)
from benchmarks.speed.findings import Findings
from benchmarks.speed.goals import later
from benchmarks.speed.machine import machine
from benchmarks.speed.row import Row
from benchmarks.speed.workplace import Workplace

MEASUREMENTS: Final[dict[str, Callable[[Workplace], Findings]]] = {
    "exact": exact.measure,
    "ceiling": share.measure,
    "cores": cores.measure,
    "lengths": shapes.measure,
    "threshold": threshold.measure,
    "encoding": encoding.measure,
    "whole": whole.measure,
    "hashing": hashing.measure,
    "blocking": blocking.measure,
    "journey": journey.measure,
    "dask": dask.measure,
    "gpu": gpu.measure,
}
"""By the name that `--only` takes, in the order of the table."""


@dataclass(frozen=True, slots=True)
class Results:
    """What a run gave.

    Attributes:
        rows: in the order of the table.
        failed: measurements that a tool kept from being made, with what it said.
        seconds: of wall-clock time that each measurement took, with all that it made first.
    """

    rows: Sequence[Row]
    failed: Mapping[str, str]
    machine: Mapping[str, object]
    seconds: Mapping[str, float]

    def document(self) -> dict[str, object]:
        """As it stands in the JSON document."""
        return {
            "benchmark": "speed",
            "machine": dict(self.machine),
            "rows": [row.document() for row in self.rows],
            "failed": dict(self.failed),
            "seconds": dict(self.seconds),
        }


def run(names: Sequence[str], output: Path, *, quick: bool) -> Results:
    """Measures, and writes the charts.

    Args:
        names: of `MEASUREMENTS`; all of them, and what is not measured yet, if there are none.
        output: where charts go; made if it is not there.
        quick: less data.
    """
    host = machine()
    output.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    failed: dict[str, str] = {}
    took: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        workplace = Workplace(Path(folder), quick)
        for name in names or MEASUREMENTS:
            started = time.perf_counter()
            try:
                findings = MEASUREMENTS[name](workplace)
            except ToolError as error:
                failed[name] = str(error)
                continue
            rows += findings.rows
            for file, chart in findings.charts.items():
                (output / file).write_text(chart.source + "\n", encoding="utf-8")
            took[name] = round(time.perf_counter() - started, 1)
    return Results([*rows, *([] if names else later())], failed, host, took)
