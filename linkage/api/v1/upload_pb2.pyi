from linkage.api.v1 import project_pb2 as _project_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Manifest(_message.Message):
    __slots__ = ("schema_digest", "epoch", "record_count", "encoding_bytes", "records_per_chunk", "chunk_digests", "software")
    SCHEMA_DIGEST_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    RECORD_COUNT_FIELD_NUMBER: _ClassVar[int]
    ENCODING_BYTES_FIELD_NUMBER: _ClassVar[int]
    RECORDS_PER_CHUNK_FIELD_NUMBER: _ClassVar[int]
    CHUNK_DIGESTS_FIELD_NUMBER: _ClassVar[int]
    SOFTWARE_FIELD_NUMBER: _ClassVar[int]
    schema_digest: bytes
    epoch: int
    record_count: int
    encoding_bytes: int
    records_per_chunk: int
    chunk_digests: _containers.RepeatedScalarFieldContainer[bytes]
    software: str
    def __init__(self, schema_digest: _Optional[bytes] = ..., epoch: _Optional[int] = ..., record_count: _Optional[int] = ..., encoding_bytes: _Optional[int] = ..., records_per_chunk: _Optional[int] = ..., chunk_digests: _Optional[_Iterable[bytes]] = ..., software: _Optional[str] = ...) -> None: ...

class OpenDatasetRequest(_message.Message):
    __slots__ = ("project", "manifest")
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    project: _project_pb2.ProjectRef
    manifest: Manifest
    def __init__(self, project: _Optional[_Union[_project_pb2.ProjectRef, _Mapping]] = ..., manifest: _Optional[_Union[Manifest, _Mapping]] = ...) -> None: ...

class OpenDatasetResponse(_message.Message):
    __slots__ = ("dataset_id",)
    DATASET_ID_FIELD_NUMBER: _ClassVar[int]
    dataset_id: bytes
    def __init__(self, dataset_id: _Optional[bytes] = ...) -> None: ...

class PutChunkRequest(_message.Message):
    __slots__ = ("project", "dataset_id", "index", "payload")
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    DATASET_ID_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    project: _project_pb2.ProjectRef
    dataset_id: bytes
    index: int
    payload: bytes
    def __init__(self, project: _Optional[_Union[_project_pb2.ProjectRef, _Mapping]] = ..., dataset_id: _Optional[bytes] = ..., index: _Optional[int] = ..., payload: _Optional[bytes] = ...) -> None: ...

class PutChunkResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class QueryDatasetRequest(_message.Message):
    __slots__ = ("project", "dataset_id")
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    DATASET_ID_FIELD_NUMBER: _ClassVar[int]
    project: _project_pb2.ProjectRef
    dataset_id: bytes
    def __init__(self, project: _Optional[_Union[_project_pb2.ProjectRef, _Mapping]] = ..., dataset_id: _Optional[bytes] = ...) -> None: ...

class QueryDatasetResponse(_message.Message):
    __slots__ = ("committed", "missing_chunks")
    COMMITTED_FIELD_NUMBER: _ClassVar[int]
    MISSING_CHUNKS_FIELD_NUMBER: _ClassVar[int]
    committed: bool
    missing_chunks: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, committed: _Optional[bool] = ..., missing_chunks: _Optional[_Iterable[int]] = ...) -> None: ...

class CommitDatasetRequest(_message.Message):
    __slots__ = ("project", "dataset_id", "signature")
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    DATASET_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    project: _project_pb2.ProjectRef
    dataset_id: bytes
    signature: bytes
    def __init__(self, project: _Optional[_Union[_project_pb2.ProjectRef, _Mapping]] = ..., dataset_id: _Optional[bytes] = ..., signature: _Optional[bytes] = ...) -> None: ...

class CommitDatasetResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
