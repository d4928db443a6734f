from linkage.api.v1 import project_pb2 as _project_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CeremonyStep(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CEREMONY_STEP_UNSPECIFIED: _ClassVar[CeremonyStep]
    CEREMONY_STEP_COMMIT: _ClassVar[CeremonyStep]
    CEREMONY_STEP_SHARE: _ClassVar[CeremonyStep]
    CEREMONY_STEP_CONFIRM: _ClassVar[CeremonyStep]
CEREMONY_STEP_UNSPECIFIED: CeremonyStep
CEREMONY_STEP_COMMIT: CeremonyStep
CEREMONY_STEP_SHARE: CeremonyStep
CEREMONY_STEP_CONFIRM: CeremonyStep

class CeremonyMessage(_message.Message):
    __slots__ = ("sender", "recipient", "step", "body", "signature")
    SENDER_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    sender: str
    recipient: str
    step: CeremonyStep
    body: bytes
    signature: bytes
    def __init__(self, sender: _Optional[str] = ..., recipient: _Optional[str] = ..., step: _Optional[_Union[CeremonyStep, str]] = ..., body: _Optional[bytes] = ..., signature: _Optional[bytes] = ...) -> None: ...

class PutMessageRequest(_message.Message):
    __slots__ = ("project", "message")
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    project: _project_pb2.ProjectRef
    message: CeremonyMessage
    def __init__(self, project: _Optional[_Union[_project_pb2.ProjectRef, _Mapping]] = ..., message: _Optional[_Union[CeremonyMessage, _Mapping]] = ...) -> None: ...

class PutMessageResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListMessagesRequest(_message.Message):
    __slots__ = ("project",)
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    project: _project_pb2.ProjectRef
    def __init__(self, project: _Optional[_Union[_project_pb2.ProjectRef, _Mapping]] = ...) -> None: ...

class ListMessagesResponse(_message.Message):
    __slots__ = ("messages",)
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[CeremonyMessage]
    def __init__(self, messages: _Optional[_Iterable[_Union[CeremonyMessage, _Mapping]]] = ...) -> None: ...
