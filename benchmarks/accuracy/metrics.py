"""Metrics: found pairs of records against true ones.

A pair is one record of the left and one of the right agency; both kinds of pairs are sets.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from linkage.arrays import BoolArray, FloatArray, IntArray

GRID_STEPS: Final = 100
"""Thresholds are compared in steps of a hundredth."""


@dataclass(frozen=True, slots=True, repr=False)
class RecordPairs:
    """Pairs of records by row, each pair once.

    Attributes:
        left, right: (n_pairs,) int64, rows of the left and the right agency.
    """

    left: IntArray
    right: IntArray

    def __len__(self) -> int:
        return len(self.left)

    def __repr__(self) -> str:
        return f"RecordPairs({len(self)})"

    def take(self, kept: BoolArray) -> "RecordPairs":
        """Those for which `kept` is true."""
        return RecordPairs(self.left[kept], self.right[kept])

    def among(self, others: "RecordPairs") -> BoolArray:
        """For each pair whether it is one of the others."""
        width = 1 + max((int(p.right.max()) for p in (self, others) if len(p)), default=0)
        here, there = (p.left * width + p.right for p in (self, others))
        return np.isin(here, there)


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and their harmonic mean, each in [0, 1]; 0 where nothing is divided."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class BestThreshold:
    """The threshold with the highest F1, the truth being known, and the score at it."""

    threshold: float
    score: Score


def true_pairs(left_persons: list[str], right_persons: list[str]) -> RecordPairs:
    """All pairs of records of one person; a person may have several records on either side."""
    rows_of: dict[str, list[int]] = {}
    for row, person in enumerate(right_persons):
        rows_of.setdefault(person, []).append(row)
    pairs = [
        (row, other) for row, person in enumerate(left_persons) for other in rows_of.get(person, ())
    ]
    left, right = np.array(pairs, np.int64).reshape(-1, 2).T
    return RecordPairs(left, right)


def score_pairs(found: RecordPairs, true: RecordPairs) -> Score:
    """How good the found pairs are."""
    return _score(int(found.among(true).sum()), len(found), len(true))


def best_threshold(found: RecordPairs, scores: FloatArray, true: RecordPairs) -> BestThreshold:
    """The highest of the best thresholds on a grid of hundredths; a pair at it is found.

    Args:
        found: pairs that don't compete, such as one-to-one links.
        scores: (n_pairs,) float64 in [0, 1].
        true: the truth.
    """
    is_true = found.among(true)
    best = BestThreshold(1.0, Score(0.0, 0.0, 0.0))
    for step in range(GRID_STEPS, -1, -1):
        kept = scores >= step / GRID_STEPS
        score = _score(int((kept & is_true).sum()), int(kept.sum()), len(true))
        if score.f1 > best.score.f1:
            best = BestThreshold(step / GRID_STEPS, score)
    return best


def _score(correct: int, found: int, true: int) -> Score:
    return Score(
        precision=correct / found if found else 0.0,
        recall=correct / true if true else 0.0,
        f1=2 * correct / (found + true) if found + true else 0.0,
    )
