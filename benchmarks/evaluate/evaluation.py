"""Evaluating: a project and labelled files in, figures out. The only module that knows the order.

(1) Read the project file; see which agencies the folder has.
(2) Complete the agreement, and settle how each agency's file is read.
(3) Read the files as the agent does, and who is who.
(4) For each seed encode and match, with nothing of the truth.
(5) Compare with the truth.
"""

import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from benchmarks.evaluate.curve import curve_of_groups
from benchmarks.evaluate.folder import TRUTH_FILE, Division, open_folder, read_subgroups, read_truth
from benchmarks.evaluate.link import Linked, link
from benchmarks.evaluate.measure import (
    best_figures,
    calibration,
    cluster_figures,
    curve_points,
    subgroup_figures,
)
from benchmarks.evaluate.memory import MemoryWatch
from benchmarks.evaluate.metrics import score_groups
from benchmarks.evaluate.project import read_project
from benchmarks.evaluate.results import Evaluation, Figures, Outcome
from benchmarks.evaluate.settle import Settled, settle
from benchmarks.evaluate.survey import survey
from benchmarks.evaluate.truth import Truth, are_true
from linkage.agreement.model import Agreement
from linkage.agreement.schema import Reveals
from linkage.ids import AgencyId
from linkage.matcher.execute.interface import Executor
from linkage_agent.columns import StringColumns


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that a linkage and its evaluation need.

    Attributes:
        extracts: what each agency read, in ascending order.
        remarks: what was filled in or taken for granted, and values that can't be read.
        truth: of their records, in that order.
        reading_seconds: for the agreement, the extracts and the truth.
    """

    settled: Settled
    extracts: Mapping[AgencyId, StringColumns]
    remarks: tuple[str, ...]
    truth: Truth
    truth_file: Path
    divisions: tuple[Division, ...]
    reading_seconds: float


def prepare(project: Path, data: Path, reveals: Reveals | None = None) -> Prepared:
    """Steps (1) to (3).

    Args:
        project: The project file.
        data: The folder with the agencies' files and the truth.
        reveals: What the matcher gets; as the project says unless given.

    Raises:
        LinkageError: The project or a file has faults.
    """
    started = time.perf_counter()
    given = read_project(project)  # (1)
    folder = open_folder(data, [AgencyId(party.id) for party in given.parties])
    settled = settle(given, project, folder, survey(folder), reveals)  # (2)
    extracts, remarks = settled.read()  # (3)
    row_ids = {agency: columns.row_ids for agency, columns in extracts.items()}
    truth = read_truth(folder, row_ids)
    divisions = read_subgroups(folder, row_ids)
    return Prepared(
        settled=settled,
        extracts=extracts,
        remarks=(*settled.remarks, *remarks),
        truth=truth,
        truth_file=folder.path / TRUTH_FILE,
        divisions=divisions,
        reading_seconds=time.perf_counter() - started,
    )


def evaluate(prepared: Prepared, seeds: Sequence[int], executor: Executor) -> Evaluation:
    """Steps (4) and (5) for each seed.

    Raises:
        LinkageError: What the agent or the matcher refuses.
    """
    agreement = prepared.settled.agreement
    outcomes, peaks = [], []
    withheld: dict[str, int] = {}
    for seed in seeds:
        with MemoryWatch() as memory:
            linked = link(prepared.extracts, agreement, seed, executor)  # (4)
        peaks.append(memory.peak_mib)
        withheld = {str(agency): count for agency, count in linked.withheld.items()}
        outcomes.append(_outcome(prepared, linked, seed))  # (5)
    return Evaluation(
        title=prepared.settled.title,
        reveals=agreement.schema.reveals.value,
        records={agency: len(columns) for agency, columns in prepared.extracts.items()},
        withheld=withheld,
        schema=prepared.settled.schema,
        remarks=prepared.remarks,
        outcomes=tuple(outcomes),
        reading_seconds=prepared.reading_seconds,
        peak_memory_mib=max((peak for peak in peaks if peak is not None), default=None),
        versions=versions(),
    )


def versions() -> dict[str, str]:
    """Of what figures hang on."""
    packages = ("linkage-service", "linkage-agent", "numpy", "numba")
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}


def _outcome(prepared: Prepared, linked: Linked, seed: int) -> Outcome:
    truth = prepared.truth
    score = score_groups(linked.groups, truth.people, truth.agencies)
    chosen = Figures.of(score, linked.threshold)
    once = _each_person_once(prepared.settled.agreement)
    curve = curve_of_groups(linked.pairs, linked.scores, truth, once)
    are_matches = are_true(linked.pairs, truth)
    return Outcome(
        seed=seed,
        label_free=chosen,
        best=best_figures(curve, chosen),
        estimated=linked.estimate,
        clusters=cluster_figures(linked.groups, truth),
        candidate_recall=int(are_matches.sum()) / score.true if score.true else 1.0,
        true_matches=score.true,
        curve=curve_points(curve),
        calibration=calibration(linked.scores, are_matches) if linked.estimate else (),
        warnings=linked.warnings,
        subgroups=subgroup_figures(linked.groups, truth, prepared.divisions),
        seconds=linked.seconds,
    )


def _each_person_once(agreement: Agreement) -> "np.typing.NDArray[np.bool_]":
    parties = (agreement.party(agency) for agency in agreement.agencies)
    return np.array([party.holds_each_person_once for party in parties], np.bool_)
