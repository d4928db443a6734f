"""Telling chance from relation: a test that is wrong less than once in a hundred million times."""

from typing import Final

import numpy as np
import numpy.typing as npt

_DEVIATIONS: Final = 6.0
"""Standard deviations of the normal distribution, both sides: 2e-9."""


def is_unrelated(one: npt.ArrayLike, other: npt.ArrayLike) -> bool:
    """Whether two orders of the same things may be independent, by Spearman's rank correlation."""
    left, right = (_standard_ranks(np.asarray(values)) for values in (one, other))
    return bool(abs(left @ right) < _DEVIATIONS * len(left) / np.sqrt(len(left) - 1))


def _standard_ranks(values: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    """Ranks with mean 0 and variance 1."""
    ranks = np.argsort(np.argsort(values)).astype(np.float64)
    standard: npt.NDArray[np.float64] = (ranks - ranks.mean()) / ranks.std()
    return standard


def is_even(bits: npt.NDArray[np.uint8]) -> bool:
    """Whether rows of random bytes have each of their bits set as often as not."""
    counts = np.unpackbits(bits, axis=1).sum(axis=0)
    deviation = np.sqrt(len(bits)) / 2
    return bool((abs(counts - len(bits) / 2) < _DEVIATIONS * deviation).all())
