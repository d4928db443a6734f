"""The pairs of a run whose agreement fixes a Dice coefficient.

(1) Where the agreement allows Hamming LSH: for each two datasets an exact sample, and on it a plan,
    which may be to compare all pairs after all.
(2) All pairs of the others, in blocks.
(3) What meets in the tables of those that are hashed, table after table; and how much of the exact
    sample that found, for the report.
(4) Where the agreement has blocking tokens and that takes less time than all pairs: those that
    share one (`blocked.py`).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, groupby
from operator import attrgetter
from typing import Final, TypeAlias

import numpy as np

from linkage.agreement.model import Candidates, MatchPolicy
from linkage.arrays import WordArray
from linkage.matcher.blocked import Work, block_plans, compare_blocks
from linkage.matcher.candidates.all_pairs import all_pairs
from linkage.matcher.candidates.exact_sample import ExactSample
from linkage.matcher.candidates.hamming import HammingTables, joined
from linkage.matcher.candidates.hamming_plan import exact_sample, plan_tables
from linkage.matcher.compare.dice import DiceDecider
from linkage.matcher.compare.engines import block_pairs
from linkage.matcher.execute.interface import Executor
from linkage.matcher.model.datasets import Dataset
from linkage.matcher.model.pairs import DecidedPairs, join_pairs

Pair: TypeAlias = tuple[int, int]
"""The numbers of two datasets, the lower first."""
MEETS: Final = (
    "Of {left} and {right} not all pairs were compared, but those that meet in one of {tables} "
    "tables by {bits} bits each. Of {sampled} records compared with all others, {best} have a "
    "partner that reaches the coefficient: the best one was found for {found_best:.1%} of them, "
    "where the agreement asks for {asked:.1%}; of all partners {found:.1%}."
)


@dataclass(frozen=True, slots=True)
class Compared:
    """What was found.

    Attributes:
        decided: of each two datasets that have pairs, in their order.
        sentences: what the parties ought to know of how it was found.
    """

    decided: tuple[DecidedPairs, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class _Plan:
    """How two datasets are hashed."""

    sample: ExactSample
    tables: HammingTables


@dataclass(frozen=True, slots=True, repr=False)
class _Planner:
    """Plans how two datasets are compared; a value, handed to every worker."""

    decider: DiceDecider
    recall: float

    def plan(self, pair: Pair) -> _Plan | None:
        """None if all pairs are to be compared."""
        left, right = (self.decider.encodings[number] for number in pair)
        table, most = self.decider.least_common, self.decider.most
        sample = exact_sample(left, right, table, self.decider.bit_order, most)
        if sample is None:
            return None
        tables = plan_tables(left, right, table, sample, self.recall, most)
        return _Plan(sample, tables) if tables is not None else None


@dataclass(frozen=True, slots=True, repr=False)
class _Tables:
    """The tables of all pairs of datasets that are hashed."""

    of_pairs: tuple[HammingTables, ...]

    def find(self, place: tuple[int, int]) -> WordArray:
        pair, table = place
        return self.of_pairs[pair].find(table)


def compare(
    datasets: Sequence[Dataset],
    policy: MatchPolicy,
    executor: Executor,
    count: Callable[[int, int], None],
    pairs_per_block: int,
    most: int,
) -> Compared:
    """The pairs that reach the policy's coefficient.

    Args:
        datasets: At least two.
        policy: One that fixes a coefficient.
        executor: Where the work is done.
        count: Called with pairs compared and pairs found since the last call; it may raise.
        pairs_per_block: See `RunLimits`; more where there is a graphics processor.
        most: pairs that may be found, of all datasets together.
    """
    encodings = [dataset.encodings for dataset in datasets]
    decider = DiceDecider.prepare(encodings, policy.at_least or Decimal(1), most)
    pairs = list(combinations(range(len(datasets)), 2))
    plans = _plans(decider, pairs, policy, executor)  # (1)
    blocks = block_plans(datasets, policy)
    whole = [pair for pair in pairs if pair not in plans and pair not in blocks]
    sizes = [len(each) for each in encodings]
    parts = []
    # The blocks are made twice, in step: neither a list of them nor what was done is kept.
    to_do, done = (all_pairs(sizes, block_pairs(pairs_per_block), whole) for _ in range(2))
    with closing(executor.map(DiceDecider.decide, decider, to_do)) as results:  # (2)
        for block, found in zip(done, results, strict=True):
            count(len(block), len(found))
            parts.append(found)
    decided = [join_pairs(tuple(group)) for _, group in groupby(parts, attrgetter("datasets"))]
    sentences = []
    for pair, keys in _meetings(plans, executor, most):  # (3)
        count(sizes[pair[0]] * sizes[pair[1]], len(keys))
        decided.append(decider.scored(pair, keys))
        names = [datasets[number].agency for number in pair]
        sentences.append(_sentence(names, plans[pair], keys, policy))
    if blocks:
        work = Work(executor, count, pairs_per_block, most)
        asked = policy.candidate_recall or Decimal(1)
        for pair, blocked in compare_blocks(datasets, decider, blocks, asked, work):  # (4)
            decided.append(decider.scored(pair, blocked.keys))
            sentences.append(blocked.sentence)
    return Compared(tuple(sorted(decided, key=attrgetter("datasets"))), tuple(sentences))


def _plans(
    decider: DiceDecider, pairs: Sequence[Pair], policy: MatchPolicy, executor: Executor
) -> dict[Pair, _Plan]:
    """The plans of those that are to be hashed."""
    if policy.candidates is not Candidates.HAMMING or policy.candidate_recall is None:
        return {}
    planner = _Planner(decider, float(policy.candidate_recall))
    plans = zip(pairs, executor.map(_Planner.plan, planner, pairs), strict=True)
    return {pair: plan for pair, plan in plans if plan is not None}


def _meetings(
    plans: dict[Pair, _Plan], executor: Executor, most: int
) -> Iterator[tuple[Pair, WordArray]]:
    """What meets in the tables, each pair of records once, ascending; ends where it is too much."""
    tables = tuple(plan.tables for plan in plans.values())
    if not tables:
        return
    blocks = [(pair, table) for pair, its in enumerate(tables) for table in range(len(its.bits))]
    found = np.empty(0, np.uint64)
    with closing(executor.map(_Tables.find, _Tables(tables), blocks)) as results:
        for (number, table), keys in zip(blocks, results, strict=True):
            found = joined(found, keys)
            if table == len(tables[number].bits) - 1 or len(found) > most:
                yield list(plans)[number], found
                found = np.empty(0, np.uint64)


def _sentence(names: Sequence[str], plan: _Plan, keys: WordArray, policy: MatchPolicy) -> str:
    found_best, found = plan.sample.found(keys)
    best = plan.sample.best_count
    bits = plan.tables.bits.shape
    return MEETS.format(
        left=names[0],
        right=names[1],
        tables=bits[0],
        bits=bits[1],
        sampled=plan.sample.record_count,
        best=best,
        found_best=found_best / best,
        asked=float(policy.candidate_recall or 1),
        found=found / len(plan.sample.keys),
    )
