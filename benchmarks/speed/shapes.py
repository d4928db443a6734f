"""Longer and fuller encodings: what a bit costs there, and whether pruning still pays."""

from collections.abc import Mapping
from statistics import median
from typing import Final

import numpy as np

from benchmarks.speed.findings import Findings, turns
from benchmarks.speed.goals import FILLS, LENGTHS_BITS, measured
from benchmarks.speed.kernel import compare, warm_up
from benchmarks.speed.planes import count_work
from benchmarks.speed.row import Row
from benchmarks.speed.workplace import Both, Workplace

RECORDS: Final = 50_000
QUICK_RECORDS: Final = 20_000
ROUNDS: Final = 5
THRESHOLD: Final = "0.8"
USUAL: Final = "1024 bits"
FULL: Final = 0.5


def measure(workplace: Workplace) -> Findings:
    """Two rows for each shape, and one for the usual one that the others are held against.

    Raises:
        ToolError: The people could not be made.
    """
    records = QUICK_RECORDS if workplace.quick else RECORDS
    usual = workplace.encodings(records)
    shapes: dict[str, Both] = {
        f"{length} bits": workplace.encodings(records, length) for length in LENGTHS_BITS
    }
    shapes |= zip(
        FILLS, (workplace.encodings(records, fill=FULL), workplace.diffused(records)), strict=True
    )
    warm_up()
    costs = [_cost_row(name, both, usual) for name, both in shapes.items()]
    return Findings([*costs, *_pruning_rows({USUAL: usual, **shapes})])


def _cost_row(name: str, both: Both, usual: Both) -> Row:
    """The median of several turns of the shape and the usual one."""
    bits = _bits_set(both) / _bits_set(usual)
    ratios, rates = [], []
    for _ in range(ROUNDS):
        ours = compare(both, THRESHOLD)
        ratios.append(ours.cpu_seconds / compare(usual, THRESHOLD).cpu_seconds / bits)
        rates.append(ours.rate / 1e6)
    note = (
        f"{len(both[0]):,} x {len(both[1]):,} at {THRESHOLD}, one core: "
        f"{median(rates):,.0f} M pairs/s; {turns(ratios)}"
    )
    return measured(f"cost per bit set, {name}, against {USUAL}", median(ratios), note)


def _pruning_rows(shapes: Mapping[str, Both]) -> list[Row]:
    rows = []
    for name, both in shapes.items():
        fill = _bits_set(both) / both[0].length_bits
        note = f"at {THRESHOLD}, filters {100 * fill:.0f} % full"
        added = count_work(both, THRESHOLD).added_of_all
        rows.append(measured(f"planes added of bits set, {name}", added, note))
    return rows


def _bits_set(both: Both) -> float:
    """Of a mean record; it is the left one's bits that are gone through."""
    return float(np.bitwise_count(both[0].rows).sum(axis=1).mean())
