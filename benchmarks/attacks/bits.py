"""Bits: encodings as numbers that linear algebra can work with."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from linkage.arrays import ByteArray

MatrixArray: TypeAlias = npt.NDArray[np.float32]
"""Half as large and twice as fast as double precision, and exact enough for scores."""


def signs(rows: ByteArray) -> MatrixArray:
    """(n_records, n_bits) float32: -1 for each bit that is not set, +1 for each that is."""
    return np.unpackbits(rows, axis=1).astype(np.float32) * 2 - 1


def ones(rows: ByteArray) -> MatrixArray:
    """(n_records, n_bits) float32: 0 for each bit that is not set, 1 for each that is."""
    return np.unpackbits(rows, axis=1).astype(np.float32)
