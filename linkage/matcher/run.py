"""One match run, top to bottom: threshold, candidates, comparison, clustering.

The only module that knows this order. Pairs are compared and clustered in the executor's workers,
so that a server which calls `match` from a thread goes on answering.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, permutations
from operator import attrgetter
from typing import Final, assert_never

import numpy as np

from linkage.agreement.model import Candidates, MatchPolicy, Measure
from linkage.arrays import FloatArray
from linkage.errors import ExitCode, LimitError, Reason
from linkage.matcher.calibrate.threshold import Neighbours, estimate_threshold
from linkage.matcher.candidates.all_pairs import all_pairs, count_all_pairs, own_pairs
from linkage.matcher.cluster.agglomerate import agglomerate
from linkage.matcher.compare.dice import DiceDecider
from linkage.matcher.compare.interface import PairDecider
from linkage.matcher.compare.nearest import nearest_neighbours
from linkage.matcher.execute.interface import Executor
from linkage.matcher.model.clusters import Clusters
from linkage.matcher.model.datasets import Dataset
from linkage.matcher.model.pairs import CandidatePairs, DecidedPairs, join_pairs

TOO_MANY_MATCHES: Final = Reason(
    "TOO_MANY_MATCHES",
    "More than {limit} of {pair_count} pairs reach the agreement's threshold.",
    "Either the threshold is so low that it accepts strangers, or many encodings are alike, as "
    "happens when a column is filled with one value. Check the extracts; then raise the threshold "
    "in an amended agreement.",
    ExitCode.BAD_DATA,
)


@dataclass(frozen=True, slots=True)
class RunLimits:
    """What bounds a run's memory.

    Attributes:
        pairs_per_block: compared in one go; 2^23 pairs of 1024 bits take a core about 80 ms.
        matches: of all datasets together; 2^26 are 1 GiB.
    """

    pairs_per_block: int = 1 << 23
    matches: int = 1 << 26


DEFAULT_LIMITS: Final = RunLimits()


def match(
    datasets: Sequence[Dataset],
    policy: MatchPolicy,
    executor: Executor,
    progress: Callable[[int, int], None],
    limits: RunLimits = DEFAULT_LIMITS,
) -> Clusters:
    """The clusters of records that the policy judges one person.

    They depend on the datasets, their order and the policy; not on the executor or the limits.

    Args:
        datasets: At least two, each of another agency, with encodings of one length.
        policy: What the agreement says of matching.
        executor: Where the work is done.
        progress: Called in this thread with the number of pairs compared so far and of all pairs,
            after every block. An exception from it ends the run and is passed on.
        limits: See `RunLimits`.

    Raises:
        LimitError: More pairs match than the limit allows.
        StateError: A worker was lost; the run can be started again.
        ShapeError: Encodings differ in length.

    Memory, all processes together: at most 2E + 72M + 64BW + (40 + 8D)R bytes, where E is the bytes
    of all encodings (once here, once shared), M the matches (at most `limits.matches`), B
    `limits.pairs_per_block` (reached only where all pairs of a block match), W the workers, R the
    records and D the datasets (their part only while a threshold is estimated); and some 150 MB for
    each worker's libraries.
    """
    if len(datasets) < 2 or len({dataset.agency for dataset in datasets}) < len(datasets):
        raise ValueError("a run needs datasets of at least two agencies, one of each")
    with closing(_compare(datasets, policy, executor, progress, limits)) as blocks:
        matches = tuple(
            join_pairs(tuple(group)) for _, group in groupby(blocks, attrgetter("datasets"))
        )
    outlines = tuple(dataset.outline for dataset in datasets)
    [clusters] = executor.map(agglomerate, matches, [outlines])
    return clusters


def _compare(
    datasets: Sequence[Dataset],
    policy: MatchPolicy,
    executor: Executor,
    progress: Callable[[int, int], None],
    limits: RunLimits,
) -> Generator[DecidedPairs, None, None]:
    """The matches of each block of candidates; blocks of the same datasets follow one another."""
    pair_count = count_all_pairs([len(dataset.encodings) for dataset in datasets])
    decider = _decider(datasets, policy, executor, limits)
    compared = found = 0
    # The blocks are made twice, in step: neither a list of them nor what was done need be kept.
    to_do, done = (_candidates(datasets, policy, limits) for _ in range(2))
    with closing(executor.map(type(decider).decide, decider, to_do)) as results:
        for block, matches in zip(done, results, strict=True):
            compared += len(block)
            found += len(matches)
            if found > limits.matches:
                raise LimitError(TOO_MANY_MATCHES, limit=limits.matches, pair_count=pair_count)
            progress(compared, pair_count)
            yield matches


def _decider(
    datasets: Sequence[Dataset], policy: MatchPolicy, executor: Executor, limits: RunLimits
) -> PairDecider:
    match policy.measure:
        case Measure.DICE:
            threshold = policy.threshold or _estimate(datasets, policy, executor, limits)
            return _dice(datasets, threshold)
        case _:
            assert_never(policy.measure)


def _dice(datasets: Sequence[Dataset], threshold: Decimal) -> DiceDecider:
    return DiceDecider.prepare([dataset.encodings for dataset in datasets], threshold)


def _estimate(
    datasets: Sequence[Dataset], policy: MatchPolicy, executor: Executor, limits: RunLimits
) -> Decimal:
    """The threshold that the data speak for; looks at all pairs once, those at home included."""
    best = {
        (at, other): np.zeros(len(dataset.encodings))
        for at, dataset in enumerate(datasets)
        for other in range(len(datasets))
    }

    def blocks() -> Iterator[CandidatePairs]:
        yield from _candidates(datasets, policy, limits)
        for number, dataset in enumerate(datasets):
            yield from own_pairs(number, len(dataset.encodings), limits.pairs_per_block)

    any_threshold = _dice(datasets, Decimal(1))
    with closing(executor.map(nearest_neighbours, any_threshold, blocks())) as results:
        for block, found in zip(blocks(), results, strict=True):
            left, right = block.left, block.right
            for rows, other, scores in ((left, right, found.left), (right, left, found.right)):
                kept = best[rows.dataset, other.dataset][rows.start : rows.stop]
                np.maximum(kept, scores, out=kept)
    return estimate_threshold(
        [
            Neighbours(best[at, other], _at_home(datasets, best, at, other), len(best[other, at]))
            for at, other in permutations(range(len(datasets)), 2)
        ]
    )


def _at_home(
    datasets: Sequence[Dataset], best: dict[tuple[int, int], FloatArray], at: int, other: int
) -> FloatArray:
    """The null for a pair of agencies: of the first, unless it has duplicates or one record."""
    clean = [number for number in (at, other) if datasets[number].holds_each_person_once]
    number = max(clean, key=lambda number: (len(best[number, number]) > 1, number == at))
    return best[number, number]


def _candidates(
    datasets: Sequence[Dataset], policy: MatchPolicy, limits: RunLimits
) -> Iterator[CandidatePairs]:
    record_counts = [len(dataset.encodings) for dataset in datasets]
    match policy.candidates:
        case Candidates.ALL_PAIRS:
            return all_pairs(record_counts, limits.pairs_per_block)
        case _:
            assert_never(policy.candidates)
