"""One journey, in a process of its own: `journey.py` starts it.

    python -m benchmarks.speed.journey_side FOLDER PEOPLE AGENCIES THRESHOLD RECALL OUT

A matcher serves over mutual TLS, with its store in FOLDER; agents are the programs that agencies
run. Each agency has a machine of its own in life, so encoding is done by one after the other, with
the whole of this machine; they send and fetch all at once, as they would.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.demo.processes import CommandError, program
from benchmarks.demo.world import World
from benchmarks.evaluate.memory import MemoryWatch
from benchmarks.speed.journey_world import make_journey_world
from benchmarks.speed.partners import partners
from benchmarks.speed.people import NAMES, sources
from benchmarks.speed.schemas import policy_of
from linkage.agreement.model import MatchPolicy
from linkage.arrays import WordArray
from linkage.errors import ExitCode

PAUSE_SECONDS: Final = 0.2
LAST_STEP: Final = "store"
"""Of a match run, as the matcher logs them."""


@dataclass(slots=True)
class Journey:
    """A world under way, and what it has taken so far.

    Attributes:
        seconds: of wall-clock time for each step; of encoding, of all agencies together.
        agent_peak_mib: the most that one agent held.
        expected_mib: what the matcher said, before the match run, that it would hold.
    """

    world: World
    agencies: Sequence[str]
    matcher: subprocess.Popen[bytes]
    seconds: dict[str, float] = field(default_factory=dict)
    agent_peak_mib: float = 0.0
    expected_mib: int = 0
    _noting: threading.Lock = field(default_factory=threading.Lock)

    def go(self) -> None:
        """From extracts to match keys.

        Raises:
            CommandError: A program failed.
        """
        self._each("sign", "--digest", self._digest())
        for agency, dataset in self._encode().items():
            self._agent(agency, "approve", "upload", dataset)
        with self._timed("upload"):
            self._each("send")
        self._agent(self.agencies[0], "fetch", waits=True)  # asks for the run
        self._await_result()
        self._each("approve", "release", "--yes")
        with self._timed("fetch"):
            self._each("fetch")

    def _digest(self) -> str:
        told: str = json.loads(self._agent(self.agencies[0], "check", "--json"))["agreement"]
        return told

    def _encode(self) -> dict[str, str]:
        """The dataset of each agency; the agents make the project secret on the way."""
        datasets: dict[str, str] = {}
        self.seconds["encode"] = 0.0
        while len(datasets) < len(self.agencies):
            for agency in self.agencies:
                if agency in datasets:
                    continue
                started = time.perf_counter()
                told = json.loads(self._agent(agency, "preview", "--json", waits=True))
                if "dataset" in told:
                    datasets[agency] = told["dataset"]
                    self.seconds["encode"] += time.perf_counter() - started
        return datasets

    def _await_result(self) -> None:
        while True:
            is_over = self.matcher.poll() is not None
            lines = self._log()
            if is_over or any(line["event"] == "run-failed" for line in lines):
                raise CommandError("the matcher or its match run failed")
            if any(line["event"] == "run-held" for line in lines) and LAST_STEP in self._run(lines):
                break
            time.sleep(PAUSE_SECONDS)
        self.seconds |= self._run(lines)
        self.expected_mib = next(
            line["expected_mebibytes"] for line in lines if line["event"] == "run-forecast"
        )

    @staticmethod
    def _run(lines: Iterable[Mapping[str, Any]]) -> dict[str, float]:
        """Seconds of each step of the match run."""
        return {
            line["step"]: line["milliseconds"] / 1000
            for line in lines
            if line["event"] == "run-step-done"
        }

    def _log(self) -> list[dict[str, Any]]:
        text = matcher_log(self.world).read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def _each(self, *arguments: str) -> None:
        with ThreadPoolExecutor(len(self.agencies)) as threads:
            for _ in threads.map(lambda agency: self._agent(agency, *arguments), self.agencies):
                pass

    def _agent(self, agency: str, *arguments: str, waits: bool = False) -> str:
        """What an agency's agent prints; `waits` if it may have to wait for others."""
        command: list[str | Path] = [program("linkage-agent"), *arguments, "--config"]
        with (
            subprocess.Popen(
                [*command, self.world.agent_config(agency)],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            ) as process,
            MemoryWatch(process.pid) as memory,
        ):
            shown, errors = process.communicate()
        with self._noting:
            self.agent_peak_mib = max(self.agent_peak_mib, memory.peak_mib or 0.0)
        if process.returncode and not (waits and process.returncode == ExitCode.WAITING):
            raise CommandError(f"{arguments[0]} ended with {process.returncode}:\n{errors}")
        return shown or "{}"

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[step] = time.perf_counter() - started


def matcher_log(world: World) -> Path:
    """Where the matcher's log goes."""
    return world.matcher_config.with_name("matcher.log")


@contextmanager
def served(world: World) -> Iterator[subprocess.Popen[bytes]]:
    """A matcher that serves while the block runs.

    Raises:
        CommandError: It does not serve.
    """
    serve = ("serve", "--json", "--config", world.matcher_config)
    command: list[str | Path] = [program("linkage-matcher"), *serve]
    with (
        matcher_log(world).open("wb") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log) as process,
    ):
        try:
            if not process.stdout or not process.stdout.readline():
                raise CommandError("the matcher does not serve")
            yield process
        finally:
            process.terminate()


def main(folder: Path, people: Path, policy: MatchPolicy, count: int, out: Path) -> None:
    """Makes the journey; writes what it took."""
    held = sources(people) if count == len(NAMES) else partners(people, count)
    world = make_journey_world(folder, held, policy)
    with (
        MemoryWatch() as together,
        served(world) as matcher,
        MemoryWatch(matcher.pid) as memory,
    ):
        journey = Journey(world, list(held), matcher)
        journey.go()
    told = {
        "seconds": journey.seconds,
        "matcher_peak_mib": memory.peak_mib,
        "agent_peak_mib": journey.agent_peak_mib or None,
        "peak_mib": together.peak_mib,
        "expected_mib": journey.expected_mib,
        "shared": _shared(world, journey.agencies),
    }
    out.write_text(json.dumps(told), encoding="utf-8")


def _shared(world: World, agencies: Sequence[str]) -> float:
    """Share of the agencies' records whose match key another agency has too."""
    keys = np.concatenate([_keys(world.match_keys(agency)) for agency in agencies])
    _, counts = np.unique(keys, return_counts=True)
    return float(counts[counts > 1].sum() / len(keys))


def _keys(file: Path) -> WordArray:
    """The first 64 bits of each record's match key, which is enough to tell them apart."""
    with file.open("rb") as lines:
        next(lines)
        keys = [key for line in lines if (key := line.rpartition(b",")[2].strip())]
    packed = bytes.fromhex(b"".join(keys).decode())
    return np.frombuffer(packed, np.uint64)[::2]


if __name__ == "__main__":
    main(
        Path(sys.argv[1]),
        Path(sys.argv[2]),
        policy_of(*sys.argv[4:6]),
        int(sys.argv[3]),
        Path(sys.argv[6]),
    )
