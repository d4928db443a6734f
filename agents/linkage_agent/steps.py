"""The steps of a job, and how it says where it stands."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """The steps, in order."""

    SIGN = "sign"
    SECRET = "secret"  # noqa: S105 - the name of a step
    ENCODE = "encode"
    APPROVE = "approve"
    SEND = "send"
    MATCH = "match"
    RELEASE = "release"
    FETCH = "fetch"


class Waiting(StrEnum):
    """What a job waits for, when it can't go on by itself."""

    PERSON = "person"
    AGENCIES = "agencies"
    MATCHER = "matcher"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a job stands: at a step, done with it or waiting.

    Attributes:
        waiting: None if the step is done.
        what: the wait in words, with agencies' names where they are known.
    """

    step: Step
    waiting: Waiting | None = None
    what: str = ""


Report = Callable[[Step, int, int], None]
"""Told how far a long step has come: done and total, in the step's own units."""


def no_report(_step: Step, _done: int, _total: int) -> None:
    """For callers that do not watch."""
