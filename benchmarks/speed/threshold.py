"""A lower threshold: what it costs in time, and that memory stays within what is stated."""

from statistics import median
from typing import Final

from benchmarks.speed.findings import Findings, turns
from benchmarks.speed.goals import measured, not_measured
from benchmarks.speed.kernel import compare, warm_up
from benchmarks.speed.row import Row
from benchmarks.speed.schemas import LENGTH_BITS
from benchmarks.speed.whole import WORKERS, run_whole
from benchmarks.speed.workplace import Workplace

RECORDS: Final = 100_000
QUICK_RECORDS: Final = 20_000
WHOLE_RECORDS: Final = 100_000
ROUNDS: Final = 3
HIGH: Final = "0.8"
LOW: Final = "0.6"
BYTES_FOR_A_BYTE: Final = 3
BYTES_FOR_A_PAIR: Final = 150
LIBRARIES_BYTES: Final = 150 * 10**6
"""Of each process; these three are what `linkage.matcher.run.match` states."""
MEMORY: Final = "memory at 0.6 of the bound that match states"


def measure(workplace: Workplace) -> Findings:
    """Two rows.

    Raises:
        ToolError: The people could not be made, or the whole way could not be gone.
    """
    both = workplace.encodings(QUICK_RECORDS if workplace.quick else RECORDS)
    warm_up()
    ratios, counts = [], (0, 0)
    for _ in range(ROUNDS):
        high, low = compare(both, HIGH), compare(both, LOW)
        ratios.append(low.cpu_seconds / high.cpu_seconds)
        counts = len(high.decided), len(low.decided)
    note = (
        f"{len(both[0]):,} x {len(both[1]):,}, one core: {counts[1]:,} pairs at {LOW}, "
        f"{counts[0]:,} at {HIGH}; {turns(ratios)}"
    )
    return Findings([measured("time at 0.6 against 0.8", median(ratios), note), _memory(workplace)])


def _memory(workplace: Workplace) -> Row:
    """The peak of the whole way, agents' part included, against the bound."""
    told = run_whole(workplace, WHOLE_RECORDS, LOW)
    if not told["peak_mib"]:
        return not_measured(MEMORY, "this system does not tell")
    encoding_bytes = 2 * WHOLE_RECORDS * LENGTH_BITS // 8
    bound = BYTES_FOR_A_BYTE * encoding_bytes + BYTES_FOR_A_PAIR * told["matches"]
    bound_mib = (bound + (1 + WORKERS) * LIBRARIES_BYTES) / 2**20
    note = (
        f"{WHOLE_RECORDS:,} x {WHOLE_RECORDS:,}: peak of all processes {told['peak_mib']:,.0f} of "
        f"{bound_mib:,.0f} MiB for {told['matches']:,} pairs; matching took "
        f"{told['seconds']['matching']:.0f} s of wall-clock time"
    )
    return measured(MEMORY, 100 * told["peak_mib"] / bound_mib, note)
