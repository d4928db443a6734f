"""The run loop: a thread of its own that takes up match runs, one after the other."""

import threading
from collections.abc import Callable
from typing import Final

from linkage.matcher.service.runner import Runner
from linkage.observe.emit import emit
from linkage.observe.events import RUN_FAILED

IDLE_SECONDS: Final = 1.0
"""How long it sleeps when there is nothing to do; a request for a run wakes it at once."""


class RunLoop:
    """Asks the runner again and again, until it is closed.

    Its thread is a daemon, so that a run which does not end in time does not keep the process.

    Args:
        runner: What does the runs.
        interrupt: Makes a run that is under way fail.
    """

    def __init__(self, runner: Runner, interrupt: Callable[[], None]) -> None:
        self._runner = runner
        self._interrupt = interrupt
        self._wake = threading.Event()
        self._is_closing = False
        self._thread = threading.Thread(target=self._go_round, name="runs", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There may be something to do."""
        self._wake.set()

    def close(self, timeout_seconds: float) -> None:
        """Begins no more runs, and cuts off one that is under way."""
        self._is_closing = True
        self._wake.set()
        self._interrupt()
        self._thread.join(timeout_seconds)

    def _go_round(self) -> None:
        while not self._is_closing:
            if not self._has_run():
                self._wake.wait(IDLE_SECONDS)
                self._wake.clear()

    def _has_run(self) -> bool:
        try:
            return self._runner.run_once()
        except Exception as error:  # noqa: BLE001 - what fails now (a full disk) may not always
            if not self._is_closing:
                emit(RUN_FAILED, error_type=type(error).__name__)
            return False
