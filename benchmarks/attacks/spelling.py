"""Spelling: names as bigrams, and names again from how likely each bigram is.

A name is a path from space to space in the graph of its bigrams. The best path is the one whose
bigrams have the largest sum of log odds: one more is taken if it is likelier than not, or leads to
such.

Source: Mildenberger et al. (2026), neural pattern learning attack; Kuzu et al. (2011) for graphs
of bigrams.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from benchmarks.attacks.bits import MatrixArray
from linkage.agreement.schema import EncodingSchema, FieldKind, TokenKind
from linkage.arrays import BoolArray
from linkage.ids import FieldName
from linkage_agent.columns import MISSING, StringColumns
from linkage_agent.pii.normalise import normalise_column
from linkage_agent.pii.tokens.table import split_column
from linkage_agent.pii.tokens.texts import PADDING

NAMES: Final = frozenset({FieldKind.GIVEN_NAME, FieldKind.FAMILY_NAME, FieldKind.FULL_NAME})
PATHS: Final = 16
"""Beginnings of a name that are followed up at a time."""
MOST_LETTERS: Final = 24
LEAST_LOGIT: Final = -4.0
"""Log odds from which a bigram is looked at: few of a thousand are."""
_REPEATED: Final = "#"
"""Stands before the number of a bigram that a name has again."""


@dataclass(frozen=True, slots=True, repr=False)
class Spelt:
    """The names of people, in normal form and as bigrams.

    Attributes:
        fields: those that are names.
        bigrams: the distinct ones of each field, field after field, as (place of the field, text).
        has: (n_people, n_bigrams) bool: who has which.
        names: (n_people, n_fields) in normal form; empty where missing.
    """

    fields: tuple[FieldName, ...]
    bigrams: tuple[tuple[int, str], ...]
    has: BoolArray
    names: Sequence[tuple[str, ...]]

    def __repr__(self) -> str:
        return f"Spelt({len(self.names)} people, {len(self.bigrams)} bigrams)"


def spell(people: StringColumns, schema: EncodingSchema) -> Spelt:
    """The names of people as bigrams; a bigram that a name has twice counts once."""
    fields = [field for field in schema.fields if field.kind in NAMES]
    bigrams: list[tuple[int, str]] = []
    has, names = [], []
    for place, field in enumerate(fields):
        column = normalise_column(people.fields[field.name], field, schema.transliteration)
        table = split_column(column, TokenKind.BIGRAMS)
        once = [number for number, text in enumerate(table.vocabulary) if _REPEATED not in text]
        of_value = np.zeros((len(table) + 1, len(table.vocabulary)), np.bool_)
        of_value[np.repeat(np.arange(len(table)), np.diff(table.starts)), table.members] = True
        has.append(of_value[column.codes][:, once])  # the last row, of none, is found by MISSING
        bigrams += [(place, table.vocabulary[number]) for number in once]
        texts = (*column.distinct, "")
        names.append([texts[code] for code in column.codes])
    assert MISSING == -1
    return Spelt(
        tuple(field.name for field in fields),
        tuple(bigrams),
        np.concatenate(has, axis=1),
        list(zip(*names, strict=True)),
    )


class _Step(NamedTuple):
    """From one letter to the next."""

    bigram: int
    letter: str
    logit: float


def read_names(spelt: Spelt, logits: MatrixArray) -> list[tuple[str, ...]]:
    """The likeliest names of each row, (n_rows, n_bigrams) float32 log odds; empty if none is."""
    return [_names_of(spelt, row) for row in logits]


def _names_of(spelt: Spelt, logits: MatrixArray) -> tuple[str, ...]:
    onward: list[dict[str, list[_Step]]] = [{} for _ in spelt.fields]
    for number in np.flatnonzero(logits >= LEAST_LOGIT).tolist():
        place, text = spelt.bigrams[number]
        step = _Step(number, text[1], float(logits[number]))
        onward[place].setdefault(text[0], []).append(step)
    return tuple(map(_best_path, onward))


def _best_path(onward: Mapping[str, Sequence[_Step]]) -> str:
    """The letters of the path with the largest sum of log odds, which uses no bigram twice."""
    best, best_sum = "", -np.inf
    paths: list[tuple[float, str, frozenset[int]]] = [(0.0, PADDING, frozenset())]
    for _ in range(MOST_LETTERS):
        longer = [
            (total + step.logit, text + step.letter, used | {step.bigram})
            for total, text, used in paths
            for step in onward.get(text[-1], ())
            if step.bigram not in used
        ]
        longer.sort(key=lambda path: -path[0])
        for total, text, _used in longer:
            if text[-1] == PADDING and total > best_sum:
                best, best_sum = text, total
        paths = longer[:PATHS]
    return best.strip(PADDING)
