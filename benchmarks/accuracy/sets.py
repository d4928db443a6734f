"""One data set of the standing collection: our linkage at each level, and the peers beside it."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.accuracy.beside import link_beside, write_task
from benchmarks.collection.folder import PROJECT_FILE
from benchmarks.environment import ToolError
from benchmarks.evaluate.evaluation import Prepared, evaluate, prepare
from benchmarks.evaluate.results import Evaluation
from benchmarks.peers.interface import Peer
from benchmarks.report.content import Failure, MethodResult, SetResult
from linkage.agreement.schema import Reveals
from linkage.matcher.execute.interface import Executor

QUICK: Final = ("febrl1", "census-ssa-5x", "region-2k")
"""An easy set, a dirty one, and one of three agencies with families and shared addresses."""
SEES: Final = {
    Reveals.FIELD_LIKENESS: "encodings, a filter a field",
    Reveals.GROUP_LIKENESS: "encodings, a filter a group",
    Reveals.RECORD_LIKENESS: "encodings, a filter a record",
}


@dataclass(frozen=True, slots=True)
class Course:
    """What is run on every data set."""

    levels: tuple[Reveals, ...]
    peers: tuple[Peer, ...]
    seeds: tuple[int, ...]


def run_set(
    folder: Path, origin: str, course: Course, executor: Executor, workplace: Path
) -> SetResult:
    """All methods of the course on one data set.

    A peer that can't be run is noted and left out.

    Args:
        folder: The data set, with its project file.
        origin: Where the data come from.
        course: What to run.
        executor: Where our matcher computes.
        workplace: A folder for files between us and the peers.

    Raises:
        LinkageError: What the agent or the matcher refuses.
    """
    project = folder / PROJECT_FILE
    prepared = {level: prepare(project, folder, level) for level in course.levels}
    methods = []
    for each in prepared.values():
        methods.append(our_method(evaluate(each, course.seeds, executor)))
        _say(folder.name, methods[-1])
    first = next(iter(prepared.values()))
    found, failures = _beside(folder.name, course, first, workplace)
    return set_result(folder.name, origin, first, (*methods, *found), failures)


def our_method(evaluation: Evaluation) -> MethodResult:
    """Our linkage as a method, beside which others may stand."""
    return MethodResult(
        name=f"linkage, {evaluation.reveals}",
        sees=SEES[Reveals(evaluation.reveals)],
        outcomes=evaluation.outcomes,
        is_ours=True,
        is_supervised=False,
        peak_memory_mib=evaluation.peak_memory_mib,
        versions=evaluation.versions,
    )


def set_result(
    name: str,
    origin: str,
    prepared: Prepared,
    methods: tuple[MethodResult, ...],
    failures: tuple[Failure, ...] = (),
) -> SetResult:
    """All that is known of a data set; `origin` says where the data come from."""
    return SetResult(
        name=name,
        title=prepared.settled.title,
        origin=origin,
        records={agency: len(columns) for agency, columns in prepared.extracts.items()},
        true_matches=methods[0].outcomes[0].true_matches,
        schema=prepared.settled.schema,
        remarks=prepared.remarks,
        methods=methods,
        failures=failures,
    )


def _beside(
    name: str, course: Course, prepared: Prepared, workplace: Path
) -> tuple[list[MethodResult], tuple[Failure, ...]]:
    found, failures = [], []
    if not course.peers:
        return [], ()
    task = write_task(prepared, workplace / name)
    for number, peer in enumerate(course.peers):
        place = workplace / name / str(number)
        try:
            found.append(link_beside(peer, task, prepared.truth, course.seeds, place))
        except ToolError as error:
            failures.append(Failure(peer.name, str(error)))
            print(f"{name}: {error}", file=sys.stderr, flush=True)
        else:
            _say(name, found[-1])
    return found, tuple(failures)


def _say(name: str, method: MethodResult) -> None:
    print(f"{name}: {method.name}: F1 {method.f1.mean:.4f}", file=sys.stderr, flush=True)
