"""What a Dask cluster costs beside worker processes of this machine, in CPU time.

    python -m benchmarks.scale.overhead [--records N] [--rounds N] [--workers N]

The stage is the one that counts: all pairs by Dice coefficient. The cluster is a real one over TLS,
set up as deploy/cluster ships it. CPU seconds are those of all processes that take part, those of
the scheduler included, and the two sides take turns, since other work on a machine changes both.
Where there is much of that, a comparison of passes says little. What a block costs that is nothing
to do is the better measure then: divided by what a block takes, it is the overhead.
"""

import argparse
import operator
import os
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np

from benchmarks.scale.cluster import running_cluster
from linkage.arrays import EncodingMatrix
from linkage.matcher.candidates.all_pairs import all_pairs
from linkage.matcher.compare.dice import DiceDecider
from linkage.matcher.execute.dask import DaskExecutor
from linkage.matcher.execute.interface import Executor
from linkage.matcher.execute.local import LocalExecutor

RECORDS: Final = 60_000
WARM_UP_RECORDS: Final = 2_000
ROUNDS: Final = 3
WORKERS: Final = 2
LENGTH_BITS: Final = 1024
FILL: Final = 0.34
"""Share of bits that are set, as in encodings of five fields of names, dates and places."""
THRESHOLD: Final = Decimal("0.8")
TILES: Final = (1 << 28, 1 << 29, 1 << 30)
"""Pairs of a block."""
EMPTY_BLOCKS: Final = 300
TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one pass over all pairs."""

    cpu_seconds: float
    wall_seconds: float
    found: int


def main() -> None:
    """Prints a line for each size of tile."""
    parser = argparse.ArgumentParser(description="Measure what a Dask cluster costs.")
    parser.add_argument("--records", type=int, default=RECORDS, help="on each side")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="turns of each executor")
    parser.add_argument("--workers", type=int, default=WORKERS)
    arguments = parser.parse_args()
    with _executors(arguments.workers) as sides:
        for side in sides:
            print(_nothing(side), flush=True)
        decider = _decider(arguments.records)
        for tile in TILES:
            turns = _turns(sides, decider, tile, arguments.rounds)
            print(_line(tile, arguments.records, turns), flush=True)


def overhead(records: int, rounds: int, workers: int, tile: int) -> list[float]:
    """What Dask's CPU time is of this machine's workers', less 1, turn for turn.

    Args:
        records: on each side.
        rounds: turns of each.
        workers: of each.
        tile: Pairs of a block.
    """
    with _executors(workers) as sides:
        turns = _turns(sides, _decider(records), tile, rounds)
    _check_same(turns)
    return [theirs.cpu_seconds / ours.cpu_seconds - 1 for ours, theirs in turns]


@dataclass(frozen=True, slots=True)
class _Side:
    """An executor whose workers have started and loaded what they need, and their processes."""

    name: str
    executor: Executor
    pids: Sequence[int]


@contextmanager
def _executors(workers: int) -> Iterator[tuple[_Side, _Side]]:
    """This machine's workers, and a cluster's."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_cluster(Path(folder), workers) as cluster,
        DaskExecutor(cluster.config) as dask,
        LocalExecutor(workers) as local,
    ):
        decider = _decider(WARM_UP_RECORDS)
        for executor in (dask, local):
            measure(executor, decider, TILES[0], ())
        ours = [pid for pid in _children() if pid not in cluster.pids]
        yield _Side("local", local, ours), _Side("Dask", dask, cluster.pids)


def _turns(
    sides: tuple[_Side, _Side], decider: DiceDecider, tile: int, rounds: int
) -> list[tuple[Cost, Cost]]:
    ours, theirs = sides
    return [
        (
            measure(ours.executor, decider, tile, ours.pids),
            measure(theirs.executor, decider, tile, theirs.pids),
        )
        for _ in range(rounds)
    ]


def measure(executor: Executor, decider: DiceDecider, tile: int, pids: Sequence[int]) -> Cost:
    """One pass over all pairs, in blocks of at most so many.

    Args:
        executor: What does the work.
        decider: Of the two datasets.
        tile: Pairs of a block.
        pids: Processes that take part beside this one.
    """
    counts = [len(encodings.words) for encodings in decider.encodings]
    blocks = all_pairs(counts, tile)
    cpu, wall = _cpu_seconds(pids), time.monotonic()
    found = sum(len(decided) for decided in executor.map(DiceDecider.decide, decider, blocks))
    return Cost(_cpu_seconds(pids) - cpu, time.monotonic() - wall, found)


def _nothing(side: _Side) -> str:
    """What blocks cost that are nothing to do."""
    costs = []
    for count in (1, 1 + EMPTY_BLOCKS):
        before = _cpu_seconds(side.pids)
        for _ in side.executor.map(operator.is_, None, range(count)):
            pass
        costs.append(_cpu_seconds(side.pids) - before)
    block = (costs[1] - costs[0]) / EMPTY_BLOCKS
    return f"{side.name}: a map costs {costs[0]:.2f} CPU-s, a block {block * 1000:.1f} CPU-ms"


def _decider(records: int) -> DiceDecider:
    """Two datasets of random encodings."""
    rng = np.random.default_rng(1)
    sides = [
        EncodingMatrix(np.packbits(rng.random((records, LENGTH_BITS), np.float32) < FILL, axis=1))
        for _ in range(2)
    ]
    return DiceDecider.prepare(sides, THRESHOLD)


def _cpu_seconds(pids: Iterable[int]) -> float:
    """That this process and others have used so far."""
    used = sum(sum(map(int, _stat(pid)[11:13])) for pid in pids)
    return time.process_time() + used / TICKS


def _children() -> list[int]:
    """Processes that this one has started."""
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]
    return [pid for pid in pids if pid != os.getpid() and _parent(pid) == os.getpid()]


def _parent(pid: int) -> int | None:
    with suppress(OSError):  # it may have ended
        return int(_stat(pid)[1])
    return None


def _stat(pid: int) -> list[str]:
    """What the kernel says of a process, from its state on; see proc(5)."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()


def _line(tile: int, records: int, turns: Sequence[tuple[Cost, Cost]]) -> str:
    local, dask = zip(*turns, strict=True)
    _check_same(turns)
    ratio = median(theirs.cpu_seconds / ours.cpu_seconds for ours, theirs in turns)
    sums = [
        (median(cost.cpu_seconds for cost in side), median(cost.wall_seconds for cost in side))
        for side in (local, dask)
    ]
    return (
        f"{records:,} x {records:,}, blocks of 2^{tile.bit_length() - 1} pairs: "
        f"local {sums[0][0]:.2f} CPU-s ({sums[0][1]:.2f} s), "
        f"Dask {sums[1][0]:.2f} CPU-s ({sums[1][1]:.2f} s): {ratio - 1:+.1%} CPU"
    )


def _check_same(turns: Sequence[tuple[Cost, Cost]]) -> None:
    if len({cost.found for turn in turns for cost in turn}) > 1:
        raise SystemExit("THE RESULTS DIFFER")


if __name__ == "__main__":
    main()
