"""What a Dask cluster costs beside worker processes; `benchmarks/scale/overhead.py` measures it."""

from statistics import median
from typing import Final

from benchmarks.scale.overhead import overhead
from benchmarks.speed.findings import Findings, turns
from benchmarks.speed.goals import measured
from benchmarks.speed.workplace import Workplace
from linkage.matcher.run import DEFAULT_LIMITS

RECORDS: Final = 240_000
QUICK_RECORDS: Final = 120_000
ROUNDS: Final = 3
WORKERS: Final = 2


def measure(workplace: Workplace) -> Findings:
    """One row."""
    records = QUICK_RECORDS if workplace.quick else RECORDS
    shares = [
        100 * share for share in overhead(records, ROUNDS, WORKERS, DEFAULT_LIMITS.pairs_per_block)
    ]
    note = f"{records:,} x {records:,} at 0.8, {WORKERS} workers, random bits; {turns(shares)}"
    return Findings([measured("Dask's overhead in CPU", median(shares), note)])
