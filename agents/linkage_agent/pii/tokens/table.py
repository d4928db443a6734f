"""Token tables: the tokens of each distinct value of a column, each distinct token once.

Takes a column in normal form, gives the tokens of one kind. PROTOCOL.md section 4.

(1) Cut the values into pieces. Bigrams and words are found in compiled code. What is made of words
    (`initial` ...) or of whole values (`date-parts` ...) is asked once for each distinct one.
(2) Number repeats: a piece that a value has twice gives two tokens, the second with its number
    after `#`, so that how often a piece occurs counts as well as whether it does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, TypeAlias

import numpy as np
from numba import njit

from linkage.agreement.schema import TokenKind
from linkage.arrays import IndexArray, IntArray
from linkage_agent.pii.normalise import NormalisedColumn
from linkage_agent.pii.tokens.contact import local_part
from linkage_agent.pii.tokens.dates import date_parts, year_digits, year_neighbours
from linkage_agent.pii.tokens.names import initials, nickname_classes, phonetic_codes
from linkage_agent.pii.tokens.places import numbers, postcode_parts
from linkage_agent.pii.tokens.texts import PADDING, bigrams, word_spans
from linkage_agent.text_index import Spans, TextIndex, pack

Split: TypeAlias = Callable[[str], list[str]]
"""From a word, or from a whole normal form, to its pieces."""

_SLICE_VALUES: Final = 2**16
"""Values cut at a time: the spans of their pieces take some 16 MiB."""

_OF_WORDS: Final[Mapping[TokenKind, Split]] = {
    TokenKind.INITIAL: initials,
    TokenKind.PHONETIC: phonetic_codes,
    TokenKind.NUMBERS: numbers,
}
_OF_WHOLE_VALUES: Final[Mapping[TokenKind, Split]] = {
    TokenKind.DATE_PARTS: date_parts,
    TokenKind.YEAR_DIGITS: year_digits,
    TokenKind.YEAR_NEIGHBOURS: year_neighbours,
    TokenKind.POSTCODE_PARTS: postcode_parts,
    TokenKind.LOCAL_PART: local_part,
}


@dataclass(frozen=True, slots=True, repr=False)
class TokenTable:
    """The tokens of one kind of a column's distinct values.

    Attributes:
        vocabulary: the distinct tokens of the column; in order of first appearance, those with a
            number after those without.
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
    match kind:
        case TokenKind.WHOLE:
            return _whole(column.distinct)
        case TokenKind.BIGRAMS | TokenKind.SHARED_BIGRAMS:
            found = bigrams(pack(column.distinct, around=PADDING))  # (1)
            pieces = _table(found.distinct, found.members, found.counts)
        case TokenKind.WORDS | TokenKind.SHARED_WORDS:
            pieces = _words(column.distinct)
        case TokenKind.NICKNAME:  # its table is read once for a column, and only where it is used
            pieces = _split_words(column.distinct, nickname_classes())
        case _ if kind in _OF_WORDS:
            pieces = _split_words(column.distinct, _OF_WORDS[kind])
        case _:
            pieces = _split(column.distinct, _OF_WHOLE_VALUES[kind])
    return _with_repeats_numbered(pieces)  # (2)


def _whole(values: tuple[str, ...]) -> TokenTable:
    """The value itself: equal or not, nothing between."""
    places = np.arange(len(values) + 1)
    return TokenTable(values, places[:-1].astype(np.int32), places)


def _words(values: Sequence[str]) -> TokenTable:
    """Each word."""
    texts = pack(values, around=PADDING)
    index = TextIndex()
    members, counts = [np.zeros(0, np.int32)], [np.zeros(0, np.int64)]
    for first in range(0, len(texts), _SLICE_VALUES):
        part = slice(first, first + _SLICE_VALUES)
        *spans, word_counts = word_spans(texts.content, texts.starts[part], texts.ends[part])
        members.append(index.add(Spans(texts.content, *spans)))
        counts.append(word_counts)
    return _table(index.texts(), np.concatenate(members), np.concatenate(counts))


def _split(values: Sequence[str], split: Split) -> TokenTable:
    """The pieces that each value is split into."""
    pieces = [split(value) for value in values]
    index = TextIndex()
    members = index.add(pack(list(chain.from_iterable(pieces))))
    return _table(index.texts(), members, np.fromiter(map(len, pieces), np.int64, len(pieces)))


def _split_words(values: Sequence[str], split: Split) -> TokenTable:
    """The pieces that each value's words are split into, word after word."""
    of_values = _words(values)
    of_words = _split(of_values.vocabulary, split)
    members, starts = _joined(
        of_values.members, of_values.starts, of_words.members, of_words.starts
    )
    return TokenTable(of_words.vocabulary, members, starts)


def _table(distinct: Sequence[str], members: IndexArray, counts: IntArray) -> TokenTable:
    starts = np.cumsum(np.append(np.int64(0), counts))
    return TokenTable(tuple(distinct), members, starts)


def _with_repeats_numbered(pieces: TokenTable) -> TokenTable:
    """Tokens instead of pieces: the n-th of its like in a value, n >= 2, becomes another."""
    members, first, numbers = _number_repeats(pieces.members, pieces.starts, len(pieces.vocabulary))
    numbered = (
        f"{pieces.vocabulary[piece]}#{number}"
        for piece, number in zip(first.tolist(), numbers.tolist(), strict=True)
    )
    return TokenTable((*pieces.vocabulary, *numbered), members, pieces.starts)


# cache=True: see text_index.py for why its folder is as private as the code.


@njit(nogil=True, cache=True)
def _joined(
    words: IndexArray, word_starts: IntArray, pieces: IndexArray, piece_starts: IntArray
) -> tuple[IndexArray, IntArray]:
    """The members and starts of values that are made of words, which are made of pieces."""
    starts = np.zeros_like(word_starts)
    for value in range(len(word_starts) - 1):
        count = 0
        for word in words[word_starts[value] : word_starts[value + 1]]:
            count += piece_starts[word + 1] - piece_starts[word]
        starts[value + 1] = starts[value] + count
    members = np.empty(starts[-1], np.int32)
    place = 0
    for word in words:
        for piece in pieces[piece_starts[word] : piece_starts[word + 1]]:
            members[place] = piece
            place += 1
    return members, starts


@njit(nogil=True, cache=True)
def _number_repeats(
    pieces: IndexArray, starts: IntArray, n_pieces: int
) -> tuple[IndexArray, IndexArray, IndexArray]:
    """The tokens of all values; of each token that is a repeat, the piece and its number.

    A piece that is the first of its like in a value is the token of that number.
    """
    tokens = np.empty(len(pieces), np.int32)
    seen_in = np.full(n_pieces, -1, np.int64)  # the last value that had the piece
    latest = np.empty(n_pieces, np.int32)  # its last token there
    following = np.full(n_pieces + len(pieces), -1, np.int32)  # the token of the next repeat
    repeated, numbers = np.empty(len(pieces), np.int32), np.empty(len(pieces), np.int32)
    count = 0
    for value in range(len(starts) - 1):
        for place in range(starts[value], starts[value + 1]):
            piece = pieces[place]
            token = piece
            if seen_in[piece] == value:
                before = latest[piece]
                token = following[before]
                if token < 0:
                    token = following[before] = n_pieces + count
                    repeated[count] = piece
                    numbers[count] = 2 if before == piece else numbers[before - n_pieces] + 1
                    count += 1
            seen_in[piece], latest[piece] = value, token
            tokens[place] = token
    return tokens, repeated[:count].copy(), numbers[:count].copy()
