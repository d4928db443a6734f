"""Bloom filters: bit positions become the packed bits of values, and those become records.

Each distinct value of a field is encoded once; a record's encoding is the union of its fields'
values, so a missing value adds nothing. Bit i of a row is bit 7 - i % 8 of byte i // 8 (most
significant bit first). PROTOCOL.md section 5.4.

Memory: the result, and at any time one field's q-grams and the filters of its distinct values,
which are no more than the result. All else goes in slices.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from linkage.arrays import ByteArray, EncodingMatrix, IndexArray
from linkage_agent.pii.prf import PositionArray
from linkage_agent.pii.qgrams import QgramTable

_SLICE_ROWS: Final = 4096
"""Rows worked on at a time: half a megabyte at 1024 bits, so that a slice stays in the cache."""


@dataclass(frozen=True, slots=True)
class FillStatistics:
    """Share of bits set in the encodings of a dataset, in [0, 1]; all 0 if there are none."""

    mean: float
    least: float
    most: float


def value_filters(qgrams: QgramTable, positions: PositionArray, length_bits: int) -> ByteArray:
    """The filter of each distinct value of a field, and an empty one.

    Args:
        qgrams: The q-grams of each value.
        positions: (n_qgrams, bits_per_qgram) uint16, in the order of the table's vocabulary.
        length_bits: Length of an encoding.

    Returns:
        (n_values + 1, length_bits / 8) uint8; the last row is empty, so that the code of a missing
        value, -1, finds it.
    """
    qgram_words = _qgram_filters(positions, length_bits).view(np.uint64)
    filters = np.zeros((len(qgrams) + 1, length_bits // 8), np.uint8)
    value_words = filters.view(np.uint64)
    ends = np.append(qgrams.starts, len(qgrams.members))
    for first in range(0, len(qgrams), _SLICE_ROWS):
        last = min(first + _SLICE_ROWS, len(qgrams))
        members = qgrams.members[ends[first] : ends[last]]
        starts = qgrams.starts[first:last] - ends[first]
        value_words[first:last] = np.bitwise_or.reduceat(qgram_words[members], starts)
    return filters


def add_field(encodings: ByteArray, filters: ByteArray, codes: IndexArray) -> None:
    """Adds a field to the encodings, in place.

    Args:
        encodings: (n_records, n_bytes) uint8, changed.
        filters: what `value_filters` gave.
        codes: (n_records,) int32; the value of each record, or `MISSING`.
    """
    words, filter_words = encodings.view(np.uint64), filters.view(np.uint64)
    for first in range(0, len(codes), _SLICE_ROWS):
        rows = slice(first, first + _SLICE_ROWS)
        words[rows] |= filter_words[codes[rows]]


def fill_statistics(encodings: EncodingMatrix) -> FillStatistics:
    """How full the encodings are."""
    if not len(encodings):
        return FillStatistics(0.0, 0.0, 0.0)
    words = encodings.words()
    counts = np.concatenate(
        [
            np.bitwise_count(words[first : first + _SLICE_ROWS]).sum(axis=1, dtype=np.int64)
            for first in range(0, len(words), _SLICE_ROWS)
        ]
    )
    shares = counts / encodings.length_bits
    return FillStatistics(float(shares.mean()), float(shares.min()), float(shares.max()))


def _qgram_filters(positions: PositionArray, length_bits: int) -> ByteArray:
    """The packed bits of each q-gram: (n_qgrams, length_bits / 8) uint8."""
    filters = np.zeros((len(positions), length_bits // 8), np.uint8)
    every = np.arange(len(positions))
    # Position by position: no row stands twice in one step, so none of its bits is lost.
    for column in positions.T:
        filters[every, column >> 3] |= (0x80 >> (column & 7)).astype(np.uint8)
    return filters
