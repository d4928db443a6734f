"""Text index: the distinct ones among millions of texts.

It sees texts as bytes: a Python object for each of them, and a look-up in a dictionary of them,
takes longer than all that is done to them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numba import njit

from linkage.arrays import ByteArray, IndexArray, IntArray, WordArray

_FNV_BASIS: Final = np.uint64(0xCBF29CE484222325)
_FNV_PRIME: Final = np.uint64(0x100000001B3)
"""Of the hash FNV-1a. It only finds texts again: what is equal is told by comparing them."""
_HALF: Final = np.uint64(32)
_LOW: Final = np.uint64(2**32 - 1)


@dataclass(frozen=True, slots=True, repr=False)
class Spans:
    """Texts that lie in one buffer.

    Attributes:
        content: uint8; UTF-8, or any charset in which equal texts have equal bytes.
        starts: (n_texts,) int64; where each text starts.
        ends: (n_texts,) int64; the place after its last byte.
    """

    content: ByteArray
    starts: IntArray
    ends: IntArray

    def __len__(self) -> int:
        return len(self.starts)

    def __repr__(self) -> str:
        return f"Spans({len(self)})"


def pack(texts: Sequence[str], around: str = "") -> Spans:
    """The texts in one buffer, as UTF-8.

    Args:
        texts: None of them may hold U+0000.
        around: Stands in the buffer before and after each text, outside its span.
    """
    ends = f"{around}\0{around}"
    content = f"{around}{ends.join(texts)}{around}\0" if texts else ""
    padded, width = find_ends(content.encode()), len(around.encode())
    return Spans(padded.content, padded.starts + width, padded.ends - width)


def find_ends(content: bytes) -> Spans:
    """The texts in a buffer that has a byte 0 after each of them."""
    array = np.frombuffer(content, np.uint8)
    ends = np.flatnonzero(array == 0)
    return Spans(array, np.concatenate([np.zeros(1, np.int64), ends + 1])[:-1], ends)


class TextIndex:
    """Distinct texts, numbered from 0 in order of first appearance; none may hold the byte 0.

    Args:
        expected: So many; if there are more, it grows, which takes time.
    """

    __slots__ = ("_count", "_kept")

    def __init__(self, expected: int = 1000) -> None:
        self._count = 0
        self._kept = _new_kept(expected, 32 * expected)

    def __len__(self) -> int:
        return self._count

    def __repr__(self) -> str:
        return f"TextIndex({len(self)})"

    def add(self, texts: Spans) -> IndexArray:
        """(n_texts,) int32: the number of each text; those not met before are kept."""
        codes = np.empty(len(texts), np.int32)
        done = 0
        while True:
            done, self._count = _add(
                self._kept, self._count, texts.content, texts.starts, texts.ends, codes, done
            )
            if done == len(texts):
                return codes
            self._grow(int(texts.ends[done] - texts.starts[done]))

    def texts(self, charset: str = "utf-8") -> list[str]:
        """The distinct texts, by their numbers."""
        if not self._count:
            return []
        content = self._kept.content[: self._kept.ends[self._count]]
        return content.tobytes().decode(charset).split("\0")

    def _grow(self, needed_bytes: int) -> None:
        """Makes room for one more text at least: added anew, all get the numbers that they have."""
        old, count = self._kept, self._count
        self._kept = _new_kept(4 * len(old.ends), 4 * len(old.content) + needed_bytes + 1)
        starts, ends = old.ends[:count] + 1, old.ends[1 : count + 1]
        _add(self._kept, 0, old.content, starts, ends, np.empty(count, np.int32), 0)


class _Kept(NamedTuple):
    """The distinct texts of an index.

    Attributes:
        content: the texts, a byte 0 after each.
        ends: text k lies between `ends[k] + 1` and `ends[k + 1]`.
        slots: a power of two of them. A text's slot is the first free one from where the lower half
            of its hash says; it holds the upper half, and in its own lower half the text's number
            and 1, so that 0 is a free slot.
    """

    content: ByteArray
    ends: IntArray
    slots: WordArray


def _new_kept(text_count: int, byte_count: int) -> _Kept:
    """Room for so many texts, in so many bytes with those that part them."""
    ends = np.empty(text_count + 1, np.int64)
    ends[0] = -1
    slots = np.zeros(2 << (text_count + 1).bit_length(), np.uint64)
    return _Kept(np.empty(byte_count, np.uint8), ends, slots)


# cache=True: compiled code is kept in files, which numba reads with pickle. They lie in __pycache__
# beside this file, so whoever could plant one could as well change this file.


@njit(nogil=True, cache=True)
def _add(  # noqa: PLR0913, PLR0917 - numba takes no Spans
    kept: _Kept,
    count: int,
    content: ByteArray,
    starts: IntArray,
    ends: IntArray,
    codes: IndexArray,
    done: int,
) -> tuple[int, int]:
    """Numbers texts from `done` on while there is room; how far it came, and the new count."""
    kept_content, kept_ends, slots = kept  # passed on as a whole it would be counted each time
    mask = np.uint64(len(slots) - 1)
    for text in range(done, len(starts)):
        start, size = starts[text], ends[text] - starts[text]
        hashed = _hash(content, start, size)
        slot = hashed & mask
        while True:
            if slots[slot] == 0:
                first = kept_ends[count] + 1
                if count + 1 == len(kept_ends) or first + size >= len(kept_content):
                    return text, count
                for place in range(size):
                    kept_content[first + place] = content[start + place]
                kept_content[first + size] = 0
                count += 1
                kept_ends[count] = first + size
                slots[slot] = (hashed & ~_LOW) | np.uint64(count)
                codes[text] = count - 1
                break
            if (slots[slot] ^ hashed) <= _LOW:
                number = np.int64(slots[slot] & _LOW) - 1
                first = kept_ends[number] + 1
                if kept_ends[number + 1] - first == size and _are_equal(
                    kept_content, first, content, start, size
                ):
                    codes[text] = number
                    break
            slot = (slot + np.uint64(1)) & mask
    return len(starts), count


@njit(nogil=True, cache=True)
def _hash(content: ByteArray, start: int, size: int) -> np.uint64:
    hashed = _FNV_BASIS
    for place in range(start, start + size):
        hashed = (hashed ^ np.uint64(content[place])) * _FNV_PRIME
    return hashed ^ (hashed >> _HALF)


@njit(nogil=True, cache=True)
def _are_equal(
    left: ByteArray, left_start: int, right: ByteArray, right_start: int, size: int
) -> bool:
    for place in range(size):  # noqa: SIM110 - numba compiles no generators
        if left[left_start + place] != right[right_start + place]:
            return False
    return True
