"""CPU seconds: what work costs, however busy the machine is."""

import contextlib
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

Result = TypeVar("Result")

_PROCESSES: Final = Path("/proc")
_USER, _SYSTEM = 11, 12
"""Places of the times in what follows a process's name in its `stat`; proc_pid_stat(5)."""
_WAIT = 1
"""Place of the time in a process's `schedstat`, in nanoseconds."""


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """What work gives, and the CPU seconds that it took this process."""
    started = time.process_time()
    result = work()
    return result, time.process_time() - started


def family_cpu_seconds() -> float:
    """CPU seconds so far of this process and its children, those that live and those that ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime + sum(map(_used, _children()))


def children_wait_seconds() -> float:
    """Seconds so far that living children were ready to run and no core was free for them."""
    return sum(map(_waited, _children()))


def _children() -> list[int]:
    found: list[int] = []
    for thread in (_PROCESSES / str(os.getpid()) / "task").iterdir():
        with contextlib.suppress(OSError):  # the thread has ended
            found += map(int, (thread / "children").read_text("ascii").split())
    return found


def _used(process: int) -> float:
    """CPU seconds of a process that lives; 0 if it has ended."""
    with contextlib.suppress(OSError):
        after_name = (_PROCESSES / str(process) / "stat").read_text("utf-8").rpartition(")")[2]
        times = after_name.split()
        return (int(times[_USER]) + int(times[_SYSTEM])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _waited(process: int) -> float:
    """Of a process's main thread; 0 where the kernel does not tell."""
    with contextlib.suppress(OSError):
        told = (_PROCESSES / str(process) / "schedstat").read_text("ascii").split()
        return int(told[_WAIT]) / 1e9
    return 0.0
