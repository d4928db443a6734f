"""Merges: how the clusters of a run came about, step by step.

The merges of a cluster make a tree: its records are the leaves, and each merge is a node above the
two clusters that it joined. Two records came together in the lowest merge that is above both.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from linkage.arrays import FloatArray, IntArray, ShapeError
from linkage.matcher.model.pairs import RecordPairs


@dataclass(frozen=True, slots=True, repr=False)
class Merges:
    """Which clusters were merged, and how well their records fitted together.

    Attributes:
        starts: (n_datasets + 1,) int64: the number of each dataset's first record among those of
            all datasets, and how many records there are.
        parents: (n_records + n_merges,) int64: the merge above each record and each merge, or
            itself if there is none. Merge k has number n_records + k, so parents come later.
        means: (n_merges,) float64: the mean score between the two clusters that were merged, over
            all pairs of their records across agencies.
        pair_counts: (n_merges,) int64: how many such pairs there were.
    """

    starts: IntArray
    parents: IntArray
    means: FloatArray
    pair_counts: IntArray

    def __repr__(self) -> str:
        return f"Merges({len(self.means)} of {self.starts[-1]} records)"

    def of(self, pairs: RecordPairs) -> IntArray:
        """(n_pairs,) int64: the merge, from 0, by which each pair came to share a cluster.

        Raises:
            ShapeError: A pair's records share none.
        """
        lefts = pairs.left_rows + self.starts[pairs.left_dataset]
        rights = pairs.right_rows + self.starts[pairs.right_dataset]
        merge: IntArray = _met(self.parents, lefts, rights) - self.starts[-1]
        if len(merge) and merge.min() < 0:
            raise ShapeError("Merges: a pair's records share no cluster")
        return merge


# cache=True: see compare/near.py for why its folder is as private as the code.


@njit(nogil=True, cache=True)
def _met(parents: IntArray, lefts: IntArray, rights: IntArray) -> IntArray:
    """The lowest number above both records of each pair; -1 if they share no tree."""
    met = np.empty(len(lefts), np.int64)
    for pair in range(len(lefts)):
        one, other = lefts[pair], rights[pair]
        while one != other:
            if one > other:
                one, other = other, one
            if parents[one] == one:
                one = other = -1
            else:
                one = parents[one]
        met[pair] = one
    return met
