"""A3: naming by scores alone, from a few people who are known.

The matcher scores every record against the records of the known people. The attacker does the same
with its own list under its own key. A person's scores to the known people are much the same under
every key that keeps likeness: so each target is taken for whose scores look most like its own.

(1) Score targets against known records, and the list against the known people; a Dice coefficient
    for each filter that can be told apart.
(2) Standardise each column, on either side by itself.
(3) The cosine of a target's row and a person's is how alike they are.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from benchmarks.attacks.bits import MatrixArray, ones
from benchmarks.attacks.ranking import ScoreArray, most_alike
from benchmarks.attacks.view import Guesses, View
from linkage.agreement.schema import Segment
from linkage.arrays import ByteArray

_BLOCK_ROWS: Final = 1024
"""Rows worked on at a time."""


class SeededScores:
    """The attack."""

    name = "A3 seeded scores"

    def name_targets(self, view: View, rng: np.random.Generator) -> Guesses:  # noqa: ARG002 - Attack
        """Whom the scores to known people give the targets away as."""
        records, people = view.known.T
        sent, own = view.encodings.rows, view.own_encodings.rows
        targets = dice_rows(sent[view.targets], sent[records], view.segments)  # (1)
        listed = dice_rows(own, own[people], view.segments)
        for side in (targets, listed):
            _standardise(side)  # (2)
        listed /= np.linalg.norm(listed, axis=1, keepdims=True) + np.float32(1e-9)
        blocks: Iterator[ScoreArray] = (  # (3)
            targets[first : first + _BLOCK_ROWS] @ listed.T
            for first in range(0, len(targets), _BLOCK_ROWS)
        )
        return most_alike(blocks, view)


def dice_rows(left: ByteArray, right: ByteArray, segments: Sequence[Segment]) -> MatrixArray:
    """(n_left, n_segments * n_right) float32: Dice coefficients, segment after segment.

    Two empty filters score 0.
    """
    out = np.empty((len(left), len(segments) * len(right)), np.float32)
    for number, segment in enumerate(segments):
        part = slice(segment.start_byte, segment.start_byte + segment.byte_count)
        columns = slice(number * len(right), (number + 1) * len(right))
        theirs = ones(right[:, part])
        counts = theirs.sum(axis=1)
        for first in range(0, len(left), _BLOCK_ROWS):
            ours = ones(left[first : first + _BLOCK_ROWS, part])
            both = ours.sum(axis=1)[:, None] + counts
            common = 2 * (ours @ theirs.T)
            out[first : first + _BLOCK_ROWS, columns] = common / np.maximum(both, 1)
    return out


def _standardise(scores: MatrixArray) -> None:
    """Gives each column mean 0 and variance 1, in place; one without variance becomes 0."""
    scores -= scores.mean(axis=0)
    deviation = scores.std(axis=0)
    scores /= np.where(deviation > 0, deviation, 1)
