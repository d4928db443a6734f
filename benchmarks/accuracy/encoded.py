"""The encoded linkage: the agent's and the matcher's own code, from extracts to linked pairs."""

import hashlib
import time
from dataclasses import dataclass

import numpy as np

from benchmarks.accuracy.datasets import ReadPair
from benchmarks.accuracy.metrics import RecordPairs
from linkage.agreement.model import Agreement
from linkage.arrays import FloatArray
from linkage.crypto.secret import Secret
from linkage.matcher.execute.interface import Executor
from linkage.matcher.model.clusters import Clusters
from linkage.matcher.model.datasets import Dataset
from linkage.matcher.run import match
from linkage_agent.pii.encode import EncodedDataset, encode


@dataclass(frozen=True, slots=True)
class EncodedLink:
    """What a match run found.

    Attributes:
        pairs: rows of the extracts, not of the datasets.
        scores: Dice coefficient of each pair.
        seconds: for encoding both extracts and matching.
    """

    pairs: RecordPairs
    scores: FloatArray
    seconds: float


def link_encoded(
    data: ReadPair, agreement: Agreement, seed: int, executor: Executor
) -> EncodedLink:
    """Encodes both extracts under the seed's secret and matches them as the agreement says.

    The secret can be made again from the seed: fit for made-up people only.
    """
    started = time.perf_counter()
    secret = Secret(hashlib.sha256(f"benchmark/{seed}".encode()).digest())
    tokens = np.random.default_rng(seed)
    epoch = agreement.project.epoch
    encoded = [
        encode(columns, agreement.schema, secret, epoch, tokens.bytes) for columns in data.both
    ]
    datasets = [
        Dataset(agency, each.encodings, agreement.party(agency).holds_each_person_once)
        for agency, each in zip(agreement.agencies, encoded, strict=True)
    ]
    clusters = match(datasets, agreement.policy, executor, lambda _done, _of: None)
    linked = _linked_records(clusters)
    seconds = time.perf_counter() - started
    left, right = encoded
    return EncodedLink(
        pairs=RecordPairs(left.row_of_record[linked.left], right.row_of_record[linked.right]),
        scores=_dice(left, right, linked),
        seconds=seconds,
    )


def _linked_records(clusters: Clusters) -> RecordPairs:
    """The pairs that share a cluster, of two agencies that each have at most one record in it."""
    ours, theirs = clusters.labels
    _, left, right = np.intersect1d(ours, theirs, assume_unique=True, return_indices=True)
    return RecordPairs(left.astype(np.int64), right.astype(np.int64))


def _dice(left: EncodedDataset, right: EncodedDataset, pairs: RecordPairs) -> FloatArray:
    """The pairs' scores, which the matcher does not give away, counted once more."""
    one, other = left.encodings.words()[pairs.left], right.encodings.words()[pairs.right]
    common = np.bitwise_count(one & other).sum(axis=1, dtype=np.int64)
    bits = (np.bitwise_count(one) + np.bitwise_count(other)).sum(axis=1, dtype=np.int64)
    scores: FloatArray = 2 * common / np.maximum(bits, 1)
    return scores
