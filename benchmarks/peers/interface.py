"""What a peer is, what it is asked to link, and what it answers.

A peer is another tool that links the same files beside us. It runs as a process in an environment
of its own (`run.py`), so nothing of it is imported here.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from benchmarks.environment import Environment
from linkage.agreement.schema import FieldKind
from linkage.arrays import BoolArray, FloatArray, IntArray
from linkage.ids import AgencyId, FieldName


class Sees(StrEnum):
    """What a peer links by."""

    PLAINTEXT = "plaintext"
    ENCODINGS = "encodings"
    TOKENS = "tokens"


class Measure(StrEnum):
    """What a peer's scores are; more is likelier in each."""

    PROBABILITY = "probability"
    MATCH_WEIGHT = "match weight"
    """Log2 of the odds that a pair is a match."""
    DICE = "dice"
    RULES = "rules"
    """How many of the rules agree."""


@dataclass(frozen=True, slots=True)
class Peer:
    """One way to link, by another tool.

    Attributes:
        name: as tables show it.
        module: run with `python -m`, in the environment.
        environment: its own; None where ours does.
        sees: what it links by.
        supervised: whether it learns from the truth, so that its decision is not label-free.
        draws: whether what it finds hangs on the seed; where it does not, one seed says all.
    """

    name: str
    module: str
    environment: Environment | None
    sees: Sees
    supervised: bool = False
    draws: bool = True


@dataclass(frozen=True, slots=True)
class PeerField:
    """One identifier, under its name in every agency's file."""

    name: FieldName
    kind: FieldKind


@dataclass(frozen=True, slots=True)
class PeerAgency:
    """One agency's records.

    Attributes:
        file: UTF-8 CSV with commas and a header: `record_id` and a column a field; empty = missing.
            Values are in standard form: dates YYYY-MM-DD, sex male, female or other.
        holds_each_person_once: whether no two of its records are of one person.
    """

    agency: AgencyId
    file: Path
    holds_each_person_once: bool


@dataclass(frozen=True, slots=True)
class PeerTask:
    """What is to be linked.

    Attributes:
        agencies: two or more, in the order in which pairs are numbered.
        fields: what to link by.
        seed: of whatever the peer draws.
        truth: `agency,record_id,person_id`; shown to supervised peers only.
    """

    agencies: tuple[PeerAgency, ...]
    fields: tuple[PeerField, ...]
    seed: int
    truth: Path | None = None


@dataclass(frozen=True, slots=True, repr=False)
class AgencyPairs:
    """What a peer says of the pairs of two agencies; the pairs that it never looked at are absent.

    Attributes:
        left_agency, right_agency: in the order of the task.
        left, right: (n_pairs,) int64, record numbers: lines of the file after its header, from 0.
        scores: (n_pairs,) float64 in the peer's measure; -inf for a pair that it links only through
            other records.
        linked: (n_pairs,) bool: outlives the peer's choice of best links where an agency holds each
            person once. The links at any threshold are the linked pairs that score no less, so the
            best threshold is sought among these.
        decided: (n_pairs,) bool: called matches, at the peer's own threshold.
    """

    left_agency: AgencyId
    right_agency: AgencyId
    left: IntArray
    right: IntArray
    scores: FloatArray
    linked: BoolArray
    decided: BoolArray

    def __len__(self) -> int:
        return len(self.left)

    def __repr__(self) -> str:
        return f"AgencyPairs({self.left_agency}, {self.right_agency}, {len(self)})"


@dataclass(frozen=True, slots=True)
class PeerResult:
    """What a peer found.

    Attributes:
        pairs: for each two agencies, in the order of the task.
        measure: what the scores are.
        threshold: the peer's own: in the measure, inclusive.
        seconds: from reading the files to the links, after imports.
        peak_memory_mib: of the peer's process.
        versions: of what it ran with, by package.
    """

    pairs: tuple[AgencyPairs, ...]
    measure: Measure
    threshold: float
    seconds: float
    peak_memory_mib: float
    versions: dict[str, str]

    def probabilities(self, pairs: AgencyPairs) -> FloatArray | None:
        """(n_pairs,) float64 match probabilities, or None where the peer knows none."""
        if self.measure is Measure.PROBABILITY:
            return np.maximum(pairs.scores, 0.0)
        if self.measure is Measure.MATCH_WEIGHT:
            return np.asarray(1.0 / (1.0 + np.exp2(-pairs.scores)), np.float64)
        return None
