"""Bloom filters: bit positions become the packed bits of values, and those become records.

Each distinct value of a field is encoded once, kind of token after kind; a segment of a record is
the union of its fields' values, so a missing value adds nothing. Bit i of a filter is bit 7 - i % 8
of byte i // 8 (most significant bit first). PROTOCOL.md section 5.4.

Memory: the result, and at any time one field's tokens of one kind and the filters of its distinct
values, which are no more than the result. All else goes in slices.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from linkage.agreement.schema import Segment
from linkage.arrays import WORD_BYTES, ByteArray, EncodingMatrix, IndexArray
from linkage_agent.pii.prf import PositionArray
from linkage_agent.pii.tokens.table import TokenTable

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


def empty_filters(value_count: int, length_bits: int) -> ByteArray:
    """A filter for each distinct value of a field, and one that stays empty.

    Returns:
        (value_count + 1, length_bits / 8) uint8; the last row is for the code of a missing value,
        which is -1 and so finds it.
    """
    return np.zeros((value_count + 1, length_bits // 8), np.uint8)


def add_tokens(filters: ByteArray, tokens: TokenTable, positions: PositionArray) -> None:
    """Adds the values' tokens of one kind to their filters, in place.

    Args:
        filters: what `empty_filters` gave for as many values as the table has.
        tokens: the tokens of each value; a value may be without any.
        positions: (n_tokens, bits) uint16, in the order of the table's vocabulary.
    """
    token_words = _token_filters(positions, filters.shape[1]).view(np.uint64)
    value_words = filters.view(np.uint64)
    # reduceat takes an empty range for its first element, so values without tokens are left out.
    held = np.flatnonzero(np.diff(tokens.starts))
    starts, ends = tokens.starts[held], tokens.starts[held + 1]
    for first in range(0, len(held), _SLICE_ROWS):
        rows = slice(first, first + _SLICE_ROWS)
        members = tokens.members[starts[first] : ends[rows][-1]]
        united = np.bitwise_or.reduceat(token_words[members], starts[rows] - starts[first])
        value_words[held[rows]] |= united


def add_field(
    encodings: ByteArray, segment: Segment, filters: ByteArray, codes: IndexArray
) -> None:
    """Adds a field to its segment of the encodings, in place.

    Args:
        encodings: (n_records, n_bytes) uint8, changed.
        segment: where the field's filter lies.
        filters: those of the field's distinct values, and an empty one.
        codes: (n_records,) int32; the value of each record, or `MISSING`.
    """
    start, count = segment.start_byte // WORD_BYTES, segment.byte_count // WORD_BYTES
    words = encodings.view(np.uint64)[:, start : start + count]
    filter_words = filters.view(np.uint64)
    for first in range(0, len(codes), _SLICE_ROWS):
        rows = slice(first, first + _SLICE_ROWS)
        words[rows] |= filter_words[codes[rows]]


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


def _token_filters(positions: PositionArray, n_bytes: int) -> ByteArray:
    """The packed bits of each token: (n_tokens, n_bytes) uint8."""
    filters = np.zeros((len(positions), n_bytes), np.uint8)
    every = np.arange(len(positions))
    # Position by position: no row stands twice in one step, so none of its bits is lost.
    for column in positions.T:
        filters[every, column >> 3] |= (0x80 >> (column & 7)).astype(np.uint8)
    return filters
