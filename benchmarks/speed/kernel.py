"""Comparing as the matcher does it: a run's blocks through the Dice decider, in this process."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from benchmarks.speed.clock import timed
from benchmarks.speed.workplace import Both
from linkage.arrays import EncodingMatrix, IntArray
from linkage.matcher.candidates.all_pairs import all_pairs
from linkage.matcher.compare.dice import DiceDecider
from linkage.matcher.model.pairs import DecidedPairs, join_pairs
from linkage.matcher.run import DEFAULT_LIMITS


@dataclass(frozen=True, slots=True)
class Compared:
    """All pairs of two datasets at a threshold, in one thread.

    Attributes:
        decided: the matches.
        cpu_seconds: with all preparation.
        pair_count: pairs that were to be compared.
    """

    decided: DecidedPairs
    cpu_seconds: float
    pair_count: int

    @property
    def rate(self) -> float:
        """Pairs a CPU second."""
        return self.pair_count / self.cpu_seconds

    def keys(self) -> IntArray:
        """(n,) int64, ascending: 2^32 * left row + right row of each match."""
        return pair_keys(self.decided.left_rows, self.decided.right_rows)


def compare(both: Both, threshold: str) -> Compared:
    """All pairs that reach a Dice coefficient, in the blocks of a match run."""
    decided, seconds = timed(lambda: _decided(both, Decimal(threshold)))
    return Compared(decided, seconds, len(both[0]) * len(both[1]))


def warm_up() -> None:
    """Loads the compiled code, or compiles it, so that no figure has that in it."""
    rows = np.random.default_rng(0).integers(0, 256, (600, 128)).astype(np.uint8)
    compare((EncodingMatrix(rows), EncodingMatrix(rows[::-1].copy())), "0.9")


def pair_keys(
    left: "np.typing.NDArray[np.integer]", right: "np.typing.NDArray[np.integer]"
) -> IntArray:
    """(n,) int64, ascending: a number for each pair."""
    keys: IntArray = left.astype(np.int64) << 32 | right.astype(np.int64)
    keys.sort()
    return keys


def _decided(both: Both, threshold: Decimal) -> DecidedPairs:
    decider = DiceDecider.prepare(both, threshold)
    blocks = all_pairs([len(side) for side in both], DEFAULT_LIMITS.pairs_per_block)
    return join_pairs([decider.decide(block) for block in blocks])
