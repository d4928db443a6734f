"""Workers of a cluster: real ones, over TLS. The stages here are functions of the standard library.

One cluster serves most tests; those that hurt theirs have their own.
"""

import builtins
import itertools
import operator
import os
import signal
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import numpy as np
import numpy.typing as npt
import pytest
from distributed import Client, Security

from benchmarks.scale.cluster import HOST, Cluster, end, make_cluster_certificates, running_cluster
from linkage.agreement.model import Accept, Candidates, MatchPolicy
from linkage.errors import StateError
from linkage.matcher.execute import crew
from linkage.matcher.execute.crew import (
    CLUSTER_UNREACHABLE,
    CLUSTER_WITHOUT_WORKERS,
    CLUSTER_WORKER_UNFIT,
    CLUSTER_WORKERS_LOST,
    MAX_BLOCKS,
    WINDOW,
)
from linkage.matcher.execute.dask import DaskExecutor
from linkage.matcher.execute.interface import Executor
from linkage.matcher.execute.local import EXECUTOR_CLOSED, LocalExecutor
from linkage.matcher.run import RunLimits, match
from tests.support.encodings import (
    blurred,
    datasets_of,
    dice_policy,
    ignore,
    plain_schema,
    random_encodings,
)

WORKERS = 2
PATIENCE_SECONDS = 3
"""For clusters that have no worker, or only for a moment."""

array_item: Callable[[list[npt.NDArray[Any]], int], npt.NDArray[Any]] = operator.getitem
evaluate: Callable[[Callable[[str], Any], str], Any] = operator.call


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster"), WORKERS) as cluster:
        yield cluster


@pytest.fixture
def executor(cluster: Cluster) -> Iterator[DaskExecutor]:
    with DaskExecutor(cluster.config) as executor:
        yield executor


def outcome(executor: Executor, policy: MatchPolicy) -> bytes:
    """All that a match run gives, as bytes."""
    rng = np.random.default_rng(7)
    people = random_encodings(rng, 400, 256)
    datasets = datasets_of([people, blurred(rng, people), random_encodings(rng, 300, 256)])
    limits = RunLimits(pairs_per_block=20_000)
    result = match(datasets, plain_schema(1, 256), policy, executor, ignore, limits)
    assert result.decided
    decided = [(pairs.left_rows, pairs.right_rows, pairs.scores) for pairs in result.decided]
    arrays = itertools.chain(result.clusters.labels, *decided)
    return b"".join(np.asarray(array).tobytes() for array in arrays) + repr(result.report).encode()


def tasks_known(cluster: Cluster) -> int:
    """How many tasks, shared values among them, the scheduler knows at this moment."""
    with client_of(cluster) as client:
        return int(client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)))


def peak_bytes(cluster: Cluster) -> int:
    """The most memory that the scheduler has had."""
    assert cluster.scheduler is not None
    status = Path(f"/proc/{cluster.scheduler.pid}/status").read_text(encoding="utf-8")
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


def client_of(cluster: Cluster) -> Client:
    security = Security(
        require_encryption=True,
        tls_ca_file=str(cluster.config.ca_certificate_file),
        tls_client_cert=str(cluster.config.certificate_file),
        tls_client_key=str(cluster.config.private_key_file),
    )
    return Client(cluster.config.scheduler, security=security, set_as_default=False)


def test_results_come_in_the_order_of_the_blocks(executor: DaskExecutor) -> None:
    exponents = [400_000, *range(20), 200_000, *range(20)]  # the large ones take longest
    assert list(executor.map(pow, 7, exponents)) == [7**exponent for exponent in exponents]


def test_worker_count_is_that_of_the_clusters_threads(executor: DaskExecutor) -> None:
    assert executor.worker_count == 1  # nobody has looked
    list(executor.map(operator.call, time.sleep, [0.01] * 8))
    assert 1 <= executor.worker_count <= WORKERS


def test_no_blocks_give_no_results(executor: DaskExecutor) -> None:
    assert list(executor.map(operator.add, 1, [])) == []


def test_none_is_a_block_and_a_result_like_any_other(executor: DaskExecutor) -> None:
    assert list(executor.map(operator.is_, None, [None, 1])) == [True, False]
    assert list(executor.map(operator.call, time.sleep, [0, 0])) == [None, None]


