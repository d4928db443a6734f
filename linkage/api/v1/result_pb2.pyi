from linkage.api.v1 import project_pb2 as _project_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FetchMatchKeysRequest(_message.Message):
    __slots__ = ("project", "run_id", "group", "page")
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    PAGE_FIELD_NUMBER: _ClassVar[int]
    project: _project_pb2.ProjectRef
    run_id: bytes
    group: str
    page: int
    def __init__(self, project: _Optional[_Union[_project_pb2.ProjectRef, _Mapping]] = ..., run_id: _Optional[bytes] = ..., group: _Optional[str] = ..., page: _Optional[int] = ...) -> None: ...

class FetchMatchKeysResponse(_message.Message):
    __slots__ = ("entries", "page_count")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    PAGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    entries: bytes
    page_count: int
    def __init__(self, entries: _Optional[bytes] = ..., page_count: _Optional[int] = ...) -> None: ...
