"""What an executor and its worker processes say to each other."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from linkage.matcher.execute.sharing import Outline

Stage: TypeAlias = Callable[[Any, Any], object]


@dataclass(frozen=True, slots=True, repr=False)
class Begin:
    """A new map: the stage, and the shared value. The memory of its arrays follows."""

    stage: Stage
    outline: Outline


@dataclass(frozen=True, slots=True, repr=False)
class Compute:
    """One block."""

    block: object


@dataclass(frozen=True, slots=True)
class End:
    """The map is over: forget the shared value."""


@dataclass(frozen=True, slots=True, repr=False)
class Computed:
    """The stage's result for the block asked for."""

    result: object


@dataclass(frozen=True, slots=True, repr=False)
class Failed:
    """What the stage raised instead."""

    error: Exception


Request: TypeAlias = Begin | Compute | End
Reply: TypeAlias = Computed | Failed
