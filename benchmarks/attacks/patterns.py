"""Patterns: columns of the encodings that are set together, which are the marks of tokens.

All records with a token have all of its bit positions set. Where many have it, these columns occur
together more often than by chance. They are grown as by Apriori, a column at a time, from pairs.

(1) The pairs that occur together more often than any would by chance are seeds.
(2) A seed's records are those with both columns. Most have them by chance, but those of a token
    leave a trace: among the seed's records, the token's other columns are set more often.
(3) So the column that gains most is added, until the columns left over come by themselves: then
    only the token's holders are left.
(4) All columns that these holders share are the pattern.
(5) A pattern that is no more than others together, as of people with two tokens, is dropped.

Source: Christen, Vatsalan, Ranbaduge, Schnell (2018), "Pattern-mining based cryptanalysis of Bloom
filters for privacy-preserving record linkage".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit

from benchmarks.attacks.bits import MatrixArray, ones
from linkage.arrays import BoolArray, ByteArray, FloatArray, IntArray, WordArray
from linkage.matcher.compare.popcount import count_bits

LEAST_SUPPORT: Final = 0.01
"""Share of the records: fewer don't stand out from chance."""
PARTNERS: Final = 6
"""Pairs of each column that are tried, those that occur together most beyond chance."""
LEAST_DEVIATIONS: Final = 5.5
"""Standard deviations by which a seed's columns are correlated: of two million pairs that have
nothing to do with each other, hardly ever one is."""
MOST: Final = 4_000
"""Patterns of a filter, most of them of several tokens that people happen to share."""
LONGEST: Final = 9
"""Columns after which growing is given up: by chance no record has so many."""
CERTAIN: Final = 0.95
"""Share of the way to certainty that a column goes among a pattern's holders, to be of it."""
FULLEST: Final = 0.5
"""Share of the other records that may have a column, if it is to be the pattern's own."""
LEAST_OWN: Final = 5
"""Columns of a pattern; fewer come together by chance."""
LEAST_FREE: Final = 2
"""Columns that have to come by themselves: one may by chance."""


@dataclass(frozen=True, slots=True, repr=False)
class Pattern:
    """Columns that go together.

    Attributes:
        columns: (n_columns,) int64, ascending; of the encoding.
        has: (n_records,) bool: which records have all of them.
    """

    columns: IntArray
    has: BoolArray

    def __repr__(self) -> str:
        return f"Pattern({len(self.columns)} columns)"

    @property
    def support(self) -> int:
        """How many records have it."""
        return int(np.count_nonzero(self.has))


def mine(rows: ByteArray) -> list[Pattern]:
    """The patterns of one filter, in falling order of support.

    Args:
        rows: (n_records, n_bytes) uint8: that filter of every record.
    """
    bits = ones(rows)
    rates = bits.mean(axis=0, dtype=np.float64)
    columns = _by_column(rows)
    least = max(int(LEAST_SUPPORT * len(rows)), 2 * LEAST_FREE)
    found: dict[bytes, IntArray] = {}
    covered = np.zeros((bits.shape[1], bits.shape[1]), np.bool_)
    for seed in _seeds(_correlation(bits), LEAST_DEVIATIONS / np.sqrt(len(rows))):  # (1)
        if covered[seed]:
            continue
        if len(found) == MOST:
            break
        covered[seed] = True
        grown = _grow(columns, seed, rates, least)
        if grown is not None:
            covered[np.ix_(grown, grown)] = True
            found[grown.tobytes()] = grown
    patterns = [
        Pattern(each, np.unpackbits(_together(columns, each).view(np.uint8))[: len(rows)] > 0)
        for each in found.values()
    ]
    return _without_sums(sorted(patterns, key=lambda each: -each.support), bits.shape[1])  # (5)


def _without_sums(patterns: list[Pattern], length_bits: int) -> list[Pattern]:
    """Those that have some columns which no more frequent pattern inside them has.

    Args:
        patterns: in falling order of support.
        length_bits: of the filter.
    """
    has = np.zeros((len(patterns), length_bits), np.float32)
    for number, pattern in enumerate(patterns):
        has[number, pattern.columns] = 1
    common, widths = has @ has.T, has.sum(axis=1)
    kept = []
    for number, pattern in enumerate(patterns):
        inside = (common[number, :number] == widths[:number]) & (widths[:number] < widths[number])
        shared = has[:number][inside].any(axis=0).sum()
        if widths[number] - shared >= LEAST_OWN - LEAST_FREE:
            kept.append(pattern)
    return kept


