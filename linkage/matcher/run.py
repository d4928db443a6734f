"""One match run, top to bottom: candidates, comparison, evidence, clustering, report.

The only module that knows this order. An agreement that fixes a Dice coefficient is followed to
the letter (`coefficient.py`). Under all others each pair gets a match probability:

(1) the distinct filters of each dataset;
for each two datasets
(2) first weights, from a sample of their pairs,
(3) a scan of all their pairs, and of pairs within each, for those that are worth a closer look,
(4) what these teach of matches and strangers, and with it their match probabilities;
then for all together
(5) the threshold that the agreement's wish comes to,
(6) the clusters, and the account of them.

What takes long is done in the executor's workers, so that a server which calls `match` from a
thread goes on answering.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import numpy as np

from linkage.agreement.model import Accept, MatchPolicy
from linkage.agreement.schema import EncodingSchema, Segment
from linkage.arrays import EncodingMatrix
from linkage.errors import ExitCode, LimitError, Reason
from linkage.exchange.report import RunReport
from linkage.matcher.account import account, explain
from linkage.matcher.candidates.all_pairs import count_all_pairs, left_slabs
from linkage.matcher.candidates.listing import (
    Sizes,
    leading_segment,
    listed_from,
    rows_per_block,
)
from linkage.matcher.candidates.scan import Listing, Scanner
from linkage.matcher.candidates.weights import (
    ALL_KEPT_PAIRS,
    first_weights,
    kept_share,
    sample_size,
)
from linkage.matcher.cluster.agglomerate import Agglomeration, ScoredPairs, agglomerate
from linkage.matcher.coefficient import compare
from linkage.matcher.compare.distinct import DistinctFilters, likeness
from linkage.matcher.evidence.accepted import acceptable, accepted_pairs, least_mean
from linkage.matcher.evidence.estimate import threshold
from linkage.matcher.evidence.judge import Judge, JudgedPairs, Judging, Kept
from linkage.matcher.evidence.within import within_rows
from linkage.matcher.execute.interface import Executor
from linkage.matcher.model.clusters import Clusters
from linkage.matcher.model.datasets import Dataset
from linkage.matcher.model.explained import Explained
from linkage.matcher.model.pairs import CandidatePairs, DecidedPairs, RecordPairs

TOO_MANY_MATCHES: Final = Reason(
    "TOO_MANY_MATCHES",
    "More than {limit} of {pair_count} pairs are too alike to be told apart.",
    "Either the agreement's threshold is so low that it accepts strangers, or many encodings are "
    "alike, as happens when a column is filled with one value. Check the extracts; then amend the "
    "agreement.",
    ExitCode.BAD_DATA,
)

SCAN_ROWS: Final = 1_000
"""Left records in a block of a scan at most: enough for filters to recur."""


@dataclass(frozen=True, slots=True)
class RunLimits:
    """What bounds a run's memory.

    Attributes:
        pairs_per_block: compared in one go; 2^29 of 1024 bits take a core about half a second.
        matches: of all datasets together; 2^26 are 1 GiB.
    """

    pairs_per_block: int = 1 << 29
    matches: int = 1 << 26


DEFAULT_LIMITS: Final = RunLimits()


@dataclass(frozen=True, slots=True, repr=False)
class RunResult:
    """What a match run gives.

    Attributes:
        clusters: records judged one person.
        report: the run's account of itself.
        explained: what spoke for each accepted pair; empty where a coefficient is fixed.
        decided: of each two datasets the pairs that have a score, whether accepted or not.
    """

    clusters: Clusters
    report: RunReport
    explained: tuple[Explained, ...]
    decided: tuple[DecidedPairs, ...]


def match(
    datasets: Sequence[Dataset],
    schema: EncodingSchema,
    policy: MatchPolicy,
    executor: Executor,
    progress: Callable[[int, int], None],
    limits: RunLimits = DEFAULT_LIMITS,
) -> RunResult:
    """The clusters of records that the policy judges one person, and how good they are.

    They depend on the datasets, their order, the schema and the policy; not on the executor or the
    limits.

    Args:
        datasets: At least two, each of another agency, with encodings of the schema's length.
        schema: What the agreement says of encodings.
        policy: What it says of matching.
        executor: Where the work is done.
        progress: Called in this thread with the number of pairs compared so far and of all pairs,
            after every block. An exception from it ends the run and is passed on.
        limits: See `RunLimits`.

    Raises:
        LimitError: More pairs are alike than the limit allows.
        StateError: A worker was lost; the run can be started again.
        ShapeError: Encodings differ in length.

    Memory, all processes together: at most 3E + 150M bytes and, for each worker, 250 MB for a
    block's lists and some 150 MB of libraries; E is the bytes of all encodings, M the pairs that
    are kept at a time (at most `limits.matches`).
    """
    if len(datasets) < 2 or len({dataset.agency for dataset in datasets}) < len(datasets):
        raise ValueError("a run needs datasets of at least two agencies, one of each")
    run = _Run(datasets, schema.segments(), executor, progress, limits)
    if policy.accept is Accept.DICE and policy.at_least is not None:
        return run.with_coefficient(policy, float(policy.at_least))
    return run.with_probabilities(policy)


@dataclass(slots=True, repr=False)
class _Run:
    datasets: Sequence[Dataset]
    segments: tuple[Segment, ...]
    executor: Executor
    progress: Callable[[int, int], None]
    limits: RunLimits
    compared: int = 0
    kept: int = 0

    @property
    def record_counts(self) -> list[int]:
        return [len(dataset.encodings) for dataset in self.datasets]

    def with_coefficient(self, policy: MatchPolicy, at_least: float) -> RunResult:
        """Every pair that reaches a Dice coefficient matches."""
        compared = compare(
            self.datasets,
            policy,
            self.executor,
            self._count,
            self.limits.pairs_per_block,
            self.limits.matches,
        )
        # A coefficient is no probability: what a mean of several says is not known.
        clusters, _ = self._cluster(compared.decided, at_least, at_least / 2)
        report = RunReport(at_least, None, (), (), (), compared.sentences)
        return RunResult(clusters, report, (), compared.decided)

    def with_probabilities(self, policy: MatchPolicy) -> RunResult:
        """Every pair gets a match probability; the policy says what to make of them."""
        encodings = tuple(dataset.encodings for dataset in self.datasets)
        numbers = list(range(len(encodings)))
        shared = _Encodings(encodings, self.segments)
        filters = list(self.executor.map(_Encodings.distinct, shared, numbers))  # (1)
        judged: list[JudgedPairs] = []
        for pairs in self._parts():
            self.kept = sum(len(each.decided) for each in judged)
            judging = self._look(filters, pairs)  # (2), (3)
            found = self.executor.map(Judging.judge, judging, range(len(pairs)))  # (4)
            judged += [_renumbered(each, *pair) for each, pair in zip(found, pairs, strict=True)]
        at_least = self._threshold(policy, judged)  # (5)
        decided = tuple(each.decided for each in judged)
        clusters, merges = self._cluster(decided, at_least, least_mean(at_least))  # (6)
        accepted = accepted_pairs(clusters, merges, decided)
        report = account(self.datasets, self.segments, judged, clusters, accepted, at_least)
        explained = explain(filters, self.segments, judged, accepted)
        return RunResult(clusters, report, explained, decided)

    def _parts(self) -> Iterator[list[tuple[int, int]]]:
        """All pairs of datasets, as many at a time as may be kept together."""
        counts = self.record_counts
        part: list[tuple[int, int]] = []
        room = float(ALL_KEPT_PAIRS)
        for pair in combinations(range(len(counts)), 2):
            expected = self._kept_share(*pair) * counts[pair[0]] * counts[pair[1]]
            if part and expected > room:
                yield part
                part, room = [], float(ALL_KEPT_PAIRS)
            part.append(pair)
            room -= expected
        yield part

    def _kept_share(self, left: int, right: int) -> float:
        """Of the pairs of two datasets, the share that is worth a closer look."""
        counts = self.record_counts
        dataset_pairs = len(counts) * (len(counts) - 1) // 2
        return kept_share(counts[left], counts[right], len(self.segments), dataset_pairs)

    def _look(
        self, filters: Sequence[DistinctFilters], pairs: Sequence[tuple[int, int]]
    ) -> Judging:
        """Which pairs of records are worth a closer look, for each two datasets."""
        judges, kept = [], []
        for left, right in pairs:
            one, other = filters[left], filters[right]
            both = (one.beside(other), other.beside(one))
            once = tuple(self.datasets[number].holds_each_person_once for number in (left, right))
            share = self._kept_share(left, right)
            sample = _sample(both, share)
            weights = first_weights(sample, self.segments, share)
            leading = leading_segment(weights, sample, *both)
            sizes = Sizes.of(*both, leading, SCAN_ROWS)
            listed = listed_from(weights, sample, sizes)
            rows = rows_per_block(listed, sample, sizes, SCAN_ROWS)
            scanner = Scanner.of(both, weights, Listing(listed, leading))
            judges.append(Judge(both, self.segments, (once[0], once[1]), weights, share))
            kept.append(self._scan(scanner, share, rows))
        return Judging(tuple(judges), tuple(kept))

    def _scan(self, scanner: Scanner, share: float, block_rows: int) -> Kept:
        parts: list[RecordPairs] = []
        blocks = [_scans(scanner.datasets, share, block_rows) for _ in range(2)]
        with closing(self.executor.map(Scanner.scan, scanner, blocks[0])) as results:
            for block, found in zip(blocks[1], results, strict=True):
                across = block.left.dataset != block.right.dataset
                self._count(len(block) if across else 0, len(found))
                parts.append(found)
        return Kept.of(parts)

    def _threshold(self, policy: MatchPolicy, judged: Sequence[JudgedPairs]) -> float:
        pairs = combinations(self.datasets, 2)
        can_be = [
            acceptable(
                each.decided,
                each.scores,
                (left.holds_each_person_once, right.holds_each_person_once),
            )
            for each, (left, right) in zip(judged, pairs, strict=True)
        ]
        matches = sum(each.matches / each.candidate_recall for each in judged)
        return threshold(policy, np.concatenate(can_be), matches)

    def _cluster(
        self, decided: tuple[DecidedPairs, ...], at_least: float, support: float
    ) -> Agglomeration:
        outlines = tuple(dataset.outline for dataset in self.datasets)
        scored = ScoredPairs(decided, at_least, support)
        [found] = self.executor.map(agglomerate, scored, [outlines])
        return found

    def _count(self, compared: int, kept: int) -> None:
        pair_count = count_all_pairs(self.record_counts)
        self.compared += compared
        self.kept += kept
        if self.kept > self.limits.matches:
            raise LimitError(TOO_MANY_MATCHES, limit=self.limits.matches, pair_count=pair_count)
        self.progress(self.compared, pair_count)


@dataclass(frozen=True, slots=True, repr=False)
class _Encodings:
    """What the first stage works on."""

    rows: tuple[EncodingMatrix, ...]
    segments: tuple[Segment, ...]

    def distinct(self, number: int) -> DistinctFilters:
        return DistinctFilters.of(self.rows[number], self.segments)


def _sample(
    both: tuple[DistinctFilters, DistinctFilters], share: float
) -> "np.typing.NDArray[np.uint8]":
    """Likeness of random pairs of two datasets; the same for the same sizes."""
    rng = np.random.default_rng((len(both[0]), len(both[1])))
    count = sample_size(share) if len(both[0]) and len(both[1]) else 0
    rows = [rng.integers(0, max(1, len(side)), count).astype(np.int32) for side in both]
    return likeness(*both, *rows)


def _scans(
    both: Sequence[DistinctFilters], share: float, block_rows: int
) -> Iterator[CandidatePairs]:
    """Blocks across the two datasets, then within each."""
    yield from left_slabs((0, len(both[0])), (1, len(both[1])), block_rows)
    for number, side in enumerate(both):
        rows = within_rows(len(side), share)
        yield from left_slabs((number, rows), (number, len(side)), block_rows)


def _renumbered(judged: JudgedPairs, left: int, right: int) -> JudgedPairs:
    """With the run's numbers of the two datasets."""
    decided = replace(judged.decided, left_dataset=left, right_dataset=right)
    return replace(judged, decided=decided)
