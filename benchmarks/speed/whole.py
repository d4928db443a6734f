"""The whole way from two CSV files to match keys, for more and more records.

Each size runs in a process of its own (`whole_side.py`), so that its peak memory is its own.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.environment import run_module
from benchmarks.speed.charts import Series, scaling
from benchmarks.speed.findings import Findings
from benchmarks.speed.goals import MILLION, SCALE, measured, not_measured
from benchmarks.speed.row import Row
from benchmarks.speed.workplace import Workplace
from linkage_agent.picture.markup import Markup

THRESHOLD: Final = "0.8"
WORKERS: Final = 2
QUICK_MOST: Final = MILLION // 10

Told = dict[str, Any]
"""What `whole_side` tells of a run."""


def measure(workplace: Workplace, sizes: Sequence[int] | None = None) -> Findings:
    """A row for each size, and two charts.

    Args:
        workplace: of the run.
        sizes: records of each agency, of `SCALE`; as many as the run has time for unless given.

    Raises:
        ToolError: A size could not be run.
    """
    if sizes is None:
        sizes = [size for size in SCALE if not workplace.quick or size <= QUICK_MOST]
    told = {size: run_whole(workplace, size) for size in sizes}
    rows = [_scale_row(size, told.get(size)) for size in SCALE]
    return Findings(rows, _charts(told))


def run_whole(workplace: Workplace, size: int, threshold: str = THRESHOLD) -> Told:
    """What a run of the whole way took.

    Raises:
        ToolError: It could not be run.
    """
    out = workplace.folder / f"whole-{size}-{threshold}.json"
    arguments: list[str | Path] = [workplace.people(size).resolve(), threshold, str(WORKERS)]
    run_module(None, "benchmarks.speed.whole_side", [*arguments, out.resolve()])
    told: Told = json.loads(out.read_text(encoding="utf-8"))
    return told


def _scale_row(size: int, told: Told | None) -> Row:
    name = f"matching {size:,} x {size:,}"
    if told is None:
        return not_measured(name, "takes too long for a quick run")
    note = (
        f"at {THRESHOLD}, {WORKERS} workers: {told['seconds']['matching']:.1f} s of wall-clock "
        f"time, {told['matches']:,} pairs; peak of all from CSV to keys "
        f"{told['peak_mib'] or 0:,.0f} MiB"
    )
    return measured(name, _picoseconds(told), note)


def _picoseconds(told: Told) -> float:
    """CPU time of matching for a pair."""
    return float(told["matching_cpu_seconds"]) / float(told["pair_count"]) * 1e12


def _charts(told: dict[int, Told]) -> dict[str, Markup]:
    costs = Series("matching", {size: _picoseconds(each) for size, each in told.items()})
    peaks = {size: each["peak_mib"] for size, each in told.items() if each["peak_mib"]}
    return {
        "scaling.svg": scaling("cost of a pair", "CPU picoseconds a pair", costs),
        "memory.svg": scaling("peak memory", "MiB", Series("CSV to match keys", peaks)),
    }
