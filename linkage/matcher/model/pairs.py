"""Pairs of records: those to be compared, and those that were found to match."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linkage.arrays import FloatArray, IndexArray, ShapeError


@dataclass(frozen=True, slots=True)
class RowRange:
    """Consecutive records of one dataset: rows `start` up to, not including, `stop`."""

    dataset: int
    start: int
    stop: int

    def __post_init__(self) -> None:
        if self.dataset < 0 or not 0 <= self.start <= self.stop:
            raise ShapeError(f"RowRange: rows {self.start} to {self.stop}, set {self.dataset}")

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class CandidatePairs:
    """A block of pairs to be compared: each record on the left with each on the right."""

    left: RowRange
    right: RowRange

    def __len__(self) -> int:
        return len(self.left) * len(self.right)


@dataclass(frozen=True, slots=True, repr=False)
class RecordPairs:
    """Pairs of records, of one dataset on the left and one on the right, which may be the same.

    Attributes:
        left_dataset: number of the dataset that `left_rows` indexes.
        right_dataset: the same for `right_rows`.
        left_rows: (n_pairs,) int32, read-only, not negative.
        right_rows: the same.
    """

    left_dataset: int
    right_dataset: int
    left_rows: IndexArray
    right_rows: IndexArray

    def __post_init__(self) -> None:
        _check_rows(self.left_rows)
        _check_rows(self.right_rows)
        if len(self.left_rows) != len(self.right_rows):
            raise ShapeError(
                f"RecordPairs: {len(self.left_rows)} left rows, {len(self.right_rows)} right rows"
            )

    def __len__(self) -> int:
        return len(self.left_rows)

    def __repr__(self) -> str:
        return f"RecordPairs({len(self)}, datasets {self.left_dataset} and {self.right_dataset})"


@dataclass(frozen=True, slots=True, repr=False)
class DecidedPairs:
    """Pairs of records, of one dataset on the left and one on the right, that are matches.

    Attributes:
        left_dataset: number of the dataset that `left_rows` indexes.
        right_dataset: the same for `right_rows`.
        left_rows: (n_pairs,) int32, read-only, not negative.
        right_rows: the same.
        scores: (n_pairs,) float64, read-only, finite, higher for likelier matches; None where
            whoever decided may not tell.
    """

    left_dataset: int
    right_dataset: int
    left_rows: IndexArray
    right_rows: IndexArray
    scores: FloatArray | None

    def __post_init__(self) -> None:
        _check_rows(self.left_rows)
        _check_rows(self.right_rows)
        if len(self.left_rows) != len(self.right_rows):
            raise ShapeError(
                f"DecidedPairs: {len(self.left_rows)} left rows, {len(self.right_rows)} right rows"
            )
        if self.scores is not None:
            _check_scores(self.scores, len(self.left_rows))

    def __len__(self) -> int:
        return len(self.left_rows)

    def __repr__(self) -> str:
        return f"DecidedPairs({len(self)}, datasets {self.left_dataset} and {self.right_dataset})"

    @property
    def datasets(self) -> tuple[int, int]:
        """The numbers of the left and the right dataset."""
        return self.left_dataset, self.right_dataset


def join_pairs(parts: Sequence[DecidedPairs]) -> DecidedPairs:
    """Pairs of the same two datasets, one part after the other.

    Args:
        parts: At least one; all have scores, or none has.

    Raises:
        ShapeError: They are of different datasets, or only some have scores.
    """
    first = parts[0]
    scores = [part.scores for part in parts if part.scores is not None]
    if any(part.datasets != first.datasets for part in parts):
        raise ShapeError("join_pairs: parts are of different datasets")
    if scores and len(scores) != len(parts):
        raise ShapeError("join_pairs: only some parts have scores")
    return DecidedPairs(
        *first.datasets,
        np.concatenate([part.left_rows for part in parts]),
        np.concatenate([part.right_rows for part in parts]),
        np.concatenate(scores) if scores else None,
    )


def _check_rows(rows: IndexArray) -> None:
    if rows.dtype != np.int32 or rows.ndim != 1:
        raise ShapeError("pairs: rows must be a 1-d int32 array")
    if len(rows) and rows.min() < 0:
        raise ShapeError("pairs: a row is negative")
    rows.flags.writeable = False


def _check_scores(scores: FloatArray, pair_count: int) -> None:
    if scores.dtype != np.float64 or scores.shape != (pair_count,):
        raise ShapeError(f"DecidedPairs: scores must be {pair_count} float64")
    if not np.isfinite(scores).all():
        raise ShapeError("DecidedPairs: a score is not a number")
    scores.flags.writeable = False
