"""Two worker processes against one: wall-clock time of the same blocks."""

import os
import time
from decimal import Decimal
from typing import Final

from benchmarks.speed.clock import children_wait_seconds
from benchmarks.speed.findings import Findings
from benchmarks.speed.goals import measured, not_measured
from benchmarks.speed.workplace import Both, Workplace
from linkage.matcher.candidates.all_pairs import all_pairs
from linkage.matcher.compare.dice import DiceDecider
from linkage.matcher.execute.local import LocalExecutor

RECORDS: Final = 100_000
QUICK_RECORDS: Final = 40_000
BLOCKS: Final = 32
"""At least: so that no worker waits long for the other's last one."""
ROUNDS: Final = 4
QUICK_ROUNDS: Final = 8
WALL: Final = "two cores against one"
UNDISTURBED: Final = "two cores against one, less waiting for a core"
THRESHOLD: Final = Decimal("0.8")


def measure(workplace: Workplace) -> Findings:
    """Two rows, of the quickest of several turns each: others may use the cores too.

    Raises:
        ToolError: The people could not be made.
    """
    if (os.cpu_count() or 1) < 2:
        why = "this machine has one core"
        return Findings([not_measured(name, why) for name in (WALL, UNDISTURBED)])
    both = workplace.encodings(QUICK_RECORDS if workplace.quick else RECORDS)
    rounds = QUICK_ROUNDS if workplace.quick else ROUNDS
    alone, together = [], []
    with LocalExecutor(1) as one, LocalExecutor(2) as two:
        for executor in (one, two):
            _seconds(executor, both, 500, 1)  # workers start and load compiled code
        for _ in range(rounds):
            alone.append(_seconds(one, both, len(both[0]), 1))
            together.append(_seconds(two, both, len(both[0]), 2))
    wall = [min(turn[0] for turn in turns) for turns in (alone, together)]
    ran = [min(turn[1] for turn in turns) for turns in (alone, together)]
    note = (
        f"{len(both[0]):,} x {len(both[1]):,} at {THRESHOLD} by worker processes, best of "
        f"{rounds}: {wall[0]:.2f} and {wall[1]:.2f} s of wall-clock time; bounded by what else "
        f"uses the cores (load {os.getloadavg()[0]:.1f} at the end)"
    )
    less_waiting = (
        f"{ran[0]:.2f} and {ran[1]:.2f} s of it without the time in which workers were ready and "
        "no core was free: what two cores of one's own would give"
    )
    return Findings(
        [
            measured(WALL, wall[0] / wall[1], note),
            measured(UNDISTURBED, ran[0] / ran[1], less_waiting),
        ]
    )


def _seconds(executor: LocalExecutor, both: Both, rows: int, workers: int) -> tuple[float, float]:
    """Wall-clock time of comparing the first rows of each side, and less the workers' waiting."""
    counts = [min(rows, len(side)) for side in both]
    blocks = all_pairs(counts, max(1, counts[0] * counts[1] // BLOCKS))
    waited, started = children_wait_seconds(), time.perf_counter()
    decider = DiceDecider.prepare(both, THRESHOLD)
    for _ in executor.map(DiceDecider.decide, decider, blocks):
        pass
    seconds = time.perf_counter() - started
    return seconds, seconds - max(0.0, children_wait_seconds() - waited) / workers
