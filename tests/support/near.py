"""Encodings as words, and their near pairs as counting bit by bit finds them."""

from decimal import Decimal

import numpy as np

from linkage.arrays import IndexArray, WordArray
from linkage.matcher.compare.near import NearPairs
from linkage.matcher.compare.threshold import least_common_bits


def random_words(rng: np.random.Generator, count: int, length_bits: int, fill: float) -> WordArray:
    """(count, length_bits / 64) uint64, whose bits are set independently."""
    bits = rng.random((count, length_bits)) < fill
    words: WordArray = np.packbits(bits, axis=1).view(np.uint64)
    return words


def blurred_words(rng: np.random.Generator, words: WordArray, share: float) -> WordArray:
    """The same with a share of the bits flipped."""
    return words ^ random_words(rng, len(words), 64 * words.shape[1], share)


def expected_pairs(left: WordArray, right: WordArray, threshold: str) -> list[tuple[int, int, int]]:
    """Left row, right row and common bits of each near pair, in order."""
    table = least_common_bits(64 * left.shape[1], Decimal(threshold))
    common = _common_bits(left, right)
    popcounts = [np.bitwise_count(side).sum(axis=1, dtype=np.int64) for side in (left, right)]
    near = np.argwhere(common >= table[popcounts[0][:, None] + popcounts[1]])
    return [(int(row), int(column), int(common[row, column])) for row, column in near]


def listed_pairs(pairs: NearPairs) -> list[tuple[int, int, int]]:
    """Pairs that were found, likewise."""
    return list(zip(*(array.tolist() for array in pairs), strict=True))


def _common_bits(left: WordArray, right: WordArray) -> IndexArray:
    """(n_left, n_right): of all pairs, a left record at a time."""
    return np.array([np.bitwise_count(row & right).sum(axis=1) for row in left], np.int32)
