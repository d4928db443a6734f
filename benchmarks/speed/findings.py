"""Findings: what a measurement gives, its rows and what is drawn of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.environment import Environment
from benchmarks.speed.row import Row
from linkage_agent.picture.markup import Markup


@dataclass(frozen=True, slots=True)
class Findings:
    """What one measurement gives.

    Attributes:
        rows: in the order of the table.
        charts: by file name, each a drawing that stands by itself.
    """

    rows: Sequence[Row]
    charts: Mapping[str, Markup] = field(default_factory=dict)


def turns(values: Sequence[float]) -> str:
    """How far apart the turns were, for a note: the machine is not always equally fast."""
    return f"turns from {min(values):.3g} to {max(values):.3g}"


def peers_environment() -> Environment:
    """Where anonlink and clkhash are."""
    return Environment.beside_ours("anonlink", Path("benchmarks/peers/anonlink/requirements.txt"))
