"""How many tables of how many bits, or all pairs after all: what costs least and finds enough.

Of some left records all partners are found exactly. Where each of these records' best partner meets
it says how much any number of tables would find; a sample of keys says how many others would meet
there by chance. So the plan is made on the data at hand, and what it promises is checked on the
same sample when all is done (`exact_sample.py` says what the recall is of).
"""

from math import sqrt
from typing import Final

import numpy as np

from linkage.arrays import IndexArray, IntArray, WordArray
from linkage.matcher.candidates.exact_sample import ExactSample, sampled_rows
from linkage.matcher.candidates.hamming import MOST_BITS, HammingTables, sorted_keys, table_keys
from linkage.matcher.compare.near import CountedEncodings, near_pairs

SAMPLED_PAIRS: Final = 1 << 31
"""Pairs compared for the exact sample: about a second's work."""
FEWEST_SAMPLED: Final = 100
"""Best pairs below which a sample says too little: all pairs are compared."""
MOST_TABLES: Final = 256
BITS_TRIED: Final = range(8, MOST_BITS + 1, 2)
KEYS_SAMPLED: Final = 1 << 16
"""Records of each dataset whose keys tell how many meet by chance."""
PAIR_NS: Final = 0.5
"""Comparing a pair among all pairs."""
KEY_NS: Final = 60.0
"""Making and sorting the key of a record."""
MEETING_NS: Final = 100.0
"""Comparing a pair that met: its encodings lie anywhere in memory. Only how the three compare
matters, and only for the choice."""
DEVIATIONS: Final = 2.0
"""Standard deviations of the sample's recall by which it has to exceed what is asked for."""


def exact_sample(
    left: CountedEncodings,
    right: CountedEncodings,
    least_common: IndexArray,
    bit_order: IndexArray,
    most: int,
) -> ExactSample | None:
    """The sample that a plan is made on; its records are spread over the left dataset.

    None if it alone has more pairs than `most`: so a threshold that is far too low costs no memory.
    """
    wanted = max(1, SAMPLED_PAIRS // max(1, len(right.words)))
    rows = sampled_rows(len(left.words), wanted)
    some = CountedEncodings(left.words[rows], left.popcounts[rows])
    near = near_pairs(some, right, least_common, bit_order, most)
    if len(near.left_rows) > most:
        return None
    scores = near.common / (some.popcounts[near.left_rows] + right.popcounts[near.right_rows])
    return ExactSample.of(rows[near.left_rows], near.right_rows, scores, len(rows))


def plan_tables(
    left: CountedEncodings,
    right: CountedEncodings,
    least_common: IndexArray,
    sample: ExactSample,
    recall: float,
    most: int,
) -> HammingTables | None:
    """The tables that cost least and find enough; None where comparing all pairs costs less.

    Args:
        left: one dataset.
        right: the other.
        least_common: what `least_common_bits` gives.
        sample: of the two.
        recall: of best pairs, the share that is to be found.
        most: pairs that whoever asks has use for.
    """
    if sample.best_count < FEWEST_SAMPLED:
        return None
    cheapest = PAIR_NS * len(left.words) * len(right.words)
    chosen = None
    for bit_count in BITS_TRIED:
        bits = _draw_bits((left, right), bit_count)
        table_count = _tables_needed(left, right, sample, bits, recall)
        if table_count is None:  # and with more bits to agree in, it would be even more tables
            break
        cost = table_count * _cost_of_table(left, right, bits[0])
        if cost < cheapest:
            cheapest, chosen = cost, bits[:table_count]
    return None if chosen is None else HammingTables(left, right, least_common, chosen, most)


def _draw_bits(sides: tuple[CountedEncodings, CountedEncodings], bit_count: int) -> IndexArray:
    """(MOST_TABLES, bit_count) int32: bits that about half of the records have say most.

    The same for the same sizes: a run that is done again finds the same.
    """
    shares = np.zeros(64 * sides[0].words.shape[1])
    for side in sides:
        sample = np.ascontiguousarray(side.words[:: 1 + len(side.words) // 2048], "<u8")
        bits = np.unpackbits(sample.view(np.uint8), axis=1, bitorder="little")
        shares += bits.mean(axis=0) / 2
    telling = np.argsort(-shares * (1 - shares), kind="stable")[: max(bit_count, len(shares) // 2)]
    rng = np.random.default_rng((len(sides[0].words), len(sides[1].words), bit_count))
    drawn = [rng.choice(telling, bit_count, replace=False) for _ in range(MOST_TABLES)]
    return np.array(drawn, np.int32)


def _tables_needed(
    left: CountedEncodings,
    right: CountedEncodings,
    sample: ExactSample,
    bits: IndexArray,
    recall: float,
) -> int | None:
    """How many of the tables find enough of the sample's best pairs; None if all do not."""
    best = sample.keys[sample.is_best]
    sides = (left.words[best >> np.uint64(32)], right.words[best & np.uint64(0xFFFFFFFF)])
    still_apart = np.ones(len(best), np.bool_)
    most = int(len(best) * (1 - recall))
    for table, its_bits in enumerate(bits):
        one, other = (table_keys(side, its_bits) for side in sides)
        still_apart &= one != other
        missing = int(np.count_nonzero(still_apart))
        if missing + DEVIATIONS * sqrt(missing) <= most:
            return table + 1
    return None


def _cost_of_table(left: CountedEncodings, right: CountedEncodings, bits: IndexArray) -> float:
    """Nanoseconds that one table takes, about."""
    sides = (left.words, right.words)
    steps = [1 + len(words) // KEYS_SAMPLED for words in sides]
    one, other = (
        _counted(sorted_keys(words[::step], bits)) for words, step in zip(sides, steps, strict=True)
    )
    _, at, there = np.intersect1d(one[0], other[0], assume_unique=True, return_indices=True)
    meeting = float((one[1][at] * other[1][there]).sum()) * steps[0] * steps[1]
    return KEY_NS * sum(map(len, sides)) + MEETING_NS * meeting


def _counted(keys: WordArray) -> tuple[WordArray, IntArray]:
    """Each key, and how many records have it."""
    return np.unique(keys >> np.uint64(32), return_counts=True)
