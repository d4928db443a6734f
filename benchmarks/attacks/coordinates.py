"""Coordinates: records as points whose inner products are their likeness, whatever the key.

Under two keys the same people have other bits, but nearly the same likeness to each other. So their
principal coordinates are nearly the same points, turned.
"""

from typing import Final

import numpy as np

from benchmarks.attacks.bits import MatrixArray, ones
from linkage.arrays import ByteArray

_ROUNDS: Final = 12
_SPARE: Final = 20
"""Directions beyond those wanted: they take up what the last ones have not yet told apart."""
QUANTILES: Final = np.concatenate(
    [np.linspace(0.002, 0.05, 8), np.linspace(0.08, 0.92, 20), np.linspace(0.95, 0.998, 8)]
)
MARKS: Final = 8
_SLICE_ROWS: Final = 1024


def principal_coordinates(
    rows: ByteArray, dimensions: int, rng: np.random.Generator
) -> MatrixArray:
    """(n_records, dimensions) float32: the widest first, each of mean 0 and variance 1.

    Args:
        rows: (n_records, n_bytes) uint8: encodings.
        dimensions: less than there are bits, and than there are records.
        rng: Source of chance: where the search for the widest directions starts.

    Source: Halko, Martinsson, Tropp (2011) for finding them by repeated multiplication.
    """
    bits = ones(rows)
    bits -= bits.mean(axis=0)
    spread = bits.T @ bits / len(bits)
    count = min(dimensions + _SPARE, len(spread))
    directions = rng.standard_normal((len(spread), count), np.float32)
    for _ in range(_ROUNDS):
        directions = np.linalg.qr(spread @ directions)[0]
    turn = np.linalg.eigh(directions.T @ spread @ directions)[1][:, ::-1][:, :dimensions]
    points = bits @ (directions @ turn)
    return np.asarray(points / (points.std(axis=0) + 1e-6), np.float32)


def marks(left: MatrixArray, right: MatrixArray) -> tuple[MatrixArray, MatrixArray]:
    """What can be said of points however they are turned: how their inner products are spread.

    Args:
        left: (n_left, n_dimensions) float32.
        right: (n_right, n_dimensions) float32.

    Returns:
        (n_left, `MARKS`) and (n_right, `MARKS`) float32, of about mean 0 and variance 1: principal
        parts of the quantiles of each point's inner products with the others of its side.

    Source: Artetxe, Labaka, Agirre (2018), "A robust self-learning method for fully unsupervised
    cross-lingual mappings of word embeddings".
    """
    sides = [_quantiles(points) for points in (left, right)]
    sides = [(each - each.mean(axis=0)) / (each.std(axis=0) + 1e-6) for each in sides]
    both = sum(each.T @ each / len(each) for each in sides) / 2
    values, vectors = np.linalg.eigh(both)
    scaled = vectors[:, ::-1][:, :MARKS] / np.sqrt(np.maximum(values[::-1][:MARKS], 1e-6))
    first, second = (np.asarray(each @ scaled, np.float32) for each in sides)
    return first, second


def _quantiles(points: MatrixArray) -> MatrixArray:
    """(n_points, n_quantiles): of each point's inner products with all points."""
    places = np.minimum(QUANTILES * len(points), len(points) - 1).astype(np.int64)
    found = []
    for first in range(0, len(points), _SLICE_ROWS):
        likeness = points[first : first + _SLICE_ROWS] @ points.T
        likeness.sort(axis=1)
        found.append(likeness[:, places])
    return np.concatenate(found)
