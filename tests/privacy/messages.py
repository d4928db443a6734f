"""Recorded messages, read by the descriptors in `linkage.api`."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Final

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.unknown_fields import UnknownFieldSet

from linkage.api.v1 import ceremony_pb2, project_pb2, result_pb2, run_pb2, upload_pb2
from tests.privacy.recording_agent import Exchange

MODULES: Final[tuple[ModuleType, ...]] = (
    ceremony_pb2,
    project_pb2,
    result_pb2,
    run_pb2,
    upload_pb2,
)
_TYPES: Final = {
    f"/{service.full_name}/{method.name}": (method.input_type, method.output_type)
    for module in MODULES
    for service in module.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}


@dataclass(frozen=True, slots=True)
class Call:
    """One call, its messages read; no answer if the matcher refused."""

    method: str
    request: Message
    answer: Message | None

    @property
    def messages(self) -> list[Message]:
        return [self.request] if self.answer is None else [self.request, self.answer]


def read(exchange: Exchange) -> Call:
    """The call; fails unless its bytes are exactly what the descriptors say, and no more."""
    request_type, answer_type = _TYPES[exchange.method]
    answer = None if exchange.answer is None else _parsed(answer_type, exchange.answer)
    name = exchange.method.rpartition("/")[2]
    return Call(name, _parsed(request_type, exchange.request), answer)


def declared_fields() -> dict[str, set[str]]:
    """All messages that there are, and their fields."""
    return {
        message.name: {field.name for field in message.fields}
        for module in MODULES
        for message in module.DESCRIPTOR.message_types_by_name.values()
    }


def leaves(message: Message) -> Iterator[tuple[str, object]]:
    """Every value that is set, however deep, with the message and the field that it is in."""
    for field, value in message.ListFields():
        for item in value if field.is_repeated else [value]:
            if isinstance(item, Message):
                yield from leaves(item)
            else:
                yield f"{message.DESCRIPTOR.name}.{field.name}", item


def _parsed(type_: Descriptor, content: bytes) -> Message:
    message: Message = GetMessageClass(type_).FromString(content)
    _refuse_unknown_fields(message)
    assert message.SerializeToString(deterministic=True) == content
    return message


def _refuse_unknown_fields(message: Message) -> None:
    assert not len(UnknownFieldSet(message))
    for field, value in message.ListFields():
        if field.message_type is not None:
            for item in value if field.is_repeated else [value]:
                _refuse_unknown_fields(item)
