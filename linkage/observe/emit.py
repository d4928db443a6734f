"""The one way to log: an event and fields from an allow-list.

What may be logged is what `Fields` names, with these types: ids that the agreement gives, digests,
counts and times. A type checker refuses any other field; should one slip through at run time it is
dropped, never written. Counts of records below ten are blurred, as small numbers point at people,
and so are those of pairs of so few.
"""

import logging
from typing import Final, TypedDict, Unpack

from linkage.observe.events import Event

LOGGER: Final = "linkage"
SMALL_COUNTS: Final = {"record_count": 10, "pair_count": 100}


class Fields(TypedDict, total=False):
    """All that a log line may say beside its event."""

    agency: str
    project: str
    dataset: str
    run: str
    step: str
    method: str
    reason: str
    request_id: str
    error_type: str
    record_count: int
    chunk: int
    chunk_count: int
    milliseconds: int
    expected_milliseconds: int
    mebibytes: int
    expected_mebibytes: int
    pair_count: int
    port: int


def emit(event: Event, **fields: Unpack[Fields]) -> None:
    """Logs one event."""
    logging.getLogger(LOGGER).log(event.level, event.name, extra={"fields": _allowed(fields)})


def _allowed(fields: Fields) -> dict[str, int | str]:
    allowed: dict[str, int | str] = {}
    for name, value in fields.items():
        kind = Fields.__annotations__.get(name)
        if kind is None or type(value) is not kind:
            continue
        small = SMALL_COUNTS.get(name, 0)
        if isinstance(value, int) and value < small:
            allowed[name] = f"<{small}"
        elif isinstance(value, int | str):
            allowed[name] = value
    return allowed
