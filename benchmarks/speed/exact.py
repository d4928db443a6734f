"""Exact comparison of all pairs beside anonlink: the same encodings, one core each, in turns.

anonlink is no oracle: its length filter drops pairs that score exactly the threshold when one
filter contains the other. So pairs that only one side has are counted again here, bit by bit, and
each must score exactly the threshold; any other difference makes the row fail.
"""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from statistics import fmean, median
from typing import Final

import numpy as np

from benchmarks.environment import run_module
from benchmarks.speed.findings import Findings, peers_environment, turns
from benchmarks.speed.goals import EXACT_THRESHOLDS, measured
from benchmarks.speed.kernel import compare, pair_keys, warm_up
from benchmarks.speed.row import Peer, Row
from benchmarks.speed.workplace import Both, Workplace
from linkage.arrays import IntArray

RECORDS: Final = 100_000
QUICK_RECORDS: Final = 20_000
ROUNDS: Final = 1
QUICK_ROUNDS: Final = 2
"""Of ours, theirs, ours; theirs takes minutes a round at full size, which evens out the noise."""
PEER: Final = "anonlink 0.15.3"


def measure(workplace: Workplace) -> Findings:
    """A row for each threshold.

    Raises:
        ToolError: anonlink can't be installed, or did not do its work.
    """
    both = workplace.encodings(QUICK_RECORDS if workplace.quick else RECORDS)
    for name, side in zip(("left", "right"), both, strict=True):
        np.save(workplace.folder / f"{name}.npy", side.rows)
    warm_up()
    return Findings([_row(workplace, both, threshold) for threshold in EXACT_THRESHOLDS])


def _row(workplace: Workplace, both: Both, threshold: str) -> Row:
    ratios, rates, peer_rates = [], [], []
    ours = theirs = np.empty(0, np.int64)
    pair_count = len(both[0]) * len(both[1])
    for _ in range(QUICK_ROUNDS if workplace.quick else ROUNDS):
        before = compare(both, threshold)
        peer_seconds, theirs = _peer(workplace, threshold)
        after = compare(both, threshold)
        ours = after.keys()
        seconds = fmean((before.cpu_seconds, after.cpu_seconds))
        ratios.append(peer_seconds / seconds)
        rates.append(pair_count / seconds / 1e6)
        peer_rates.append(pair_count / peer_seconds / 1e6)
    wrong = wrong_differences(ours, theirs, both, Decimal(threshold))
    note = (
        f"{len(both[0]):,} x {len(both[1]):,}, {both[0].length_bits} bits, one core: ours "
        f"{median(rates):,.0f} M pairs/s; {_compared(ours, theirs, wrong)}; {turns(ratios)}"
    )
    peer = Peer(PEER, median(peer_rates), "M pairs/s")
    value = median(ratios) if wrong == 0 else 0.0
    return measured(f"exact all pairs at {threshold} against anonlink", value, note, peer)


def _compared(ours: IntArray, theirs: IntArray, wrong: int) -> str:
    """What is to be said of the two results."""
    only_ours, only_theirs = len(np.setdiff1d(ours, theirs)), len(np.setdiff1d(theirs, ours))
    if wrong:
        return f"THE RESULTS DIFFER in {wrong:,} pairs that do not score exactly the threshold"
    if not only_ours and not only_theirs:
        return f"the same {len(ours):,} pairs"
    return (
        f"the same {len(ours) - only_ours:,} pairs, and {only_ours:,} that only ours and "
        f"{only_theirs:,} that only theirs has, all exactly at the threshold"
    )


def wrong_differences(ours: IntArray, theirs: IntArray, both: Both, threshold: Decimal) -> int:
    """How many pairs only one side has that don't score exactly the threshold.

    Args:
        ours: (n,) int64 pair keys.
        theirs: the same of the peer.
        both: what was compared.
        threshold: inclusive.
    """
    keys = np.setxor1d(ours, theirs)
    left = both[0].rows[keys >> 32]
    right = both[1].rows[keys & 0xFFFFFFFF]
    common = np.bitwise_count(left & right).sum(axis=1, dtype=np.int64)
    total = np.bitwise_count(left).sum(axis=1, dtype=np.int64)
    total += np.bitwise_count(right).sum(axis=1, dtype=np.int64)
    exact = Fraction(threshold)
    return int(np.count_nonzero(2 * common * exact.denominator != total * exact.numerator))


def _peer(workplace: Workplace, threshold: str) -> tuple[float, IntArray]:
    """CPU seconds and pair keys of anonlink."""
    arguments: list[str | Path] = [workplace.folder.resolve(), threshold]
    run_module(peers_environment(), "benchmarks.speed.anonlink_side", arguments)
    told = json.loads((workplace.folder / "anonlink.json").read_text(encoding="utf-8"))
    with np.load(workplace.folder / "anonlink.npz", allow_pickle=False) as pairs:
        return float(told["cpu_seconds"]), pair_keys(pairs["left"], pairs["right"])
