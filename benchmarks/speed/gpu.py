"""Comparing on a graphics processor: pairs a second on the clock, and the same pairs as without."""

import time
from decimal import Decimal
from statistics import median
from typing import Final

import numpy as np

from benchmarks.speed.findings import Findings, turns
from benchmarks.speed.goals import MILLION, measured, not_measured
from benchmarks.speed.row import Row
from benchmarks.speed.whole import THRESHOLD
from benchmarks.speed.workplace import Both, Workplace
from linkage.matcher.compare import near
from linkage.matcher.compare.dice import DiceDecider
from linkage.matcher.compare.engines import has_device
from linkage.matcher.compare.near import CountedEncodings

QUICK_RECORDS: Final = 100_000
CHECKED_PAIRS: Final = 10**10
"""Pairs that are compared by the CPU as well: some 10 seconds of it."""
ROUNDS: Final = 3
ENGINE: Final = "GPU engine"


def measure(workplace: Workplace) -> Findings:
    """One row.

    Raises:
        ToolError: The people could not be made.
    """
    if not has_device():
        return Findings([not_measured(ENGINE, "no GPU here")])
    return Findings([by_device(workplace.encodings(QUICK_RECORDS if workplace.quick else MILLION))])


def by_device(both: Both) -> Row:
    """The row; its figure is 0 if the device finds other pairs than the CPU."""
    from linkage.matcher.compare import gpu  # noqa: PLC0415 - only where there is a device

    decider = DiceDecider.prepare(both, Decimal(THRESHOLD))
    left, right = decider.encodings
    checked = min(len(left.words), max(1, CHECKED_PAIRS // len(right.words)))
    first = CountedEncodings(left.words[:checked], left.popcounts[:checked])
    how = decider.least_common, decider.bit_order
    seen = gpu.near_pairs(first, right, *how)  # compiled now, if it was not
    are_equal = all(map(np.array_equal, seen, near.near_pairs(first, right, *how)))
    rates = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        gpu.near_pairs(left, right, *how)
        seconds = time.perf_counter() - started
        rates.append(len(left.words) * len(right.words) / seconds / 1e9)
    note = (
        f"{len(left.words):,} x {len(right.words):,} at {THRESHOLD}, sorting and sending included: "
        f"the pairs of the first {checked:,} records with all are "
        f"{'those' if are_equal else 'NOT THOSE'} that the CPU finds; {turns(rates)}"
    )
    return measured(ENGINE, median(rates) if are_equal else 0.0, note)