def _by_column(rows: ByteArray) -> WordArray:
    """(n_columns, n_words) uint64: the records that have each bit set, padded with none."""
    bits = np.unpackbits(rows, axis=1)
    padded = np.zeros((bits.shape[1], -(-len(rows) // 64) * 8), np.uint8)
    packed = np.packbits(bits.T, axis=1)
    padded[:, : packed.shape[1]] = packed
    return padded.view(np.uint64)


def _correlation(bits: MatrixArray) -> MatrixArray:
    """(n_columns, n_columns): the correlation of every two columns; 0 with themselves."""
    centred = bits - bits.mean(axis=0)
    deviation = centred.std(axis=0)
    together: MatrixArray = centred.T @ centred / len(bits)
    together /= np.maximum(np.outer(deviation, deviation), 1e-9)
    np.fill_diagonal(together, 0)
    return together


def _seeds(correlation: MatrixArray, least: float) -> Iterator[tuple[int, int]]:
    """Pairs of columns, the most correlated ones of each, in falling order.

    Args:
        correlation: of every two columns.
        least: less is chance.
    """
    partners = np.argsort(-correlation, axis=1)[:, :PARTNERS]
    lower = np.repeat(np.arange(len(correlation)), PARTNERS)
    upper = partners.ravel()
    order = np.argsort(-correlation[lower, upper], kind="stable")
    significant = int(np.count_nonzero(correlation[lower, upper] >= least))
    for place in order[:significant]:
        yield int(lower[place]), int(upper[place])


def _grow(
    columns: WordArray, seed: tuple[int, int], rates: FloatArray, least: int
) -> IntArray | None:
    """The pattern that a pair belongs to, or None."""
    chosen = list(seed)
    records = 64 * columns.shape[1]
    while len(chosen) <= LONGEST:
        holders = _together(columns, np.array(chosen))
        support, shares = _shares(columns, holders)
        if support < least:
            return None
        gain = (shares - rates) / (1 - rates + 1e-9)  # (2)
        comes = gain >= CERTAIN
        # Columns that nearly everybody has, by a more frequent token, say nothing of this one.
        is_own = comes & (rates <= 1 - (1 - support / records) * (1 - FULLEST))
        free = int(is_own.sum()) - int(is_own[chosen].sum())
        if free >= LEAST_FREE and int(is_own.sum()) >= LEAST_OWN:  # (4)
            return _closed(columns, np.flatnonzero(comes), least)
        gain[chosen] = -1
        chosen.append(int(gain.argmax()))  # (3)
    return None


def _closed(columns: WordArray, some: IntArray, least: int) -> IntArray | None:
    """All columns that the records with some columns have in common."""
    support, shares = _shares(columns, _together(columns, some))
    return np.flatnonzero(shares == 1) if support >= least else None


def _together(columns: WordArray, chosen: IntArray) -> WordArray:
    """(n_words,) uint64: the records that have all of the chosen columns set."""
    holders: WordArray = np.bitwise_and.reduce(columns[chosen], axis=0)
    return holders


def _shares(columns: WordArray, holders: WordArray) -> tuple[int, FloatArray]:
    """How many records there are, and in which share of them each column is set."""
    counts = np.zeros(len(columns) + 1, np.int64)
    _count(counts, columns, holders)
    support = int(counts[-1])
    return support, counts[:-1] / max(support, 1)


@njit(nogil=True, cache=True)
def _count(counts: IntArray, columns: WordArray, holders: WordArray) -> None:
    """Counts the holders in every column, and last all of them."""
    for word in range(len(holders)):
        counts[-1] += np.int64(count_bits(holders[word]))
    for column in range(len(columns)):
        for word in range(len(holders)):
            counts[column] += np.int64(count_bits(columns[column, word] & holders[word]))
