"""A row: one figure of the linkage, and what was asked of it."""

from dataclasses import dataclass
from enum import Enum, auto


class Better(Enum):
    """Which figures are better."""

    HIGHER = auto()
    LOWER = auto()


@dataclass(frozen=True, slots=True)
class Goal:
    """What is measured, and what is asked of it.

    Attributes:
        unit: of the figure.
        better: which figures are.
        floor: inclusive: what it must reach; None where nothing is asked.
        goal: inclusive: what it should reach; None where nothing is wished for.
    """

    unit: str
    better: Better
    floor: float | None = None
    goal: float | None = None

    def is_met(self, bound: float | None, value: float | None) -> bool | None:
        """Whether a figure is as good as a bound; None where either is missing."""
        if bound is None or value is None:
            return None
        return value >= bound if self.better is Better.HIGHER else value <= bound


@dataclass(frozen=True, slots=True)
class Peer:
    """What another tool did with the same data in the same run."""

    name: str
    value: float
    unit: str

    def document(self) -> dict[str, object]:
        """As it stands in the JSON document."""
        return {"name": self.name, "value": _rounded(self.value), "unit": self.unit}


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    Attributes:
        name: the same in every run, quick or full, so that runs can be compared.
        goal: what is asked of it.
        value: None where it was not measured; the note then says why.
        note: what was done, and what bounds the figure.
        peer: who did the same beside us.
    """

    name: str
    goal: Goal
    value: float | None
    note: str
    peer: Peer | None = None

    @property
    def meets_floor(self) -> bool | None:
        """None where it was not measured, or nothing is asked."""
        return self.goal.is_met(self.goal.floor, self.value)

    @property
    def meets_goal(self) -> bool | None:
        """None where it was not measured, or nothing is wished for."""
        return self.goal.is_met(self.goal.goal, self.value)

    def document(self) -> dict[str, object]:
        """As it stands in the JSON document."""
        return {
            "name": self.name,
            "value": None if self.value is None else _rounded(self.value),
            "unit": self.goal.unit,
            "peer": self.peer.document() if self.peer else None,
            "better": self.goal.better.name.lower(),
            "floor": self.goal.floor,
            "goal": self.goal.goal,
            "meets_floor": self.meets_floor,
            "meets_goal": self.meets_goal,
            "note": self.note,
        }


def _rounded(value: float) -> float:
    """Six digits: more than any clock here is good for."""
    return float(f"{value:.6g}")
