"""Worker processes. The stages here are functions of the standard library: any worker has them."""

import itertools
import math
import operator
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from linkage.errors import StateError
from linkage.matcher.execute.local import EXECUTOR_CLOSED, WINDOW, WORKER_LOST, LocalExecutor

LARGE_BYTES = 50_000_000
"""More than a socket buffers, so that a worker is held up in the middle of sending it."""

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - looked at, not used
item: Callable[[npt.NDArray[np.float64], int], float] = operator.getitem  # type: ignore[assignment]
array_item: Callable[[list[npt.NDArray[Any]], int], npt.NDArray[Any]] = operator.getitem


@pytest.fixture
def executor() -> Iterator[LocalExecutor]:
    with LocalExecutor(2) as executor:
        yield executor


def _pids(executor: LocalExecutor) -> set[int]:
    return {worker.process.pid for worker in executor._workers}


def _is_running(pid: int) -> bool:
    """Whether the process exists and is no zombie, which is one that nobody has waited for."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def _memory_files_open() -> int:
    """How many anonymous files of shared memory this process holds."""
    links = (entry.readlink() for entry in Path("/proc/self/fd").iterdir() if entry.is_symlink())
    return sum("memfd:linkage" in str(link) for link in links)


@pytest.mark.parametrize("worker_count", [1, 3])
def test_results_come_in_the_order_of_the_blocks(worker_count: int) -> None:
    exponents = [400_000, *range(40), 200_000, *range(40)]  # the large ones take longest
    with LocalExecutor(worker_count) as executor:
        assert list(executor.map(pow, 7, exponents)) == [7**exponent for exponent in exponents]


def test_no_blocks_give_no_results(executor: LocalExecutor) -> None:
    assert list(executor.map(operator.add, 1, [])) == []


def test_none_is_a_block_and_a_result_like_any_other(executor: LocalExecutor) -> None:
    assert list(executor.map(operator.is_, None, [None, 1])) == [True, False]
    assert list(executor.map(operator.call, time.sleep, [0, 0])) == [None, None]


def test_arrays_arrive_unchanged_whatever_their_shape_and_type(executor: LocalExecutor) -> None:
    rng = np.random.default_rng(1)
    arrays = [
        rng.integers(0, 255, (33, 7), np.uint8),
        np.empty((0, 16), np.uint8),
        np.asfortranarray(rng.random((5, 3))),
        rng.random(100)[::3],
        np.array([True]),
    ]
    arrived = executor.map(array_item, arrays, range(5))
    for sent, came in zip(arrays, arrived, strict=True):
        assert sent.dtype == came.dtype
        np.testing.assert_array_equal(sent, came)


def test_shared_arrays_can_not_be_written_by_a_worker(executor: LocalExecutor) -> None:
    array = np.zeros(10)
    with pytest.raises(ValueError, match="read-only"):
        list(executor.map(np.ndarray.fill, array, [1]))
    assert not array.any()


def test_what_a_stage_raises_reaches_the_caller_with_the_place(executor: LocalExecutor) -> None:
    with pytest.raises(ZeroDivisionError) as raised:
        list(executor.map(operator.truediv, 1, [1, 0]))
    assert any("worker.py" in note for note in raised.value.__notes__)
    assert list(executor.map(operator.truediv, 1, [2])) == [0.5]


def test_blocks_are_taken_only_as_workers_become_free(executor: LocalExecutor) -> None:
    taken: list[int] = []

    def endless() -> Iterator[int]:
        for block in itertools.count():
            taken.append(block)
            yield block

    results = executor.map(operator.add, 10, endless())
    assert [next(results) for _ in range(5)] == [10, 11, 12, 13, 14]
    results.close()
    assert len(taken) <= 5 + WINDOW * 2


def test_a_killed_worker_is_reported_and_the_next_map_has_new_ones(
    executor: LocalExecutor,
) -> None:
    with pytest.raises(StateError) as lost:
        list(executor.map(operator.call, signal.raise_signal, [signal.SIGKILL, 0, 0]))
    assert lost.value.reason is WORKER_LOST
    assert lost.value.facts == {"status": -signal.SIGKILL}
    assert list(executor.map(operator.add, 1, [1, 2, 3])) == [2, 3, 4]


def test_a_worker_that_exits_is_reported_with_its_status(executor: LocalExecutor) -> None:
    with pytest.raises(StateError) as lost:
        list(executor.map(operator.call, os._exit, [7]))
    assert lost.value.facts == {"status": 7}


def test_a_worker_killed_in_the_middle_of_its_answer_is_reported(executor: LocalExecutor) -> None:
    # More large ones than are kept waiting: when the first is given, another is on its way.
    results = executor.map(operator.mul, b"x", [1, *[LARGE_BYTES] * 2 * WINDOW * 2])
    assert next(results) == b"x"
    answering = wait([worker.connection for worker in executor._workers], timeout=30)
    for worker in executor._workers:
        if worker.connection in answering:
            worker.process.kill()
    assert answering
    with pytest.raises(StateError) as lost:
        list(results)
    assert lost.value.reason is WORKER_LOST


def test_a_worker_killed_between_two_maps_is_replaced(executor: LocalExecutor) -> None:
    assert list(executor.map(operator.add, 1, [1, 2])) == [2, 3]
    before = _pids(executor)
    executor._workers[1].process.kill()
    executor._workers[1].process.wait()
    assert list(executor.map(operator.add, 1, [1, 2])) == [2, 3]
    assert not before & _pids(executor)


def test_workers_outlive_a_map_that_finishes(executor: LocalExecutor) -> None:
    list(executor.map(operator.add, 1, [1]))
    before = _pids(executor)
    list(executor.map(operator.add, 1, [1]))
    assert _pids(executor) == before


def test_closing_ends_the_workers() -> None:
    with LocalExecutor(2) as executor:
        list(executor.map(operator.add, 1, [1]))
        pids = _pids(executor)
    assert len(pids) == 2
    assert not any(_is_running(pid) for pid in pids)


def test_a_closed_executor_takes_no_more_work() -> None:
    with LocalExecutor(1) as executor:
        list(executor.map(operator.add, 1, [1]))
    with pytest.raises(StateError) as refused:
        list(executor.map(operator.add, 1, [1]))
    assert refused.value.reason is EXECUTOR_CLOSED
    assert not executor._workers


def test_closing_from_another_thread_ends_a_map_that_is_under_way(executor: LocalExecutor) -> None:
    results = executor.map(operator.call, time.sleep, [0, 600, 600])
    next(results)
    with ThreadPoolExecutor(1) as threads:
        closing = threads.submit(executor.close)
        with pytest.raises(StateError) as lost:
            next(results)
        closing.result()
    assert lost.value.reason is WORKER_LOST


def test_a_map_that_is_given_up_ends_its_workers(executor: LocalExecutor) -> None:
    results = executor.map(operator.call, time.sleep, [0, 600, 600])
    next(results)
    pids = _pids(executor)
    results.close()
    assert not any(_is_running(pid) for pid in pids)


def test_no_second_map_begins_while_one_is_under_way(executor: LocalExecutor) -> None:
    results = executor.map(operator.add, 1, [1, 2])
    next(results)
    with pytest.raises(RuntimeError, match="another map"):
        next(executor.map(operator.add, 1, [1]))
    assert list(results) == [3]
    assert list(executor.map(operator.add, 1, [1])) == [2]


def test_shared_memory_is_gone_after_success_failure_and_giving_up(
    executor: LocalExecutor,
) -> None:
    array = np.ones(1_000_000)
    assert list(executor.map(item, array, [0, 1])) == [1.0, 1.0]
    # The workers have not ended: that theirs is gone too, they say themselves.
    for maps in executor.map(operator.call, Path.read_text, [Path("/proc/self/maps")] * 2):
        assert "memfd:linkage" not in maps
    with pytest.raises(IndexError):
        list(executor.map(item, array, [1_000_000]))
    results = executor.map(item, array, [0, 1])
    next(results)
    results.close()
    assert _memory_files_open() == 0


def test_shared_memory_has_no_name_that_another_process_could_open(
    executor: LocalExecutor,
) -> None:
    before = set(SHARED_MEMORY.iterdir())
    results = executor.map(item, np.ones(1000), [0, 1])
    next(results)
    assert set(SHARED_MEMORY.iterdir()) <= before
    results.close()


def test_an_interrupt_from_the_terminal_reaches_no_worker(executor: LocalExecutor) -> None:
    [group] = executor.map(operator.call, os.getpgid, [0])
    assert group != os.getpgid(0)


ORPHANING = """
import operator, os, time
from linkage.matcher.execute.local import LocalExecutor

executor = LocalExecutor(2)
pids = executor.map(operator.call, os.getpgid, [0, 0, 0, 0])
print(*{worker.process.pid for _ in pids for worker in executor._workers}, flush=True)
list(executor.map(operator.call, time.sleep, [600]))
"""


def test_workers_leave_when_their_parent_is_killed_even_in_the_middle_of_a_block() -> None:
    with subprocess.Popen([sys.executable, "-c", ORPHANING], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        time.sleep(0.2)  # for one of them to have begun its block
        parent.kill()
    assert len(pids) == 2
    deadline = time.monotonic() + 20
    while any(_is_running(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(_is_running(pid) for pid in pids)


def test_an_executor_without_workers_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        LocalExecutor(0)


def test_stages_of_different_types_run_one_after_another(executor: LocalExecutor) -> None:
    assert list(executor.map(math.pow, 2, [1, 2])) == [2.0, 4.0]
    assert list(executor.map(operator.concat, "a", ["b", "c"])) == ["ab", "ac"]
