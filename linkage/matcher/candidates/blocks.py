"""Blocks: records that share a blocking token are compared, and no others.

Rule by rule and token by token: the left records that have the token with the right ones that do,
by the kernel that compares all pairs. A pair that shares an earlier rule's token as well was found
there and is dropped here. So each pair that shares a token is given once, however many it shares,
and nothing has to be remembered from one block to the next.

What is found is exact; matches that share no token are not. So an agreement has to allow it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

import numpy as np

from linkage.arrays import BlockingTokens, IndexArray, IntArray, ShapeError, ShortArray, WordArray
from linkage.matcher.candidates.all_pairs import cut
from linkage.matcher.candidates.exact_sample import sampled_rows
from linkage.matcher.compare.dice import DiceDecider
from linkage.matcher.compare.lanes import LANES
from linkage.matcher.compare.near import CountedEncodings, near_pairs
from linkage.matcher.model.pairs import CandidatePairs, RowRange

TOKENS: Final = 1 << 16
SAMPLED_RECORDS: Final = 4096
"""Left records that are compared with all, to see what blocks miss. If they all have a partner, a
recall of 0.95 is told within 0.007 nine times in ten."""
ROW_PAIRS: Final = 2000
"""Taking a record out of its dataset and making it ready, in pairs compared. It only decides from
where on blocks are worth their while."""


class Block(NamedTuple):
    """Left and right records that share a token under a rule, by their places in `Buckets.rows`."""

    rule: int
    places: CandidatePairs

    @property
    def datasets(self) -> tuple[int, int]:
        """The numbers of the left and the right dataset."""
        return self.places.left.dataset, self.places.right.dataset


class Buckets(NamedTuple):
    """The records of a dataset by their token under one rule.

    Attributes:
        rows: (n_records,) int32, ascending in token and, where tokens are equal, in row.
        starts: (TOKENS + 1,) int64: where in `rows` those of each token start.
    """

    rows: IndexArray
    starts: IntArray

    @classmethod
    def of(cls, column: ShortArray) -> Self:
        """The records with these tokens."""
        ends = np.cumsum(np.bincount(column, minlength=TOKENS))
        rows = np.argsort(column, kind="stable").astype(np.int32)
        return cls(rows, np.concatenate((np.zeros(1, np.int64), ends)))


@dataclass(frozen=True, slots=True, repr=False)
class Blocks:
    """The blocks of a run; a value, handed to every worker.

    Attributes:
        decider: with the encodings of all datasets.
        tokens: of all datasets, in the same order.
        buckets: of each dataset under each rule.
    """

    decider: DiceDecider
    tokens: tuple[BlockingTokens, ...]
    buckets: tuple[tuple[Buckets, ...], ...]

    @classmethod
    def of(cls, decider: DiceDecider, tokens: Sequence[BlockingTokens | None]) -> Self:
        """Puts the records of each dataset in order of their tokens.

        Raises:
            ShapeError: A dataset has none.
        """
        every = tuple(each for each in tokens if each is not None)
        if len(every) < len(tokens):
            raise ShapeError("Blocks: a dataset has no blocking tokens")
        buckets = (tuple(Buckets.of(column) for column in each.rows.T) for each in every)
        return cls(decider, every, tuple(buckets))

    def __repr__(self) -> str:
        return f"Blocks({len(self.tokens)} datasets)"

    def between(self, left: int, right: int, pairs_per_block: int) -> Iterator[Block]:
        """The blocks of two datasets, of so many pairs at most."""
        sides = zip(self.buckets[left], self.buckets[right], strict=True)
        for rule, (one, other) in enumerate(sides):
            for token in np.flatnonzero(np.diff(one.starts) * np.diff(other.starts)).tolist():
                if token:
                    rows = RowRange(left, *one.starts[token : token + 2].tolist())
                    columns = RowRange(right, *other.starts[token : token + 2].tolist())
                    for places in cut(rows, columns, pairs_per_block):
                        yield Block(rule, places)

    def find(self, block: Block) -> WordArray:
        """The pairs of a block that reach the threshold and share no earlier rule's token.

        If there are more than the decider's `most`, those of one more, no matter which. What is
        dropped then was or will be found elsewhere, so all blocks together have more, too.

        Returns:
            (n_pairs,) uint64, ascending: 2^32 * left row + right row.
        """
        rows, left = self._records(block.rule, block.places.left)
        columns, right = self._records(block.rule, block.places.right)
        decider = self.decider
        near = near_pairs(left, right, decider.least_common, decider.bit_order, decider.most)
        found, partners = rows[near.left_rows], columns[near.right_rows]
        one = self.tokens[block.places.left.dataset].rows[found, : block.rule]
        other = self.tokens[block.places.right.dataset].rows[partners, : block.rule]
        is_new = ~((one == other) & (one > 0)).any(axis=1)
        keys: WordArray = found.astype(np.uint64) << np.uint64(32) | partners.astype(np.uint64)
        new: WordArray = keys[is_new]
        return new

    def _records(self, rule: int, places: RowRange) -> tuple[IndexArray, CountedEncodings]:
        rows = self.buckets[places.dataset][rule].rows[places.start : places.stop]
        encodings = self.decider.encodings[places.dataset]
        return rows, CountedEncodings(encodings.words[rows], encodings.popcounts[rows])


class BlockPlan(NamedTuple):
    """What is compared of two datasets in place of all pairs.

    Attributes:
        in_blocks: pairs that share a token; one that shares several counts as often, since it is
            compared as often.
        sampled: pairs of some left records with all right ones.
    """

    in_blocks: int
    sampled: int


def plan_blocks(left: BlockingTokens, right: BlockingTokens) -> BlockPlan | None:
    """What blocks come to; None if comparing all pairs takes less time."""
    in_blocks = cost = 0
    for column, other in zip(left.rows.T, right.rows.T, strict=True):
        rows, columns = (np.bincount(each, minlength=TOKENS)[1:] for each in (column, other))
        in_blocks += int(rows @ columns)
        # A lane without a record is compared with all the same.
        cost += int(rows @ (-(-columns // LANES) * LANES))
        cost += ROW_PAIRS * int((rows + columns)[rows * columns > 0].sum())
    sampled = len(sampled_rows(len(left), SAMPLED_RECORDS)) * len(right)
    return BlockPlan(in_blocks, sampled) if cost + sampled < len(left) * len(right) else None
