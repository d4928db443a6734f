"""A6: naming by a kernel: what diffusion can express, learned from known people.

A bit that is the sum of t bits of a filter agrees in two records by (1 - 2d)^t more than chance,
where d is the share of bits in which their filters differ. So a polynomial of degree t is all that
can be learned of diffused bits, and ridge regression with that kernel learns it without knowing
which bits were summed. With t = 1 it is linear, and breaks plain filters.

(1) The attacker encodes its list under a key of its own, without hardening, which gives 1 - 2d.
(2) It tries several degrees and ridges on a fifth of the known people, whom the others name.
(3) From the known people's bits follow, for everybody on the list, the bits to be expected.
(4) The likelier these make a target's bits, the more alike the two are.

Source: Rasmussen, Williams (2006), "Gaussian Processes for Machine Learning", chapter 2; that it is
turned against diffusion is new here.
"""

import hashlib
from typing import Final, NamedTuple

import numpy as np

from benchmarks.attacks.bits import MatrixArray, signs
from benchmarks.attacks.ranking import most_alike
from benchmarks.attacks.view import Guesses, View
from linkage.arrays import IntArray
from linkage.crypto.secret import Secret
from linkage_agent.pii.encode import encode

DEGREES: Final = (1, 2, 4, 6, 8)
RIDGES: Final = (0.01, 0.1, 1.0)
"""Tried, as multiples of what a record is like itself."""
HELD_BACK: Final = 0.2
MOST_HELD_BACK: Final = 500
STRANGERS: Final = 2_000
"""People on the list from whom those held back have to stand out."""
MOST_KNOWN: Final = 6_000
"""Of whom is learned; a kernel takes the cube of their number in time."""
OWN_SECRET: Final = Secret(hashlib.sha256(b"an attacker's").digest())
_EPOCH: Final = 1
_BLOCK_ROWS: Final = 2_048


class _Choice(NamedTuple):
    degree: int
    ridge: float


class Kernel:
    """The attack."""

    name = "A6 kernel"

    def name_targets(self, view: View, rng: np.random.Generator) -> Guesses:
        """Whose expected bits the bits of the targets are like."""
        filters = own_filters(view)  # (1)
        known = rng.permutation(view.known)[:MOST_KNOWN]
        held_back = min(round(HELD_BACK * len(known)), MOST_HELD_BACK)
        asked, learned = known[:held_back], known[held_back:]
        strangers = rng.permutation(len(filters))[:STRANGERS]
        trial = _Learned(view, filters, learned, np.append(asked[:, 1], strangers))
        choice = max(  # (2)
            (_Choice(degree, ridge) for degree in DEGREES for ridge in RIDGES),
            key=lambda each: _prominence(trial.scores(asked[:, 0], trial.expected(each))),
        )
        whole = _Learned(view, filters, known, np.arange(len(filters)))
        expected = whole.expected(choice)  # (3)
        blocks = (  # (4)
            whole.scores(view.targets[first : first + _BLOCK_ROWS], expected)
            for first in range(0, len(view.targets), _BLOCK_ROWS)
        )
        return most_alike(blocks, view)


def own_filters(view: View) -> MatrixArray:
    """(n_people, n_bits) float32, -1 or +1: plain filters of the list under the attacker's key.

    Of people whose record would be withheld all are 0, so that they are like nobody.
    """
    random = np.random.default_rng(0).bytes
    made = encode(view.population, view.schema, OWN_SECRET, _EPOCH, random)
    filters = np.zeros((len(view.population), made.encodings.length_bits), np.float32)
    filters[made.row_of_record] = signs(made.encodings.rows)
    return filters


class _Learned:
    """What some known people tell of what bits to expect of some people on the list.

    The kernel of degree 1 is the inner product of filters, divided by their length.
    """

    def __init__(self, view: View, filters: MatrixArray, known: IntArray, people: IntArray) -> None:
        self._rows = view.encodings.rows
        bits = signs(self._rows[known[:, 0]])
        self._mean = bits.mean(axis=0)
        self._bits = bits - self._mean
        theirs = filters[known[:, 1]].T / np.float32(filters.shape[1])
        self._likeness = filters[people] @ theirs
        self._among = filters[known[:, 1]] @ theirs

    def expected(self, choice: _Choice) -> MatrixArray:
        """(n_bits, n_people) float32: the bits of each person, less those of a mean record."""
        kernel, among = (each**choice.degree for each in (self._likeness, self._among))
        if choice.degree == 1:  # unlike a product of many, it has a mean to be taken out
            mean = among.mean(axis=0)
            kernel, among = kernel - mean, among - mean
        strength = np.float32(choice.ridge * np.trace(among) / len(among))
        among = (among + among.T) / 2 + strength * np.eye(len(among), dtype=np.float32)
        expected: MatrixArray = self._bits.T @ np.linalg.solve(among, kernel.T)
        return expected

    def scores(self, records: IntArray, expected: MatrixArray) -> MatrixArray:
        """(n_records, n_people) float32: log likelihood of each record's bits, less a constant."""
        bits = signs(self._rows[records]) - self._mean
        scores: MatrixArray = bits @ expected
        scores -= np.einsum("ij,ij->j", expected, expected) / 2
        return scores


def _prominence(scores: MatrixArray) -> float:
    """How far the right people stand out: mean of -log of the share that is as likely or more.

    Args:
        scores: (n_records, n_people): the person in place i is that of record i.
    """
    right = np.diagonal(scores)[:, None]
    return float(-np.log((scores >= right).mean(axis=1)).mean())
