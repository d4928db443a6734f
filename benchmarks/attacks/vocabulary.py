"""Vocabulary: the tokens that a list of people has under a schema, which anybody can cut.

What the agent's own code cuts values into; no key is in it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit

from benchmarks.attacks.bits import MatrixArray
from linkage.agreement.schema import SHARED_TOKENS, EncodingSchema
from linkage.arrays import BoolArray, FloatArray, IntArray
from linkage.ids import FieldName
from linkage_agent.columns import MISSING, StringColumns
from linkage_agent.pii.normalise import normalise_column
from linkage_agent.pii.tokens.table import split_column

ALL_NAMES: Final = "names"
"""Stands for the field where name fields share tokens."""


@dataclass(frozen=True, slots=True, repr=False)
class Vocabulary:
    """Who has which token.

    Attributes:
        members: (n_members,) int64: each person's tokens, ascending, person after person.
        starts: (n_people + 1,) int64: where each person's start, and where the last one's end.
        bits: (n_tokens,) int64: positions that each draws.
    """

    members: IntArray
    starts: IntArray
    bits: IntArray

    def __repr__(self) -> str:
        return f"Vocabulary({len(self.starts) - 1} people, {len(self.bits)} tokens)"

    @property
    def holders(self) -> IntArray:
        """(n_tokens,) int64: how many people have each."""
        return np.bincount(self.members, minlength=len(self.bits))

    @property
    def shares(self) -> FloatArray:
        """(n_tokens,) float64: the share of people who have each."""
        return self.holders / (len(self.starts) - 1)

    def kept(self, is_kept: BoolArray) -> "Vocabulary":
        """The same people with some of the tokens, (n_tokens,) bool."""
        stays = is_kept[self.members]
        number = np.cumsum(is_kept) - 1
        return Vocabulary(
            members=number[self.members[stays]],
            starts=np.append(0, np.cumsum(stays))[self.starts],
            bits=self.bits[is_kept],
        )

    def sums_of(self, rows: MatrixArray) -> MatrixArray:
        """(n_people, n_columns) float32: the sum of the rows of each person's tokens.

        Args:
            rows: (n_tokens, n_columns) float32.
        """
        sums = np.zeros((len(self.starts) - 1, rows.shape[1]), np.float32)
        _gather(sums, self.members, self.starts, rows)
        return sums

    def sums_for(self, people: IntArray, rows: MatrixArray) -> MatrixArray:
        """(n_tokens, n_columns) float32: the sum of the rows of those who have each token.

        Args:
            people: (n_rows,) int64: whose each row is.
            rows: (n_rows, n_columns) float32.
        """
        sums = np.zeros((len(self.bits), rows.shape[1]), np.float32)
        _scatter(sums, self.members, self.starts, people, rows)
        return sums


def vocabulary_of(
    people: StringColumns, schema: EncodingSchema, only: Collection[FieldName] = ()
) -> Vocabulary:
    """The tokens of every person, by all kinds of a schema's fields, or of some of them."""
    numbers: dict[tuple[str, str, str], int] = {}
    bits: list[int] = []
    holders, held = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for field in schema.fields:
        if only and field.name not in only:
            continue
        column = normalise_column(people.fields[field.name], field, schema.transliteration)
        has_value = np.flatnonzero(column.codes != MISSING)
        codes = column.codes[has_value]
        for kind, positions in field.tokens:
            space = ALL_NAMES if kind in SHARED_TOKENS else field.name
            table = split_column(column, kind)
            for token in table.vocabulary:
                numbers.setdefault((space, kind.value, token), len(numbers))
            new = len(numbers) - len(bits)
            bits += [positions] * new
            number = np.array(
                [numbers[space, kind.value, token] for token in table.vocabulary], np.int64
            )
            counts = np.diff(table.starts)[codes]
            places = np.arange(counts.sum()) + np.repeat(
                table.starts[codes] - np.append(0, np.cumsum(counts)[:-1]), counts
            )
            holders.append(np.repeat(has_value, counts))
            held.append(number[table.members[places]])
    # A name that stands in two fields gives its tokens once.
    keys = np.unique(np.concatenate(holders) * len(bits) + np.concatenate(held))
    person, members = np.divmod(keys, len(bits))
    starts = np.searchsorted(person, np.arange(len(people) + 1))
    return Vocabulary(members, starts, np.array(bits, np.int64))


@njit(nogil=True, cache=True)
def _gather(sums: MatrixArray, members: IntArray, starts: IntArray, rows: MatrixArray) -> None:
    """Adds to each person's sum the rows of their tokens."""
    for person in range(len(sums)):
        for member in members[starts[person] : starts[person + 1]]:
            for column in range(rows.shape[1]):
                sums[person, column] += rows[member, column]


@njit(nogil=True, cache=True)
def _scatter(
    sums: MatrixArray, members: IntArray, starts: IntArray, people: IntArray, rows: MatrixArray
) -> None:
    """Adds each row to the sums of all tokens that its person has."""
    for row in range(len(rows)):
        person = people[row]
        for member in members[starts[person] : starts[person + 1]]:
            for column in range(rows.shape[1]):
                sums[member, column] += rows[row, column]
