"""Runs a peer on a task: files go in and come out, nothing of it is imported here."""

import json
from itertools import combinations
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.environment import Environment, ToolError, run_module
from benchmarks.peers.interface import AgencyPairs, Measure, Peer, PeerResult, PeerTask, Sees


def _environment(tool: str) -> Environment:
    return Environment.beside_ours(tool, Path("benchmarks/peers") / tool / "requirements.txt")


PEERS: Final = (
    Peer(
        name="Splink",
        module="benchmarks.peers.splink.link",
        environment=_environment("splink"),
        sees=Sees.PLAINTEXT,
    ),
    Peer(
        name="recordlinkage ECM",
        module="benchmarks.peers.recordlinkage.ecm",
        environment=_environment("recordlinkage"),
        sees=Sees.PLAINTEXT,
        draws=False,
    ),
    Peer(
        name="recordlinkage logistic, supervised",
        module="benchmarks.peers.recordlinkage.logistic",
        environment=_environment("recordlinkage"),
        sees=Sees.PLAINTEXT,
        supervised=True,
    ),
    Peer(
        name="clkhash + anonlink",
        module="benchmarks.peers.anonlink.link",
        environment=_environment("anonlink"),
        sees=Sees.ENCODINGS,
    ),
    Peer(
        name="exact tokens",
        module="benchmarks.peers.tokens.link",
        environment=None,
        sees=Sees.TOKENS,
        draws=False,
    ),
)
"""In the order of tables."""


def run_peer(peer: Peer, task: PeerTask, folder: Path) -> PeerResult:
    """Lets a peer link.

    Args:
        peer: who.
        task: what; the truth is handed on to a supervised peer only.
        folder: where the files between us and the peer go; made if it is not there.

    Raises:
        ToolError: The peer can't be installed, or did not do its work.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_document(task, with_truth=peer.supervised), indent=2)
    (folder / "task.json").write_text(text, encoding="utf-8")
    try:
        run_module(peer.environment, peer.module, [folder.resolve()])
    except ToolError as error:
        next_step = f"The task is in {folder}; leave this peer out to go on without it."
        raise ToolError(f"{peer.name}: {error}\n{next_step}") from None
    found = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return PeerResult(
        pairs=_read_pairs(folder / "pairs.npz", task),
        measure=Measure(found["measure"]),
        threshold=float(found["threshold"]),
        seconds=float(found["seconds"]),
        peak_memory_mib=float(found["peak_memory_mib"]),
        versions=dict(found["versions"]),
    )


def _document(task: PeerTask, *, with_truth: bool) -> dict[str, object]:
    return {
        "agencies": [
            {
                "name": each.agency,
                "file": str(each.file.resolve()),
                "holds_each_person_once": each.holds_each_person_once,
            }
            for each in task.agencies
        ],
        "fields": [{"name": field.name, "kind": field.kind.value} for field in task.fields],
        "seed": task.seed,
        "truth": str(task.truth.resolve()) if with_truth and task.truth else None,
    }


def _read_pairs(path: Path, task: PeerTask) -> tuple[AgencyPairs, ...]:
    """The pairs of each two agencies; a peer numbers agencies in the order of the task."""
    with np.load(path, allow_pickle=False) as columns:
        found = {name: columns[name] for name in columns.files}
    pairs = []
    for left, right in combinations(range(len(task.agencies)), 2):
        here = (found["left_agency"] == left) & (found["right_agency"] == right)
        pairs.append(
            AgencyPairs(
                left_agency=task.agencies[left].agency,
                right_agency=task.agencies[right].agency,
                left=found["left"][here],
                right=found["right"][here],
                scores=found["scores"][here],
                linked=found["linked"][here],
                decided=found["decided"][here],
            )
        )
    return tuple(pairs)
