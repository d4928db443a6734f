"""How much of a column has a property: shares of its records, from its distinct texts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from linkage.arrays import BoolArray, IntArray
from linkage_agent.columns import MISSING, StringColumn

MAX_TEXTS: Final = 20_000
"""Distinct texts that are looked at, the first of a column: a share among so many is right to half
a per cent, and a column of a million takes no longer."""


@dataclass(frozen=True, slots=True, repr=False)
class Weighed:
    """Distinct texts of a column, each with the number of records that have it.

    Attributes:
        texts: at most `MAX_TEXTS`, none of them empty.
        counts: (n_texts,) int64.
    """

    texts: tuple[str, ...]
    counts: IntArray

    @classmethod
    def of(cls, column: StringColumn) -> Self:
        """The texts of a column that stand in a record."""
        counts = np.bincount(column.codes[column.codes != MISSING], minlength=len(column.distinct))
        kept = np.flatnonzero(counts)[:MAX_TEXTS]
        return cls(tuple(column.distinct[code] for code in kept), counts[kept])

    def __len__(self) -> int:
        return len(self.texts)

    def __repr__(self) -> str:
        return f"Weighed({len(self)} texts)"

    @property
    def records(self) -> int:
        """Records with one of the texts."""
        return int(self.counts.sum())

    def share(self, has: Callable[[str], object]) -> float:
        """Share of the records whose text has a property; 0 without records."""
        return self.share_of(np.fromiter((bool(has(text)) for text in self.texts), np.bool_))

    def share_of(self, chosen: BoolArray) -> float:
        """Share of the records of the chosen texts; 0 without records."""
        return float(self.counts[chosen].sum() / self.records) if self.records else 0.0

    def mean(self, measure: Callable[[str], float]) -> float:
        """Mean of a measure over the records; 0 without records."""
        measured = np.fromiter(map(measure, self.texts), np.float64, len(self))
        return float(measured @ self.counts / self.records) if self.records else 0.0


def information_bits(counts: IntArray) -> float:
    """-log2 of the probability that two different records have the same value.

    Args:
        counts: records with each value. If no two agree, it is taken that one pair does.
    """
    records = int(counts.sum())
    agreeing = int((counts * (counts - 1)).sum()) // 2
    pairs = records * (records - 1) // 2
    return float(np.log2(max(pairs, 1) / max(agreeing, 1)))
