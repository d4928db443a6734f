"""Laws of the match run: what must hold for any encodings, thresholds, workers and blocks."""

import os
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.arrays import TOKEN_BYTES, EncodingMatrix, RecordTokens
from linkage.matcher.candidates.all_pairs import all_pairs
from linkage.matcher.cluster.agglomerate import ScoredPairs, agglomerate
from linkage.matcher.compare.dice import DiceDecider
from linkage.matcher.execute.local import LocalExecutor
from linkage.matcher.issue.match_keys import issue_match_keys
from linkage.matcher.model.clusters import Clusters
from linkage.matcher.model.datasets import DatasetOutline
from linkage.matcher.model.pairs import CandidatePairs, DecidedPairs, RowRange
from linkage.matcher.run import RunLimits, match
from tests.support.encodings import (
    datasets_of,
    dice_policy,
    encodings_of,
    ignore,
    plain_schema,
)
from tests.support.oracle import (
    agglomerated,
    dice,
    matches,
    one_to_one,
    partition,
    scored_pair,
    scored_pairs,
)

LENGTH_BITS = 128
SCHEMA = plain_schema(1, LENGTH_BITS)
Decided: TypeAlias = tuple[DecidedPairs, ...]
"""The first call of a kernel compiles it."""

# Few bits in few places: equal scores, ties at the threshold and empty encodings are then common.
_encoding = st.integers(0, 255).map(lambda bits: bits | (bits & 0xF) << 100)
_matrix = st.lists(_encoding, max_size=7).map(lambda rows: encodings_of(rows, LENGTH_BITS))
_matrices = st.lists(_matrix, min_size=2, max_size=4)
_threshold = st.sampled_from(["0.01", "0.25", "0.5", "0.6", "0.625", "0.7", "0.75", "0.8", "1"])
_block = st.integers(1, 60)
_least = st.integers(1, 4).map(lambda quarters: quarters / 4)


@pytest.fixture(scope="module")
def executors() -> Iterator[list[LocalExecutor]]:
    with LocalExecutor(1) as one, LocalExecutor(3) as three:
        yield [one, three]


def _whole(left: EncodingMatrix, right: EncodingMatrix) -> CandidatePairs:
    return CandidatePairs(RowRange(0, 0, len(left)), RowRange(1, 0, len(right)))


def _listed(pairs: DecidedPairs) -> list[tuple[int, int, float]]:
    assert pairs.scores is not None
    columns = (pairs.left_rows.tolist(), pairs.right_rows.tolist(), pairs.scores.tolist())
    return list(zip(*columns, strict=True))


def _decide(left: EncodingMatrix, right: EncodingMatrix, threshold: str) -> DecidedPairs:
    return DiceDecider.prepare([left, right], Decimal(threshold)).decide(_whole(left, right))


@given(_matrix, _matrix, _threshold)
def test_matches_are_those_of_exact_arithmetic(
    left: EncodingMatrix, right: EncodingMatrix, threshold: str
) -> None:
    expected = matches(left, right, Decimal(threshold))
    found = _listed(_decide(left, right, threshold))
    assert found == [(row, column, float(score)) for row, column, score in expected]


@given(_matrix, _matrix, _threshold)
def test_swapping_two_datasets_swaps_the_sides_of_each_match(
    left: EncodingMatrix, right: EncodingMatrix, threshold: str
) -> None:
    forth = _listed(_decide(left, right, threshold))
    back = _listed(_decide(right, left, threshold))
    assert sorted((row, column, score) for column, row, score in back) == forth


@given(_matrices, _threshold, _block)
def test_blocks_of_any_size_hold_the_same_matches(
    encodings: list[EncodingMatrix], threshold: str, pairs_per_block: int
) -> None:
    decider = DiceDecider.prepare(encodings, Decimal(threshold))
    counts = [len(matrix) for matrix in encodings]
    cut, whole = (
        [decider.decide(block) for block in all_pairs(counts, size)]
        for size in (pairs_per_block, 1 << 20)
    )
    assert sorted(scored_pairs(cut)) == sorted(scored_pairs(whole))


@settings(max_examples=15)
@given(_matrices, st.lists(st.booleans(), min_size=4, max_size=4), _threshold, _block)
def test_clusters_are_the_same_for_any_workers_and_blocks(
    executors: list[LocalExecutor],
    encodings: list[EncodingMatrix],
    once: list[bool],
    threshold: str,
    pairs_per_block: int,
) -> None:
    datasets = datasets_of(encodings, once[: len(encodings)])
    found = [
        match(datasets, SCHEMA, dice_policy(threshold), executor, ignore, limits).clusters
        for executor in executors
        for limits in (RunLimits(), RunLimits(pairs_per_block=pairs_per_block))
    ]
    for clusters in found:
        for labels, expected in zip(clusters.labels, found[0].labels, strict=True):
            np.testing.assert_array_equal(labels, expected)


@st.composite
def _decided(
    draw: st.DrawFn, once: bool | None = None, dataset_count: int | None = None
) -> tuple[list[DatasetOutline], Decided]:
    """Datasets and any matches between them, with few different scores."""
    count = dataset_count or draw(st.integers(2, 4))
    outlines = [
        DatasetOutline(draw(st.integers(1, 5)), draw(st.booleans()) if once is None else once)
        for _ in range(count)
    ]
    parts = []
    for left in range(count):
        for right in range(left + 1, count):
            pair = st.tuples(
                st.integers(0, outlines[left].record_count - 1),
                st.integers(0, outlines[right].record_count - 1),
                st.integers(1, 4).map(lambda quarters: quarters / 4),
            )
            pairs = draw(st.lists(pair, max_size=12, unique_by=lambda drawn: drawn[:2]))
            rows = np.array([p[:2] for p in pairs], np.int32).reshape(-1, 2)
            scores = np.array([p[2] for p in pairs], np.float64)
            parts.append(DecidedPairs(left, right, rows[:, 0].copy(), rows[:, 1].copy(), scores))
    return outlines, tuple(draw(st.permutations(parts)))


