"""Processes as the system shows them: who descends from whom, what they hold in memory.

A parent may read its children's memory where it is root, or where it may trace them: without Yama,
or with its usual `ptrace_scope` of 1. Elsewhere the tests fail, and say so.
"""

import os
import re
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_MAPPING: Final = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \d+ *(.*)")
_NOT_READABLE: Final = ("[vvar]", "[vvar_vclock]", "[vsyscall]")
"""The kernel's own; none of the process's data is in them."""
_STOP_SECONDS: Final = 10.0


def descendants(pid: int) -> list[int]:
    """The process's children, their children and so on; without itself."""
    found = []
    with suppress(FileNotFoundError, ProcessLookupError):  # it has ended
        for thread in (_PROC / str(pid) / "task").iterdir():
            for child in (thread / "children").read_text().split():
                found += [int(child), *descendants(int(child))]
    return found


def memory_of(pid: int) -> Iterator[bytes]:
    """What a process holds, mapping by mapping; the process has to stand still.

    Left out are unchanged pages of files that are on the disk, such as programs and libraries.

    Raises:
        PermissionError: This system does not let a parent read a child's memory.
    """
    memory = os.open(_PROC / str(pid) / "mem", os.O_RDONLY)
    try:
        for start, end, rights, name in _mappings(pid):
            is_program = "w" not in rights and Path(name).is_file()
            if "r" in rights and not is_program and name not in _NOT_READABLE:
                yield b"".join(_pieces(memory, start, end))
    finally:
        os.close(memory)


def has_mapped(pid: int, name: str) -> bool:
    """Whether the process has something of this name in its memory."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return any(name in mapped for *_, mapped in _mappings(pid))
    return False


@contextmanager
def standing_still(pids: Iterable[int]) -> Iterator[None]:
    """Stops the processes for as long as the block runs."""
    stopped = list(pids)
    try:
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        for pid in stopped:
            _wait_until_stopped(pid)
        yield
    finally:
        for pid in stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def _wait_until_stopped(pid: int) -> None:
    give_up = time.monotonic() + _STOP_SECONDS
    while _state(pid) not in "Tt":
        if time.monotonic() > give_up:
            raise TimeoutError(f"the process {pid} does not stop")
        time.sleep(0.001)


def _mappings(pid: int) -> Iterator[tuple[int, int, str, str]]:
    """Start, end, rights and name of each."""
    for line in (_PROC / str(pid) / "maps").read_text().splitlines():
        match = _MAPPING.match(line)
        assert match, line
        yield int(match[1], 16), int(match[2], 16), match[3], match[4]


def _pieces(memory: int, start: int, end: int) -> Iterator[bytes]:
    while start < end:
        piece = os.pread(memory, end - start, start)
        assert piece
        start += len(piece)
        yield piece


def _state(pid: int) -> str:
    """One letter; the name before it may hold anything, so it is cut off."""
    return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
