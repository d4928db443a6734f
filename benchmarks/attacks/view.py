"""View: all that an attacker has. Who is who is not in it.

The attacker is a curious matcher (privacy.md section 2). It knows the schema and the hardening, all
but the keys; it has a list of people with their values; it may know some of those who are in the
data, and wants to name others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from linkage.agreement.schema import EncodingSchema, Segment
from linkage.arrays import EncodingMatrix, IntArray, ShapeError
from linkage_agent.columns import StringColumns

NO_GUESS: Final = -1
TOP: Final = 100
"""So many candidates of a target are looked at: who is among them is found by asking around."""


@dataclass(frozen=True, slots=True, repr=False)
class View:
    """What an attacker holds.

    Attributes:
        encodings: those that the matcher was sent, in order of sending, which is random.
        segments: the filters that can be told apart in an encoding.
        schema: what all agree on: fields, tokens, lengths; all but the key.
        population: people who may be among the records, in random order, with their values.
        known: (n_known, 2) int64: record of `encodings`, row of `population`: people whom the
            attacker knows to be in the data.
        targets: (n_targets,) int64: records to be named, none of them known.
        own_encodings: one a row of `population`: what the attacker makes of it under a key of its
            own, hardened as the others are.
    """

    encodings: EncodingMatrix
    segments: Sequence[Segment]
    schema: EncodingSchema
    population: StringColumns
    known: IntArray
    targets: IntArray
    own_encodings: EncodingMatrix

    def __post_init__(self) -> None:
        if len(self.own_encodings) != len(self.population):
            raise ShapeError("View: not as many own encodings as people")
        if np.isin(self.targets, self.known[:, 0]).any():
            raise ShapeError("View: a target is known already")

    def __repr__(self) -> str:
        return (
            f"View({self.encodings!r}, {len(self.known)} known, {len(self.targets)} targets, "
            f"population of {len(self.population)})"
        )


@dataclass(frozen=True, slots=True, repr=False)
class Guesses:
    """Whom an attacker takes the targets for.

    Attributes:
        best: (n_targets,) int64: row of the population, or `NO_GUESS`.
        top: (n_targets, `TOP` at most) int64: the likeliest rows, the best first, `NO_GUESS` where
            there are no more; None where the attack ranks nobody.
    """

    best: IntArray
    top: IntArray | None = None

    def __repr__(self) -> str:
        return f"Guesses({len(self.best)} targets)"


class Attack(Protocol):
    """One attempt at naming records."""

    name: str
    """Such as "A4 regression"."""

    def name_targets(self, view: View, rng: np.random.Generator) -> Guesses:
        """Whom the attacker takes the targets for.

        Args:
            view: All that the attacker has.
            rng: Source of chance.
        """
        ...
