from linkage.api.v1 import project_pb2 as _project_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RunState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RUN_STATE_UNSPECIFIED: _ClassVar[RunState]
    RUN_STATE_QUEUED: _ClassVar[RunState]
    RUN_STATE_RUNNING: _ClassVar[RunState]
    RUN_STATE_HELD: _ClassVar[RunState]
    RUN_STATE_RELEASED: _ClassVar[RunState]
    RUN_STATE_REFUSED: _ClassVar[RunState]
    RUN_STATE_FAILED: _ClassVar[RunState]
RUN_STATE_UNSPECIFIED: RunState
RUN_STATE_QUEUED: RunState
RUN_STATE_RUNNING: RunState
RUN_STATE_HELD: RunState
RUN_STATE_RELEASED: RunState
RUN_STATE_REFUSED: RunState
RUN_STATE_FAILED: RunState

class RequestRunRequest(_message.Message):
    __slots__ = ("project",)
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    project: _project_pb2.ProjectRef
    def __init__(self, project: _Optional[_Union[_project_pb2.ProjectRef, _Mapping]] = ...) -> None: ...

class RequestRunResponse(_message.Message):
    __slots__ = ("run_id",)
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    run_id: bytes
    def __init__(self, run_id: _Optional[bytes] = ...) -> None: ...

class GetRunRequest(_message.Message):
    __slots__ = ("project", "run_id")
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    project: _project_pb2.ProjectRef
    run_id: bytes
    def __init__(self, project: _Optional[_Union[_project_pb2.ProjectRef, _Mapping]] = ..., run_id: _Optional[bytes] = ...) -> None: ...

class ResultTable(_message.Message):
    __slots__ = ("agency", "group", "content_digest")
    AGENCY_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    CONTENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    agency: str
    group: str
    content_digest: bytes
    def __init__(self, agency: _Optional[str] = ..., group: _Optional[str] = ..., content_digest: _Optional[bytes] = ...) -> None: ...

class GetRunResponse(_message.Message):
    __slots__ = ("state", "tables", "approved_by")
    STATE_FIELD_NUMBER: _ClassVar[int]
    TABLES_FIELD_NUMBER: _ClassVar[int]
    APPROVED_BY_FIELD_NUMBER: _ClassVar[int]
    state: RunState
    tables: _containers.RepeatedCompositeFieldContainer[ResultTable]
    approved_by: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, state: _Optional[_Union[RunState, str]] = ..., tables: _Optional[_Iterable[_Union[ResultTable, _Mapping]]] = ..., approved_by: _Optional[_Iterable[str]] = ...) -> None: ...

class ApproveReleaseRequest(_message.Message):
    __slots__ = ("project", "run_id", "signature")
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    project: _project_pb2.ProjectRef
    run_id: bytes
    signature: bytes
    def __init__(self, project: _Optional[_Union[_project_pb2.ProjectRef, _Mapping]] = ..., run_id: _Optional[bytes] = ..., signature: _Optional[bytes] = ...) -> None: ...

class ApproveReleaseResponse(_message.Message):
    __slots__ = ("state",)
    STATE_FIELD_NUMBER: _ClassVar[int]
    state: RunState
    def __init__(self, state: _Optional[_Union[RunState, str]] = ...) -> None: ...

class RefuseReleaseRequest(_message.Message):
    __slots__ = ("project", "run_id")
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    project: _project_pb2.ProjectRef
    run_id: bytes
    def __init__(self, project: _Optional[_Union[_project_pb2.ProjectRef, _Mapping]] = ..., run_id: _Optional[bytes] = ...) -> None: ...

class RefuseReleaseResponse(_message.Message):
    __slots__ = ("state",)
    STATE_FIELD_NUMBER: _ClassVar[int]
    state: RunState
    def __init__(self, state: _Optional[_Union[RunState, str]] = ...) -> None: ...
