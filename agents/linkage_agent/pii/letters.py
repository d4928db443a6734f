"""Letters: a text becomes words of small letters and digits, however it was typed.

PROTOCOL.md sections 3.2 to 3.6. Never guesses a language, expands an abbreviation or drops a word.
"""

# ruff: noqa: RUF001  # letters that look like others are what the table is about

import re
import unicodedata
from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
from anyascii import anyascii
from numba import njit

from linkage.agreement.schema import Transliteration
from linkage.arrays import ByteArray

_ACUTE_ACCENT: Final = "\u00b4"
"""Typed for an apostrophe; alone it would decompose into a space and a mark."""

_LETTERS: Final = {
    "æ": "ae", "œ": "oe", "ø": "o", "ð": "d", "þ": "th", "đ": "d", "ħ": "h", "ŋ": "n",
    "ŧ": "t", "ł": "l", "ı": "i", "ĸ": "q", "ə": "e", "ǝ": "e", "ɛ": "e", "ɔ": "o",
    "ɓ": "b", "ɖ": "d", "ɗ": "d", "ƒ": "f", "ǥ": "g", "ɣ": "g", "ɨ": "i", "ƙ": "k",
    "ɲ": "n", "ʉ": "u", "ʋ": "v", "ƴ": "y", "ƶ": "z",
}  # fmt: skip
"""Small letters of Latin alphabets that have no decomposition, as others write them who lack them.

European and Azerbaijani ones mostly as in passports (ICAO Doc 9303 part 3), but ø as o, like ö;
then those of African alphabets.
"""

_DROPPED: Final = re.compile(
    "["
    "'`\u02b9-\u02bf\u02c8\u02ee\u055a\u05f3\u2018-\u201b\u2032\ua78b\ua78c"  # apostrophes
    "\u034f\u0640\u115f\u1160\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"  # fillers, selectors
    "]"
)
"""Characters that vanish without parting what stands beside them."""

_SPACE: Final = ord(" ")
_END: Final = "\0"
"""Ends each of many texts in one. In a text it is a blank like any other."""


class Letters:
    """How texts become words; holds single characters, never values, and lives for one column."""

    def __init__(self, transliteration: Transliteration) -> None:
        # Where letters are looked up in a table, they must be in one piece: taken apart, Hangul
        # and kana would be other letters.
        transliterates = transliteration is Transliteration.ANYASCII
        self._form: Literal["NFKC", "NFKD"] = "NFKC" if transliterates else "NFKD"
        self._table = _Transliterated() if transliterates else _Table()
        self._untouched = Letters(Transliteration.NONE) if transliterates else None

    def join_words(self, texts: Sequence[str], joint: Literal["", " "]) -> bytes:
        """The words of each text, joined, in UTF-8 with a byte 0 after each text.

        Texts in ASCII are worked on all at once: each of their characters becomes one or none,
        whatever stands beside it. What became of the other texts passes through unchanged.
        """
        texts = [text if text.isascii() else joint.join(self.words(text)) for text in texts]
        content = _END.join([*texts, ""])
        if content.count(_END) > len(texts):
            content = _END.join([*(text.replace(_END, " ") for text in texts), ""])
        become, gone = _ascii_table()
        packed = np.frombuffer(content.encode().translate(become, gone), np.uint8)
        return _spaced(packed, joint == " ").tobytes()

    def words(self, text: str) -> list[str]:
        """The words of a text.

        If transliteration leaves nothing of it, its words as they are without.
        """
        # First a form in which a table of single characters can do the rest.
        composed = unicodedata.normalize(self._form, text.replace(_ACUTE_ACCENT, "'"))
        words = composed.translate(self._table).split()
        if not words and self._untouched is not None:
            return self._untouched.words(text)
        return words


def _ascii_table() -> tuple[bytes, bytes]:
    """What each byte becomes, and those that become nothing; 0 and what is not ASCII stay."""
    letters = [_letter(chr(code)) for code in range(1, 128)]
    gone = bytes(code for code, letter in enumerate(letters, 1) if not letter)
    become = b"".join(letter.encode() or b" " for letter in letters)
    return bytes([0, *become, *range(128, 256)]), gone


# cache=True: see text_index.py for why its folder is as private as the code.


@njit(nogil=True, cache=True)
def _spaced(content: ByteArray, is_kept: bool) -> ByteArray:
    """Texts with one space between their words and none around them; or with no space at all."""
    spaced = np.empty_like(content)
    length = 0
    is_between = is_within = False
    for byte in content:
        if byte == _SPACE:
            is_between = is_kept and is_within
            continue
        is_within = byte != 0
        if is_between and is_within:
            spaced[length] = _SPACE
            length += 1
        is_between = False
        spaced[length] = byte
        length += 1
    return spaced[:length]


class _Table(dict[int, str]):
    """What each character of a text becomes, worked out when it is first met."""

    def __missing__(self, code_point: int) -> str:
        self[code_point] = result = self.become(chr(code_point))
        return result

    def become(self, character: str) -> str:
        """What a character becomes; all blanks are U+0020 after it."""
        return "".join(map(_letter, unicodedata.normalize("NFKD", character)))


class _Transliterated(_Table):
    """The same, with Latin letters for what would not be ASCII."""

    def become(self, character: str) -> str:
        """What a character becomes; none of AnyAscii's signs for sounds and repetitions stay."""
        result = super().become(character)
        if result.isascii():
            return result
        return "".join(filter(str.isalnum, anyascii(character))).lower()


def _letter(character: str) -> str:
    """What one character of a decomposed text becomes: itself, others, a space or nothing."""
    category = unicodedata.category(character)
    if category == "Cf" or _DROPPED.match(character) or _is_accent(character):
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category[0] not in "LMN":
        return " "
    folded = character.casefold()
    return _LETTERS.get(folded, folded)


def _is_accent(character: str) -> bool:
    """Whether it is a mark above, below or through a letter, or a vowel point.

    Told by canonical combining class, which Unicode never changes. Vowel signs (class 0), nuktas,
    kana voicing marks and viramas (7 to 9) and the vowel and tone marks of Thai, Lao, Tibetan and
    Telugu (84 to 132) are letters to those who write them, and stay.
    """
    combining_class = unicodedata.combining(character)
    return combining_class == 1 or 10 <= combining_class <= 36 or combining_class >= 200
