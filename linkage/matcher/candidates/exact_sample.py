"""Exact sample: all partners of some left records, to tell what share of them was found.

Two shares are told. Of the records that have a partner at or above the threshold, the share whose
best partner is found: that is what an agreement asks for. And the share of all partners: those that
are not the best are mostly strangers near the threshold, and are found less often.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from linkage.arrays import BoolArray, FloatArray, IndexArray, IntArray, WordArray


@dataclass(frozen=True, slots=True, repr=False)
class ExactSample:
    """All partners of some left records.

    Attributes:
        keys: (n_pairs,) uint64, ascending: 2^32 * left row + right row, at or above the threshold.
        is_best: (n_pairs,) bool: the left record's highest score; of equal ones the first.
        record_count: left records that were looked at.
    """

    keys: WordArray
    is_best: BoolArray
    record_count: int

    def __repr__(self) -> str:
        return f"ExactSample({len(self.keys)} pairs of {self.record_count} records)"

    @classmethod
    def of(
        cls, rows: IntArray, partners: IndexArray, scores: FloatArray, record_count: int
    ) -> Self:
        """The sample that was found, pairs in any order.

        Args:
            rows: (n_pairs,) left rows.
            partners: (n_pairs,) right rows.
            scores: (n_pairs,) float64.
            record_count: left records that were looked at.
        """
        keys = rows.astype(np.uint64) << np.uint64(32) | partners.astype(np.uint64)
        order = np.argsort(keys)
        return cls(keys[order], _best(rows[order], scores[order]), record_count)

    @property
    def best_count(self) -> int:
        """How many of the records have a partner."""
        return int(np.count_nonzero(self.is_best))

    def found(self, keys: WordArray) -> tuple[int, int]:
        """How many of the best pairs, and of all pairs, are among these (n,) uint64, ascending."""
        places = np.searchsorted(keys, self.keys)
        places[places == len(keys)] = 0
        are_found = keys[places] == self.keys if len(keys) else np.zeros(len(self.keys), np.bool_)
        return int(np.count_nonzero(are_found & self.is_best)), int(np.count_nonzero(are_found))


def sampled_rows(record_count: int, wanted: int) -> IntArray:
    """So many of a dataset's rows or a few fewer, spread over it.

    Records stand in the order of their random tokens, so these are random ones.
    """
    return np.arange(0, record_count, -(-record_count // max(1, wanted)) or 1)


def _best(rows: IntArray, scores: FloatArray) -> BoolArray:
    """Whether a pair is the first of its left row's highest; rows ascend."""
    order = np.lexsort((np.arange(len(rows)), -scores, rows))
    is_best = np.zeros(len(rows), np.bool_)
    is_best[order[np.unique(rows, return_index=True)[1]]] = True
    return is_best
