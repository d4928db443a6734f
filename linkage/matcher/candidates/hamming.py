"""Hamming LSH: pairs that agree in a few bits chosen at random, table after table.

Each table has bits of its own. Records of two datasets that agree in all bits of a table meet
there, and are then compared in full. The more two encodings are alike the likelier they meet in one
of the tables; how likely is for `hamming_plan.py` to say. What is found is exact, what is not found
is not known, so an agreement has to allow it.

Only for encodings whose bits each say something of their own: hardening that mixes bits (diffusion)
leaves nothing to meet by.

Source: Indyk, Motwani (1998), Approximate nearest neighbors; Durham (2012), A framework for
accurate, efficient private record linkage.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from linkage.arrays import IndexArray, WordArray
from linkage.matcher.compare.near import CountedEncodings, common_bits

MOST_BITS = 32
"""Bits of a table at most: a key and a row share a word."""


@dataclass(frozen=True, slots=True, repr=False)
class HammingTables:
    """The tables of two datasets; a value, handed to every worker.

    Attributes:
        left: n_left records.
        right: n_right records.
        least_common: what `least_common_bits` gives.
        bits: (n_tables, b) int32: the bits of each table, b at most `MOST_BITS`.
        most: pairs of a table that are given at most, and one more.
    """

    left: CountedEncodings
    right: CountedEncodings
    least_common: IndexArray
    bits: IndexArray
    most: int

    def __repr__(self) -> str:
        return f"HammingTables({len(self.bits)})"

    def find(self, table: int) -> WordArray:
        """The pairs that meet in a table and have enough bits in common.

        If there are more than `most`, one more than that, no matter which.

        Returns:
            (n_pairs,) uint64, ascending: 2^32 * left row + right row.
        """
        meeting = _meeting(
            self.left,
            sorted_keys(self.left.words, self.bits[table]),
            self.right,
            sorted_keys(self.right.words, self.bits[table]),
            self.least_common,
            self.most,
        )
        meeting.sort()
        return meeting


def sorted_keys(words: WordArray, bits: IndexArray) -> WordArray:
    """A table's keys of some records, each with its row.

    Args:
        words: (n_records, n_words) uint64.
        bits: (b,) int32: bit i is bit i % 64 of word i // 64.

    Returns:
        (n_records,) uint64, ascending: 2^32 * key + row.
    """
    keys = table_keys(words, bits)
    keys.sort()
    return keys


def joined(found: WordArray, more: WordArray) -> WordArray:
    """What is in one or the other, each once: (n,) uint64, ascending, as both are."""
    # Not np.union1d: it takes ten times as long as sorting.
    keys = np.concatenate((found, more))
    keys.sort()
    is_first = np.ones(len(keys), np.bool_)
    is_first[1:] = keys[1:] != keys[:-1]
    return keys[is_first]


# cache=True: see compare/near.py for why its folder is as private as the code.


@njit(nogil=True, cache=True)
def table_keys(words: WordArray, bits: IndexArray) -> WordArray:
    """(n_records,) uint64: 2^32 * key + row, in the order of the records."""
    keys = np.empty(len(words), np.uint64)
    one, places = np.uint64(1), bits.astype(np.uint64)  # unsigned: no index can be negative
    for row in range(len(words)):
        key = np.uint64(0)
        for place in places:
            value = words[row, place >> np.uint64(6)] >> (place & np.uint64(63)) & one
            key = key << one | value
        keys[row] = key << np.uint64(32) | np.uint64(row)
    return keys


@njit(nogil=True, cache=True)
def _meeting(
    left: CountedEncodings,
    left_keys: WordArray,
    right: CountedEncodings,
    right_keys: WordArray,
    least_common: IndexArray,
    most: int,
) -> WordArray:
    """The pairs of equal keys that have enough bits in common, unordered, `most` + 1 at most."""
    left_words, right_words = left.words, right.words
    left_popcounts, right_popcounts = left.popcounts, right.popcounts
    row_bits, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    pairs, number, first = np.empty(1024, np.uint64), 0, 0
    for left_key in left_keys:
        key, row = left_key >> shift, left_key & row_bits
        while first < len(right_keys) and right_keys[first] >> shift < key:
            first += 1
        at = first
        while at < len(right_keys) and right_keys[at] >> shift == key:
            column = right_keys[at] & row_bits
            at += 1
            common = common_bits(left_words, row, right_words, column)
            if common >= least_common[left_popcounts[row] + right_popcounts[column]]:
                if number == len(pairs):
                    pairs = np.concatenate((pairs, np.empty_like(pairs)))
                pairs[number] = row << shift | column
                number += 1
                if number > most:
                    return pairs[:number]
    return pairs[:number]
