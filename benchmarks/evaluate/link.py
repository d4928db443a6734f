"""Linking: the agent's encoder and the matcher's run, in this process and its workers."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.evaluate.results import Estimate
from benchmarks.evaluate.truth import RecordPairs
from linkage.agreement.model import Agreement
from linkage.arrays import FloatArray, IntArray
from linkage.crypto.secret import Secret
from linkage.exchange.report import Quality
from linkage.ids import AgencyId
from linkage.matcher.execute.interface import Executor
from linkage.matcher.model.clusters import Clusters
from linkage.matcher.model.datasets import Dataset
from linkage.matcher.model.pairs import DecidedPairs
from linkage.matcher.run import RunResult, match
from linkage_agent.columns import StringColumns
from linkage_agent.encoded import EncodedDataset
from linkage_agent.pii.encode import encode


@dataclass(frozen=True, slots=True, repr=False)
class Linked:
    """What a match run found, by the records of the extracts.

    Attributes:
        groups: (n_records,) int64: each record's cluster; one that was not sent is alone.
        pairs: candidate pairs that the matcher scored.
        scores: (n_pairs,) float64: match probability of each, or its Dice coefficient where the
            agreement fixes one.
        threshold: what a score had to reach.
        estimate: what the run says of itself; None where a coefficient is fixed.
        warnings: the run's.
        withheld: records of each agency that were not sent.
        seconds: by step.
    """

    groups: IntArray
    pairs: RecordPairs
    scores: FloatArray
    threshold: float
    estimate: Estimate | None
    warnings: tuple[str, ...]
    withheld: Mapping[AgencyId, int]
    seconds: Mapping[str, float]

    def __repr__(self) -> str:
        return f"Linked({len(self.groups)} records, {len(self.pairs)} pairs)"


def link(
    extracts: Mapping[AgencyId, StringColumns], agreement: Agreement, seed: int, executor: Executor
) -> Linked:
    """Encodes each extract under the seed's secret and matches them as the agreement says.

    The secret can be made again from the seed, which is fit for a benchmark and nothing else.

    Args:
        extracts: of each agency, in ascending order.
        agreement: says how.
        seed: of the project secret and of the records' tokens.
        executor: where the matcher computes.

    Raises:
        LinkageError: What the agent or the matcher refuses.
    """
    started = time.perf_counter()
    secret = Secret(hashlib.sha256(f"benchmark/{seed}".encode()).digest())
    tokens = np.random.default_rng(seed)
    encoded = [
        encode(columns, agreement.schema, secret, agreement.project.epoch, tokens.bytes)
        for columns in extracts.values()
    ]
    datasets = [
        Dataset(
            agency,
            each.encodings,
            agreement.party(agency).holds_each_person_once,
            each.blocking,
        )
        for agency, each in zip(extracts, encoded, strict=True)
    ]
    encoded_at = time.perf_counter()
    result = _match(datasets, agreement, executor)
    seconds = {"encoding": encoded_at - started, "matching": time.perf_counter() - encoded_at}
    records = _record_numbers(extracts, encoded)
    pairs, scores = _pairs(result.decided, records)
    return Linked(
        groups=_groups(result.clusters, records, sum(map(len, extracts.values()))),
        pairs=pairs,
        scores=scores,
        threshold=result.report.threshold,
        estimate=_estimate(result.report.overall) if result.report.overall else None,
        warnings=result.report.warnings,
        withheld={
            agency: len(each.withheld_rows) for agency, each in zip(extracts, encoded, strict=True)
        },
        seconds=seconds,
    )


def _record_numbers(
    extracts: Mapping[AgencyId, StringColumns], encoded: Sequence[EncodedDataset]
) -> list[IntArray]:
    """For each dataset (n,) int64: the number of each of its records among all that were read."""
    starts = np.cumsum([0, *map(len, extracts.values())])
    return [start + each.row_of_record for start, each in zip(starts, encoded, strict=False)]


def _groups(clusters: Clusters, records: Sequence[IntArray], record_count: int) -> IntArray:
    groups = clusters.count + np.arange(record_count, dtype=np.int64)
    for labels, numbers in zip(clusters.labels, records, strict=True):
        groups[numbers] = labels
    return groups


def _pairs(
    decided: Sequence[DecidedPairs], records: Sequence[IntArray]
) -> tuple[RecordPairs, FloatArray]:
    """All decided pairs of datasets, lower dataset on the left, with their scores."""
    left, right, scores = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0)]
    for part in decided:
        one = records[part.left_dataset][part.left_rows]
        other = records[part.right_dataset][part.right_rows]
        left.append(np.minimum(one, other))
        right.append(np.maximum(one, other))
        scores.append(np.zeros(len(part)) if part.scores is None else part.scores)
    return RecordPairs(np.concatenate(left), np.concatenate(right)), np.concatenate(scores)


def _match(datasets: Sequence[Dataset], agreement: Agreement, executor: Executor) -> RunResult:
    return match(datasets, agreement.schema, agreement.policy, executor, lambda _done, _of: None)


def _estimate(quality: Quality) -> Estimate:
    """What the run says of all pairs of agencies together."""
    matches, precision, recall = quality.matches, quality.precision, quality.recall
    return Estimate(
        precision=precision.value,
        precision_interval=(precision.low, precision.high),
        recall=recall.value,
        recall_interval=(recall.low, recall.high),
        matches=matches.value,
        matches_interval=(matches.low, matches.high),
    )
