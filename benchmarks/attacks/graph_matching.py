"""A5: naming with nobody known, from nothing but who is like whom.

Likeness of encodings is the likeness of people, whatever the key. The attacker encodes its list
under a key of its own; the two graphs of likeness are then nearly the same where they are of the
same people, and spread alike where they are not. So they can be laid onto each other.

(1) Records and list become points whose inner products are their likeness (coordinates.py).
(2) One cloud is turned until it is spread as the other is (alignment.py).
(3) Pairs that are each other's nearest are taken for the same people; from them, and from the
    coupling of all, follows a better turn, in more dimensions, and from that better pairs.
(4) A target is named for whom it is nearest to, less how near both are to others.

Source: Schaefer et al. (2024), "R+R: revisiting graph matching attacks on privacy-preserving record
linkage", who embed graphs of the top edges; step (1) leaves no edge out. Conneau et al. (2018),
"Word translation without parallel data", for steps (3) and (4).
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from benchmarks.attacks.alignment import Cooling, align, cooled
from benchmarks.attacks.bits import MatrixArray
from benchmarks.attacks.coordinates import principal_coordinates
from benchmarks.attacks.coupling import Frame, Points, coupled_moment
from benchmarks.attacks.ranking import ScoreArray, most_alike
from benchmarks.attacks.view import Guesses, View
from linkage.arrays import FloatArray, IntArray

DIMENSIONS: Final = 120
MORE_DIMENSIONS: Final = 10
FIRST_DIMENSIONS: Final = 40
SETTLED: Final = Cooling(8, (0.06, 0.03), (16, FIRST_DIMENSIONS), 0.7)
POWER: Final = 0.7
"""How a direction's weight falls with its strength, once most are right."""
TRUSTED: Final = 0.5
"""Of the pairs that are each other's nearest, the share that is learned from: the nearest."""
SOFTNESS: Final = 0.03
NEIGHBOURS: Final = 10
MOST_ROUNDS: Final = 40
STABLE: Final = 0.98
"""Of the pairs, the share that has to be the same in two rounds for these to be the last."""
MOST: Final = 5_000
"""Points of each side that are coupled: the square of it is held in memory."""
_BLOCK_ROWS: Final = 2_048


class GraphMatching:
    """The attack."""

    name = "A5 graph matching"

    def name_targets(self, view: View, rng: np.random.Generator) -> Guesses:
        """Whom the targets are nearest to, once the list is laid onto the records."""
        points = Points(  # (1)
            *(
                principal_coordinates(each.rows, DIMENSIONS, rng)
                for each in (view.encodings, view.own_encodings)
            )
        )
        moment = learned_moment(points.sampled(MOST, rng), rng)
        near = _unit(Frame.of(moment).turned(points, len(moment), POWER))  # (4)
        hubs = _nearness(near.right, near.left)
        blocks: Iterator[ScoreArray] = (
            2 * near.left[view.targets[first : first + _BLOCK_ROWS]] @ near.right.T - hubs
            for first in range(0, len(view.targets), _BLOCK_ROWS)
        )
        return most_alike(blocks, view)


def learned_moment(points: Points, rng: np.random.Generator) -> FloatArray:
    """Steps (2) and (3): the moment of two clouds, in all their dimensions."""
    few = points.narrowed(FIRST_DIMENSIONS)
    moment = cooled(few, align(few, rng), SETTLED)
    pairs, dimensions = (np.zeros(0, np.int64),) * 2, FIRST_DIMENSIONS
    for _ in range(MOST_ROUNDS):
        few = points.narrowed(dimensions)
        near = Frame.of(widened(moment, dimensions)).turned(few, dimensions, POWER)
        before, pairs = pairs, nearest_pairs(near)
        records, people = pairs
        paired = few.left[records].T @ few.right[people] / max(len(records), 1)
        moment = (coupled_moment(near, few, SOFTNESS) + paired) / 2
        if dimensions == points.left.shape[1] and _in_common(before, pairs) >= STABLE:
            break
        dimensions = min(dimensions + MORE_DIMENSIONS, points.left.shape[1])
    return moment


def widened(moment: FloatArray, dimensions: int) -> FloatArray:
    """The moment with further dimensions, of which nothing is known yet."""
    wide = np.zeros((dimensions, dimensions))
    wide[: len(moment), : len(moment)] = moment
    return wide


def nearest_pairs(near: Points) -> tuple[IntArray, IntArray]:
    """Left and right rows of pairs that are each other's nearest, the nearest `TRUSTED` of them."""
    left, right = _unit(near)
    likeness = 2 * left @ right.T
    likeness -= _nearness(left, right)[:, None]
    likeness -= _nearness(right, left)
    people = likeness.argmax(axis=1)
    is_mutual = likeness.argmax(axis=0)[people] == np.arange(len(left))
    records = np.flatnonzero(is_mutual)
    order = np.argsort(-likeness[records, people[records]])[: round(TRUSTED * len(records))]
    return records[order], people[records[order]]


def _in_common(before: tuple[IntArray, IntArray], now: tuple[IntArray, IntArray]) -> float:
    """The share of pairs that were pairs before."""
    old, new = (
        set(zip(*(each.tolist() for each in pairs), strict=True)) for pairs in (before, now)
    )
    return len(old & new) / max(len(new), 1)


def _nearness(points: MatrixArray, others: MatrixArray) -> MatrixArray:
    """(n_points,) float32: the mean cosine of each with the nearest `NEIGHBOURS` of the others."""
    found = []
    for first in range(0, len(points), _BLOCK_ROWS):
        cosines = points[first : first + _BLOCK_ROWS] @ others.T
        cosines.partition(len(others) - NEIGHBOURS, axis=1)
        found.append(cosines[:, -NEIGHBOURS:].mean(axis=1))
    return np.concatenate(found)


def _unit(points: Points) -> Points:
    """The same of length 1."""
    return Points(*(side / (np.linalg.norm(side, axis=1, keepdims=True) + 1e-9) for side in points))
