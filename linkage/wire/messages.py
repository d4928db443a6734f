"""Between messages and domain types: the only place that knows both.

Reading checks form (lengths, ranges, names) and raises `INVALID_REQUEST` or `LIMIT_EXCEEDED`; what
a value means in the project is checked by who uses it.
"""

from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

from linkage.api.v1 import ceremony_pb2, project_pb2, run_pb2, upload_pb2
from linkage.crypto.signatures import SIGNATURE_BYTES
from linkage.errors import LimitError, RequestError
from linkage.exchange.ceremony import MAX_BODY_BYTES, CeremonyMessage, CeremonyStep
from linkage.exchange.manifest import MAX_CHUNK_BYTES, MAX_CHUNKS, Manifest, ManifestError
from linkage.exchange.project import ProjectRef
from linkage.exchange.runs import ResultTable, RunState, RunView
from linkage.ids import (
    AgencyId,
    DatasetId,
    Digest,
    GroupId,
    ProjectId,
    RunId,
    is_name,
)
from linkage.reasons import INVALID_REQUEST, LIMIT_EXCEEDED

DIGEST_BYTES: Final = 32

_STEPS: Final = {
    CeremonyStep.COMMIT: ceremony_pb2.CEREMONY_STEP_COMMIT,
    CeremonyStep.SHARE: ceremony_pb2.CEREMONY_STEP_SHARE,
    CeremonyStep.CONFIRM: ceremony_pb2.CEREMONY_STEP_CONFIRM,
}
_STATES: Final = {
    RunState.QUEUED: run_pb2.RUN_STATE_QUEUED,
    RunState.RUNNING: run_pb2.RUN_STATE_RUNNING,
    RunState.HELD: run_pb2.RUN_STATE_HELD,
    RunState.RELEASED: run_pb2.RUN_STATE_RELEASED,
    RunState.REFUSED: run_pb2.RUN_STATE_REFUSED,
    RunState.FAILED: run_pb2.RUN_STATE_FAILED,
}

D = TypeVar("D")


def project_to_wire(ref: ProjectRef) -> project_pb2.ProjectRef:
    """As a message."""
    return project_pb2.ProjectRef(
        project_id=ref.project, agreement_digest=bytes.fromhex(ref.agreement)
    )


def project_from_wire(message: project_pb2.ProjectRef) -> ProjectRef:
    """As a domain type."""
    if not is_name(message.project_id):
        raise RequestError(INVALID_REQUEST, what="the project id is not a name")
    return ProjectRef(
        ProjectId(message.project_id), digest_from_wire(message.agreement_digest, "agreement")
    )


def digest_to_wire(digest: str) -> bytes:
    """A digest, dataset id or run id as 32 bytes."""
    return bytes.fromhex(digest)


def digest_from_wire(value: bytes, what: str) -> Digest:
    """A digest from 32 bytes; `what` names it in the error."""
    if len(value) != DIGEST_BYTES:
        raise RequestError(INVALID_REQUEST, what=f"the {what} digest has not 32 bytes")
    return Digest(value.hex())


def signature_from_wire(value: bytes) -> bytes:
    """A signature of the right length."""
    if len(value) != SIGNATURE_BYTES:
        raise RequestError(INVALID_REQUEST, what="the signature has a wrong length")
    return value


def payload_from_wire(value: bytes) -> bytes:
    """A chunk's payload within its limit."""
    if len(value) > MAX_CHUNK_BYTES:
        raise LimitError(LIMIT_EXCEEDED, what="bytes in a chunk", limit=MAX_CHUNK_BYTES)
    return value


def manifest_to_wire(manifest: Manifest) -> upload_pb2.Manifest:
    """As a message; agreement and agency travel beside it."""
    return upload_pb2.Manifest(
        schema_digest=digest_to_wire(manifest.schema),
        epoch=manifest.epoch,
        record_count=manifest.record_count,
        encoding_bytes=manifest.encoding_bytes,
        records_per_chunk=manifest.records_per_chunk,
        chunk_digests=[digest_to_wire(digest) for digest in manifest.chunk_digests],
    )


