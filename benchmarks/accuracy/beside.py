"""The peers beside us: the same records go to each, in plaintext, and figures come back."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.evaluate.curve import curve_of_pairs
from benchmarks.evaluate.evaluation import Prepared
from benchmarks.evaluate.folder import RECORD_COLUMN
from benchmarks.evaluate.measure import best_figures, calibration, curve_points
from benchmarks.evaluate.metrics import Score, count_pairs
from benchmarks.evaluate.results import Figures, Outcome
from benchmarks.evaluate.truth import RecordPairs, Truth, are_true
from benchmarks.peers.interface import (
    AgencyPairs,
    Peer,
    PeerAgency,
    PeerField,
    PeerResult,
    PeerTask,
)
from benchmarks.peers.run import run_peer
from benchmarks.report.content import MethodResult
from linkage_agent.columns import MISSING, StringColumn, StringColumns


def write_task(prepared: Prepared, folder: Path) -> PeerTask:
    """Writes each agency's records in standard form, and says what is to be linked.

    Args:
        prepared: The records, the agreement's fields, the truth.
        folder: Made if it is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    agreement = prepared.settled.agreement
    agencies = []
    for agency, columns in prepared.extracts.items():
        file = folder / f"{agency}.csv"
        _write_records(columns, file)
        once = agreement.party(agency).holds_each_person_once
        agencies.append(PeerAgency(agency, file, once))
    return PeerTask(
        agencies=tuple(agencies),
        fields=tuple(PeerField(field.name, field.kind) for field in agreement.schema.fields),
        seed=0,
        truth=prepared.truth_file,
    )


def link_beside(
    peer: Peer, task: PeerTask, truth: Truth, seeds: Sequence[int], folder: Path
) -> MethodResult:
    """What a peer finds, for each seed.

    Args:
        peer: Who.
        task: What; its seed is replaced.
        truth: Who the records are.
        seeds: At least one; the first one only for a peer that draws nothing.
        folder: Where files go that the peer and we exchange.

    Raises:
        ToolError: The peer can't be installed, or did not do its work.
    """
    told = seeds if peer.draws else seeds[:1]
    found = [run_peer(peer, replace(task, seed=seed), folder / str(seed)) for seed in told]
    return MethodResult(
        name=peer.name,
        sees=peer.sees.value,
        outcomes=tuple(
            _outcome(result, task, truth, seed) for result, seed in zip(found, told, strict=True)
        ),
        is_ours=False,
        is_supervised=peer.supervised,
        peak_memory_mib=max(result.peak_memory_mib for result in found),
        versions=found[0].versions,
    )


def _outcome(found: PeerResult, task: PeerTask, truth: Truth, seed: int) -> Outcome:
    true = count_pairs(truth.people, truth.agencies)
    are_matches = np.concatenate(
        [are_true(_record_pairs(pairs, task, truth), truth) for pairs in found.pairs]
    )
    decided = np.concatenate([pairs.decided for pairs in found.pairs])
    linked = np.concatenate([pairs.linked for pairs in found.pairs])
    scores = np.concatenate([pairs.scores for pairs in found.pairs])
    probabilities = [found.probabilities(pairs) for pairs in found.pairs]
    said = [each for each in probabilities if each is not None]
    right = int((are_matches & decided).sum())
    chosen = Figures.of(Score(right, int(decided.sum()), true), found.threshold)
    # A pair that is linked through others only has no score of its own, so no threshold brings it.
    scored = linked & np.isfinite(scores)
    curve = curve_of_pairs(scores[scored], are_matches[scored], true)
    return Outcome(
        seed=seed,
        label_free=chosen,
        best=best_figures(curve, chosen),
        estimated=None,
        clusters=None,
        candidate_recall=int(are_matches.sum()) / true if true else 1.0,
        true_matches=true,
        curve=curve_points(curve),
        calibration=calibration(np.concatenate(said), are_matches) if said else (),
        subgroups=(),
        warnings=(),
        seconds={"linking": found.seconds},
    )


def _record_pairs(pairs: AgencyPairs, task: PeerTask, truth: Truth) -> RecordPairs:
    """The same pairs by the records' numbers among those of all agencies."""
    order = [agency.agency for agency in task.agencies]
    left, right = (
        truth.first_record(order.index(agency)) + rows
        for agency, rows in (
            (pairs.left_agency, pairs.left),
            (pairs.right_agency, pairs.right),
        )
    )
    return RecordPairs(left, right)


def _write_records(columns: StringColumns, path: Path) -> None:
    """The columns as a UTF-8 CSV file; missing values are empty."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([RECORD_COLUMN, *columns.fields])
        writer.writerows(zip(columns.row_ids, *map(_texts, columns.fields.values()), strict=True))


def _texts(column: StringColumn) -> list[str]:
    return ["" if code == MISSING else column.distinct[code] for code in column.codes]
