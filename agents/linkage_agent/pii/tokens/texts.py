"""Pieces of any text, found in compiled code: no piece of a text becomes an object of its own.

PROTOCOL.md section 4.1. Takes normal forms in UTF-8, `PADDING` around each and a byte 0 after that.
"""

from typing import Final, NamedTuple

import numpy as np
from numba import njit

from linkage.arrays import ByteArray, IndexArray, IntArray, WordArray
from linkage_agent.text_index import Spans

PADDING: Final = " "

_SPACE: Final = np.uint64(ord(" "))
_TOP_BITS: Final = np.uint64(0b1100_0000)
_CONTINUES: Final = np.uint64(0b1000_0000)
_BYTE_BITS: Final = np.uint64(8)
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)
_UPPER: Final = np.uint64(40)
"""A bigram, multiplied by this odd number, has its slot in the bits from here on."""


class Pieces(NamedTuple):
    """The pieces of all texts.

    Attributes:
        distinct: in order of first appearance.
        members: (n_members,) int32; indices into `distinct`, text after text.
        counts: (n_texts,) int64; how many pieces each text has.
    """

    distinct: list[str]
    members: IndexArray
    counts: IntArray


def bigrams(texts: Spans) -> Pieces:
    """Each two neighbouring characters, with a space before the first and after the last.

    A space within the text parts words in the same way. So words in another order, or one of two
    surnames, still share all pieces but those of the words that differ.
    """
    members, counts, keys = _bigrams(texts.content, texts.starts, texts.ends)
    distinct = [key.to_bytes(8, "big").lstrip(b"\0").decode() for key in keys.tolist()]
    return Pieces(distinct, members, counts)


# cache=True: see text_index.py for why its folder is as private as the code.


@njit(nogil=True, cache=True)
def _bigrams(
    content: ByteArray, starts: IntArray, ends: IntArray
) -> tuple[IndexArray, IntArray, WordArray]:
    """The members, their counts, and the distinct bigrams as numbers, first byte uppermost.

    Two characters are at most eight bytes, so a bigram is a number that tells it from all others.
    """
    members = np.empty((ends - starts + 1).sum(), np.int32)
    counts = np.empty(len(starts), np.int64)
    keys, slots = _grown(np.empty(0, np.uint64), 0)
    n_keys = n_members = 0
    for text in range(len(starts)):
        before = n_members
        if n_keys + ends[text] - starts[text] >= len(keys):
            keys, slots = _grown(keys[:n_keys], ends[text] - starts[text])
        mask = len(slots) - 1
        older, newer, newer_bits = np.uint64(0), _SPACE, _BYTE_BITS
        # As far as the byte after the padding, with which its character ends.
        for place in range(starts[text], ends[text] + 2):
            byte = np.uint64(content[place])
            if continues(byte):
                newer, newer_bits = newer << _BYTE_BITS | byte, newer_bits + _BYTE_BITS
                continue
            if older:
                key = older << newer_bits | newer
                slot = np.int64(key * _SPREAD >> _UPPER) & mask
                while slots[slot] >= 0 and keys[slots[slot]] != key:
                    slot = (slot + 1) & mask
                if slots[slot] < 0:
                    keys[n_keys], slots[slot] = key, n_keys
                    n_keys += 1
                members[n_members] = slots[slot]
                n_members += 1
            older, newer, newer_bits = newer, byte, _BYTE_BITS
        counts[text] = n_members - before
    return members[:n_members], counts, keys[:n_keys]


@njit(nogil=True, cache=True)
def continues(byte: np.uint8 | np.uint64) -> bool:
    """Whether a byte of UTF-8 goes on with the character of the byte before it."""
    return bool(byte & _TOP_BITS == _CONTINUES)


@njit(nogil=True, cache=True)
def _grown(keys: WordArray, more: int) -> tuple[WordArray, IndexArray]:
    """The keys with room for at least so many more, and at least two slots for each of them."""
    room = 2**11
    while room <= len(keys) + more:
        room *= 2
    grown, slots = np.empty(room, np.uint64), np.full(2 * room, -1, np.int32)
    grown[: len(keys)] = keys
    for number in range(len(keys)):
        slot = np.int64(keys[number] * _SPREAD >> _UPPER) & (len(slots) - 1)
        while slots[slot] >= 0:
            slot = (slot + 1) & (len(slots) - 1)
        slots[slot] = number
    return grown, slots


@njit(nogil=True, cache=True)
def word_spans(
    content: ByteArray, starts: IntArray, ends: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Where each word starts and ends, and how many words each text has."""
    room = (ends - starts + 1).sum()
    word_starts, word_ends = np.empty(room, np.int64), np.empty(room, np.int64)
    counts = np.empty(len(starts), np.int64)
    word = 0
    for text in range(len(starts)):
        before, start = word, starts[text]
        for place in range(start, ends[text] + 1):  # the padding ends the last word
            if content[place] == _SPACE:
                word_starts[word], word_ends[word] = start, place
                word += 1
                start = place + 1
        counts[text] = word - before
    return word_starts[:word], word_ends[:word], counts