def manifest_from_wire(
    message: upload_pb2.Manifest, agreement: Digest, agency: AgencyId
) -> Manifest:
    """As a domain type, for the caller under the agreement that the request named."""
    if len(message.chunk_digests) > MAX_CHUNKS:
        raise LimitError(LIMIT_EXCEEDED, what="chunks in a dataset", limit=MAX_CHUNKS)
    try:
        return Manifest(
            agreement=agreement,
            agency=agency,
            schema=digest_from_wire(message.schema_digest, "schema"),
            epoch=message.epoch,
            record_count=message.record_count,
            encoding_bytes=message.encoding_bytes,
            records_per_chunk=message.records_per_chunk,
            chunk_digests=tuple(digest_from_wire(d, "chunk") for d in message.chunk_digests),
        )
    except ManifestError as error:
        raise RequestError(INVALID_REQUEST, what=str(error)) from None


def ceremony_to_wire(message: CeremonyMessage) -> ceremony_pb2.CeremonyMessage:
    """As a message."""
    return ceremony_pb2.CeremonyMessage(
        sender=message.sender,
        recipient=message.recipient or "",
        step=_STEPS[message.step],
        body=message.body,
        signature=message.signature,
    )


def ceremony_from_wire(
    message: ceremony_pb2.CeremonyMessage, sender: AgencyId | None = None
) -> CeremonyMessage:
    """As a domain type; the matcher gives the sender it authenticated, the agent takes the named.

    Args:
        message: As received.
        sender: Who sent it, where that is known better than from the message.
    """
    if len(message.body) > MAX_BODY_BYTES:
        raise LimitError(LIMIT_EXCEEDED, what="bytes in a message", limit=MAX_BODY_BYTES)
    for name in filter(None, (message.recipient, "" if sender else message.sender)):
        if not is_name(name):
            raise RequestError(INVALID_REQUEST, what="sender or recipient is not a name")
    return CeremonyMessage(
        sender=sender or AgencyId(message.sender),
        recipient=AgencyId(message.recipient) if message.recipient else None,
        step=_domain_value(_STEPS, message.step, "the ceremony step"),
        body=message.body,
        signature=signature_from_wire(message.signature),
    )


def run_state_to_wire(state: RunState) -> run_pb2.RunState:
    """As an enumeration value."""
    return _STATES[state]


def run_state_from_wire(value: int) -> RunState:
    """As a domain type."""
    return _domain_value(_STATES, value, "the run's state")


def run_to_wire(view: RunView) -> run_pb2.GetRunResponse:
    """As a message."""
    return run_pb2.GetRunResponse(
        state=run_state_to_wire(view.state),
        approved_by=view.approved_by,
        tables=[
            run_pb2.ResultTable(
                agency=table.agency,
                group=table.group,
                content_digest=digest_to_wire(table.content),
            )
            for table in view.tables
        ],
    )


def run_from_wire(message: run_pb2.GetRunResponse, run: RunId) -> RunView:
    """As a domain type."""
    tables: Iterable[run_pb2.ResultTable] = message.tables
    return RunView(
        run=run,
        state=run_state_from_wire(message.state),
        tables=tuple(
            ResultTable(
                agency_from_wire(table.agency),
                group_from_wire(table.group),
                digest_from_wire(table.content_digest, "table"),
            )
            for table in tables
        ),
        approved_by=tuple(agency_from_wire(agency) for agency in message.approved_by),
    )


def dataset_from_wire(value: bytes) -> DatasetId:
    """A dataset's name."""
    return DatasetId(digest_from_wire(value, "dataset"))


def run_id_from_wire(value: bytes) -> RunId:
    """A run's name."""
    return RunId(digest_from_wire(value, "run"))


def agency_from_wire(value: str) -> AgencyId:
    """An agency's name."""
    if not is_name(value):
        raise RequestError(INVALID_REQUEST, what="the agency is not a name")
    return AgencyId(value)


def group_from_wire(value: str) -> GroupId:
    """A recipient group's name."""
    if not is_name(value):
        raise RequestError(INVALID_REQUEST, what="the recipient group is not a name")
    return GroupId(value)


def _domain_value(table: Mapping[D, int], value: int, what: str) -> D:
    for domain, number in table.items():
        if number == value:
            return domain
    raise RequestError(INVALID_REQUEST, what=f"{what} is not known")
