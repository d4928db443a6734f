"""linkage-agent with a record of every message: what it gave to gRPC, and what gRPC gave to it.

    python -m tests.privacy.recording_agent RECORD COMMAND ...

The record has one JSON object a line, added as a whole. Nothing else differs from `linkage-agent`.
"""

import base64
import json
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.message import Message

from linkage.wire.limits import ChannelOptions
from linkage_agent.cli import main


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call.

    Attributes:
        answer: None if the matcher refused.
        metadata: What was sent beside the request.
        trailing: Names and values of what came beside the answer.
    """

    method: str
    request: bytes
    answer: bytes | None
    metadata: list[list[str]]
    trailing: list[list[str]]

    @classmethod
    def from_line(cls, line: str) -> "Exchange":
        document = json.loads(line)
        answer = document["answer"]
        return cls(
            method=document["method"],
            request=base64.b64decode(document["request"]),
            answer=None if answer is None else base64.b64decode(answer),
            metadata=document["metadata"],
            trailing=document["trailing"],
        )


def exchanges_in(record: Path) -> list[Exchange]:
    """What has been recorded."""
    return [Exchange.from_line(line) for line in record.read_text("ascii").splitlines()]


class Recorder(grpc.UnaryUnaryClientInterceptor):
    """Keeps each message as it goes to and comes from the wire."""

    def __init__(self, record: Path) -> None:
        self._record = record

    def intercept_unary_unary(
        self,
        continuation: Callable[[grpc.ClientCallDetails, Any], Any],
        client_call_details: grpc.ClientCallDetails,
        request: Any,  # noqa: ANN401 - whichever message the method takes
    ) -> Any:  # noqa: ANN401 - grpc's own, which has no public name
        call = continuation(client_call_details, request)
        line = {
            "method": client_call_details.method,
            "request": _text(request),
            "answer": None if call.exception() else _text(call.result()),
            "metadata": _pairs(client_call_details.metadata),
            "trailing": _pairs(call.trailing_metadata()),
        }
        descriptor = os.open(self._record, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, json.dumps(line).encode() + b"\n")
        os.close(descriptor)
        return call


def record_calls(record: Path) -> None:
    """Lets every channel that is opened from now on go through a recorder."""
    open_channel = grpc.secure_channel

    def opened(
        target: str, credentials: grpc.ChannelCredentials, options: ChannelOptions
    ) -> grpc.Channel:
        channel = open_channel(target, credentials, options)
        return grpc.intercept_channel(channel, Recorder(record))

    grpc.secure_channel = opened  # type: ignore[assignment]  # just as the agent calls it


def _text(message: Message) -> str:
    return base64.b64encode(message.SerializeToString()).decode()


def _pairs(metadata: Iterable[tuple[str, str | bytes]] | None) -> list[list[str]]:
    return [[key, str(value)] for key, value in metadata or ()]


if __name__ == "__main__":
    record_calls(Path(sys.argv.pop(1)))
    main()
