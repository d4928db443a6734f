"""Calls as bytes: what any program could send, and exactly what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import grpc
from google.protobuf.descriptor import Descriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from linkage.api.v1 import project_pb2
from linkage.matcher.rpc.authorise import SERVED
from linkage.wire.errors import REASON_KEY

SECONDS: Final = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended."""

    status: grpc.StatusCode
    text: str = ""
    trailing: Mapping[str, str] = field(default_factory=dict)
    reply: bytes = b""

    @property
    def reason(self) -> str:
        """The reason's code; empty if the matcher gave none."""
        return self.trailing.get(REASON_KEY, "")

    @property
    def seen(self) -> str:
        """Every word that came back."""
        return f"{self.status} {self.text} {dict(self.trailing)} {self.reply!r}"


def call(
    channel: grpc.Channel,
    method: str,
    request: bytes,
    *,
    seconds: float | None = SECONDS,
    compression: grpc.Compression | None = None,
) -> Outcome:
    """One unary call."""
    stub: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method)
    try:
        reply, details = stub.with_call(request, timeout=seconds, compression=compression)
    except grpc.RpcError as error:
        return Outcome(error.code(), error.details() or "", _trailing(error.trailing_metadata()))
    return Outcome(grpc.StatusCode.OK, "", _trailing(details.trailing_metadata()), reply)


def methods() -> dict[str, MethodDescriptor]:
    """Every method of the contract, by its full name."""
    return {
        f"/{service.full_name}/{method.name}": method
        for file in SERVED
        for service in file.services_by_name.values()
        for method in service.methods
    }


def smallest_request(method: MethodDescriptor, project: project_pb2.ProjectRef) -> bytes:
    """A request that names the project and says nothing else."""
    message = message_of(method.input_type)
    if "project" in method.input_type.fields_by_name:
        message.project.CopyFrom(project)  # type: ignore[attr-defined]  # known only by name
    return message.SerializeToString()


def message_of(descriptor: Descriptor) -> Message:
    """An empty message of this type."""
    return GetMessageClass(descriptor)()


def _trailing(metadata: object) -> dict[str, str]:
    items = metadata if isinstance(metadata, tuple) else ()
    return {str(key): str(value) for key, value in items}