@given(_decided(), _least, st.integers(0, 8))
def test_clusters_are_those_of_plain_python(
    decided: tuple[list[DatasetOutline], Decided], threshold: float, eighths: int
) -> None:
    outlines, parts = decided
    expected = agglomerated(
        scored_pairs(parts),
        [outline.record_count for outline in outlines],
        [outline.holds_each_person_once for outline in outlines],
        Fraction(threshold),
        Fraction(eighths, 8),
    )
    scored = ScoredPairs(parts, threshold, eighths / 8)
    assert partition(agglomerate(scored, outlines).clusters) == expected


@given(_decided(), st.data())
def test_neither_the_order_of_the_pairs_nor_their_direction_changes_the_clusters(
    decided: tuple[list[DatasetOutline], Decided], data: st.DataObject
) -> None:
    outlines, parts = decided
    other = tuple(_shuffled(data, part) for part in data.draw(st.permutations(parts)))
    expected = partition(agglomerate(ScoredPairs(parts, 0.5, 0.25), outlines).clusters)
    assert partition(agglomerate(ScoredPairs(other, 0.5, 0.25), outlines).clusters) == expected


def _shuffled(data: st.DataObject, pairs: DecidedPairs) -> DecidedPairs:
    """The same in another order, and perhaps with its sides swapped."""
    assert pairs.scores is not None
    order = data.draw(st.permutations(range(len(pairs))))
    left, right = pairs.left_rows[list(order)], pairs.right_rows[list(order)]
    scores = pairs.scores[list(order)]
    if data.draw(st.booleans()):
        return DecidedPairs(pairs.right_dataset, pairs.left_dataset, right, left, scores)
    return DecidedPairs(*pairs.datasets, left, right, scores)


@given(_decided())
def test_a_cluster_has_at_most_one_record_of_an_agency_that_holds_each_person_once(
    decided: tuple[list[DatasetOutline], Decided],
) -> None:
    outlines, parts = decided
    clusters = agglomerate(ScoredPairs(parts, 0.25, 0.125), outlines).clusters
    for outline, labels in zip(outlines, clusters.labels, strict=True):
        if outline.holds_each_person_once:
            assert len(np.unique(labels)) == outline.record_count


@given(_decided(once=True, dataset_count=2))
def test_between_two_clean_agencies_clusters_are_greedy_one_to_one(
    decided: tuple[list[DatasetOutline], Decided],
) -> None:
    outlines, parts = decided
    clusters = partition(agglomerate(ScoredPairs(parts, 0.25, 0.125), outlines).clusters)
    pairs = {tuple(sorted(cluster)) for cluster in clusters if len(cluster) > 1}
    assert pairs == one_to_one(scored_pairs(parts))


@given(_matrix, _matrix, _threshold)
def test_both_records_of_a_pair_found_between_clean_agencies_reach_the_threshold(
    left: EncodingMatrix, right: EncodingMatrix, threshold: str
) -> None:
    outlines = [dataset.outline for dataset in datasets_of([left, right])]
    scored = ScoredPairs((_decide(left, right, threshold),), float(threshold), 0.0)
    clusters = partition(agglomerate(scored, outlines).clusters)
    for cluster in clusters:
        if len(cluster) > 1:
            (_, row), (_, column) = sorted(cluster)
            score = dice(left.rows[row].tobytes(), right.rows[column].tobytes())
            assert score >= Fraction(Decimal(threshold))


@given(_decided(), st.data())
def test_match_keys_are_equal_within_a_cluster_only_and_differ_between_groups(
    decided: tuple[list[DatasetOutline], Decided], data: st.DataObject
) -> None:
    outlines, parts = decided
    clusters = agglomerate(ScoredPairs(parts, 0.25, 0.125), outlines).clusters
    tokens = [_tokens(outline.record_count) for outline in outlines]
    groups = data.draw(
        st.lists(
            st.lists(st.sampled_from(range(len(outlines))), min_size=1, unique=True),
            min_size=1,
            max_size=3,
        )
    )
    seen: set[bytes] = set()
    for members in groups:
        cluster_of = _key_clusters(clusters, tokens, members)
        numbers = [number for numbers in cluster_of.values() for number in numbers]
        assert len(set(numbers)) == len(cluster_of), "one key for each cluster, one cluster a key"
        assert all(len(numbers) == 1 for numbers in cluster_of.values())
        assert not seen & cluster_of.keys()
        seen |= cluster_of.keys()


def _tokens(count: int) -> RecordTokens:
    content = np.frombuffer(os.urandom(count * TOKEN_BYTES), np.uint8)
    return RecordTokens(content.reshape(count, TOKEN_BYTES).copy())


def _key_clusters(
    clusters: Clusters, tokens: Sequence[RecordTokens], members: Sequence[int]
) -> dict[bytes, set[int]]:
    """The clusters of the records that carry each key."""
    found: dict[bytes, set[int]] = {}
    issued = issue_match_keys(clusters, tokens, members, os.urandom)
    for member, keys in zip(members, issued, strict=True):
        for key, label in zip(keys.rows, clusters.labels[member].tolist(), strict=True):
            found.setdefault(key.tobytes(), set()).add(label)
    return found


def test_scored_pair_puts_its_records_in_order() -> None:
    assert scored_pair(Fraction(1), (1, 0), (0, 5)) == scored_pair(Fraction(1), (0, 5), (1, 0))
