"""Which role may call which method: one row for each method, nothing by pattern, default deny.

A method is looked up under its exact full name as it came in. A prefix or a second slash is another
name, so it has no row (CVE-2026-33186 in grpc-go came of matching loosely).
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from google.protobuf.descriptor import FileDescriptor
from grpc_health.v1 import health_pb2

from linkage.api.v1 import ceremony_pb2, project_pb2, result_pb2, run_pb2, upload_pb2
from linkage.errors import AccessError, RequestError
from linkage.reasons import NOT_ALLOWED, VERSION_UNSUPPORTED


class Role(StrEnum):
    """What a certificate makes its holder."""

    AGENCY = "agency"


_AGENCIES: Final = frozenset({Role.AGENCY})
_NOBODY: Final[frozenset[Role]] = frozenset()

Table: TypeAlias = Mapping[str, frozenset[Role]]

TABLE: Final[Table] = MappingProxyType(
    {
        "/linkage.api.v1.AgreementService/GetAgreement": _AGENCIES,
        "/linkage.api.v1.AgreementService/PutSignature": _AGENCIES,
        "/linkage.api.v1.CeremonyService/PutMessage": _AGENCIES,
        "/linkage.api.v1.CeremonyService/ListMessages": _AGENCIES,
        "/linkage.api.v1.UploadService/OpenDataset": _AGENCIES,
        "/linkage.api.v1.UploadService/PutChunk": _AGENCIES,
        "/linkage.api.v1.UploadService/QueryDataset": _AGENCIES,
        "/linkage.api.v1.UploadService/CommitDataset": _AGENCIES,
        "/linkage.api.v1.RunService/RequestRun": _AGENCIES,
        "/linkage.api.v1.RunService/GetRun": _AGENCIES,
        "/linkage.api.v1.RunService/ApproveRelease": _AGENCIES,
        "/linkage.api.v1.RunService/RefuseRelease": _AGENCIES,
        "/linkage.api.v1.RunService/ExplainMatch": _AGENCIES,
        "/linkage.api.v1.ResultService/FetchMatchKeys": _AGENCIES,
        "/grpc.health.v1.Health/Check": _AGENCIES,
        "/grpc.health.v1.Health/List": _NOBODY,
        "/grpc.health.v1.Health/Watch": _NOBODY,  # a silent stream would live for ever
    }
)

SERVED: Final[tuple[FileDescriptor, ...]] = (
    project_pb2.DESCRIPTOR,
    ceremony_pb2.DESCRIPTOR,
    upload_pb2.DESCRIPTOR,
    run_pb2.DESCRIPTOR,
    result_pb2.DESCRIPTOR,
    health_pb2.DESCRIPTOR,
)
"""The contract files whose services this server has."""


def authorise(method: str, role: Role, table: Table) -> None:
    """Lets the call pass.

    Raises:
        RequestError: No method has this exact name.
        AccessError: It exists, but not for this role.
    """
    roles = table.get(method)
    if roles is None:
        raise RequestError(VERSION_UNSUPPORTED)
    if role not in roles:
        raise AccessError(NOT_ALLOWED, what="this call is open to no agency")


def served_methods(files: Iterable[FileDescriptor] = SERVED) -> frozenset[str]:
    """The full name of each method in the contract."""
    return frozenset(
        f"/{service.full_name}/{method.name}"
        for file in files
        for service in file.services_by_name.values()
        for method in service.methods
    )


def check_table() -> None:
    """Refuses to start a server whose table and contract differ, in either direction.

    Raises:
        RuntimeError: A method has no row, or a row no method: a fault in this program.
    """
    differing = served_methods() ^ TABLE.keys()
    if differing:
        raise RuntimeError(f"authorisation table and contract differ: {sorted(differing)}")