def test_arrays_arrive_unchanged_whatever_their_shape_and_type(executor: DaskExecutor) -> None:
    rng = np.random.default_rng(1)
    arrays = [
        rng.integers(0, 255, (33, 7), np.uint8),
        np.empty((0, 16), np.uint8),
        np.asfortranarray(rng.random((5, 3))),
        rng.random(100)[::3],
        np.array([True]),
        rng.random(3_000_000),  # more than one frame of the connection
    ]
    arrived = executor.map(array_item, arrays, range(6))
    for sent, came in zip(arrays, arrived, strict=True):
        assert sent.dtype == came.dtype
        np.testing.assert_array_equal(sent, came)


def test_every_worker_has_the_shared_arrays_once_aligned_and_read_only(
    executor: DaskExecutor, cluster: Cluster
) -> None:
    array = np.ones(5_000_000)
    before = peak_bytes(cluster)
    asked = ["__array_interface__"] * 20
    places = {interface["data"] for interface in executor.map(getattr, array, asked)}
    assert 1 <= len(places) <= WORKERS
    assert all(address % 64 == 0 and is_read_only for address, is_read_only in places)
    assert peak_bytes(cluster) - before < array.nbytes / 2  # the scheduler never has it


def test_what_a_stage_raises_reaches_the_caller_with_the_place(executor: DaskExecutor) -> None:
    with pytest.raises(ZeroDivisionError) as raised:
        list(executor.map(operator.truediv, 1, [1, 0]))
    assert any("worker.py" in note for note in raised.value.__notes__)
    assert list(executor.map(operator.truediv, 1, [2])) == [0.5]


