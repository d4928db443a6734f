"""A1: statistics that a good encoding does not show: what the auditor sees, not yet an attack.

Where columns are unequally often set, where popcounts tell how long names are, where columns come
together, the attacks have something to start from. Names of the statistics are those of privacy.md.
"""

import time
from typing import Final

import numpy as np

from benchmarks.attacks.bits import ones
from benchmarks.attacks.encodings import Encoding, Standing
from benchmarks.attacks.score import Row, Share
from benchmarks.attacks.vocabulary import vocabulary_of
from benchmarks.attacks.workplace import Workplace
from linkage.arrays import ByteArray, FloatArray

QUICK_RECORDS: Final = 5_000
FULL_RECORDS: Final = 50_000
MOST_DUPLICATES: Final = 0.005
MOST_GINI: Final = 0.05
MOST_CORRELATION: Final = 0.10
_SLICE_ROWS: Final = 4096
"""Records worked on at a time; counts of so many are exact in single precision."""


def statistics(workplace: Workplace, encoding: Encoding) -> list[Row]:
    """A row for each statistic; those that plain encodings show serve as controls."""
    started = time.process_time()
    sent, _ = workplace.encoded(encoding)
    count = QUICK_RECORDS if workplace.quick else FULL_RECORDS
    rows = sent.matrix.rows[:count]
    vocabulary = vocabulary_of(workplace.attacked(encoding).columns, sent.schema)
    tokens = np.diff(vocabulary.starts)[sent.row_of_record[:count]]
    popcounts = np.bitwise_count(rows).sum(axis=1, dtype=np.int64)
    together = columns_together(rows)
    duplicates = Share(duplicate_count(rows), len(rows))
    told = {
        "correlation of columns, 1 by chance": (column_lift(together, len(rows)), None),
        "Gini of bit rates": (gini(np.diag(together)), MOST_GINI),
        "popcount by tokens, |r|": (correlation(popcounts, tokens), MOST_CORRELATION),
    }
    is_control = encoding.standing is Standing.CONTROL
    claimed = encoding.standing is Standing.CLAIMED
    size = f"{len(rows):,} records"
    note = f"fill {sent.fill:.3f} before hardening, {sent.withheld:,} withheld"
    seconds = time.process_time() - started
    found = [
        Row(f"A1 {name}", encoding.name, size, value, None, gate, is_control, claimed)
        for name, (value, gate) in told.items()
    ]
    # Plain encodings of different values differ too: nothing for a control to show.
    gate = None if is_control else MOST_DUPLICATES
    name, value = "A1 duplicates", duplicates.value
    return [
        Row(name, encoding.name, size, value, duplicates, gate, is_control, claimed, note, seconds),
        *found,
    ]


def duplicate_count(rows: ByteArray) -> int:
    """Records whose encoding another record has too."""
    _, number, counts = np.unique(
        rows.view(np.dtype((np.void, rows.shape[1]))).ravel(),
        return_inverse=True,
        return_counts=True,
    )
    return int((counts[number] > 1).sum())


def gini(rates: FloatArray) -> float:
    """Gini coefficient of not negative numbers: 0 where all are equal, near 1 where one has all."""
    ordered = np.sort(rates)
    count, total = len(ordered), float(ordered.sum())
    if not total:
        return 0.0
    ranks = np.arange(1, count + 1)
    return float(2 * (ranks @ ordered) / (count * total) - (count + 1) / count)


def correlation(left: FloatArray, right: FloatArray) -> float:
    """Pearson's correlation without its sign; 0 where either does not vary."""
    if not left.std() or not right.std():
        return 0.0
    return float(abs(np.corrcoef(left, right)[0, 1]))


def columns_together(rows: ByteArray) -> FloatArray:
    """(n_columns, n_columns) float64: in which share of the records two columns are both set."""
    counts = np.zeros((rows.shape[1] * 8,) * 2)
    for first in range(0, len(rows), _SLICE_ROWS):
        bits = ones(rows[first : first + _SLICE_ROWS])
        counts += bits.T @ bits
    return counts / len(rows)


def column_lift(together: FloatArray, records: int) -> float:
    """How much columns are correlated: root mean square over all pairs, in what chance gives.

    Args:
        together: (n_columns, n_columns), shares of the records.
        records: how many there are.
    """
    rates = np.diag(together)
    varies = (rates > 0) & (rates < 1)
    rates, together = rates[varies], together[np.ix_(varies, varies)]
    deviation = np.sqrt(rates * (1 - rates))
    correlations = (together - np.outer(rates, rates)) / np.outer(deviation, deviation)
    np.fill_diagonal(correlations, 0)
    pairs = len(rates) * (len(rates) - 1)
    return float(np.sqrt((correlations**2).sum() / max(pairs, 1) * records))
