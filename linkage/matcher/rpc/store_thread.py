"""The one thread in which the services and their store are used.

Work that was begun is finished, even when the call that asked for it has been cancelled; work that
was not yet begun by then never is.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class StoreThread:
    """Takes work from the event loop and from other threads, and does it in turn."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._intake = threading.Lock()
        self._is_closed = False

    async def run(self, work: Callable[[], T]) -> T:
        """Does the work, for the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def run_from_thread(self, work: Callable[[], T]) -> T:
        """Does the work, for another thread, which waits.

        Raises:
            RuntimeError: It was closed before.
        """
        with self._intake:
            doing = self._executor.submit(work)
        return doing.result()

    def close(self, last: Callable[[], None] = lambda: None) -> None:
        """Finishes what was asked for, then does the last work, and nothing after it.

        Called in the event loop, like `run`, so that no call slips in behind the last work; again
        if you like.
        """
        with self._intake:
            if self._is_closed:
                return
            self._is_closed = True
            doing = self._executor.submit(last)
            self._executor.shutdown(wait=False)
        doing.result()
