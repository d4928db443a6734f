"""Scene: one attacker's view, and apart from it the truth.

The attacker's list holds everybody whose record it was sent, and others, with the very values that
were encoded. In life a list has slips and gaps: so what is measured is more than an attacker finds.
"""

from dataclasses import dataclass

import numpy as np

from benchmarks.attacks.encodings import Encoded
from benchmarks.attacks.view import View
from linkage.arrays import EncodingMatrix, IntArray
from linkage_agent.columns import StringColumn, StringColumns


@dataclass(frozen=True, slots=True)
class Sizes:
    """What an attacker has to do with.

    Attributes:
        records: encodings that it was sent.
        known: people of whom it knows that they are among them, and which record is theirs.
        targets: records that are to be named, of those that are not known.
        overlap: share of the records whose people are on the list, where it is to be as long as
            there are records; None where everybody is on it.
    """

    records: int
    known: int
    targets: int
    overlap: float | None = None

    def said(self, population: int) -> str:
        """In words."""
        shared = "" if self.overlap is None else f", {self.overlap:.0%} in common"
        return (
            f"{self.known:,} known, {self.targets:,} targets of {self.records:,} records, "
            f"list of {population:,}{shared}"
        )


@dataclass(frozen=True, slots=True, repr=False)
class Scene:
    """A view, and what the attacker would like to know.

    Attributes:
        truth: (n_targets,) int64: the row of the population that each target is.
    """

    view: View
    truth: IntArray

    def __repr__(self) -> str:
        return f"Scene({self.view!r})"


def make_scene(
    people: StringColumns, sent: Encoded, own: Encoded, sizes: Sizes, rng: np.random.Generator
) -> Scene:
    """A draw of records, of people known and of targets.

    Args:
        people: everybody on the attacker's list.
        sent: what the agencies' secret makes of them; some of these records are sent.
        own: what the attacker makes of them under a key of its own.
        sizes: how many.
        rng: source of chance.
    """
    records = rng.permutation(len(sent.matrix))[: sizes.records]
    listed = np.sort(own.row_of_record)  # row of people, of each on the list
    if sizes.overlap is not None:
        listed = _overlapping(listed, sent.row_of_record[records], sizes.overlap, rng)
    listed = rng.permutation(listed)
    place = np.full(len(people), -1, np.int64)
    place[listed] = np.arange(len(listed))
    record_of_own = np.empty(len(people), np.int64)
    record_of_own[own.row_of_record] = np.arange(len(own.row_of_record))

    person = place[sent.row_of_record[records]]  # place on the list, of each record
    chosen = rng.permutation(np.flatnonzero(person >= 0))
    known, targets = np.split(chosen[: sizes.known + sizes.targets], [sizes.known])
    view = View(
        encodings=EncodingMatrix(sent.matrix.rows[records]),
        segments=sent.segments,
        schema=sent.schema,
        population=take(people, listed),
        known=np.column_stack([known, person[known]]),
        targets=targets,
        own_encodings=EncodingMatrix(own.matrix.rows[record_of_own[listed]]),
    )
    return Scene(view, person[targets])


def _overlapping(
    listed: IntArray, sent: IntArray, overlap: float, rng: np.random.Generator
) -> IntArray:
    """As many of the list as were sent, of whom a share was sent."""
    is_sent = np.isin(listed, sent)
    shared = round(overlap * len(sent))
    return np.concatenate(
        [
            rng.permutation(listed[is_sent])[:shared],
            rng.permutation(listed[~is_sent])[: len(sent) - shared],
        ]
    )


def take(people: StringColumns, rows: IntArray) -> StringColumns:
    """Some people, in this order."""
    return StringColumns(
        tuple(people.row_ids[row] for row in rows),
        {
            name: StringColumn(column.codes[rows], column.distinct)
            for name, column in people.fields.items()
        },
    )
