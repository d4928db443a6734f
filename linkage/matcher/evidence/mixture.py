"""Mixtures of level patterns: classes within which the segments' levels are independent.

A class has a shape: for each segment the probability of each level, given that nothing is missing.
A missing level has probability 1 in every class: that a value is missing says nothing.

One class alone can't describe strangers: relatives agree on surname and address together, people
of one place on all parts of it. A mixture of several classes can.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numba import njit

from linkage.arrays import ByteArray, FloatArray, IntArray

BLOCK: Final = 1 << 16
"""Patterns that are weighed in one go, where only their density is asked for."""
LEAST: Final = 1e-12
"""No level of any class is less probable, so that logarithms stay finite."""


@dataclass(frozen=True, slots=True, repr=False)
class Patterns:
    """The distinct patterns of levels among pairs.

    Attributes:
        rows: (n_patterns, F) uint8.
        of_pair: (n_pairs,) int64: each pair's pattern.
        weights: (n_pairs,) float64: how many pairs each stands for.
        counts: (n_patterns,) float64: how many pairs those of each pattern stand for.
    """

    rows: ByteArray
    of_pair: IntArray
    weights: FloatArray
    counts: FloatArray

    @classmethod
    def of(cls, levels: ByteArray, weights: FloatArray | None = None) -> Self:
        """The patterns of (n_pairs, F) levels; each pair stands for itself unless weights say."""
        weights = np.ones(len(levels)) if weights is None else weights
        items = np.ascontiguousarray(levels).view(np.dtype((np.void, levels.shape[1]))).ravel()
        distinct, of_pair = np.unique(items, return_inverse=True)
        rows = distinct.view(np.uint8).reshape(len(distinct), levels.shape[1])
        counts = np.bincount(of_pair.ravel(), weights, minlength=len(rows))
        return cls(rows, of_pair.ravel(), weights, counts.astype(np.float64))

    def __repr__(self) -> str:
        return f"Patterns({len(self.rows)} of {len(self.of_pair)} pairs)"

    def total(self, of_pairs: FloatArray) -> FloatArray:
        """(n_patterns,) float64: the sum of a value over all that each pattern stands for."""
        weighted = of_pairs * self.weights
        total: FloatArray = np.bincount(self.of_pair, weighted, minlength=len(self.rows)).astype(
            np.float64
        )
        return total


@dataclass(frozen=True, slots=True, repr=False)
class Mixture:
    """Classes of pairs.

    Attributes:
        shapes: (n_classes, F, n_levels) float64; those of level 0 are 1, the others sum to 1.
        weights: (n_classes,) float64, sum 1: the share of each class.
    """

    shapes: FloatArray
    weights: FloatArray

    def __repr__(self) -> str:
        return f"Mixture({len(self.weights)} classes)"

    @property
    def shape(self) -> FloatArray:
        """(F, n_levels) float64: the shape of all classes together."""
        together: FloatArray = np.tensordot(self.weights, self.shapes, axes=1)
        return together

    def log_density(self, rows: ByteArray) -> FloatArray:
        """(n_patterns,) float64: log probability of each pattern."""
        density = np.empty(len(rows))
        # Block by block: the shares of millions of pairs would take more memory than all else.
        for start in range(0, len(rows), BLOCK):
            block = slice(start, start + BLOCK)
            density[block] = self.weigh(rows[block])[0]
        return density

    def responsibilities(self, rows: ByteArray) -> FloatArray:
        """(n_patterns, n_classes) float64: probability of each class, given the pattern."""
        return self.weigh(rows)[1]

    def weigh(self, rows: ByteArray) -> tuple[FloatArray, FloatArray]:
        """Both of these at once."""
        # Classes last, so that what is added for one level lies side by side.
        shapes = np.log(np.maximum(self.shapes, LEAST)).transpose(1, 2, 0)
        weights = np.log(np.maximum(self.weights, LEAST))
        return _weigh(rows, np.ascontiguousarray(shapes), weights)


def level_counts(rows: ByteArray, weights: FloatArray, level_count: int) -> FloatArray:
    """How often each level occurs in each segment, class by class.

    Args:
        rows: (n_patterns, F) uint8.
        weights: (n_patterns, n_classes) float64: how much of each pattern is each class's.
        level_count: levels of a segment.

    Returns:
        (n_classes, F, level_count) float64.
    """
    return _level_counts(rows, np.ascontiguousarray(weights), level_count)


def shapes_of(counts: FloatArray) -> FloatArray:
    """The shapes that counts of levels speak for; those of level 0 are not looked at."""
    shapes = counts.copy()
    shapes[..., 0] = 0
    shapes /= np.maximum(shapes.sum(axis=-1, keepdims=True), LEAST)
    shapes[..., 0] = 1
    return shapes


# cache=True: see compare/near.py for why its folder is as private as the code.


@njit(nogil=True, cache=True)
def _weigh(
    rows: ByteArray, log_shapes: FloatArray, log_weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Log density of each pattern, and each class's share; shapes are (F, n_levels, n_classes)."""
    segments, _, classes = log_shapes.shape
    density, shares = np.empty(len(rows)), np.empty((len(rows), classes))
    for row in range(len(rows)):
        joint = shares[row]
        for number in range(classes):
            joint[number] = log_weights[number]
        for segment in range(segments):
            added = log_shapes[segment, rows[row, segment]]
            for number in range(classes):
                joint[number] += added[number]
        most, total = joint[0], 0.0
        for number in range(1, classes):
            most = max(most, joint[number])
        for number in range(classes):
            joint[number] = np.exp(joint[number] - most)
            total += joint[number]
        for number in range(classes):
            joint[number] /= total
        density[row] = most + np.log(total)
    return density, shares


@njit(nogil=True, cache=True)
def _level_counts(rows: ByteArray, weights: FloatArray, level_count: int) -> FloatArray:
    classes, segments = weights.shape[1], rows.shape[1]
    counts = np.zeros((classes, segments, level_count))
    for row in range(len(rows)):
        for segment in range(segments):
            level = rows[row, segment]
            for number in range(classes):
                counts[number, segment, level] += weights[row, number]
    return counts
