"""Worker processes on this machine.

Workers are new interpreters, never forks, connected by a socket each. A worker that dies closes
its socket, which the executor notices whatever either was doing; an executor that dies closes its
ends, and the workers leave. So neither waits for the other in vain.

Workers keep nothing between maps. A map that does not finish stops them, and the next starts new
ones.
"""

import contextlib
import itertools
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import send_handle
from types import TracebackType
from typing import Any, Final, Self

from linkage.errors import ExitCode, Reason, StateError
from linkage.matcher.execute.interface import Block, Result, Shared
from linkage.matcher.execute.messages import Begin, Compute, End, Failed, Reply, Request
from linkage.matcher.execute.sharing import share

WORKER_LOST: Final = Reason(
    "WORKER_LOST",
    "A worker process of the match run ended before its work was done (exit status {status}; "
    "below zero, the number of the signal that ended it).",
    "Nothing is lost: the run can be started again. Status -9 often means that memory ran out: "
    "use fewer workers or a larger machine.",
    ExitCode.TRY_LATER,
)
EXECUTOR_CLOSED: Final = Reason(
    "EXECUTOR_CLOSED",
    "The matcher is being stopped, so no match run can go on.",
    "Nothing is lost: the run starts again with the matcher.",
    ExitCode.TRY_LATER,
)

WINDOW: Final = 2
"""Results for each worker that may be under way or wait for an earlier one: enough to keep workers
busy while one block takes longer than others; more would only cost memory."""
LAST_SECONDS: Final = 10
"""A worker closes its socket by ending, so its status is there at once. If not, it is helped."""


class LocalExecutor:
    """Computes blocks in worker processes; they are started by the first `map`.

    One map at a time. `close` may be called from any thread: a map that is under way then raises
    `WORKER_LOST`, and any other `EXECUTOR_CLOSED`.
    """

    def __init__(self, worker_count: int) -> None:
        if worker_count < 1:
            raise ValueError("an executor needs at least one worker")
        self._worker_count = worker_count
        self._workers: list[_Worker] = []
        self._is_mapping = False
        self._is_closed = False
        self._hiring = threading.Lock()

    @property
    def worker_count(self) -> int:
        """See `Executor.worker_count`."""
        return self._worker_count

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends all workers, and with them what they share; there will be no others."""
        with self._hiring:
            self._is_closed = True
        self._dismiss()

    def map(
        self, stage: Callable[[Shared, Block], Result], shared: Shared, blocks: Iterable[Block]
    ) -> Generator[Result, None, None]:
        """See `Executor.map`."""
        if self._is_mapping:
            raise RuntimeError("this executor is in the middle of another map")
        self._is_mapping = True
        is_finished = False
        try:
            workers = self._ready_workers()
            _begin(workers, stage, shared)
            yield from _compute(workers, blocks)
            for worker in workers:
                worker.send(End())
            is_finished = True
        finally:
            if not is_finished:
                self._dismiss()
            self._is_mapping = False

    def _ready_workers(self) -> "list[_Worker]":
        if any(worker.process.poll() is not None for worker in self._workers):
            self._dismiss()
        with self._hiring:
            if self._is_closed:
                raise StateError(EXECUTOR_CLOSED)
            if not self._workers:
                self._workers = [_Worker.spawn() for _ in range(self._worker_count)]
            return self._workers

    def _dismiss(self) -> None:
        with self._hiring:
            workers, self._workers = self._workers, []
        for worker in workers:
            worker.process.kill()
        for worker in workers:
            worker.process.wait()


@dataclass(frozen=True, slots=True, eq=False)
class _Worker:
    """One worker process, and our end of the socket to it."""

    process: "subprocess.Popen[bytes]"
    connection: "Connection[Request, Reply]"
    # Closed when nothing refers to it any more: `close` may run beside a map that waits on it.

    @classmethod
    def spawn(cls) -> Self:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            descriptor = theirs.fileno()
            process = subprocess.Popen(
                # -P: modules come from where this program's do, never from the current folder.
                [sys.executable, "-P", "-m", "linkage.matcher.execute.worker", str(descriptor)],
                stdin=subprocess.DEVNULL,
                pass_fds=[descriptor],
                # Ctrl+C goes to the foreground group: it is for us to say what becomes of the run.
                process_group=0,
            )
            return cls(process, Connection(ours.detach()))

    def send(self, request: Request) -> None:
        with self._or_lost():
            self.connection.send(request)

    def send_memory(self, memory: int) -> None:
        with self._or_lost():
            send_handle(self.connection, memory, self.process.pid)

    def receive(self) -> Any:  # noqa: ANN401 - what the stage gives; `map` says it in its types
        with self._or_lost():
            reply = self.connection.recv()
        if isinstance(reply, Failed):
            raise reply.error
        return reply.result

    @contextlib.contextmanager
    def _or_lost(self) -> Generator[None, None, None]:
        try:
            yield
        except (EOFError, OSError):
            raise StateError(WORKER_LOST, status=self._final_status()) from None

    def _final_status(self) -> int:
        """The exit status of a process that no longer answers."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(LAST_SECONDS)
        self.process.kill()
        return self.process.wait()


def _begin(
    workers: list[_Worker], stage: Callable[[Shared, Block], Result], shared: Shared
) -> None:
    outline, memory = share(shared)
    try:
        for worker in workers:
            worker.send(Begin(stage, outline))
            worker.send_memory(memory)
    finally:
        os.close(memory)


def _compute(workers: list[_Worker], blocks: Iterable[object]) -> Generator[Any, None, None]:
    """The result of each block, in order; every worker has at most one block."""
    waiting = enumerate(blocks)
    idle = list(workers)
    busy: dict[object, tuple[_Worker, int]] = {}
    results: dict[int, object] = {}
    for wanted in itertools.count():
        while True:
            while idle and len(results) + len(busy) < WINDOW * len(workers):
                taken = next(waiting, None)
                if taken is None:
                    break
                number, block = taken
                worker = idle.pop()
                worker.send(Compute(block))
                busy[worker.connection] = (worker, number)
            if wanted in results or not busy:
                break
            for connection in wait([worker.connection for worker, _ in busy.values()]):
                worker, number = busy.pop(connection)
                results[number] = worker.receive()
                idle.append(worker)
        if wanted not in results:
            return
        yield results.pop(wanted)
