"""What a column's name says about what it holds.

A name is cut into words at capitals, digits and anything that is no letter. All words together, or
those that are left without noise, or the longest run of them that is known, say the meaning; the
words left over qualify it, so that `mail_city` is a town, but another one than `city`.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from linkage_agent.advice.interface import Meaning
from linkage_agent.advice.vocabulary import (
    ID_WORDS,
    NAMES_OF,
    NOISE,
    PASSING,
    SOMEBODY_ELSE,
)

MAX_HEADER_CHARACTERS: Final = 80
"""No name of a column is longer; a sentence is a remark, and is not searched for words."""

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LETTERS: Final = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "ł": "l", "\u0131": "i", "đ": "d"})


@dataclass(frozen=True, slots=True)
class Named:
    """What a name says.

    Attributes:
        meaning: None if the name says nothing that is known.
        qualifier: the words that are left over, in alphabetical order.
        is_exact: whether all words that count were known together.
        is_passing: whether a word says that it changes, or says little of who the person is.
    """

    meaning: Meaning | None
    qualifier: str = ""
    is_exact: bool = False
    is_passing: bool = False


class Vocabulary:
    """All known names of columns, made ready to be looked up."""

    def __init__(self) -> None:
        self._meaning_of = {
            name: meaning for meaning, names in NAMES_OF.items() for name in names.split()
        }
        self._noise = frozenset(NOISE.split()) | {"1"}
        self._passing = frozenset(PASSING.split())
        self._id_words = frozenset(ID_WORDS.split())

    def read(self, header: str) -> Named:
        """What a header says."""
        words = header_words(header)
        if not words or len(header) > MAX_HEADER_CHARACTERS:
            return Named(None)
        if meaning := self._meaning_of.get("".join(words)):
            return Named(meaning, is_exact=True)
        rest = [word for word in words if word not in self._noise]
        is_passing = not self._passing.isdisjoint(words)
        if meaning := self._meaning_of.get("".join(rest)):
            return Named(meaning, is_exact=True, is_passing=is_passing)
        return self._read_part(rest, is_passing=is_passing)

    def knows(self, header: str) -> bool:
        """Whether the whole header is a known name of a column: nobody is called so."""
        named = self.read(header)
        return named.is_exact and named.meaning is not None

    def _read_part(self, words: list[str], *, is_passing: bool) -> Named:
        for run, left in _runs(words):
            meaning = self._meaning_of.get(run)
            if meaning not in {None, Meaning.ROW_ID} and (len(run) > 2 or not left):
                qualifier = " ".join(sorted(left))
                return Named(meaning, qualifier, is_exact=not left, is_passing=is_passing)
        if words and words[-1] in self._id_words and not is_passing:
            return Named(Meaning.ROW_ID, " ".join(sorted(words[:-1])))
        return Named(None, is_passing=is_passing)


def whose(qualifier: str) -> str:
    """Whom a column is about by what is left over of its name; empty for the person of a record."""
    known = set(SOMEBODY_ELSE.split())
    words = (word if word in known else word.removesuffix("s") for word in qualifier.split())
    return " ".join(sorted(known.intersection(words)))


def header_words(header: str) -> list[str]:
    """The words of a header, in small letters without accents."""
    decomposed = unicodedata.normalize("NFKD", header.translate(_LETTERS))
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return [word.lower() for word in _WORD.findall(plain)]


def likeness(header: str, other: str) -> float:
    """How alike two headers are: the Dice coefficient of their letters' bigrams, in [0, 1]."""
    left, right = (_bigrams("".join(header_words(text))) for text in (header, other))
    if not left or not right:
        return float(header == other)
    return 2 * len(left & right) / (len(left) + len(right))


def _bigrams(text: str) -> set[str]:
    return {"".join(pair) for pair in pairwise(f" {text} ")} if text else set()


def _runs(words: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Each run of words, joined, with the words that are left.

    First the runs that end with the last word, which is what a name mostly means: the
    `address_city` is a city. Then the others, the longer first.
    """
    count = len(words)
    spans = [(start, count) for start in range(count)]
    spans += [
        (start, start + length)
        for length in range(count - 1, 0, -1)
        for start in range(count - length)
    ]
    for start, end in spans:
        yield "".join(words[start:end]), words[:start] + words[end:]
