"""Token tables: the tokens of each distinct value of a column, each distinct token once.

Takes a column in normal form, gives the tokens of one kind. PROTOCOL.md section 4.

A token is a text. A piece that a value has twice gives two tokens, the second with its number
after `#`, so that how often a piece occurs counts as well as whether it does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from linkage.agreement.schema import TokenKind
from linkage.arrays import IndexArray, IntArray
from linkage_agent.pii.normalise import NormalisedColumn
from linkage_agent.pii.tokens.contact import local_part
from linkage_agent.pii.tokens.dates import date_parts, year_digits, year_neighbours
from linkage_agent.pii.tokens.names import initials, nickname_classes, phonetic_codes
from linkage_agent.pii.tokens.places import numbers, postcode_parts
from linkage_agent.pii.tokens.texts import bigrams, whole, words

Split: TypeAlias = Callable[[str], list[str]]
"""From a normal form to its pieces."""


@dataclass(frozen=True, slots=True, repr=False)
class TokenTable:
    """The tokens of one kind of a column's distinct values.

    Attributes:
        vocabulary: the distinct tokens of the column, in order of first appearance.
        members: (n_members,) int32; indices into `vocabulary`, value after value.
        starts: (n_values + 1,) int64; where each value's members start, and where the last end.
    """

    vocabulary: tuple[str, ...]
    members: IndexArray
    starts: IntArray

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __repr__(self) -> str:
        return f"TokenTable({len(self)} values, {len(self.vocabulary)} tokens)"


def split_column(column: NormalisedColumn, kind: TokenKind) -> TokenTable:
    """The tokens of each distinct value of a column."""
    split = splitter(kind)
    vocabulary = _Vocabulary()
    members: list[int] = []
    starts: list[int] = [0]
    for text in column.distinct:
        members += map(vocabulary.__getitem__, _numbered(split(text)))
        starts.append(len(members))
    return TokenTable(tuple(vocabulary), np.array(members, np.int32), np.array(starts, np.int64))


def splitter(kind: TokenKind) -> Split:
    """How a normal form is cut into pieces of a kind."""
    splits: Mapping[TokenKind, Split] = {
        TokenKind.BIGRAMS: bigrams,
        TokenKind.SHARED_BIGRAMS: bigrams,
        TokenKind.WORDS: words,
        TokenKind.SHARED_WORDS: words,
        TokenKind.WHOLE: whole,
        TokenKind.INITIAL: initials,
        TokenKind.PHONETIC: phonetic_codes,
        TokenKind.DATE_PARTS: date_parts,
        TokenKind.YEAR_DIGITS: year_digits,
        TokenKind.YEAR_NEIGHBOURS: year_neighbours,
        TokenKind.POSTCODE_PARTS: postcode_parts,
        TokenKind.NUMBERS: numbers,
        TokenKind.LOCAL_PART: local_part,
    }
    # Its table is read once for a column, and only where it is used.
    return nickname_classes() if kind is TokenKind.NICKNAME else splits[kind]


def _numbered(pieces: list[str]) -> list[str]:
    """The pieces, each that is not the first of its like followed by `#` and its number."""
    if len(set(pieces)) == len(pieces):
        return pieces
    seen: dict[str, int] = {}
    tokens = []
    for piece in pieces:
        seen[piece] = occurrence = seen.get(piece, 0) + 1
        tokens.append(piece if occurrence == 1 else f"{piece}#{occurrence}")
    return tokens


class _Vocabulary(dict[str, int]):
    """The number of each token, given when it is first met; lives for one column."""

    def __missing__(self, token: str) -> int:
        self[token] = number = len(self)
        return number
