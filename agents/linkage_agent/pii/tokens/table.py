"""Token tables: the tokens of each distinct value of a column, each distinct token once.

Takes a column in normal form, gives the tokens of one kind. PROTOCOL.md section 4.

(1) Cut the values into pieces. Where there are many, they are found in compiled code. What is made
    of words (`initial` ...) or of a part of a value (`date-parts` ...) is asked once for each
    distinct one.
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
from linkage_agent.pii.tokens.dates import month_and_day, year_digits, year_neighbours
from linkage_agent.pii.tokens.names import initials, nickname_classes
from linkage_agent.pii.tokens.places import beginnings, endings, numbers
from linkage_agent.pii.tokens.sounds import sound_codes
from linkage_agent.pii.tokens.texts import PADDING, bigrams, word_spans
from linkage_agent.text_index import Spans, TextIndex, pack

Split: TypeAlias = Callable[[str], list[str]]
"""From a word, or from part of a normal form, or from all of it, to its pieces."""

_SLICE_VALUES: Final = 2**16
"""Values cut at a time: the spans of their pieces take some 16 MiB."""

_YEAR: Final = slice(0, 4)
_MONTH_AND_DAY: Final = slice(4, 8)


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
    return _with_repeats_numbered(_CUTS[kind](column.distinct))  # (1), (2)


def _whole(values: Sequence[str]) -> TokenTable:
    """The value itself: equal or not, nothing between."""
    places = np.arange(len(values) + 1)
    return TokenTable(tuple(values), places[:-1].astype(np.int32), places)


def _bigrams(values: Sequence[str]) -> TokenTable:
    """Each two neighbouring characters."""
    return _table(*bigrams(pack(values, around=PADDING)))


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
    words = _words(values)
    return _composed(words, _split(words.vocabulary, split))


def _split_part(values: Sequence[str], part: slice, split: Split) -> TokenTable:
    """The pieces that a part of each value, which is in ASCII, is split into."""
    texts = pack(values)
    index = TextIndex()
    starts, ends = texts.starts + part.start, np.minimum(texts.starts + part.stop, texts.ends)
    parts = index.add(Spans(texts.content, starts, ends))
    of_values = _table(index.texts(), parts, np.ones(len(values), np.int64))
    return _composed(of_values, _split(of_values.vocabulary, split))


def _sounds(values: Sequence[str]) -> TokenTable:
    """The sound code of each word that has one."""
    words = _words(values)
    codes = sound_codes(pack(words.vocabulary))
    sounds = codes.ends > codes.starts
    index = TextIndex()
    members = index.add(Spans(codes.content, codes.starts[sounds], codes.ends[sounds]))
    return _composed(words, _table(index.texts(), members, sounds.astype(np.int64)))


def _date_parts(values: Sequence[str]) -> TokenTable:
    """The pieces of the year, and those of month and day."""
    return _beside(
        _split_part(values, _YEAR, year_digits), _split_part(values, _MONTH_AND_DAY, month_and_day)
    )


def _postcode_parts(values: Sequence[str]) -> TokenTable:
    """Each beginning of two characters or more, and the last three."""
    texts = pack(values)
    tables = []
    ones = np.ones(len(values), np.int64)
    for tag, (found, counts) in (("start", beginnings(texts)), ("end", (endings(texts), ones))):
        index = TextIndex()
        members = index.add(found)
        tables.append(_table([f"{tag}:{text}" for text in index.texts()], members, counts))
    return _beside(*tables)


def _composed(of_values: TokenTable, of_pieces: TokenTable) -> TokenTable:
    """The pieces of pieces: a table of values and one of its vocabulary, as one."""
    members, starts = _joined(
        of_values.members, of_values.starts, of_pieces.members, of_pieces.starts
    )
    return TokenTable(of_pieces.vocabulary, members, starts)


def _beside(left: TokenTable, right: TokenTable) -> TokenTable:
    """Two tables of the same values, with vocabularies that have nothing in common, as one."""
    count = len(left.vocabulary)
    values = np.arange(len(left) + 1)
    members, starts = _joined(
        np.repeat(values[:-1], 2) + np.tile([0, len(left)], len(left)),
        2 * values,
        np.concatenate([left.members, right.members + np.int32(count)]),
        np.concatenate([left.starts, right.starts[1:] + left.starts[-1]]),
    )
    return TokenTable((*left.vocabulary, *right.vocabulary), members, starts)


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


_CUTS: Final[Mapping[TokenKind, Callable[[Sequence[str]], TokenTable]]] = {
    TokenKind.WHOLE: _whole,
    TokenKind.BIGRAMS: _bigrams,
    TokenKind.SHARED_BIGRAMS: _bigrams,
    TokenKind.WORDS: _words,
    TokenKind.SHARED_WORDS: _words,
    TokenKind.NICKNAME: lambda values: _split_words(values, nickname_classes()),
    TokenKind.PHONETIC: _sounds,
    TokenKind.INITIAL: lambda values: _split_words(values, initials),
    TokenKind.DATE_PARTS: _date_parts,
    TokenKind.YEAR_NEIGHBOURS: lambda values: _split_part(values, _YEAR, year_neighbours),
    TokenKind.YEAR_DIGITS: lambda values: _split_part(values, _YEAR, year_digits),
    TokenKind.POSTCODE_PARTS: _postcode_parts,
    TokenKind.NUMBERS: lambda values: _split_words(values, numbers),
    TokenKind.LOCAL_PART: lambda values: _split(values, local_part),
}
"""How the distinct values of a column are cut into pieces."""


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
