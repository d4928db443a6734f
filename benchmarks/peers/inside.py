"""The inside of a peer's process: reads the task, times the work, writes what was found.

It runs in the peer's environment, so it imports the standard library and NumPy and nothing of ours.
"""

import csv
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from itertools import combinations
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

IntArray: TypeAlias = npt.NDArray[np.int64]
FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
Record: TypeAlias = dict[str, str]


@dataclass(frozen=True, slots=True)
class Agency:
    """One agency's file, as in `interface.PeerAgency`."""

    name: str
    file: Path
    holds_each_person_once: bool

    def records(self) -> list[Record]:
        """Its records by column, in the order of the file; missing values are empty."""
        with self.file.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be linked.

    Attributes:
        kinds: of each field, by name.
        truth: None unless the peer is a supervised one.
    """

    agencies: tuple[Agency, ...]
    kinds: dict[str, str]
    seed: int
    truth: Path | None

    def first(self, *kinds: str) -> str | None:
        """The first field of the first of these kinds that there is."""
        return next(
            (name for kind in kinds for name, its in self.kinds.items() if its == kind), None
        )

    def agency_pairs(self) -> list[tuple[int, int]]:
        """The numbers of each two agencies."""
        return list(combinations(range(len(self.agencies)), 2))


@dataclass(frozen=True, slots=True, repr=False)
class Pairs:
    """Pairs of records of two agencies, each once.

    Attributes:
        left_agency, right_agency: (n_pairs,) int64, numbers of agencies; left < right.
        left, right: (n_pairs,) int64, record numbers.
    """

    left_agency: IntArray
    left: IntArray
    right_agency: IntArray
    right: IntArray

    def __len__(self) -> int:
        return len(self.left)

    def __repr__(self) -> str:
        return f"Pairs({len(self)})"


@dataclass(frozen=True, slots=True)
class Found:
    """What a peer found, as in `interface.AgencyPairs` and `interface.PeerResult`."""

    pairs: Pairs
    scores: FloatArray
    linked: BoolArray
    decided: BoolArray
    measure: str
    threshold: float


def joined(parts: Sequence[Pairs]) -> Pairs:
    """All pairs, one part after the other."""
    return Pairs(
        left_agency=np.concatenate([part.left_agency for part in parts]),
        left=np.concatenate([part.left for part in parts]),
        right_agency=np.concatenate([part.right_agency for part in parts]),
        right=np.concatenate([part.right for part in parts]),
    )


def nothing_found(measure: str, threshold: float) -> Found:
    """No pairs at all."""
    none = np.zeros(0, np.int64)
    nothing = np.zeros(0, np.bool_)
    return Found(Pairs(none, none, none, none), np.zeros(0), nothing, nothing, measure, threshold)


def found_at(task: Task, pairs: Pairs, scores: FloatArray, measure: str, threshold: float) -> Found:
    """The best links, decided at a threshold."""
    linked = best_links(task, pairs, scores)
    return Found(pairs, scores, linked, linked & (scores >= threshold), measure, threshold)


def best_links(
    task: Task, pairs: Pairs, scores: FloatArray, ties: FloatArray | None = None
) -> BoolArray:
    """Which pairs are linked when the best are taken first.

    Where an agency holds each person once, a record of another links to one of its records only.
    Of two agencies that both hold people more often, a pair is linked where it is the best of
    either of its records.

    Args:
        task: whose agencies these are.
        pairs: the candidates.
        scores: the more the better.
        ties: says which of equal scores is the better; without it the first record is.
    """
    by_record = (pairs.right, pairs.left, pairs.right_agency, pairs.left_agency)
    order = np.lexsort((*by_record, -scores) if ties is None else (*by_record, -ties, -scores))
    once = np.array([agency.holds_each_person_once for agency in task.agencies])
    left_once, right_once = once[pairs.left_agency], once[pairs.right_agency]
    sides = (
        np.stack((pairs.left_agency, pairs.left, pairs.right_agency)),
        np.stack((pairs.right_agency, pairs.right, pairs.left_agency)),
    )
    linked: BoolArray = (_is_best(sides[0], order) | _is_best(sides[1], order)) & ~(
        left_once | right_once
    )
    of_left, of_right = ([tuple(each) for each in side.T.tolist()] for side in sides)
    claimed: set[tuple[int, ...]] = set()
    for at in order[(left_once | right_once)[order]].tolist():
        claims = [
            its[at] for its, is_so in ((of_left, right_once), (of_right, left_once)) if is_so[at]
        ]
        if claimed.isdisjoint(claims):
            claimed.update(claims)
            linked[at] = True
    return linked


def _is_best(side: IntArray, order: IntArray) -> BoolArray:
    """Whether no pair of the same record with the same other agency comes before.

    Args:
        side: (3, n_pairs) agency, record number and the other agency.
        order: (n_pairs,) the pairs, the best first.
    """
    is_best = np.zeros(len(order), np.bool_)
    _, first = np.unique(side[:, order], axis=1, return_index=True)
    is_best[order[first]] = True
    return is_best


def with_groups(found: Found, groups: Iterable[Sequence[tuple[int, int]]]) -> Found:
    """What a peer's own clustering decides: two records of a group are a match, no others are.

    Args:
        found: what the peer found before.
        groups: agency and record number of the records of each; a pair of a group that is no
            candidate is added with the score -inf.
    """
    pairs = found.pairs
    columns = (pairs.left_agency, pairs.left, pairs.right_agency, pairs.right)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    number_of = {row: number for number, row in enumerate(rows)}
    matches = {
        (*left, *right)
        for group in groups
        for left, right in combinations(sorted(group), 2)
        if left[0] != right[0]
    }
    added = np.array(sorted(matches - number_of.keys()), np.int64).reshape(-1, 4).T
    compared = np.zeros(len(pairs), np.bool_)
    compared[[number_of[row] for row in matches & number_of.keys()]] = True
    new = np.ones(added.shape[1], np.bool_)
    return replace(
        found,
        pairs=Pairs(*(np.concatenate(both) for both in zip(columns, added, strict=True))),
        scores=np.concatenate([found.scores, np.where(new, -np.inf, 0.0)]),
        linked=np.concatenate([found.linked, ~new]),
        decided=np.concatenate([compared, new]),
    )


def work(link: Callable[[Task], Found], packages: tuple[str, ...]) -> None:
    """Links what the folder on the command line says; writes `result.json` and `pairs.npz` there.

    Args:
        link: the peer.
        packages: whose versions are reported.
    """
    folder = Path(sys.argv[1])
    task = _read_task(folder / "task.json")
    started = time.perf_counter()
    found = link(task)
    seconds = time.perf_counter() - started
    np.savez(
        folder / "pairs.npz",
        left_agency=found.pairs.left_agency,
        left=found.pairs.left,
        right_agency=found.pairs.right_agency,
        right=found.pairs.right,
        scores=found.scores,
        linked=found.linked,
        decided=found.decided,
    )
    result = {
        "measure": found.measure,
        "threshold": found.threshold,
        "seconds": seconds,
        "peak_memory_mib": _peak_memory_mib(),
        "versions": {name: version(name) for name in packages},
    }
    (folder / "result.json").write_text(json.dumps(result, indent=2), encoding="utf-8")


def _read_task(path: Path) -> Task:
    document = json.loads(path.read_text(encoding="utf-8"))
    return Task(
        agencies=tuple(
            Agency(each["name"], Path(each["file"]), each["holds_each_person_once"])
            for each in document["agencies"]
        ),
        kinds={field["name"]: field["kind"] for field in document["fields"]},
        seed=document["seed"],
        truth=Path(document["truth"]) if document["truth"] else None,
    )


def _peak_memory_mib() -> float:
    """The most this process has held. Linux counts a parent's memory into `ru_maxrss`."""
    status = Path("/proc/self/status")
    if status.is_file():
        lines = status.read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))
    import resource  # noqa: PLC0415  # only where there is no /proc, and never on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # bytes on macOS
