"""Between messages and domain types: the only place that knows both.

Reading checks form (lengths, ranges, names) and raises `INVALID_REQUEST` or `LIMIT_EXCEEDED`; what
a value means in the project is checked by who uses it.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

from linkage.api.v1 import ceremony_pb2, project_pb2, run_pb2, upload_pb2
from linkage.arrays import TOKEN_BYTES
from linkage.crypto.signatures import SIGNATURE_BYTES
from linkage.errors import LimitError, RequestError
from linkage.exchange.ceremony import MAX_BODY_BYTES, CeremonyMessage, CeremonyStep
from linkage.exchange.manifest import MAX_CHUNK_BYTES, MAX_CHUNKS, Manifest, ManifestError
from linkage.exchange.project import ProjectRef
from linkage.exchange.report import Estimate, PairQuality, Quality, Verdict
from linkage.exchange.runs import (
    MAX_PARTNERS,
    ExplainedPartner,
    MatchExplanation,
    ReportView,
    ResultTable,
    RunState,
    RunView,
)
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
MAX_WARNINGS: Final = 100
MAX_WARNING_CHARACTERS: Final = 500
MAX_OTHER_PARTIES: Final = 63
"""Of an agency, under the largest agreement."""
MAX_SEGMENTS: Final = 64
"""One for each field of the largest schema."""

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
_VERDICTS: Final = {
    Verdict.MISSING: run_pb2.VERDICT_MISSING,
    Verdict.AGAINST: run_pb2.VERDICT_AGAINST,
    Verdict.NEUTRAL: run_pb2.VERDICT_NEUTRAL,
    Verdict.FOR: run_pb2.VERDICT_FOR,
    Verdict.STRONGLY_FOR: run_pb2.VERDICT_STRONGLY_FOR,
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
        software=manifest.software,
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
            software=message.software,
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
        report=report_to_wire(view.report) if view.report else None,
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
        report=report_from_wire(message.report) if message.HasField("report") else None,
    )


def report_to_wire(report: ReportView) -> run_pb2.RunReport:
    """As a message."""
    return run_pb2.RunReport(
        threshold=report.threshold,
        overall=_quality_to_wire(report.overall) if report.overall else None,
        pairs=[
            run_pb2.PairQuality(
                left=pair.left, right=pair.right, quality=_quality_to_wire(pair.quality)
            )
            for pair in report.pairs
        ],
        warnings=report.warnings,
    )


def report_from_wire(message: run_pb2.RunReport) -> ReportView:
    """As a domain type: every number in its range, every warning fit for a terminal."""
    if len(message.pairs) > MAX_OTHER_PARTIES:
        raise LimitError(LIMIT_EXCEEDED, what="pairs in a report", limit=MAX_OTHER_PARTIES)
    if len(message.warnings) > MAX_WARNINGS:
        raise LimitError(LIMIT_EXCEEDED, what="warnings in a report", limit=MAX_WARNINGS)
    pairs: Iterable[run_pb2.PairQuality] = message.pairs
    return ReportView(
        threshold=_in_range(message.threshold, 1.0),
        overall=_quality_from_wire(message.overall) if message.HasField("overall") else None,
        pairs=tuple(
            PairQuality(
                agency_from_wire(pair.left),
                agency_from_wire(pair.right),
                _quality_from_wire(pair.quality),
            )
            for pair in pairs
        ),
        warnings=tuple(map(_warning_from_wire, message.warnings)),
    )


def explanation_to_wire(explanation: MatchExplanation) -> run_pb2.ExplainMatchResponse:
    """As a message."""
    return run_pb2.ExplainMatchResponse(
        segments=explanation.segments,
        partners=[
            run_pb2.ExplainedPartner(
                agency=partner.agency,
                verdicts=[_VERDICTS[verdict] for verdict in partner.verdicts],
            )
            for partner in explanation.partners
        ],
    )


def explanation_from_wire(message: run_pb2.ExplainMatchResponse) -> MatchExplanation:
    """As a domain type."""
    if len(message.segments) > MAX_SEGMENTS:
        raise LimitError(LIMIT_EXCEEDED, what="segments of an encoding", limit=MAX_SEGMENTS)
    if len(message.partners) > MAX_PARTNERS:
        raise LimitError(LIMIT_EXCEEDED, what="partners of a record", limit=MAX_PARTNERS)
    if not all(map(is_name, message.segments)):
        raise RequestError(INVALID_REQUEST, what="a segment is not a name")
    partners: Iterable[run_pb2.ExplainedPartner] = message.partners
    if any(len(partner.verdicts) != len(message.segments) for partner in partners):
        raise RequestError(INVALID_REQUEST, what="a partner has not a verdict for each segment")
    return MatchExplanation(
        segments=tuple(message.segments),
        partners=tuple(
            ExplainedPartner(
                agency_from_wire(partner.agency),
                tuple(_domain_value(_VERDICTS, v, "the verdict") for v in partner.verdicts),
            )
            for partner in partners
        ),
    )


def record_token_from_wire(value: bytes) -> bytes:
    """A record token of the right length."""
    if len(value) != TOKEN_BYTES:
        raise RequestError(INVALID_REQUEST, what=f"the record token has not {TOKEN_BYTES} bytes")
    return value


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


def _quality_to_wire(quality: Quality) -> run_pb2.Quality:
    return run_pb2.Quality(
        matches=_estimate_to_wire(quality.matches),
        precision=_estimate_to_wire(quality.precision),
        recall=_estimate_to_wire(quality.recall),
        accepted=quality.accepted,
        candidate_recall=quality.candidate_recall,
    )


def _quality_from_wire(message: run_pb2.Quality) -> Quality:
    return Quality(
        matches=_estimate_from_wire(message.matches, math.inf),
        precision=_estimate_from_wire(message.precision, 1.0),
        recall=_estimate_from_wire(message.recall, 1.0),
        accepted=message.accepted,
        candidate_recall=_in_range(message.candidate_recall, 1.0),
    )


def _estimate_to_wire(estimate: Estimate) -> run_pb2.Estimate:
    return run_pb2.Estimate(value=estimate.value, low=estimate.low, high=estimate.high)


def _estimate_from_wire(message: run_pb2.Estimate, most: float) -> Estimate:
    low, value, high = (
        _in_range(each, most) for each in (message.low, message.value, message.high)
    )
    if not low <= value <= high:
        raise RequestError(INVALID_REQUEST, what="an estimate lies outside its interval")
    return Estimate(value, low, high)


def _in_range(value: float, most: float) -> float:
    if not math.isfinite(value) or not 0.0 <= value <= most:
        raise RequestError(INVALID_REQUEST, what="a number in the report is out of range")
    return value


def _warning_from_wire(value: str) -> str:
    if len(value) > MAX_WARNING_CHARACTERS:
        limit = MAX_WARNING_CHARACTERS
        raise LimitError(LIMIT_EXCEEDED, what="characters in a warning", limit=limit)
    if not value.isprintable():  # it is shown at a terminal, which obeys control characters
        raise RequestError(INVALID_REQUEST, what="a warning is not printable")
    return value


def _domain_value(table: Mapping[D, int], value: int, what: str) -> D:
    for domain, number in table.items():
        if number == value:
            return domain
    raise RequestError(INVALID_REQUEST, what=f"{what} is not known")
