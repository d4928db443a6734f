"""The threshold as a table of integers, so that no rounding decides a match.

A pair matches if 2c / s >= t: c bits common to both encodings, s the sum of their popcounts. For
each s there is a least c that is enough, computed from the threshold's exact decimal value, so that
a pair that scores exactly t is a match. Two empty encodings score 0.

Source: Schnell, Bachteler, Reiher (2009).
"""

from decimal import Decimal
from fractions import Fraction

import numpy as np

from linkage.arrays import IndexArray


def least_common_bits(length_bits: int, threshold: Decimal) -> IndexArray:
    """The fewest common bits that reach the threshold, for each sum of two popcounts.

    Returns:
        (2 * length_bits + 1,) int32, read-only. Entry s is the least c with 2c / s >= threshold,
        computed without rounding; entry 0 is 1, which two empty encodings can't reach. An entry is
        as large as the one before it, or larger by one.
    """
    exact = Fraction(threshold)
    if not 0 < exact <= 1:
        raise ValueError("the threshold must be above 0 and at most 1")
    needed, of = exact.numerator, 2 * exact.denominator
    table = np.array([-(-needed * s // of) for s in range(2 * length_bits + 1)], np.int32)
    table[0] = 1
    table.flags.writeable = False
    return table
