"""What the match keys have to say, worked out again from the very bytes that the agents sent.

For worlds whose agreement fixes the threshold. Bits are counted by numpy, all pairs at once; what
reaches the threshold is decided and clustered in whole numbers, as `tests.support.oracle` does.
"""

import datetime as dt
from collections import defaultdict
from fractions import Fraction
from itertools import combinations
from typing import TypeAlias

import numpy as np

from benchmarks.demo.score import match_keys
from benchmarks.demo.world import World
from linkage.agreement.load import load_agreement
from linkage.arrays import ByteArray
from linkage.exchange.chunks import ChunkLayout, unpack_dataset
from linkage_agent.session import open_session
from tests.support.oracle import Partition, agglomerated, scored_pair

Rows: TypeAlias = frozenset[frozenset[tuple[str, str]]]
"""Clusters of rows, each an agency and a row id."""


def sent_records(world: World, agency: str) -> tuple[list[str], ByteArray]:
    """Row ids and encodings of what an agency has in its spool, in the order of sending."""
    session = open_session(world.agent_config(agency), dt.datetime.now(dt.UTC).date())
    with session.job() as job:
        dataset = job.spool.load()
        assert dataset is not None
        manifest, rows = dataset.manifest, job.spool.rows(dataset)
        payloads = [job.spool.payload(dataset, at) for at in range(len(manifest.chunk_digests))]
    layout = ChunkLayout(manifest.record_count, manifest.encoding_bytes, manifest.records_per_chunk)
    records = unpack_dataset(iter(payloads), layout, session.agreement.schema.rule_count)
    return [rows.row_ids[row] for row in rows.row_of_record], records.encodings.rows


def expected_clusters(world: World) -> Rows:
    """The clusters of all records that were sent, as the agreement's policy makes them."""
    agreement = load_agreement(world.agreement)
    assert agreement.policy.at_least is not None
    agencies = sorted(agreement.agencies)
    row_ids, encodings = zip(*(sent_records(world, agency) for agency in agencies), strict=True)
    clusters = _clusters(
        encodings,
        Fraction(agreement.policy.at_least),
        [agreement.party(agency).holds_each_person_once for agency in agencies],
    )
    return frozenset(
        frozenset((agencies[dataset], row_ids[dataset][row]) for dataset, row in cluster)
        for cluster in clusters
    )


def found_clusters(world: World) -> Rows:
    """The clusters that the agencies' match keys make."""
    members: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for agency in load_agreement(world.agreement).agencies:
        for row_id, key in match_keys(world, agency).items():
            members[key].add((agency, row_id))
    return frozenset(map(frozenset, members.values()))


def _clusters(encodings: tuple[ByteArray, ...], threshold: Fraction, once: list[bool]) -> Partition:
    bits = [np.unpackbits(rows, axis=1).astype(np.float32) for rows in encodings]
    counts = [rows.sum(axis=1).astype(np.int64) for rows in bits]
    pairs = []
    for one, other in combinations(range(len(bits)), 2):
        common = (bits[one] @ bits[other].T).astype(np.int64)
        total = counts[one][:, None] + counts[other][None, :]
        # Exact: 2c / s >= p / q, with whole numbers on both sides. An empty encoding has c = 0.
        matches = 2 * common * threshold.denominator >= total * threshold.numerator
        pairs += [
            scored_pair(Fraction(int(2 * common[at]), int(total[at])), (one, at[0]), (other, at[1]))
            for at in map(tuple, np.argwhere(matches & (common > 0)).tolist())
        ]
    return agglomerated(pairs, [len(rows) for rows in encodings], once, threshold, threshold / 2)
