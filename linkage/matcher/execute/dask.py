"""Worker processes on many machines: a Dask cluster.

The cluster is inside the matcher's trust boundary. Its workers see encodings, as those on this
machine do, and whoever can speak to its scheduler or its workers can run code in them and in the
matcher: they exchange pickles. So only holders of a certificate of the cluster's own authority can;
that authority is never the one that certifies agencies (`preflight` sees to it).

A worker that is lost is made up for by others. The result is the same, byte for byte, whatever the
number of workers and whichever of them are lost.
"""

import itertools
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Final, Self, cast

from linkage.errors import StateError
from linkage.matcher.config import ClusterConfig
from linkage.matcher.execute.crew import Answered, Crew, Ended
from linkage.matcher.execute.interface import Block, Result, Shared
from linkage.matcher.execute.local import EXECUTOR_CLOSED
from linkage.matcher.execute.messages import Failed, Reply
from linkage.matcher.execute.parcel import Parcel, pack

PATIENCE_SECONDS: Final = 60.0
"""How long a map goes on without a worker: enough for a scheduler or workers to be restarted."""


class DaskExecutor:
    """Computes blocks in the workers of a Dask cluster; every `map` makes a connection of its own.

    One map at a time. `close` may be called from any thread: a map that is under way then raises
    `EXECUTOR_CLOSED`, and any other too. What workers are in the middle of they finish, for nobody.
    """

    def __init__(self, cluster: ClusterConfig, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._cluster = cluster
        self._patience_seconds = patience_seconds
        self._crew: Crew | None = None
        self._worker_count = 1
        self._is_closed = False
        self._closing = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def worker_count(self) -> int:
        """Threads of all workers as the last map saw them; 1 before the first."""
        return self._worker_count

    def close(self) -> None:
        """Ends a map that is under way; there will be no others."""
        with self._closing:
            self._is_closed = True
            if self._crew is not None:
                self._crew.events.put(Ended(StateError(EXECUTOR_CLOSED)))

    def map(
        self, stage: Callable[[Shared, Block], Result], shared: Shared, blocks: Iterable[Block]
    ) -> Generator[Result, None, None]:
        """See `Executor.map`.

        Raises:
            StateError: The cluster can't be reached, has no workers, loses too many of them over
                one block, or has one that must not be given data; or the executor is closed.
            Exception: What the stage raised.
        """
        with self._hired(Parcel.of(stage, shared)) as crew:
            for reply in _replies(crew, blocks):
                if isinstance(reply, Failed):
                    raise reply.error
                yield cast("Result", reply.result)

    @contextmanager
    def _hired(self, parcel: Parcel) -> Iterator[Crew]:
        with self._closing:
            if self._crew is not None:
                raise RuntimeError("this executor is in the middle of another map")
            if self._is_closed:
                raise StateError(EXECUTOR_CLOSED)
            self._crew = Crew(self._cluster, parcel, self._patience_seconds)
        try:
            with self._crew as crew:
                yield crew
        finally:
            self._worker_count = max(1, self._crew.thread_count)
            with self._closing:
                self._crew = None


def _replies(crew: Crew, blocks: Iterable[object]) -> Iterator[Reply]:
    """The reply to each block, in order; blocks are taken as the crew's window allows."""
    waiting = enumerate(blocks)
    given = 0
    replies: dict[int, Reply] = {}
    for wanted in itertools.count():
        while wanted not in replies:
            for number, block in itertools.islice(waiting, max(0, wanted + crew.window - given)):
                crew.give(number, pack(block))
                given = number + 1
            if wanted == given:
                return
            match crew.events.get():
                case Answered(number, reply):
                    replies[number] = reply
                case Ended(error):
                    raise error
        yield replies.pop(wanted)
