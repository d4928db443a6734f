"""Errors with a canary in all that an error can carry, and places to raise them in.

Imports little: the reading child, which starts anew for each test, has to import it.
"""

import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import NoReturn

from linkage_agent.sources import child, records
from linkage_agent.sources.plan import ReadPlan
from tests.privacy.canaries import PEOPLE

CANARY = f"{PEOPLE[0].given} {PEOPLE[0].family}"


class Panic(BaseException):
    """As compiled code in Rust fails: no `Exception`."""


def chain() -> BaseException:
    """An error with notes, a cause and a context."""
    error = ValueError(CANARY)
    error.add_note(CANARY)
    error.__cause__ = KeyError(CANARY)
    error.__context__ = LookupError(CANARY)
    return error


ERRORS: dict[str, Callable[[], BaseException]] = {
    "chain": chain,
    "group": lambda: ExceptionGroup(CANARY, [ValueError(CANARY)]),
    "decoding": lambda: UnicodeDecodeError("utf-8", CANARY.encode(), 0, 1, CANARY),
    "system": lambda: FileNotFoundError(2, os.strerror(2), CANARY),
    "panic": lambda: Panic(CANARY),
}


def raising(make_error: Callable[[], BaseException]) -> Callable[..., NoReturn]:
    """Something that raises whatever it is called with."""

    def fail(*_: object, **__: object) -> NoReturn:
        error = make_error()
        raise error

    return fail


def failing_child(place: str, kind: str, connection: Connection, plan: ReadPlan) -> None:
    """The reading child with a fault in it; runs in a process of its own."""
    # The child takes what reads records from its module at the last moment.
    setattr(records if place == "read_records" else child, place, raising(ERRORS[kind]))
    child.main(connection, plan)
