"""StringColumns: what a source gives and the trusted core takes.

Text values of an extract, dictionary-encoded: each distinct value is kept once. What is done to a
value (normalising, cutting into tokens, encoding) is then done once for each distinct value.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from linkage.arrays import IndexArray, ShapeError
from linkage.ids import FieldName

MISSING: Final = -1
"""The code of a record that has no value in a column."""


@dataclass(frozen=True, slots=True, repr=False)
class StringColumn:
    """One column of text.

    Attributes:
        codes: (n_records,) int32, read-only; index into `distinct`, or `MISSING`.
        distinct: the column's distinct values, in order of first appearance.
    """

    codes: IndexArray
    distinct: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.codes.dtype != np.int32 or self.codes.ndim != 1:
            raise ShapeError("StringColumn: codes must be a 1-d int32 array")
        if len(self.codes) and not MISSING <= self.codes.min() <= self.codes.max() < len(
            self.distinct
        ):
            raise ShapeError("StringColumn: a code points outside the distinct values")
        self.codes.flags.writeable = False

    def __len__(self) -> int:
        return len(self.codes)

    def __repr__(self) -> str:
        return f"StringColumn({len(self)} records, {len(self.distinct)} distinct)"


@dataclass(frozen=True, slots=True, repr=False)
class StringColumns:
    """The identifier columns of an extract, all of one length, in the agreement's field order.

    Attributes:
        row_ids: the agency's own identifier of each record: unique, never missing, never sent.
        fields: a column for each field of the encoding schema.
    """

    row_ids: tuple[str, ...]
    fields: dict[FieldName, StringColumn]

    def __post_init__(self) -> None:
        if any(len(column) != len(self.row_ids) for column in self.fields.values()):
            raise ShapeError("StringColumns: columns differ in length")

    def __len__(self) -> int:
        return len(self.row_ids)

    def __repr__(self) -> str:
        return f"StringColumns({len(self)} records, {len(self.fields)} fields)"
