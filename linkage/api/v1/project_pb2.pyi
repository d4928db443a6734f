from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ProjectRef(_message.Message):
    __slots__ = ("project_id", "agreement_digest")
    PROJECT_ID_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    project_id: str
    agreement_digest: bytes
    def __init__(self, project_id: _Optional[str] = ..., agreement_digest: _Optional[bytes] = ...) -> None: ...

class GetAgreementRequest(_message.Message):
    __slots__ = ("project",)
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    project: ProjectRef
    def __init__(self, project: _Optional[_Union[ProjectRef, _Mapping]] = ...) -> None: ...

class GetAgreementResponse(_message.Message):
    __slots__ = ("signed_by", "live")
    SIGNED_BY_FIELD_NUMBER: _ClassVar[int]
    LIVE_FIELD_NUMBER: _ClassVar[int]
    signed_by: _containers.RepeatedScalarFieldContainer[str]
    live: bool
    def __init__(self, signed_by: _Optional[_Iterable[str]] = ..., live: _Optional[bool] = ...) -> None: ...

class PutSignatureRequest(_message.Message):
    __slots__ = ("project", "signature")
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    project: ProjectRef
    signature: bytes
    def __init__(self, project: _Optional[_Union[ProjectRef, _Mapping]] = ..., signature: _Optional[bytes] = ...) -> None: ...

class PutSignatureResponse(_message.Message):
    __slots__ = ("live",)
    LIVE_FIELD_NUMBER: _ClassVar[int]
    live: bool
    def __init__(self, live: _Optional[bool] = ...) -> None: ...
