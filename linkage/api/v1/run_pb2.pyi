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

class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERDICT_UNSPECIFIED: _ClassVar[Verdict]
    VERDICT_MISSING: _ClassVar[Verdict]
    VERDICT_AGAINST: _ClassVar[Verdict]
    VERDICT_NEUTRAL: _ClassVar[Verdict]
    VERDICT_FOR: _ClassVar[Verdict]
    VERDICT_STRONGLY_FOR: _ClassVar[Verdict]
RUN_STATE_UNSPECIFIED: RunState
RUN_STATE_QUEUED: RunState
RUN_STATE_RUNNING: RunState
RUN_STATE_HELD: RunState
RUN_STATE_RELEASED: RunState
RUN_STATE_REFUSED: RunState
RUN_STATE_FAILED: RunState
VERDICT_UNSPECIFIED: Verdict
VERDICT_MISSING: Verdict
VERDICT_AGAINST: Verdict
VERDICT_NEUTRAL: Verdict
VERDICT_FOR: Verdict
VERDICT_STRONGLY_FOR: Verdict

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

class Estimate(_message.Message):
    __slots__ = ("value", "low", "high")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    value: float
    low: float
    high: float
    def __init__(self, value: _Optional[float] = ..., low: _Optional[float] = ..., high: _Optional[float] = ...) -> None: ...

class Quality(_message.Message):
    __slots__ = ("matches", "precision", "recall", "accepted", "candidate_recall")
    MATCHES_FIELD_NUMBER: _ClassVar[int]
    PRECISION_FIELD_NUMBER: _ClassVar[int]
    RECALL_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_RECALL_FIELD_NUMBER: _ClassVar[int]
    matches: Estimate
    precision: Estimate
    recall: Estimate
    accepted: int
    candidate_recall: float
    def __init__(self, matches: _Optional[_Union[Estimate, _Mapping]] = ..., precision: _Optional[_Union[Estimate, _Mapping]] = ..., recall: _Optional[_Union[Estimate, _Mapping]] = ..., accepted: _Optional[int] = ..., candidate_recall: _Optional[float] = ...) -> None: ...

class PairQuality(_message.Message):
    __slots__ = ("left", "right", "quality")
    LEFT_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    left: str
    right: str
    quality: Quality
    def __init__(self, left: _Optional[str] = ..., right: _Optional[str] = ..., quality: _Optional[_Union[Quality, _Mapping]] = ...) -> None: ...

class RunReport(_message.Message):
    __slots__ = ("threshold", "overall", "pairs", "warnings")
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    OVERALL_FIELD_NUMBER: _ClassVar[int]
    PAIRS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    threshold: float
    overall: Quality
    pairs: _containers.RepeatedCompositeFieldContainer[PairQuality]
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, threshold: _Optional[float] = ..., overall: _Optional[_Union[Quality, _Mapping]] = ..., pairs: _Optional[_Iterable[_Union[PairQuality, _Mapping]]] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...

class GetRunResponse(_message.Message):
    __slots__ = ("state", "tables", "approved_by", "report")
    STATE_FIELD_NUMBER: _ClassVar[int]
    TABLES_FIELD_NUMBER: _ClassVar[int]
    APPROVED_BY_FIELD_NUMBER: _ClassVar[int]
    REPORT_FIELD_NUMBER: _ClassVar[int]
    state: RunState
    tables: _containers.RepeatedCompositeFieldContainer[ResultTable]
    approved_by: _containers.RepeatedScalarFieldContainer[str]
    report: RunReport
    def __init__(self, state: _Optional[_Union[RunState, str]] = ..., tables: _Optional[_Iterable[_Union[ResultTable, _Mapping]]] = ..., approved_by: _Optional[_Iterable[str]] = ..., report: _Optional[_Union[RunReport, _Mapping]] = ...) -> None: ...

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

class ExplainMatchRequest(_message.Message):
    __slots__ = ("project", "run_id", "record_token")
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    RECORD_TOKEN_FIELD_NUMBER: _ClassVar[int]
    project: _project_pb2.ProjectRef
    run_id: bytes
    record_token: bytes
    def __init__(self, project: _Optional[_Union[_project_pb2.ProjectRef, _Mapping]] = ..., run_id: _Optional[bytes] = ..., record_token: _Optional[bytes] = ...) -> None: ...

class ExplainedPartner(_message.Message):
    __slots__ = ("agency", "verdicts")
    AGENCY_FIELD_NUMBER: _ClassVar[int]
    VERDICTS_FIELD_NUMBER: _ClassVar[int]
    agency: str
    verdicts: _containers.RepeatedScalarFieldContainer[Verdict]
    def __init__(self, agency: _Optional[str] = ..., verdicts: _Optional[_Iterable[_Union[Verdict, str]]] = ...) -> None: ...

class ExplainMatchResponse(_message.Message):
    __slots__ = ("segments", "partners")
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    PARTNERS_FIELD_NUMBER: _ClassVar[int]
    segments: _containers.RepeatedScalarFieldContainer[str]
    partners: _containers.RepeatedCompositeFieldContainer[ExplainedPartner]
    def __init__(self, segments: _Optional[_Iterable[str]] = ..., partners: _Optional[_Iterable[_Union[ExplainedPartner, _Mapping]]] = ...) -> None: ...
