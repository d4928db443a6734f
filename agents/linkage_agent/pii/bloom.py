"""Bloom filters: bit positions become the packed bits of values, and those become records.

Each distinct value of a field is encoded once, kind of token after kind; a segment of a record is
the union of its fields' values, so a missing value adds nothing. Bit i of a filter is bit 7 - i % 8
of byte i // 8 (most significant bit first). PROTOCOL.md section 5.4.

Each distinct token becomes a row of bits once; compiled loops unite those rows to values, and the
values' to records. Memory: the result, and at any time one field's tokens of one kind, a row for
each distinct one, and the filters of the field's distinct values, no more than the result.
"""

import numpy as np
from numba import njit

from linkage.agreement.schema import Segment
from linkage.arrays import WORD_BYTES, ByteArray, IndexArray, IntArray, WordArray
from linkage_agent.pii.prf import PositionArray
from linkage_agent.pii.tokens.table import TokenTable


def empty_filters(value_count: int, length_bits: int) -> ByteArray:
    """(value_count, length_bits / 8) uint8: a filter for each distinct value of a field."""
    return np.zeros((value_count, length_bits // 8), np.uint8)


def add_tokens(filters: ByteArray, tokens: TokenTable, positions: PositionArray) -> None:
    """Adds the values' tokens of one kind to their filters, in place.

    Args:
        filters: what `empty_filters` gave for as many values as the table has.
        tokens: the tokens of each value; a value may be without any.
        positions: (n_tokens, bits) uint16, in the order of the table's vocabulary.
    """
    token_filters = np.zeros((len(positions), filters.shape[1]), np.uint8)
    _set_bits(token_filters, positions)
    _unite(filters.view(np.uint64), token_filters.view(np.uint64), tokens.members, tokens.starts)


def add_field(
    encodings: ByteArray, segment: Segment, filters: ByteArray, codes: IndexArray
) -> None:
    """Adds a field to its segment of the encodings, in place.

    Args:
        encodings: (n_records, n_bytes) uint8, changed.
        segment: where the field's filter lies.
        filters: those of the field's distinct values.
        codes: (n_records,) int32; the value of each record, or `MISSING`.
    """
    start, count = segment.start_byte // WORD_BYTES, segment.byte_count // WORD_BYTES
    _gather(encodings.view(np.uint64)[:, start : start + count], filters.view(np.uint64), codes)


# cache=True: see text_index.py for why its folder is as private as the code.


@njit(nogil=True, cache=True)
def _set_bits(filters: ByteArray, positions: PositionArray) -> None:
    """Sets the bits of each token in its filter."""
    for token in range(len(positions)):
        for position in positions[token]:
            filters[token, position >> 3] |= 0x80 >> (position & 7)


@njit(nogil=True, cache=True)
def _unite(
    filters: WordArray, token_filters: WordArray, members: IndexArray, starts: IntArray
) -> None:
    """Adds to the filter of each value those of its members."""
    for value in range(len(starts) - 1):
        for member in members[starts[value] : starts[value + 1]]:
            for word in range(filters.shape[1]):
                filters[value, word] |= token_filters[member, word]


@njit(nogil=True, cache=True)
def _gather(encodings: WordArray, filters: WordArray, codes: IndexArray) -> None:
    """Adds to each record's encoding the filter of its value, if it has one."""
    for record in range(len(codes)):
        code = codes[record]
        if code >= 0:
            for word in range(filters.shape[1]):
                encodings[record, word] |= filters[code, word]
