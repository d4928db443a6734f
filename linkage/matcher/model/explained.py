"""Explained pairs: what each segment said of the pairs that were accepted."""

from dataclasses import dataclass

from linkage.arrays import ByteArray, IndexArray


@dataclass(frozen=True, slots=True, repr=False)
class Explained:
    """The accepted pairs of two datasets, with a word for each segment.

    Attributes:
        left_dataset: number of the dataset that `left_rows` indexes.
        right_dataset: the same for `right_rows`.
        left_rows: (n_pairs,) int32.
        right_rows: (n_pairs,) int32.
        verdicts: (n_pairs, F) uint8 of `Verdict`.
    """

    left_dataset: int
    right_dataset: int
    left_rows: IndexArray
    right_rows: IndexArray
    verdicts: ByteArray

    def __repr__(self) -> str:
        return f"Explained({len(self.left_rows)} pairs)"
