"""Kills programs at random moments, as power cuts, operators and the kernel do: with SIGKILL.

Victims are this process's descendants: the programs that a test has started, and what they have
started in turn (the matcher's workers, an agent's reader of its extract).
"""

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

MAX_WORKERS_KILLED: Final = 2
"""Within one life of the matcher: at the third it gives the run up until it is started again."""


class Kind(StrEnum):
    """What a process does, by what its command line holds."""

    MATCHER = "linkage-matcher"
    WORKER = "linkage.matcher.execute.worker"
    AGENT = "linkage-agent"
    READER = "multiprocessing.spawn"
    TRACKER = "multiprocessing.resource_tracker"


_WEIGHTS: Final = {
    Kind.MATCHER: 2,
    Kind.WORKER: 5,
    Kind.AGENT: 5,
    Kind.READER: 4,
    Kind.TRACKER: 1,
}
"""How often a kind is drawn, where there are several; those that live short are preferred."""


@dataclass(frozen=True, slots=True)
class Process:
    """A descendant of this process."""

    pid: int
    kind: Kind


@dataclass(slots=True)
class Killer:
    """Kills as many as it is allowed, one after the other.

    Attributes:
        random: draws victims and pauses.
        longest_pause_seconds: pauses are drawn evenly from zero to this.
        allowed: how many are still to be killed; may be raised while it is at work.
        count: how many have been killed.
        diary: what was killed when, in words; whoever uses it may add to it.
    """

    random: random.Random
    longest_pause_seconds: float
    allowed: int = 0
    count: int = 0
    diary: list[str] = field(default_factory=list)
    _workers_killed: int = 0

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Kills until the block ends."""
        stop = threading.Event()
        thread = threading.Thread(target=self._kill, args=(stop,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _kill(self, stop: threading.Event) -> None:
        start = time.monotonic()
        while not stop.wait(self.random.uniform(0, self.longest_pause_seconds)):
            victim = self._draw() if self.allowed else None
            if victim is None:
                continue
            with suppress(ProcessLookupError):  # it has just ended by itself
                os.kill(victim.pid, signal.SIGKILL)
                self.allowed -= 1
                self.count += 1
                self.diary.append(f"{time.monotonic() - start:8.2f} s  {victim.kind} killed")

    def _draw(self) -> Process | None:
        victims = descendants()
        kinds = sorted({victim.kind for victim in victims})
        if self._workers_killed == MAX_WORKERS_KILLED:
            kinds = [kind for kind in kinds if kind is not Kind.WORKER]
        if not kinds:
            return None
        [kind] = self.random.choices(kinds, [_WEIGHTS[kind] for kind in kinds])
        if kind is Kind.MATCHER:
            self._workers_killed = 0
        elif kind is Kind.WORKER:
            self._workers_killed += 1
        return self.random.choice([victim for victim in victims if victim.kind is kind])


def descendants() -> list[Process]:
    """Our programs among the processes that this one has started, directly or not."""
    parents = {pid: parent for pid in _pids() if (parent := _parent(pid)) is not None}
    found = []
    for pid, parent in parents.items():
        ancestor = parent
        while ancestor in parents and ancestor != os.getpid():
            ancestor = parents[ancestor]
        kind = _kind(pid)
        if ancestor == os.getpid() and kind is not None:
            found.append(Process(pid, kind))
    return found


def is_running(process: Process) -> bool:
    """Whether it has not ended, whoever its parent is by now."""
    return _parent(process.pid) is not None and _kind(process.pid) is process.kind


def _pids() -> list[int]:
    return sorted(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())


def _parent(pid: int) -> int | None:
    """The parent of a process; None if it has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # After the name, which may hold anything and ends with the last parenthesis.
    state, parent = text.rpartition(")")[2].split()[:2]
    return None if state == "Z" else int(parent)


def _kind(pid: int) -> Kind | None:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return None
    return next((kind for kind in reversed(Kind) if kind in command), None)
