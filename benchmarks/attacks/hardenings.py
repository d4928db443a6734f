"""Hardenings that are attacked for comparison; none of them is in the agent.

Each takes encodings, (n_records, n_bytes) uint8, most significant bit first, and the seed of what
is secret about it. The whole encoding is treated as one filter.
"""

import numpy as np

from linkage.arrays import ByteArray, IntArray

_SLICE_ROWS = 4096
"""Rows worked on at a time: a slice of 4096 bits, one a byte, takes 16 MiB."""


def diffused(rows: ByteArray, sources: int, seed: int) -> ByteArray:
    """Every bit becomes the sum of so many bits, the same ones in every record.

    Args:
        rows: the encodings.
        sources: bits that each is the sum of, all different.
        seed: which ones: the agencies' secret.

    Source: Armknecht, Heng, Schnell (2023), "Strengthening privacy-preserving record linkage using
    diffusion".
    """
    places = drawn_sources(rows.shape[1] * 8, sources, np.random.default_rng(seed))
    out = np.empty_like(rows)
    for first in range(0, len(rows), _SLICE_ROWS):
        bits = np.unpackbits(rows[first : first + _SLICE_ROWS], axis=1)
        sums = np.bitwise_xor.reduce([bits[:, each] for each in places])
        out[first : first + _SLICE_ROWS] = np.packbits(sums, axis=1)
    return out


def drawn_sources(length_bits: int, sources: int, rng: np.random.Generator) -> IntArray:
    """(sources, length_bits) int64: permutations no two of which agree in any place."""
    drawn = np.empty((0, length_bits), np.int64)
    while len(drawn) < sources:
        new = rng.permutation(length_bits)
        while len(clashes := np.flatnonzero((drawn == new).any(axis=0))):
            others = rng.integers(0, length_bits, len(clashes))
            for place, other in zip(clashes, others, strict=True):
                new[place], new[other] = new[other], new[place]
        drawn = np.vstack([drawn, new])
    return drawn


def folded(rows: ByteArray, _seed: int) -> ByteArray:
    """The first half added to the second: half as long.

    Source: Schnell, Borgs (2016), "XOR-folding for Bloom filter-based encryptions".
    """
    half = rows.shape[1] // 2
    return np.ascontiguousarray(rows[:, :half] ^ rows[:, half:])


def rule_90(rows: ByteArray, _seed: int) -> ByteArray:
    """Every bit becomes the sum of its neighbours; the first and the last are neighbours.

    Source: Schnell, Borgs (2018), "Protecting record linkage identifiers using cellular automata".
    """
    bits = np.unpackbits(rows, axis=1)
    return np.packbits(np.roll(bits, 1, axis=1) ^ np.roll(bits, -1, axis=1), axis=1)
