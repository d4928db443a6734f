"""The workers of a Dask cluster, for the length of one map.

A crew is a client of the cluster's scheduler, in a thread with an event loop of its own. Whatever
way it ends, its connection ends with it, and the cluster drops all that it was asked for.

1. Nobody is spoken to but over TLS 1.3, each end showing a certificate of the cluster's authority.
2. A worker that has joined is asked whether it is fit, before it is given any data.
3. The first gets the parcel from here, the others from each other; the scheduler never does.
4. A worker has as many hands as threads, and one more, so that no thread waits for its next block.
   Each takes the blocks that are due first, has this worker compute them, and reports the replies:
   several at a time where each takes little, since a task costs the scheduler some milliseconds.
5. A worker that is gone has no hands; the blocks that were in them are done again by others.

Blocks are bound to workers by us. Dask would place them where the parcel is: so none with workers
that join late, and some with workers that nobody has asked.
"""

import asyncio
import contextlib
import queue
import ssl
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

from distributed import Client, Future, KilledWorker, Security
from distributed.client import FutureCancelledError

from linkage.errors import ExitCode, Reason, StateError
from linkage.matcher.config import ClusterConfig
from linkage.matcher.execute.messages import Reply
from linkage.matcher.execute.parcel import Parcel, answer, hold, reply_in, unfit, versions

CLUSTER_UNREACHABLE: Final = Reason(
    "CLUSTER_UNREACHABLE",
    "No scheduler that this matcher trusts has answered at {address} for {seconds} seconds.",
    "Check that it runs, and that its certificate and those named in [cluster] of the "
    "configuration are of the same authority. The run can be started again.",
    ExitCode.TRY_LATER,
)
CLUSTER_WITHOUT_WORKERS: Final = Reason(
    "CLUSTER_WITHOUT_WORKERS",
    "The cluster has had no worker that could be reached for {seconds} seconds.",
    "Nothing is lost: start workers that the matcher can connect to, then start the run again.",
    ExitCode.TRY_LATER,
)
CLUSTER_WORKERS_LOST: Final = Reason(
    "CLUSTER_WORKERS_LOST",
    "One block of the match run was lost with {count} workers of the cluster, one after the other.",
    "Nothing is lost: the run can be started again. Workers often end because memory runs out: "
    "give them more, or fewer threads each.",
    ExitCode.TRY_LATER,
)
CLUSTER_WORKER_UNFIT: Final = Reason(
    "CLUSTER_WORKER_UNFIT",
    "A worker of the cluster can't be given data: {cause}.",
    "Start the cluster as deploy/cluster does, with the matcher's own version of this program.",
    ExitCode.CONFIGURATION,
)

WINDOW: Final = 4
"""Blocks for each thread that may be under way or wait for an earlier one. Twice what one machine
needs: machines differ, and with less they all come to wait for the slowest (docs/scale-out.md)."""
LOOK_SECONDS: Final = 0.5
"""Between two looks at which workers there are."""
TASK_SECONDS: Final = 4.0
"""Worth of blocks in a task, hundreds of times what a task costs beside them: so one scheduler is
enough for a thousand cores (docs/scale-out.md)."""
MAX_BLOCKS: Final = 16
"""In a task: more would make the window, and with it memory, less certain."""
MAX_LOSSES: Final = 4
"""Workers that a block may be lost with: after so many, the block is the likelier cause."""
CONNECT_SECONDS: Final = 5
CLOSE_SECONDS: Final = 10
"""What closing a connection takes at most, where the scheduler doesn't answer."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A block has its reply."""

    number: int
    reply: Reply


@dataclass(frozen=True, slots=True)
class Ended:
    """The crew can't go on."""

    error: BaseException


@dataclass(frozen=True, slots=True)
class Changed:
    """Workers have joined or gone: the window is another."""


@dataclass(order=True, slots=True)
class _Block:
    number: int
    packed: bytes = field(compare=False, repr=False)
    losses: int = field(compare=False, default=0)