def test_what_blocks_raise_reaches_the_caller(executor: DaskExecutor) -> None:
    with pytest.raises(ZeroDivisionError):
        list(executor.map(operator.add, 1, (1 // block for block in [1, 0])))


def test_blocks_are_taken_only_as_workers_become_free(executor: DaskExecutor) -> None:
    taken: list[int] = []

    def endless() -> Iterator[int]:
        for block in itertools.count():
            taken.append(block)
            yield block

    results = executor.map(operator.add, 10, endless())
    assert [next(results) for _ in range(5)] == [10, 11, 12, 13, 14]
    results.close()
    assert len(taken) <= 5 + WINDOW * WORKERS * MAX_BLOCKS


def test_a_map_that_is_given_up_leaves_nothing_with_the_scheduler(
    executor: DaskExecutor, cluster: Cluster
) -> None:
    results = executor.map(operator.call, time.sleep, [0, *[1] * 10])
    next(results)
    assert tasks_known(cluster) > 0
    results.close()
    assert tasks_known(cluster) == 0


def test_closing_from_another_thread_ends_a_map_that_is_under_way(cluster: Cluster) -> None:
    executor = DaskExecutor(cluster.config)
    results = executor.map(operator.call, time.sleep, [0, *[1] * 10])
    next(results)
    with ThreadPoolExecutor(1) as threads:
        closing = threads.submit(executor.close)
        with pytest.raises(StateError) as ended:
            list(results)
        closing.result()
    assert ended.value.reason is EXECUTOR_CLOSED
    with pytest.raises(StateError) as refused:
        list(executor.map(operator.add, 1, [1]))
    assert refused.value.reason is EXECUTOR_CLOSED
    assert tasks_known(cluster) == 0


def test_no_second_map_begins_while_one_is_under_way(executor: DaskExecutor) -> None:
    results = executor.map(operator.add, 1, [1, 2])
    next(results)
    with pytest.raises(RuntimeError, match="another map"):
        next(executor.map(operator.add, 1, [1]))
    assert list(results) == [3]
    assert list(executor.map(operator.add, 1, [1])) == [2]


@pytest.mark.parametrize(
    "policy",
    [dice_policy("0.8"), MatchPolicy(Accept.BALANCE, None, Candidates.ALL_PAIRS)],
    ids=["coefficient", "probabilities"],
)
def test_match_run_gives_the_same_bytes_as_on_one_machine(
    executor: DaskExecutor, policy: MatchPolicy
) -> None:
    with LocalExecutor(1) as local:
        expected = outcome(local, policy)
    assert outcome(executor, policy) == expected
    # And a worker that has done all its stages has loaded neither network server nor database.
    loaded = "{'grpc', 'sqlalchemy', 'sqlcipher3'} & __import__('sys').modules.keys()"
    assert list(executor.map(evaluate, builtins.eval, [loaded] * 4)) == [set()] * 4


def test_only_holders_of_a_certificate_of_the_cluster_are_spoken_to(
    cluster: Cluster, tmp_path: Path
) -> None:
    make_cluster_certificates(tmp_path)  # another cluster's
    stranger = Cluster(tmp_path, cluster.port).config
    half = cluster.config.model_copy(
        update={"ca_certificate_file": stranger.ca_certificate_file}
    )  # the right certificate, but it trusts another scheduler
    for config in (stranger, half):
        with DaskExecutor(config, PATIENCE_SECONDS) as executor, pytest.raises(StateError) as lost:
            list(executor.map(operator.add, 1, [1]))
        assert lost.value.reason is CLUSTER_UNREACHABLE
        assert lost.value.facts["address"] == cluster.config.scheduler


def test_cluster_speaks_no_older_tls(cluster: Cluster) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection((HOST, cluster.port)) as plain, pytest.raises(ssl.SSLError):
        old.wrap_socket(plain)


def test_cluster_shows_no_pages(cluster: Cluster) -> None:
    with client_of(cluster) as client:
        info = client.scheduler_info()
    services = [info["services"], *(worker["services"] for worker in info["workers"].values())]
    assert len(services) > 1
    for port in (port for service in services for port in service.values()):
        for page in ("", "status", "metrics", "info/main/workers.html", "json/counts.json"):
            with pytest.raises(HTTPError) as refused:
                urlopen(f"http://{HOST}:{port}/{page}")
            assert refused.value.code == 404
            refused.value.close()


def test_unencrypted_scheduler_is_refused(tmp_path: Path) -> None:
    plain = {"DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "false"}
    with (
        running_cluster(tmp_path, 0, protocol="tcp", settings=plain) as cluster,
        DaskExecutor(cluster.config, PATIENCE_SECONDS) as executor,
        pytest.raises(StateError) as lost,
    ):
        list(executor.map(operator.add, 1, [1]))
    assert lost.value.reason is CLUSTER_UNREACHABLE


def test_worker_that_could_write_to_its_disk_is_given_nothing(tmp_path: Path) -> None:
    spilling = {"DASK_DISTRIBUTED__WORKER__MEMORY__TARGET": "0.6"}
    with (
        running_cluster(tmp_path, 1, settings=spilling, options=["--memory-limit=1GB"]) as cluster,
        DaskExecutor(cluster.config) as executor,
        pytest.raises(StateError) as refused,
    ):
        list(executor.map(operator.add, 1, [1]))
    assert refused.value.reason is CLUSTER_WORKER_UNFIT


def test_killed_workers_change_nothing_and_new_ones_join_in(tmp_path: Path) -> None:
    exponents = [200_000 + number for number in range(40)]
    sums = [f"7**{exponent} % 1_000_003" for exponent in exponents]
    with running_cluster(tmp_path, 3) as cluster, DaskExecutor(cluster.config) as executor:
        results = executor.map(evaluate, builtins.eval, sums)
        found = [next(results) for _ in range(5)]
        end(cluster.workers[0])
        found += [next(results) for _ in range(5)]
        # Now all that hold the shared value, and the scheduler that knows of it.
        for worker in cluster.workers:
            end(worker)
        assert cluster.scheduler is not None
        end(cluster.scheduler)
        cluster.start_scheduler()
        cluster.add_worker("--nthreads=2")
        found += results
        assert found == [7**exponent % 1_000_003 for exponent in exponents]
        assert list(executor.map(evaluate, builtins.eval, sums)) == found


def test_block_that_ends_its_workers_ends_the_map(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "MAX_LOSSES", 1)
    with running_cluster(tmp_path, 1) as cluster:
        with DaskExecutor(cluster.config) as executor, pytest.raises(StateError) as lost:
            list(executor.map(operator.call, signal.raise_signal, [0, signal.SIGKILL]))
        assert lost.value.reason is CLUSTER_WORKERS_LOST
        with DaskExecutor(cluster.config, 1) as executor, pytest.raises(StateError) as gone:
            list(executor.map(operator.call, os.getpgid, [0]))
        assert gone.value.reason is CLUSTER_WITHOUT_WORKERS
