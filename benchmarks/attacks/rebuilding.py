"""A6: names rebuilt without a list, by a network that learns bigrams from bits.

(1) From the people it knows the attacker learns which bigrams follow from which bits.
(2) It settles on how likely a bigram has to be to be taken to be there: what tells those of the
    known people best from whom was not learned.
(3) Bigrams are told of each target, and names read from them (spelling.py).

What it tells is held against a baseline that knows no bits: the same bigrams for everybody, those
that are most frequent, as many of them as does best.

Source: Mildenberger et al. (2026), neural pattern learning attack.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.attacks.bits import MatrixArray, signs
from benchmarks.attacks.network import Examples, train
from benchmarks.attacks.ranking import most_alike
from benchmarks.attacks.spelling import Spelt, read_names, spell
from benchmarks.attacks.view import Guesses, View
from linkage.arrays import BoolArray, FloatArray, IntArray

HELD_BACK: Final = 0.1
LEAST_LOGITS: Final = tuple(each / 4 for each in range(-12, 5))
"""Log odds from which a bigram may be taken to be there."""


@dataclass(frozen=True, slots=True, repr=False)
class Rebuilt:
    """What was told of the targets.

    Attributes:
        spelt: the names on the list, whose bigrams are meant.
        logits: (n_targets, n_bigrams) float32: log odds of each.
        told: (n_targets, n_bigrams) bool: those taken to be there.
        baseline: (n_bigrams,) bool: what is told of everybody without looking at bits.
        names: of each target, a text for each field.
    """

    spelt: Spelt
    logits: MatrixArray
    told: BoolArray
    baseline: BoolArray
    names: Sequence[tuple[str, ...]]

    def __repr__(self) -> str:
        return f"Rebuilt({len(self.names)} targets)"


class Rebuilding:
    """The attack. It names, too: the person on the list whom the bigrams told fit best."""

    name = "A6 network"

    def rebuild(self, view: View, rng: np.random.Generator) -> Rebuilt:
        """The targets' bigrams and names."""
        spelt = spell(view.population, view.schema)
        records, people = view.known.T
        bits = signs(view.encodings.rows)
        bits -= bits[records].mean(axis=0)
        has = spelt.has[people]
        examples = Examples(bits[records], has.astype(np.float32))
        asked, learned = np.split(rng.permutation(len(has)), [round(HELD_BACK * len(has))])
        network = train(_some(examples, learned), _some(examples, asked), rng)  # (1)
        least = _best_least(network.logits(examples.inputs[asked]), has[asked])  # (2)
        logits = network.logits(bits[view.targets])
        return Rebuilt(  # (3)
            spelt, logits, logits >= least, most_frequent(has), read_names(spelt, logits - least)
        )

    def name_targets(self, view: View, rng: np.random.Generator) -> Guesses:
        """Whose bigrams are the likeliest."""
        rebuilt = self.rebuild(view, rng)
        listed = rebuilt.spelt.has.astype(np.float32).T
        return most_alike(iter([rebuilt.logits @ listed]), view)


def most_frequent(has: BoolArray) -> BoolArray:
    """(n_bigrams,) bool: the set whose mean Dice coefficient with these people's is the best.

    Args:
        has: (n_people, n_bigrams): who has which.
    """
    order = np.argsort(-has.sum(axis=0), kind="stable")
    common = np.cumsum(has[:, order], axis=1)
    dice = 2 * common / (np.arange(1, len(order) + 1) + has.sum(axis=1, keepdims=True))
    chosen = np.zeros(len(order), np.bool_)
    chosen[order[: int(dice.mean(axis=0).argmax()) + 1]] = True
    return chosen


def bigram_dice(told: BoolArray, has: BoolArray) -> FloatArray:
    """(n_people,) Dice coefficient of the bigrams told and those there; 1 if there are none."""
    common = np.count_nonzero(told & has, axis=1)
    both = np.count_nonzero(told, axis=1) + np.count_nonzero(has, axis=1)
    return np.where(both > 0, 2 * common / np.maximum(both, 1), 1.0)


def _some(examples: Examples, rows: IntArray) -> Examples:
    return Examples(*(each[rows] for each in examples))


def _best_least(logits: MatrixArray, has: BoolArray) -> float:
    dice = [float(bigram_dice(logits >= least, has).mean()) for least in LEAST_LOGITS]
    return LEAST_LOGITS[int(np.argmax(dice))]
