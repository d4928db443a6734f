"""Encoded: what an extract became, and how full its filters are.

Apart from the trusted core that makes it, so that whoever only handles it loads no compiled code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from linkage.agreement.schema import Segment
from linkage.arrays import WORD_BYTES, BlockingTokens, EncodingMatrix, IntArray, RecordTokens
from linkage.ids import FieldName

_SLICE_ROWS: Final = 4096
"""Rows worked on at a time: half a megabyte at 1024 bits, so that a slice stays in the cache."""


@dataclass(frozen=True, slots=True)
class FillStatistics:
    """Share of bits set in the filters of a segment, in [0, 1]; empty ones do not count.

    All 0 if there are none.
    """

    mean: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Presence:
    """How many rows of the extract have a value of a field, once normalised.

    Attributes:
        failed: of the missing, those whose value failed the field's check.
    """

    present: int
    missing: int
    failed: int


@dataclass(frozen=True, slots=True, repr=False)
class EncodedDataset:
    """What an extract became.

    Attributes:
        encodings: the records to be sent.
        tokens: their record tokens, in the same order.
        blocking: their blocking tokens; None where the schema has no rules for them.
        row_of_record: (n_records,) int64; the extract's row that each is. Never sent.
        withheld_rows: ascending (n_withheld,) int64; rows that are not sent.
        fill: how full the filters of each segment are, by its name, in order.
        presence: of each field, over all rows of the extract.
    """

    encodings: EncodingMatrix
    tokens: RecordTokens
    blocking: BlockingTokens | None
    row_of_record: IntArray
    withheld_rows: IntArray
    fill: Mapping[str, FillStatistics]
    presence: Mapping[FieldName, Presence]

    def __len__(self) -> int:
        return len(self.encodings)

    def __repr__(self) -> str:
        return f"EncodedDataset({self.encodings!r}, {len(self.withheld_rows)} withheld)"


def fill_statistics(encodings: EncodingMatrix, segment: Segment) -> FillStatistics:
    """How full a segment's filters are."""
    start, count = segment.start_byte // WORD_BYTES, segment.byte_count // WORD_BYTES
    words = encodings.words()[:, start : start + count]
    slices = [
        np.bitwise_count(words[first : first + _SLICE_ROWS]).sum(axis=1, dtype=np.int64)
        for first in range(0, len(words), _SLICE_ROWS)
    ]
    counts = np.concatenate([np.zeros(0, np.int64), *slices])
    shares = counts[counts > 0] / (8 * segment.byte_count)
    if not len(shares):
        return FillStatistics(0.0, 0.0, 0.0)
    return FillStatistics(float(shares.mean()), float(shares.min()), float(shares.max()))
