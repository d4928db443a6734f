"""A4: naming by ridge regression from bits to tokens, learned from known people.

Every bit is the union of a few tokens, so tokens can be told from bits by a linear map. The
attacker learns it from the people it knows, tells the targets' tokens, and looks on its list for
whose tokens they are.

(1) Tokens of the list are centred and divided by their standard deviation sqrt(p (1 - p)): a rare
    one says more.
(2) Bits of known records, -1 or +1, are centred and regressed on with a ridge.
(3) How strong the ridge is, is settled on a fifth of the known people, whom the others name.
(4) The cosine of the tokens told and a person's is how alike they are.

"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from benchmarks.attacks.bits import MatrixArray, signs
from benchmarks.attacks.ranking import ScoreArray, most_alike
from benchmarks.attacks.view import Guesses, View
from benchmarks.attacks.vocabulary import Vocabulary, vocabulary_of
from linkage.arrays import ByteArray, IntArray

RIDGES: Final = (0.01, 0.1, 1.0, 10.0)
"""Tried, as multiples of the mean variance of what is regressed on."""
HELD_BACK: Final = 0.2
MOST_HELD_BACK: Final = 1_000
LEAST_HOLDERS: Final = 5
"""Known people with a token: of fewer nothing is learned, and such tokens drown the others."""
_BLOCK_ROWS: Final = 1024


class Regression:
    """The attack."""

    name = "A4 regression"

    def name_targets(self, view: View, rng: np.random.Generator) -> Guesses:
        """Whose tokens the bits of the targets tell of."""
        records, people = rng.permutation(view.known).T
        listed = Whitened(vocabulary_of(view.population, view.schema), people)  # (1)
        held_back = min(round(HELD_BACK * len(records)), MOST_HELD_BACK)
        trial = Fit(view.encodings.rows[records[held_back:]], people[held_back:], listed)  # (3)
        ridge = trial.best_ridge(view.encodings.rows[records[:held_back]], people[:held_back])
        fit = Fit(view.encodings.rows[records], people, listed)  # (2)
        targets = view.encodings.rows[view.targets]
        blocks: Iterator[ScoreArray] = (
            fit.scores(targets[first : first + _BLOCK_ROWS], ridge)  # (4)
            for first in range(0, len(targets), _BLOCK_ROWS)
        )
        return most_alike(blocks, view)


class Whitened:
    """Step (1): the list's tokens, without those of hardly any known person.

    The matrix Z = (tokens - p) / sqrt(p (1 - p)) has no zeros and would not fit into memory;
    products with it are made of the tokens themselves and a row that is the same for all.
    """

    def __init__(self, vocabulary: Vocabulary, known: IntArray) -> None:
        shares = vocabulary.shares
        holders = vocabulary.sums_for(known, np.ones((len(known), 1), np.float32))[:, 0]
        is_kept = (holders >= LEAST_HOLDERS) & (shares < 1)
        shares = shares[is_kept]
        self._tokens = vocabulary.kept(is_kept)
        self._weight = (1 / np.sqrt(shares * (1 - shares))).astype(np.float32)[:, None]
        self._offset = (shares[:, None] * self._weight).astype(np.float32)
        gain = (1 - 2 * shares[:, None]) * self._weight**2
        gained = self._tokens.sums_of(gain.astype(np.float32))
        self._lengths = np.sqrt(gained + (self._offset**2).sum()) + np.float32(1e-9)

    def told_by(self, people: IntArray, rows: MatrixArray) -> MatrixArray:
        """(n_people, n_columns) float32: Z Z[people]' rows, each row divided by that of Z's length.

        Args:
            people: (n_rows,) int64: whose each row is.
            rows: (n_rows, n_columns) float32, every column with mean 0, so that the offset of the
                right-hand Z makes no difference.
        """
        tokens = self._weight * self._tokens.sums_for(people, rows)
        product = self._tokens.sums_of(self._weight * tokens)
        told: MatrixArray = (product - self._offset.T @ tokens) / self._lengths
        return told


class Fit:
    """Step (2): what was learned from known people; dual where they are fewer than bits.

    With X the known records' bits, Z their people's tokens, a target x and a person z are as alike
    as x' (X'X + ridge)^-1 X'Z z, or, which is the same, x'X' (XX' + ridge)^-1 Z z.
    """

    def __init__(self, rows: ByteArray, people: IntArray, listed: Whitened) -> None:
        bits = signs(rows)
        self._mean = bits.mean(axis=0)
        bits -= self._mean
        if len(bits) < bits.shape[1]:
            self._basis: MatrixArray | None = bits.T
            self._gram = bits @ bits.T
            centred = np.eye(len(bits), dtype=np.float32) - np.float32(1 / len(bits))
            self._told = listed.told_by(people, centred)
        else:
            self._basis = None
            self._gram = bits.T @ bits
            self._told = listed.told_by(people, bits)

    def scores(self, rows: ByteArray, ridge: float) -> ScoreArray:
        """(n_rows, n_people) float32: how well each person on the list fits each record."""
        bits = signs(rows) - self._mean
        inner = bits if self._basis is None else bits @ self._basis
        size = len(self._gram)
        strength = np.float32(ridge * np.trace(self._gram) / size)
        weighed = np.linalg.solve(self._gram + strength * np.eye(size, dtype=np.float32), inner.T)
        return weighed.T @ self._told.T

    def best_ridge(self, rows: ByteArray, people: IntArray) -> float:
        """The ridge under which these people stand out most from the list."""
        return max(RIDGES, key=lambda ridge: _prominence(self.scores(rows, ridge), people))


def _prominence(scores: ScoreArray, people: IntArray) -> float:
    """Mean number of standard deviations by which the right people's scores exceed the list's."""
    right = scores[np.arange(len(people)), people]
    return float(((right - scores.mean(axis=1)) / (scores.std(axis=1) + 1e-12)).mean())
