"""Errors across the wire: this table, both ways.

The reason's code travels in trailing metadata, its facts beside it, so that the agent raises the
same error that the matcher did. The status text is constant: nothing of a request comes back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import grpc

from linkage import reasons
from linkage.errors import (
    AccessError,
    ExitCode,
    Fact,
    LimitError,
    LinkageError,
    Reason,
    RequestError,
    StateError,
    StoreError,
)
from linkage.wire.limits import DEADLINE_SECONDS

REASON_KEY: Final = "linkage-reason"
FACT_KEY: Final = "linkage-fact-"
REQUEST_ID_KEY: Final = "linkage-request-id"
"""In the trailing metadata of every answer, good or bad; the matcher's log has it too."""
MAX_FACTS: Final = 16
MAX_FACT_CHARACTERS: Final = 200

_ARGUMENTS: Final = ("self", "reason")
"""Of an error itself: a peer's facts must not stand in for them."""

Metadata = tuple[tuple[str, str], ...]

PEER_UNREACHABLE: Final = Reason(
    "PEER_UNREACHABLE",
    "The matcher at {address} can't be reached or refuses the connection: {cause}.",
    "Nothing is lost: run the command again when the cause is mended.",
    ExitCode.TRY_LATER,
)
PEER_TIMEOUT: Final = Reason(
    "PEER_TIMEOUT",
    "The matcher did not answer within {seconds} seconds.",
    "Nothing is lost: run the command again later.",
    ExitCode.TRY_LATER,
)
PEER_BUSY: Final = Reason(
    "PEER_BUSY",
    "The matcher at {address} is asked more at once than it takes.",
    "Nothing is lost: run the command again later.",
    ExitCode.TRY_LATER,
)
PEER_UNKNOWN: Final = Reason(
    "PEER_UNKNOWN",
    "The matcher answered with the status {status}, which this agent can't explain.",
    "Use releases of agent and matcher that work together.",
    ExitCode.PROTOCOL,
)


@dataclass(frozen=True, slots=True)
class _Row:
    """How one reason crosses."""

    reason: Reason
    status: grpc.StatusCode
    family: type[LinkageError]


_TABLE: Final = {
    row.reason.code: row
    for row in (
        _Row(reasons.INVALID_REQUEST, grpc.StatusCode.INVALID_ARGUMENT, RequestError),
        _Row(reasons.CHUNK_CORRUPT, grpc.StatusCode.INVALID_ARGUMENT, RequestError),
        _Row(reasons.AGREEMENT_MISMATCH, grpc.StatusCode.FAILED_PRECONDITION, RequestError),
        _Row(reasons.SCHEMA_MISMATCH, grpc.StatusCode.FAILED_PRECONDITION, RequestError),
        _Row(reasons.EPOCH_MISMATCH, grpc.StatusCode.FAILED_PRECONDITION, RequestError),
        _Row(reasons.AGREEMENT_NOT_LIVE, grpc.StatusCode.FAILED_PRECONDITION, StateError),
        _Row(reasons.WRONG_STATE, grpc.StatusCode.FAILED_PRECONDITION, StateError),
        _Row(reasons.DATASETS_MISSING, grpc.StatusCode.FAILED_PRECONDITION, StateError),
        _Row(reasons.UPLOAD_INCOMPLETE, grpc.StatusCode.FAILED_PRECONDITION, StateError),
        _Row(reasons.RESULT_HELD, grpc.StatusCode.FAILED_PRECONDITION, StateError),
        _Row(reasons.REQUEST_CONFLICT, grpc.StatusCode.ALREADY_EXISTS, RequestError),
        _Row(reasons.UNAUTHENTICATED, grpc.StatusCode.UNAUTHENTICATED, AccessError),
        _Row(reasons.NOT_ALLOWED, grpc.StatusCode.PERMISSION_DENIED, AccessError),
        _Row(reasons.NO_SUCH_PROJECT, grpc.StatusCode.NOT_FOUND, AccessError),
        _Row(reasons.LIMIT_EXCEEDED, grpc.StatusCode.RESOURCE_EXHAUSTED, LimitError),
        _Row(reasons.STORE_UNAVAILABLE, grpc.StatusCode.UNAVAILABLE, StoreError),
        _Row(reasons.STORE_CORRUPT, grpc.StatusCode.DATA_LOSS, StoreError),
        _Row(reasons.VERSION_UNSUPPORTED, grpc.StatusCode.UNIMPLEMENTED, RequestError),
        _Row(reasons.INTERNAL, grpc.StatusCode.INTERNAL, StoreError),
    )
}


def to_wire(error: LinkageError, request_id: str) -> tuple[grpc.StatusCode, str, Metadata]:
    """Status, constant text and trailing metadata for an error.

    An error whose reason is not in the table crosses as `INTERNAL`: what only the matcher should
    know stays there.
    """
    row = _TABLE.get(error.reason.code)
    if row is None or row.reason is reasons.INTERNAL:
        return internal(request_id)
    facts = tuple(
        (f"{FACT_KEY}{name}", str(fact))
        for name, fact in error.facts.items()
        if _crosses(str(fact))
    )
    return row.status, row.reason.code, ((REASON_KEY, row.reason.code), *facts)


def internal(request_id: str) -> tuple[grpc.StatusCode, str, Metadata]:
    """The same for whatever was not foreseen: no word of it crosses."""
    code = reasons.INTERNAL.code
    metadata = ((REASON_KEY, code), (f"{FACT_KEY}request_id", request_id))
    return grpc.StatusCode.INTERNAL, code, metadata


def from_wire(
    status: grpc.StatusCode, trailing: Iterable[tuple[str, str | bytes]], address: str
) -> LinkageError:
    """The error that the matcher raised, or what the status alone tells.

    Args:
        status: Of the failed call.
        trailing: Its trailing metadata; what the peer put there is checked for form.
        address: Of the matcher, for the text.
    """
    metadata = {key: value for key, value in trailing if isinstance(value, str)}
    row = _TABLE.get(metadata.get(REASON_KEY, ""))
    if row is not None:
        return row.family(row.reason, **_facts(metadata))
    if status is grpc.StatusCode.UNAVAILABLE:
        return StateError(PEER_UNREACHABLE, address=address, cause="no connection")
    if status is grpc.StatusCode.DEADLINE_EXCEEDED:
        return StateError(PEER_TIMEOUT, seconds=int(DEADLINE_SECONDS))
    if status is grpc.StatusCode.UNIMPLEMENTED:
        return RequestError(reasons.VERSION_UNSUPPORTED)
    if status is grpc.StatusCode.RESOURCE_EXHAUSTED:
        # Or a message is too long; but no agent of a release that works together sends one.
        return StateError(PEER_BUSY, address=address)
    return RequestError(PEER_UNKNOWN, status=status.name)


def _facts(metadata: dict[str, str]) -> dict[str, Fact]:
    named = {
        key.removeprefix(FACT_KEY): value
        for key, value in metadata.items()
        if key.startswith(FACT_KEY) and _crosses(value)
    }
    return {
        name: int(value) if value.isdecimal() else value
        for name, value in list(named.items())[:MAX_FACTS]
        if name.isidentifier() and name not in _ARGUMENTS
    }


def _crosses(fact: str) -> bool:
    """Whether a fact may stand in metadata: gRPC fails a whole call over one that may not."""
    return len(fact) <= MAX_FACT_CHARACTERS and fact.isascii() and fact.isprintable()
