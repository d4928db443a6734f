"""RowKeys: an agency's match keys, by its own row ids."""

from dataclasses import dataclass

import numpy as np

from linkage.arrays import TOKEN_BYTES, ByteArray, ShapeError


@dataclass(frozen=True, slots=True, repr=False)
class RowKeys:
    """The match keys of an agency's records for one recipient group.

    Attributes:
        row_ids: unique; rows of the extract that were withheld from sending are not among them.
        keys: (n_records, 16) uint8, read-only, in the order of `row_ids`.
    """

    row_ids: tuple[str, ...]
    keys: ByteArray

    def __post_init__(self) -> None:
        if self.keys.dtype != np.uint8 or self.keys.shape != (len(self.row_ids), TOKEN_BYTES):
            raise ShapeError(f"RowKeys: expected {len(self.row_ids)} keys of {TOKEN_BYTES} uint8")
        self.keys.flags.writeable = False

    def __len__(self) -> int:
        return len(self.row_ids)

    def __repr__(self) -> str:
        return f"RowKeys({len(self)})"
