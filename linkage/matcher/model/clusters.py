"""Clusters: which records of a run are judged one person."""

from dataclasses import dataclass

import numpy as np

from linkage.arrays import IndexArray, ShapeError


@dataclass(frozen=True, slots=True, repr=False)
class Clusters:
    """The cluster of every record; a record that matches nothing is a cluster of its own.

    Attributes:
        labels: for each dataset (n_records,) int32, read-only: the number of each record's
            cluster. All numbers from 0 to `count` - 1 occur.
    """

    labels: tuple[IndexArray, ...]

    def __post_init__(self) -> None:
        record_count = 0
        for labels in self.labels:
            if labels.dtype != np.int32 or labels.ndim != 1:
                raise ShapeError("Clusters: labels must be 1-d int32 arrays")
            if len(labels) and labels.min() < 0:
                raise ShapeError("Clusters: a label is negative")
            labels.flags.writeable = False
            record_count += len(labels)
        # Checked before anything of that size is made: a stray label must not fill the memory.
        if self.count > record_count or not self._occur().all():
            raise ShapeError("Clusters: a number below the highest label does not occur")

    def __repr__(self) -> str:
        record_count = sum(len(labels) for labels in self.labels)
        return f"Clusters({len(self.labels)} datasets, {record_count} records)"

    @property
    def count(self) -> int:
        """How many clusters there are."""
        return 1 + max((int(labels.max()) for labels in self.labels if len(labels)), default=-1)

    def _occur(self) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        occur = np.zeros(self.count, np.bool_)
        for labels in self.labels:
            occur[labels] = True
        return occur
