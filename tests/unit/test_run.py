"""One match run, in real worker processes."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from linkage.arrays import EncodingMatrix, ShapeError
from linkage.errors import ExitCode, LimitError
from linkage.matcher.execute.local import LocalExecutor
from linkage.matcher.run import TOO_MANY_MATCHES, RunLimits, match
from tests.support.encodings import blurred, datasets_of, dice_policy, random_encodings
from tests.support.oracle import agglomerated, matches, partition, scored_pair

MUST_NOT_BE_LOADED = (
    "grpc",
    "google.protobuf",
    "sqlalchemy",
    "sqlcipher3",
    "linkage.api",
    "linkage.wire",
    "linkage.matcher.rpc",
    "linkage.matcher.service",
    "linkage.matcher.store",
    "linkage_agent",
)
"""Not sqlite3, which numba brings along where coverage is installed."""


@pytest.fixture(scope="module")
def executor() -> Iterator[LocalExecutor]:
    with LocalExecutor(1) as executor:
        yield executor


def _nothing(_compared: int, _of: int) -> None:
    pass


def _three_views(people: int) -> list[EncodingMatrix]:
    rng = np.random.default_rng(11)
    seen = random_encodings(rng, people, 1024)
    return [blurred(rng, seen) for _ in range(3)]


def test_the_same_people_are_found_in_three_agencies(executor: LocalExecutor) -> None:
    encodings = _three_views(60)
    clusters = match(datasets_of(encodings), dice_policy("0.7"), executor, _nothing)
    assert clusters.count == 60
    assert all(len(cluster) == 3 for cluster in partition(clusters))


def test_a_run_gives_what_plain_python_gives(executor: LocalExecutor) -> None:
    rng = np.random.default_rng(12)
    seen = random_encodings(rng, 25, 512)
    encodings = [blurred(rng, seen, share=0.1) for _ in range(3)]
    once = [True, False, True]
    policy = dice_policy("0.4")
    clusters = match(datasets_of(encodings, once), policy, executor, _nothing)
    pairs = [
        scored_pair(score, (left, row), (right, column))
        for left, right in ((0, 1), (0, 2), (1, 2))
        for row, column, score in matches(encodings[left], encodings[right], Decimal("0.4"))
    ]
    assert len(pairs) > 100
    assert partition(clusters) == agglomerated(pairs, [25, 25, 25], once)


def test_an_estimated_threshold_finds_blurred_partners_and_hardly_a_stranger(
    executor: LocalExecutor,
) -> None:
    rng = np.random.default_rng(13)
    people = random_encodings(rng, 900, 1024).rows
    left, right = (
        EncodingMatrix(
            np.vstack([people[:300], others]) ^ np.packbits(rng.random((600, 1024)) < 0.1, axis=1)
        )
        for others in (people[300:600], people[600:])
    )
    policy = replace(dice_policy("0.5"), threshold=None)
    clusters = match(datasets_of([left, right], [True, True]), policy, executor, _nothing)
    found = {cluster for cluster in partition(clusters) if len(cluster) > 1}
    right_ones = {frozenset({(0, row), (1, row)}) for row in range(300)}
    assert len(found & right_ones) >= 295
    assert len(found - right_ones) <= 5


def test_progress_counts_every_pair_and_ends_with_all_of_them(executor: LocalExecutor) -> None:
    seen: list[tuple[int, int]] = []
    limits = RunLimits(pairs_per_block=100)
    match(
        datasets_of(_three_views(20)),
        dice_policy("0.7"),
        executor,
        lambda compared, of: seen.append((compared, of)),
        limits,
    )
    assert [compared for compared, _ in seen] == list(range(100, 1201, 100))
    assert {of for _, of in seen} == {1200}


def test_an_exception_from_progress_ends_the_run_and_the_next_one_works(
    executor: LocalExecutor,
) -> None:
    class CancelledError(Exception):
        pass

    def cancel(_compared: int, _of: int) -> None:
        raise CancelledError

    datasets = datasets_of(_three_views(20))
    with pytest.raises(CancelledError):
        match(datasets, dice_policy("0.7"), executor, cancel, RunLimits(pairs_per_block=50))
    assert match(datasets, dice_policy("0.7"), executor, _nothing).count == 20


def test_a_threshold_that_accepts_too_many_pairs_ends_the_run(executor: LocalExecutor) -> None:
    datasets = datasets_of(_three_views(20))
    limits = RunLimits(pairs_per_block=50, matches=399)
    with pytest.raises(LimitError) as refused:
        match(datasets, dice_policy("0.01"), executor, _nothing, limits)
    assert refused.value.reason is TOO_MANY_MATCHES
    assert refused.value.reason.exit_code is ExitCode.BAD_DATA
    assert refused.value.facts == {"limit": 399, "pair_count": 1200}


def test_as_many_matches_as_the_limit_allows_are_no_fault(executor: LocalExecutor) -> None:
    datasets = datasets_of(_three_views(20))
    limits = RunLimits(pairs_per_block=50, matches=60)
    assert match(datasets, dice_policy("0.7"), executor, _nothing, limits).count == 20


def test_an_agency_without_records_is_linked_to_nobody(executor: LocalExecutor) -> None:
    first, second, _ = _three_views(5)
    nobody = EncodingMatrix(np.empty((0, 128), np.uint8))
    clusters = match(datasets_of([first, nobody, second]), dice_policy("0.7"), executor, _nothing)
    assert [len(labels) for labels in clusters.labels] == [5, 0, 5]
    assert clusters.count == 5
    alone = match(datasets_of([nobody, nobody]), dice_policy("0.7"), executor, _nothing)
    assert alone.count == 0


def test_a_run_of_one_agency_or_of_the_same_one_twice_is_refused(executor: LocalExecutor) -> None:
    one, other = datasets_of(_three_views(2)[:2])
    for datasets in ([one], [one, other, one]):
        with pytest.raises(ValueError, match="at least two agencies"):
            match(datasets, dice_policy("0.7"), executor, _nothing)


def test_encodings_of_different_length_are_refused(executor: LocalExecutor) -> None:
    rng = np.random.default_rng(1)
    encodings = [random_encodings(rng, 2, 512), random_encodings(rng, 2, 1024)]
    with pytest.raises(ShapeError, match="length"):
        match(datasets_of(encodings), dice_policy("0.7"), executor, _nothing)


def test_a_worker_has_loaded_no_network_no_database_and_no_service(
    executor: LocalExecutor,
) -> None:
    match(datasets_of(_three_views(5)), dice_policy("0.7"), executor, _nothing)
    [loaded] = executor.map(eval, "sorted(sys.modules)", [{"sys": _Modules()}])
    assert "linkage.matcher.compare.dice" in loaded
    assert "linkage.matcher.cluster.agglomerate" in loaded
    assert [
        name
        for name in loaded
        if any(name == banned or name.startswith(banned + ".") for banned in MUST_NOT_BE_LOADED)
    ] == []


class _Modules:
    """Stands for `sys` in the worker, where it is unpickled as that module."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return __import__, (sys.__name__,)
