"""The share of its ceiling that the kernel reaches, and where that puts it on a roofline."""

from statistics import median
from typing import Final

import numpy as np

from benchmarks.speed.ceiling import adding_rate, memory_rate
from benchmarks.speed.charts import RoofPoint, roofline
from benchmarks.speed.findings import Findings, turns
from benchmarks.speed.goals import EXACT_THRESHOLDS, measured
from benchmarks.speed.kernel import compare, warm_up
from benchmarks.speed.planes import count_work
from benchmarks.speed.row import Row
from benchmarks.speed.workplace import Both, Workplace
from linkage.matcher.compare.lanes import LANES

RECORDS: Final = 100_000
QUICK_RECORDS: Final = 20_000
ROUNDS: Final = 3


def measure(workplace: Workplace, records: int | None = None) -> Findings:
    """A row for each threshold, three for ceilings, and the roofline.

    Args:
        workplace: of the run.
        records: of each side, unless it is the usual number.

    Raises:
        ToolError: The people could not be made.
    """
    records = records or (QUICK_RECORDS if workplace.quick else RECORDS)
    both = workplace.encodings(records)
    warm_up()
    rows, points, ceilings, on_blocks = [], [], [], []
    for threshold in EXACT_THRESHOLDS:
        work = count_work(both, threshold)
        shares, rates = [], []
        for _ in range(ROUNDS):
            # The ceiling is taken beside each comparison: the machine is not always equally fast.
            ceilings.append(adding_rate())
            on_blocks.append(adding_rate(both[0].length_bits))
            rates.append(work.planes_added / compare(both, threshold).cpu_seconds)
            shares.append(100 * rates[-1] / ceilings[-1])
        note = (
            f"{records:,} x {records:,}: {work.added_of_all:.0f} % of all planes were added, at "
            f"{median(rates) / 1e9:.2f} G/s with all preparation and counting in full; bounded by "
            "starting and ending a count for each left row and block, more than by adding; "
            f"{turns(shares)}"
        )
        rows.append(measured(f"share of the adders' ceiling at {threshold}", median(shares), note))
        points.append(RoofPoint(f"at {threshold}", work.planes_per_byte, median(rates)))
    near, far = median(ceilings), median(on_blocks)
    flat = {"planes in the first-level cache": near, "a whole block's planes": far}
    chart = roofline(flat, memory_rate(), points)
    return Findings([*_ceiling_rows(ceilings, on_blocks, both), *rows], {"roofline.svg": chart})


def _ceiling_rows(near: list[float], far: list[float], both: Both) -> list[Row]:
    bits = float(np.bitwise_count(both[0].rows).sum(axis=1).mean())
    return [
        measured(
            "rate of the adders' ceiling",
            median(near) / 1e9,
            f"carry-save adders alone, {LANES} lanes, planes in the first-level cache, one core; "
            f"{turns([each / 1e9 for each in near])}",
        ),
        measured(
            "rate of adders on a block's planes",
            median(far) / 1e9,
            f"the same on the {both[0].length_bits * LANES // 8 // 1024} KiB of planes that a "
            "block has: what does not fit the first-level cache comes from the next; "
            f"{turns([each / 1e9 for each in far])}",
        ),
        measured(
            "all bits added at the ceiling",
            median(near) * LANES / bits / 1e6,
            f"what the ceiling is without pruning, at {bits:.0f} bits a record; "
            "look-ups of a whole filter were measured at 580 to 650 with AVX2 on a Zen 3",
        ),
    ]
