"""Sound code: what is left of a name when spelling, vowels and voicing are taken away.

Minded of no language in particular, so it is coarse: it joins what clerks write for one name
(`Steven` and `Stephen`, `Kathryn` and `Catherine`, `Mohammed` and `Muhamad`) at the price of
joining some names that sound apart. PROTOCOL.md section 4.2.1.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numba import njit

from linkage.arrays import BoolArray, ByteArray, IntArray
from linkage_agent.text_index import Spans

_SOUNDS: Final = (
    ("sch sh cz sz s z ^x c>eiy", "s"),
    ("^dzh ^dj ^j ^g>eiy ^i>aeiou ^y>aeiou", "j"),
    ("tch ch kh k q c gh>aeiou", "k"),
    ("gh", ""),
    ("g", "k"),
    ("ph wh f v w>aeiou", "f"),
    ("th dzh dj t d", "t"),
    ("p b", "p"),
    ("l", "l"),
    ("r", "r"),
    ("m", "m"),
    ("n", "n"),
    ("x", "ks"),
    ("^a ^e ^i ^o ^u ^y", "a"),
    ("^h", "h"),
)
"""The parts of a word from left to right, the first spelling that fits, and how it sounds.

`^` is the start of the word; one of the letters after `>` must follow and belongs to the next part.
What fits no spelling is one character and silent.
"""
_LONGEST: Final = 3
_CODE_BYTES: Final = 2
_A: Final = ord("a")
_Z: Final = ord("z")


def sound_codes(words: Spans) -> Spans:
    """The code of each word; empty if nothing in it sounds.

    A part that sounds like the one right before it counts once.

    Args:
        words: normal forms in UTF-8.
    """
    sounds = ["", *dict.fromkeys(code for _, code in _SOUNDS if code)]
    codes = np.array([list(code.encode().ljust(_CODE_BYTES, b"\0")) for code in sounds], np.uint8)
    content, ends = _codes(words.content, words.starts, words.ends, _spellings(sounds), codes)
    return Spans(content, np.append(np.int64(0), ends)[:-1], ends)


class _Spellings(NamedTuple):
    """The spellings in the order in which they are tried.

    Attributes:
        letters: (n, 3) uint8; those that are shorter end with 0.
        sizes: (n,) int64; how many letters each has.
        is_start: (n,) whether it only fits at the start of a word.
        followers: (n,) int64; bit i is set if letter i may follow; 0 if anything may.
        sounds: (n,) int64; 0 if it is silent.
    """

    letters: ByteArray
    sizes: IntArray
    is_start: BoolArray
    followers: IntArray
    sounds: IntArray


def _spellings(sounds: list[str]) -> _Spellings:
    def read() -> Iterator[tuple[list[int], int, bool, int, int]]:
        for spellings, code in _SOUNDS:
            for spelling in spellings.split():
                letters, _, following = spelling.removeprefix("^").partition(">")
                padded = list(letters.encode().ljust(_LONGEST, b"\0"))
                followers = sum(1 << (ord(letter) - _A) for letter in following)
                yield padded, len(letters), spelling[0] == "^", followers, sounds.index(code)

    letters, sizes, is_start, followers, numbers = zip(*read(), strict=True)
    return _Spellings(
        np.array(letters, np.uint8),
        np.array(sizes, np.int64),
        np.array(is_start, np.bool_),
        np.array(followers, np.int64),
        np.array(numbers, np.int64),
    )


# cache=True: see text_index.py for why its folder is as private as the code.


@njit(nogil=True, cache=True)
def _codes(
    content: ByteArray, starts: IntArray, ends: IntArray, spellings: _Spellings, codes: ByteArray
) -> tuple[ByteArray, IntArray]:
    """The codes, one after the other, and where each ends."""
    written = np.empty(codes.shape[1] * (ends - starts).sum(), np.uint8)
    code_ends = np.empty_like(ends)
    length = 0
    for word in range(len(starts)):
        place, last = starts[word], 0
        while place < ends[word]:
            sound, size = _part(content, starts[word], place, ends[word], spellings)
            if sound != last:
                for letter in codes[sound]:
                    if letter:
                        written[length] = letter
                        length += 1
            last = sound
            place += size
        code_ends[word] = length
    return written[:length], code_ends


@njit(nogil=True, cache=True)
def _part(
    content: ByteArray, start: int, place: int, end: int, spellings: _Spellings
) -> tuple[int, int]:
    """The sound of the part of a word that starts at a place, and its size."""
    for spelling in range(len(spellings.sizes)):
        after = place + spellings.sizes[spelling]
        if after > end or (spellings.is_start[spelling] and place != start):
            continue
        followers = spellings.followers[spelling]
        if followers:
            if after == end or not _A <= content[after] <= _Z:
                continue
            if not followers >> (np.int64(content[after]) - _A) & 1:
                continue
        fits = True
        for offset in range(spellings.sizes[spelling]):
            fits = fits and content[place + offset] == spellings.letters[spelling, offset]
        if fits:
            return spellings.sounds[spelling], spellings.sizes[spelling]
    return 0, 1
