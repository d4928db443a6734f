"""Peak memory of a process and all that it started, as the kernel counts it.

Some ten times a second a thread adds up what each process holds; pages that several share count
once (proportional set size). So a shorter peak can be missed. Linux only.

Source: proc_pid_smaps_rollup(5), proc_pid_task_children(5).
"""

import contextlib
import os
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

INTERVAL_SECONDS: Final = 0.1
LEAST_REST: Final = 20
"""The kernel walks all pages to answer, and may hold the process up: at most a twentieth of the
time goes into that, however much memory there is."""
_PROCESSES: Final = Path("/proc")


class MemoryWatch:
    """Watches from entering to leaving a `with` block.

    Args:
        process: the eldest of those that are watched; this one unless given.
    """

    def __init__(self, process: int | None = None) -> None:
        self._process = process or os.getpid()
        self._peak_kib = 0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory-watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_over.set()
        self._thread.join()

    @property
    def peak_mib(self) -> float | None:
        """The highest sum so far, in MiB; None where the kernel does not tell."""
        return self._peak_kib / 1024 if self._peak_kib else None

    def _watch(self) -> None:
        rest = 0.0
        while not self._is_over.wait(rest):
            started = time.perf_counter()
            self._peak_kib = max(self._peak_kib, sum(map(_held_kib, _family(self._process))))
            rest = max(INTERVAL_SECONDS, LEAST_REST * (time.perf_counter() - started))


def _family(process: int) -> list[int]:
    """A process and all that descend from it; one that ends meanwhile may be missing."""
    family = [process]
    for member in family:
        with contextlib.suppress(OSError):  # it has ended
            for thread in (_PROCESSES / str(member) / "task").iterdir():
                family += map(int, (thread / "children").read_text("ascii").split())
    return family


def _held_kib(process: int) -> int:
    """What a process holds, its share of common pages included; 0 if it has ended."""
    with contextlib.suppress(OSError):
        for line in (_PROCESSES / str(process) / "smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
