"""The pairs of a run whose agreement has blocking tokens, and what share of all they are.

(1) For each two datasets: whether blocks take less time than all pairs.
(2) If so, all pairs of records that share a token.
(3) Some left records with all right ones, to tell what (2) missed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain, combinations
from math import prod
from typing import Final, TypeAlias

import numpy as np

from linkage.agreement.model import Candidates, MatchPolicy
from linkage.arrays import IntArray, WordArray
from linkage.matcher.candidates.all_pairs import all_pairs
from linkage.matcher.candidates.blocks import SAMPLED_RECORDS, BlockPlan, Blocks, plan_blocks
from linkage.matcher.candidates.exact_sample import ExactSample, sampled_rows
from linkage.matcher.compare.dice import DiceDecider
from linkage.matcher.compare.near import CountedEncodings
from linkage.matcher.execute.interface import Executor
from linkage.matcher.model.datasets import Dataset
from linkage.matcher.model.pairs import DecidedPairs, join_pairs

Pair: TypeAlias = tuple[int, int]
"""The numbers of two datasets, the lower first."""

FEWEST_TOLD: Final = 100
"""Records with a partner below which a share of them says too little, and too much of them."""
COMPARED: Final = (
    "Of {left} and {right} not all pairs were compared, but those that share a blocking token: at "
    "most {share:.1%} of all. Of {sampled} records compared with all others, "
)
MISSED: Final = (
    "{best} have a partner that reaches the coefficient: the best one was found for "
    "{found_best:.1%} of them, where the agreement asks for {asked:.1%}; of all partners "
    "{found:.1%}."
)
TOO_FEW: Final = "too few have a partner that reaches the coefficient to say what was missed."
BELOW: Final = (
    " So more was missed than the agreement asks for: rules that more records of one person agree "
    "in, or all pairs, would find more."
)


@dataclass(frozen=True, slots=True)
class Work:
    """How pairs are compared.

    Attributes:
        count: called with pairs compared and pairs found since the last call; it may raise.
        most: pairs that may be found, of all datasets together.
    """

    executor: Executor
    count: Callable[[int, int], None]
    pairs_per_block: int
    most: int


@dataclass(frozen=True, slots=True, repr=False)
class Blocked:
    """What was found of two datasets.

    Attributes:
        keys: (n_pairs,) uint64, ascending: 2^32 * left row + right row.
        sentence: what the parties ought to know of it.
    """

    keys: WordArray
    sentence: str


def block_plans(datasets: Sequence[Dataset], policy: MatchPolicy) -> Mapping[Pair, BlockPlan]:
    """What is compared of each two datasets for which blocks take less time than all pairs.

    None of them if the policy says nothing of blocking.
    """
    plans: dict[Pair, BlockPlan] = {}
    if policy.candidates is not Candidates.BLOCKING:
        return plans
    for pair in combinations(range(len(datasets)), 2):
        left, right = (datasets[number].blocking for number in pair)
        plan = plan_blocks(left, right) if left is not None and right is not None else None  # (1)
        if plan is not None:
            plans[pair] = plan
    return plans


def pairs_compared(datasets: Sequence[Dataset], policy: MatchPolicy) -> list[int] | None:
    """Of each two datasets, how many pairs are compared; None if blocking tokens do not tell."""
    if policy.candidates is not Candidates.BLOCKING:
        return None
    plans = block_plans(datasets, policy)
    return [
        sum(plans[pair]) if pair in plans else prod(len(datasets[at].encodings) for at in pair)
        for pair in combinations(range(len(datasets)), 2)
    ]


def compare_blocks(
    datasets: Sequence[Dataset],
    decider: DiceDecider,
    plans: Mapping[Pair, BlockPlan],
    recall: Decimal,
    work: Work,
) -> Iterator[tuple[Pair, Blocked]]:
    """What shares a token and reaches the coefficient, of each two datasets that have a plan.

    Args:
        datasets: all of the run.
        decider: made of their encodings.
        plans: what `block_plans` gave.
        recall: of records with a partner, the share whose best one ought to be found.
        work: how.
    """
    found = _found(datasets, decider, tuple(plans), work)  # (2)
    samples = _samples(decider, tuple(plans), work)  # (3)
    for pair, plan in plans.items():
        left, right = (datasets[number] for number in pair)
        all_count = len(left.encodings) * len(right.encodings)
        sample, keys = samples[pair], found[pair]
        told = COMPARED.format(
            left=left.agency,
            right=right.agency,
            share=min(1.0, plan.in_blocks / all_count),
            sampled=sample.record_count,
        )
        work.count(all_count, 0)
        yield pair, Blocked(keys, told + _missed(sample, keys, float(recall)))


def _found(
    datasets: Sequence[Dataset], decider: DiceDecider, pairs: Sequence[Pair], work: Work
) -> dict[Pair, WordArray]:
    """The keys of each two datasets, from all their blocks."""
    blocks = Blocks.of(decider, [each.blocking for each in datasets])
    # Made twice, in step: there may be more blocks than one wants to keep.
    to_do, done = (
        chain.from_iterable(blocks.between(*pair, work.pairs_per_block) for pair in pairs)
        for _ in range(2)
    )
    parts: dict[Pair, list[WordArray]] = {pair: [np.empty(0, np.uint64)] for pair in pairs}
    with closing(work.executor.map(Blocks.find, blocks, to_do)) as results:
        for block, keys in zip(done, results, strict=True):
            parts[block.datasets].append(keys)
            work.count(0, len(keys))
    return {pair: _ascending(parts.pop(pair)) for pair in pairs}


def _ascending(parts: Sequence[WordArray]) -> WordArray:
    keys = np.concatenate(parts)
    keys.sort()
    return keys


def _samples(decider: DiceDecider, pairs: Sequence[Pair], work: Work) -> dict[Pair, ExactSample]:
    """All partners of some left records, for each two datasets."""
    every = decider.encodings
    rows = [sampled_rows(len(each.words), SAMPLED_RECORDS) for each in every]
    some = tuple(
        CountedEncodings(each.words[of], each.popcounts[of])
        for each, of in zip(every, rows, strict=True)
    )
    sampler = replace(decider, encodings=some + every)
    sizes = [len(each.words) for each in sampler.encodings]
    of = [(left, len(every) + right) for left, right in pairs]
    to_do = all_pairs(sizes, work.pairs_per_block, of)
    parts: dict[Pair, list[DecidedPairs]] = {pair: [] for pair in of}
    with closing(work.executor.map(DiceDecider.decide, sampler, to_do)) as results:
        kept = 0
        for found in results:
            parts[found.datasets].append(found)
            kept += len(found)
            if kept > work.most:  # so a threshold that is far too low costs no memory
                work.count(0, kept)
    return {
        pair: _sample_of(join_pairs(parts[at]), rows[pair[0]])
        for pair, at in zip(pairs, of, strict=True)
    }


def _sample_of(found: DecidedPairs, rows: IntArray) -> ExactSample:
    scores = np.empty(0) if found.scores is None else found.scores
    return ExactSample.of(rows[found.left_rows], found.right_rows, scores, len(rows))


def _missed(sample: ExactSample, keys: WordArray, asked: float) -> str:
    best = sample.best_count
    if best < FEWEST_TOLD:
        return TOO_FEW
    found_best, found = sample.found(keys)
    told = MISSED.format(
        best=best, found_best=found_best / best, asked=asked, found=found / len(sample.keys)
    )
    return told + (BELOW if found_best < asked * best else "")