class Crew:
    """Computes blocks in a cluster's workers, from `with` until its end.

    Args:
        cluster: Where the scheduler is, and what it is shown.
        parcel: What every worker needs.
        patience_seconds: How long to wait for a worker when there is none.

    Attributes:
        events: What happens, to be read by one thread.
        thread_count: Of all workers that can be reached, as last seen.
    """

    def __init__(self, cluster: ClusterConfig, parcel: Parcel, patience_seconds: float) -> None:
        self.events: queue.SimpleQueue[Answered | Changed | Ended] = queue.SimpleQueue()
        self.thread_count = 0
        self._blocks_each = 1
        """In a task."""
        self._cluster = cluster
        self._parcel = parcel
        self._patience_seconds = patience_seconds
        self._loop = asyncio.new_event_loop()
        self._todo: asyncio.PriorityQueue[_Block] = asyncio.PriorityQueue()
        self._sharing = asyncio.Lock()
        self._shared: Future[Parcel] | None = None
        self._last_seen = time.monotonic()
        self._unreached: set[str] = set()
        self._main = self._loop.create_task(self._work())
        self._thread = threading.Thread(target=self._run, name="cluster", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._main.cancel)
        self._thread.join(CLOSE_SECONDS)

    @property
    def window(self) -> int:
        """How many blocks may be under way or wait for an earlier one, at present."""
        return max(1, WINDOW * self.thread_count * self._blocks_each)

    def give(self, number: int, packed: bytes) -> None:
        """One more block; those of lower numbers are done first."""
        with contextlib.suppress(RuntimeError):  # the loop has ended, and said so in an event
            self._loop.call_soon_threadsafe(self._todo.put_nowait, _Block(number, packed))

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._main)
        except asyncio.CancelledError:
            pass
        except BaseException as error:  # noqa: BLE001 - the thread of the map must hear of it
            self.events.put(Ended(_cause(error)))
        finally:
            self._loop.close()

    async def _work(self) -> None:
        """Stays with the cluster, whatever becomes of its scheduler, until patience ends."""
        while True:
            try:
                async with await self._connect() as client:
                    # Every worker needs the parcel: Dask is not to take it for one copy too many.
                    await client.amm.stop()
                    await self._watch(client)
            except* OSError:
                self._shared = None
            if time.monotonic() - self._last_seen > self._patience_seconds:
                raise StateError(
                    CLUSTER_UNREACHABLE,
                    address=self._cluster.scheduler,
                    seconds=round(self._patience_seconds),
                )
            await asyncio.sleep(LOOK_SECONDS)

    async def _connect(self) -> Client:
        """A connection to the scheduler.

        Raises:
            OSError: It does not answer, or is none that we trust, or does not trust us.
        """
        security = Security(
            require_encryption=True,  # (1)
            tls_min_version=ssl.TLSVersion.TLSv1_3,
            tls_ca_file=str(self._cluster.ca_certificate_file),
            tls_client_cert=str(self._cluster.certificate_file),
            tls_client_key=str(self._cluster.private_key_file),
        )
        client = Client(
            self._cluster.scheduler,
            security=security,
            asynchronous=True,
            set_as_default=False,
            direct_to_workers=True,
            timeout=min(CONNECT_SECONDS, self._patience_seconds),
        )
        try:
            await client
        except (OSError, ValueError) as error:  # ValueError: it spoke first, so that is not TLS
            await client.close()
            raise ConnectionError from error
        return client

    async def _watch(self, client: Client) -> None:
        """Employs the workers that there are."""
        employed: dict[str, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as group:
            while True:
                threads = await client.nthreads()
                for address in employed.keys() - threads.keys():  # (5)
                    employed.pop(address).cancel()
                for address in threads:
                    if address not in employed or employed[address].done():
                        job = self._employ(client, address, threads[address])
                        employed[address] = group.create_task(job)
                reached = threads.keys() - self._unreached
                self._note(sum(threads[address] for address in reached))
                await asyncio.sleep(LOOK_SECONDS)

    def _note(self, thread_count: int) -> None:
        now = time.monotonic()
        if thread_count:
            self._last_seen = now
        elif now - self._last_seen > self._patience_seconds:
            raise StateError(CLUSTER_WITHOUT_WORKERS, seconds=round(self._patience_seconds))
        if thread_count != self.thread_count:
            self.thread_count = thread_count
            self.events.put(Changed())

    async def _employ(self, client: Client, address: str, thread_count: int) -> None:
        """Has a worker work for as long as it is there."""
        try:
            causes = await client.run(unfit, versions(), workers=[address])  # (2)
            if causes[address] is not None:
                raise StateError(CLUSTER_WORKER_UNFIT, cause=causes[address])
            shared = await self._share(client, address)
            self._unreached.discard(address)
            async with asyncio.TaskGroup() as hands:
                for _ in range(thread_count + 1):
                    hands.create_task(self._lend_hand(client, address, shared))
        except* (OSError, KilledWorker):
            # It may be gone, which is seen soon; or only we can't reach it.
            self._unreached.add(address)

    async def _share(self, client: Client, address: str) -> Future[Parcel]:
        """The parcel, which the worker then holds."""
        async with self._sharing:  # (3)
            if self._shared is None or self._shared.status != "finished":
                self._shared = await client.scatter(
                    self._parcel, workers=[address], direct=True, hash=False
                )
        await _ask(client, address, hold, self._shared)
        return self._shared

    async def _lend_hand(self, client: Client, address: str, shared: Future[Parcel]) -> None:
        """Has blocks computed by a worker, again and again."""
        while True:
            blocks = await self._take()  # (4)
            packed = tuple(block.packed for block in blocks)
            try:
                replies, seconds = await _ask(client, address, answer, shared, packed)
            except BaseException:
                self._take_back(blocks)  # (5)
                raise
            self._blocks_each = max(1, min(MAX_BLOCKS, int(TASK_SECONDS / (seconds or 1e-9))))
            for block, reply in zip(blocks, replies, strict=True):
                self.events.put(Answered(block.number, reply_in(reply)))

    async def _take(self) -> list[_Block]:
        """Blocks for a task: those due first, but no more than leaves enough for other hands."""
        first = await self._todo.get()
        fair = self._todo.qsize() // max(1, 2 * self.thread_count)
        return [first, *(self._todo.get_nowait() for _ in range(min(self._blocks_each - 1, fair)))]

    def _take_back(self, blocks: list[_Block]) -> None:
        for block in blocks:
            block.losses += 1
            self._todo.put_nowait(block)
        losses = max(block.losses for block in blocks)
        if losses >= MAX_LOSSES:
            raise StateError(CLUSTER_WORKERS_LOST, count=losses) from None


async def _ask(client: Client, address: str, task: Callable[..., Any], *given: object) -> Any:  # noqa: ANN401 - what the task gives
    """What a task gives that is done by this worker and no other.

    Raises:
        OSError: The worker, or what it needs, is lost.
        Exception: What the task raised.
    """
    # Names differ between crews too: of the one before, the cluster may not have dropped all yet.
    name = f"linkage-{uuid.uuid4()}"
    try:
        return await client.submit(task, *given, key=name, workers=[address])
    except FutureCancelledError as error:
        raise ConnectionError from error


def _cause(error: BaseException) -> BaseException:
    """What was raised first, out of the groups that tasks wrap it in."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
