"""Pieces of postcodes and addresses. PROTOCOL.md section 4.4."""

from typing import Final

import numpy as np
from numba import njit

from linkage.arrays import ByteArray, IntArray
from linkage_agent.pii.tokens.texts import continues
from linkage_agent.text_index import Spans

_LEAST_BEGINNING: Final = 2
"""One character says next to nothing."""
_ENDING: Final = 3
"""The inward part of a British postcode; elsewhere the part that tells neighbours apart."""


def beginnings(texts: Spans) -> tuple[Spans, IntArray]:
    """Each beginning of two characters or more, ever smaller areas; and how many a text has."""
    starts, ends, counts = _beginnings(texts.content, texts.starts, texts.ends)
    return Spans(texts.content, starts, ends), counts


def endings(texts: Spans) -> Spans:
    """The last three characters of each text, or all of one that has fewer."""
    starts = _ending_starts(texts.content, texts.starts, texts.ends)
    return Spans(texts.content, starts, texts.ends)


def numbers(text: str) -> list[str]:
    """Each word that holds a digit: house, flat and unit, without the street."""
    return [word for word in text.split(" ") if any("0" <= char <= "9" for char in word)]


# cache=True: see text_index.py for why its folder is as private as the code.


@njit(nogil=True, cache=True)
def _beginnings(
    content: ByteArray, starts: IntArray, ends: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Where each beginning starts and ends, and how many there are of each text."""
    room = (ends - starts).sum()
    found_starts, found_ends = np.empty(room, np.int64), np.empty(room, np.int64)
    counts = np.empty(len(starts), np.int64)
    found = 0
    for text in range(len(starts)):
        before, characters = found, 0
        for after in range(starts[text] + 1, ends[text] + 1):
            if after == ends[text] or not continues(content[after]):
                characters += 1
                if characters >= _LEAST_BEGINNING:
                    found_starts[found], found_ends[found] = starts[text], after
                    found += 1
        counts[text] = found - before
    return found_starts[:found], found_ends[:found], counts


@njit(nogil=True, cache=True)
def _ending_starts(content: ByteArray, starts: IntArray, ends: IntArray) -> IntArray:
    ending_starts = np.empty_like(starts)
    for text in range(len(starts)):
        place, characters = ends[text], 0
        while place > starts[text] and characters < _ENDING:
            place -= 1
            characters += not continues(content[place])
        ending_starts[text] = place
    return ending_starts
