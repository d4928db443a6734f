"""Coupling: who may be whom, as far as likeness of points tells, and what follows from it.

Two clouds of points are coupled by a matrix of shares, each row and each column of which has the
same sum: points near each other share much. What a coupling says of how one cloud is turned against
the other is the moment: the sum of the products of left and right coordinates, by shares.

Source: Cuturi (2013), "Sinkhorn distances"; Grave, Joulin, Berthet (2019), "Unsupervised alignment
of embeddings with Wasserstein Procrustes".
"""

from typing import Final, NamedTuple, Self

import numpy as np

from benchmarks.attacks.bits import MatrixArray
from linkage.arrays import FloatArray

_ROUNDS: Final = 8
_TINY: Final = np.float32(1e-30)


class Points(NamedTuple):
    """Two clouds of points.

    Attributes:
        left: (n_left, n_dimensions) float32, of variance 1.
        right: (n_right, n_dimensions) float32, likewise.
    """

    left: MatrixArray
    right: MatrixArray

    def sampled(self, count: int, rng: np.random.Generator) -> Self:
        """So many points of each, or all if there are fewer."""
        return type(self)(*(rng.permutation(side)[:count] for side in self))

    def narrowed(self, dimensions: int) -> Self:
        """The first dimensions only."""
        return type(self)(*(np.ascontiguousarray(side[:, :dimensions]) for side in self))


class Frame(NamedTuple):
    """Directions in which two clouds agree, the surest first.

    Attributes:
        left: (n_dimensions, n_dimensions): the directions, as columns.
        strength: (n_dimensions,): correlation of the two along each.
        right: like `left`.
    """

    left: FloatArray
    strength: FloatArray
    right: FloatArray

    @classmethod
    def of(cls, moment: FloatArray) -> Self:
        """The directions that a moment speaks for."""
        left, strength, right = np.linalg.svd(moment)
        return cls(left, np.clip(strength, 0, 1), right.T)

    def turned(self, points: Points, dimensions: int, power: float) -> Points:
        """Both clouds along the surest directions, each weighed by a power of its strength."""
        weight = self.strength[:dimensions] ** power
        return Points(
            *(
                np.asarray(side @ (turn[:, :dimensions] * weight), np.float32)
                for side, turn in zip(points, (self.left, self.right), strict=True)
            )
        )


def coupled_moment(near: Points, points: Points, softness: float) -> FloatArray:
    """(n_dimensions, n_dimensions): the moment of points under the coupling of what is near.

    Args:
        near: The same points in coordinates that can be compared.
        points: Those whose moment is asked for.
        softness: How far a share reaches, as a multiple of the mean square of `near`: small ones
            couple each with its nearest.
    """
    left, right = near
    reach = np.float32(softness * (left.var(axis=0).sum() + 1e-9))
    shares = left @ right.T
    shares *= 2
    shares -= np.einsum("ij,ij->i", right, right)
    shares -= shares.max(axis=1, keepdims=True)
    shares /= reach
    np.exp(shares, out=shares)
    columns = np.ones(len(right), np.float32)
    for _ in range(_ROUNDS):
        rows = 1 / np.maximum(shares @ columns * len(left), _TINY)
        columns = 1 / np.maximum(rows @ shares * len(right), _TINY)
    coupled = shares @ (points.right * columns[:, None])
    return np.asarray((points.left * rows[:, None]).T @ coupled, np.float64)
