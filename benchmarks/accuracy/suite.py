"""The suite: for each data set, the encoded linkage and its plaintext peer in one run.

1. Read both extracts as the agent does.
2. Plan the fields' weights from each agency's own file: no truth, nothing of the other's.
3. For each seed link under three agreements: the threshold left to the matcher to estimate; a
   fixed one; and a low one, of which the best threshold is found with hindsight.
4. Let the peer link the same columns in plaintext.
5. Compare all with the truth.
"""

import platform
import sys
from collections.abc import Sequence
from decimal import Decimal
from importlib.metadata import version
from math import floor
from pathlib import Path
from typing import Final

from benchmarks.accuracy.agreement import make_agreement
from benchmarks.accuracy.datasets import LabelledPair, ReadPair, read_pair
from benchmarks.accuracy.encoded import EncodedLink, link_encoded
from benchmarks.accuracy.metrics import best_threshold, score_pairs
from benchmarks.accuracy.peer import PeerLink, link_plaintext
from benchmarks.accuracy.planning import bits_per_qgram
from benchmarks.accuracy.report import Choice, Report, Row
from linkage.ids import FieldName
from linkage.matcher.execute.interface import Executor

SEEDS: Final = (1, 2, 3)
FIXED_THRESHOLD: Final = Decimal("0.8")
"""A round value, such as parties might write down without a look at any data."""
LOW_THRESHOLD: Final = Decimal("0.4")
"""Hindsight looks no lower: strangers have as much in common by chance."""
ESTIMATED_STEPS: Final = 200
"""The matcher estimates thresholds in steps of 1 / 200."""
MODEL_PROBABILITY: Final = 0.5

ENCODED: Final = "encoded linkage"
PEER: Final = "recordlinkage ECM, plaintext"


def measure(
    data: LabelledPair,
    executor: Executor,
    peer_folder: Path | None,
    seeds: Sequence[int] = SEEDS,
) -> Report:
    """All rows for one data set.

    Args:
        data: what to link.
        executor: where the matcher computes.
        peer_folder: where the peer's files go; None leaves the peer out.
        seeds: one run of the encoded linkage for each.

    Raises:
        PeerError: The peer can't be installed, or did not do its work.
    """
    read = read_pair(data)
    bits = plan_weights(data, read)
    rows = [
        row for seed in seeds for row in _encoded_rows(data, read, bits, seed=seed, on=executor)
    ]
    versions = {"python": platform.python_version(), "numpy": version("numpy")}
    if peer_folder is not None:
        kinds = {field.name: field.kind for field in data.fields}
        peer = link_plaintext(read.left, read.right, kinds, peer_folder)
        rows += _peer_rows(read, peer)
        versions |= peer.versions
    return Report(
        dataset=data.name,
        records=(len(read.left), len(read.right)),
        true_pairs=len(read.true),
        bits_per_qgram={str(name): weight for name, weight in bits.items()},
        rows=tuple(rows),
        seeds=tuple(seeds),
        versions=versions,
    )


def plan_weights(data: LabelledPair, read: ReadPair) -> dict[FieldName, int]:
    """Bits per q-gram of each field, from each agency's own file."""
    return {
        field.name: bits_per_qgram(
            [columns.fields[field.name] for columns in read.both], field.kind, field.stability
        )
        for field in data.fields
    }


def _encoded_rows(
    data: LabelledPair, read: ReadPair, bits: dict[FieldName, int], *, seed: int, on: Executor
) -> list[Row]:
    estimated, fixed, low = (
        link_encoded(read, make_agreement(data, bits, threshold), seed, on)
        for threshold in (None, FIXED_THRESHOLD, LOW_THRESHOLD)
    )
    best = best_threshold(low.pairs, low.scores, read.true)
    print(f"{data.name}: seed {seed} done", file=sys.stderr)
    return [
        Row.of(ENCODED, threshold, score, link.seconds, seed)
        for threshold, score, link in (
            (
                (_threshold_of(estimated), Choice.ESTIMATED),
                score_pairs(estimated.pairs, read.true),
                estimated,
            ),
            (
                (float(FIXED_THRESHOLD), Choice.FIXED),
                score_pairs(fixed.pairs, read.true),
                fixed,
            ),
            ((best.threshold, Choice.HINDSIGHT), best.score, low),
        )
    ]


def _threshold_of(link: EncodedLink) -> float:
    """The estimated threshold, which the matcher keeps to itself: the step below all scores."""
    return floor(float(link.scores.min(initial=1.0)) * ESTIMATED_STEPS) / ESTIMATED_STEPS


def _peer_rows(read: ReadPair, peer: PeerLink) -> list[Row]:
    model = (MODEL_PROBABILITY, Choice.PROBABILITY)
    kept = peer.probabilities >= MODEL_PROBABILITY
    one_to_one = score_pairs(peer.linked.take(kept), read.true)
    best = best_threshold(peer.linked, peer.probabilities, read.true)
    hindsight = (best.threshold, Choice.HINDSIGHT)
    return [
        Row.of(PEER, model, score_pairs(peer.classified, read.true), peer.seconds),
        Row.of(f"{PEER}, one-to-one", model, one_to_one, peer.seconds),
        Row.of(f"{PEER}, one-to-one", hindsight, best.score, peer.seconds),
    ]
