"""Hamming LSH against comparing all pairs: what it saves, and what it finds."""

from decimal import Decimal
from statistics import median
from typing import Final

import numpy as np

from benchmarks.speed.clock import timed
from benchmarks.speed.findings import Findings, turns
from benchmarks.speed.goals import MILLION, measured, not_measured
from benchmarks.speed.kernel import compare, pair_keys, warm_up
from benchmarks.speed.whole import THRESHOLD
from benchmarks.speed.workplace import Both, Workplace
from linkage.arrays import IntArray, WordArray
from linkage.matcher.candidates.hamming import joined
from linkage.matcher.candidates.hamming_plan import exact_sample, plan_tables
from linkage.matcher.compare.dice import DiceDecider
from linkage.matcher.model.pairs import DecidedPairs

RECORDS: Final = MILLION
QUICK_RECORDS: Final = 100_000
RECALL: Final = 0.99
ROUNDS: Final = 3
AGAINST: Final = "LSH at 0.8, 99 % of true pairs, against exact"


def measure(workplace: Workplace, records: int | None = None) -> Findings:
    """One row.

    Args:
        workplace: of the run.
        records: of each side, unless it is the usual number.

    Raises:
        ToolError: The people could not be made.
    """
    both = workplace.encodings(records or (QUICK_RECORDS if workplace.quick else RECORDS))
    warm_up()
    _hashed(both)
    exact = compare(both, THRESHOLD)
    turned = [timed(lambda: _hashed(both)) for _ in range(ROUNDS)]
    ratios = [exact.cpu_seconds / seconds for _, seconds in turned]
    found = turned[0][0]
    if found is None:
        row = not_measured(AGAINST, "the plan was to compare all pairs: there are too few")
        return Findings([row])
    every, best = pair_keys(exact.decided.left_rows, exact.decided.right_rows), _best(exact.decided)
    of_best, of_all = (float(np.isin(keys, found).mean()) for keys in (best, every))
    note = (
        f"{len(both[0]):,} x {len(both[1]):,}, one core, plan and exact sample included: "
        f"{of_best:.2%} of {len(best):,} records' best partners found, {of_all:.2%} of all "
        f"{len(every):,} pairs at or above the threshold; {turns(ratios)}"
    )
    reached = median(ratios) if of_best >= RECALL else 0.0
    return Findings([measured(AGAINST, reached, note)])


def _hashed(both: Both) -> WordArray | None:
    """What the tables find, as a match run does it; None if it would compare all pairs."""
    decider = DiceDecider.prepare(both, Decimal(THRESHOLD))
    left, right = decider.encodings
    table, most = decider.least_common, decider.most
    sample = exact_sample(left, right, table, decider.bit_order, most)
    assert sample is not None
    tables = plan_tables(left, right, table, sample, RECALL, most)
    if tables is None:
        return None
    found = np.empty(0, np.uint64)
    for number in range(len(tables.bits)):
        found = joined(found, tables.find(number))
    return found


def _best(decided: DecidedPairs) -> IntArray:
    """The pairs that are their left record's best; of equal ones the first."""
    assert decided.scores is not None
    keys = decided.left_rows.astype(np.int64) << 32 | decided.right_rows
    order = np.lexsort((keys, -decided.scores, decided.left_rows))
    _, first = np.unique(decided.left_rows[order], return_index=True)
    best: IntArray = np.sort(keys[order[first]])
    return best
