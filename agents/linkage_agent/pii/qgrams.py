"""Q-grams: a normal form becomes a multiset of short pieces, so that likeness can be counted.

Takes a column in normal form, gives the q-grams of each distinct value. PROTOCOL.md section 4.

A q-gram is a text. A piece that a value has twice gives two q-grams, the second with its number
after `#`, so that how often a piece occurs counts as well as whether it does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import add

import numpy as np

from linkage.agreement.schema import FieldKind
from linkage.arrays import IndexArray, IntArray
from linkage_agent.pii.normalise import NormalisedColumn


@dataclass(frozen=True, slots=True, repr=False)
class QgramTable:
    """The q-grams of a column's distinct values.

    Attributes:
        vocabulary: the distinct q-grams of the column, in order of first appearance.
        members: (n_members,) int32; indices into `vocabulary`, value after value.
        starts: (n_values,) int64; where each value's members start. No value is without any.
    """

    vocabulary: tuple[str, ...]
    members: IndexArray
    starts: IntArray

    def __len__(self) -> int:
        return len(self.starts)

    def __repr__(self) -> str:
        return f"QgramTable({len(self)} values, {len(self.vocabulary)} q-grams)"


def split_column(column: NormalisedColumn, kind: FieldKind) -> QgramTable:
    """The q-grams of each distinct value of a column."""
    split = _splitter(kind)
    vocabulary = _Vocabulary()
    members: list[int] = []
    starts: list[int] = []
    for text in column.distinct:
        starts.append(len(members))
        members += map(vocabulary.__getitem__, _numbered(split(text)))
    return QgramTable(tuple(vocabulary), np.array(members, np.int32), np.array(starts, np.int64))


def _splitter(kind: FieldKind) -> Callable[[str], list[str]]:
    match kind:
        case FieldKind.DATE:
            return _date_pieces
        case FieldKind.SEX:
            return lambda text: [text]
        case (
            FieldKind.GIVEN_NAME
            | FieldKind.FAMILY_NAME
            | FieldKind.POSTCODE
            | FieldKind.ADDRESS
            | FieldKind.PLACE
            | FieldKind.IDENTIFIER
        ):
            return _bigrams


def _bigrams(text: str) -> list[str]:
    """Each two neighbouring characters, with a space before the first and after the last.

    A space within the text parts words in the same way. So words in another order, or one of two
    surnames, still share all q-grams but those of the words that differ.
    """
    padded = f" {text} "
    return list(map(add, padded, padded[1:]))


def _date_pieces(text: str) -> list[str]:
    """Twelve pieces of a date YYYYMMDD: its eight digits and four adjacent pairs, tagged.

    The digits of month and day share their tags (`t` tens, `u` units); their pairs do not. So a
    date with day and month swapped keeps ten pieces of twelve, as does one with a wrong digit in
    day or month; a wrong digit in the year costs one to three. The year's first pair is left out:
    it says only the century, which most people share.
    """
    year, month, day = text[:4], text[4:6], text[6:]
    digits = [f"y{place}:{digit}" for place, digit in enumerate(year, 1)]
    shared = [f"t:{month[0]}", f"u:{month[1]}", f"t:{day[0]}", f"u:{day[1]}"]
    return [*digits, *shared, f"y23:{year[1:3]}", f"y34:{year[2:]}", f"m:{month}", f"d:{day}"]


def _numbered(pieces: list[str]) -> list[str]:
    """The pieces, each that is not the first of its like followed by `#` and its number."""
    if len(set(pieces)) == len(pieces):
        return pieces
    seen: dict[str, int] = {}
    qgrams = []
    for piece in pieces:
        seen[piece] = occurrence = seen.get(piece, 0) + 1
        qgrams.append(piece if occurrence == 1 else f"{piece}#{occurrence}")
    return qgrams


class _Vocabulary(dict[str, int]):
    """The number of each q-gram, given when it is first met; lives for one column."""

    def __missing__(self, qgram: str) -> int:
        self[qgram] = number = len(self)
        return number
