"""Messages and domain types: there and back, and what is refused on the way."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.api.v1 import ceremony_pb2, project_pb2, run_pb2, upload_pb2
from linkage.arrays import TOKEN_BYTES
from linkage.crypto.signatures import SIGNATURE_BYTES
from linkage.errors import LimitError, RequestError
from linkage.exchange.ceremony import MAX_BODY_BYTES, CeremonyMessage, CeremonyStep
from linkage.exchange.manifest import MAX_CHUNK_BYTES, MAX_CHUNKS, Manifest
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
from linkage.ids import NAME_PATTERN, AgencyId, Digest, GroupId, ProjectId, RunId
from linkage.wire import messages as wire

AGREEMENT = Digest("ab" * 32)
POLICE = AgencyId("police")

names = st.from_regex(NAME_PATTERN, fullmatch=True)
digests = st.binary(min_size=32, max_size=32).map(lambda value: Digest(value.hex()))
signatures = st.binary(min_size=8, max_size=8).map(lambda seed: seed.ljust(SIGNATURE_BYTES, b"s"))


def estimates(most: float) -> st.SearchStrategy[Estimate]:
    numbers = st.floats(0, most, allow_nan=False)
    ascending = st.lists(numbers, min_size=3, max_size=3).map(sorted)
    return ascending.map(lambda three: Estimate(three[1], three[0], three[2]))


qualities = st.builds(
    Quality,
    matches=estimates(1e12),
    precision=estimates(1.0),
    recall=estimates(1.0),
    accepted=st.integers(0, 2**63),
    candidate_recall=st.floats(0, 1),
)
reports = st.builds(
    ReportView,
    threshold=st.floats(0, 1),
    overall=st.none() | qualities,
    pairs=st.lists(
        st.builds(PairQuality, names.map(AgencyId), names.map(AgencyId), qualities), max_size=3
    ).map(tuple),
    warnings=st.lists(st.text(st.characters(categories=["L", "P"]), max_size=50)).map(tuple),
)


@st.composite
def explanations(draw: st.DrawFn) -> MatchExplanation:
    segments = tuple(draw(st.lists(names, max_size=5)))
    verdicts = st.tuples(*(st.sampled_from(Verdict) for _ in segments))
    partners = draw(st.lists(st.builds(ExplainedPartner, names.map(AgencyId), verdicts)))
    return MatchExplanation(segments, tuple(partners))


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    encoding_bytes = draw(st.integers(1, 1024))
    most = MAX_CHUNK_BYTES // (encoding_bytes + TOKEN_BYTES)
    records_per_chunk = draw(st.integers(1, most))
    record_count = draw(st.integers(1, 5 * records_per_chunk))
    chunks = -(-record_count // records_per_chunk)
    return Manifest(
        agreement=AGREEMENT,
        agency=POLICE,
        schema=draw(digests),
        software=draw(st.from_regex("[ -~]{1,200}", fullmatch=True)),
        epoch=draw(st.integers(0, 2**32 - 1)),
        record_count=record_count,
        encoding_bytes=encoding_bytes,
        records_per_chunk=records_per_chunk,
        chunk_digests=tuple(draw(st.lists(digests, min_size=chunks, max_size=chunks))),
    )


@given(names, digests)
def test_project_survives_the_wire(project: str, digest: Digest) -> None:
    ref = ProjectRef(ProjectId(project), digest)
    assert wire.project_from_wire(wire.project_to_wire(ref)) == ref


@given(manifests())
def test_manifest_survives_the_wire_and_so_does_the_datasets_name(manifest: Manifest) -> None:
    message = upload_pb2.Manifest.FromString(wire.manifest_to_wire(manifest).SerializeToString())
    arrived = wire.manifest_from_wire(message, AGREEMENT, POLICE)
    assert arrived == manifest
    assert arrived.dataset_id() == manifest.dataset_id()


@given(manifests())
def test_other_software_makes_another_dataset(manifest: Manifest) -> None:
    other = replace(manifest, software="x" if manifest.software != "x" else "y")
    assert other.dataset_id() != manifest.dataset_id()


@given(names, st.none() | names, st.sampled_from(CeremonyStep), st.binary(max_size=99), signatures)
def test_ceremony_message_survives_the_wire(
    sender: str, recipient: str | None, step: CeremonyStep, body: bytes, signature: bytes
) -> None:
    to = AgencyId(recipient) if recipient else None
    message = CeremonyMessage(AgencyId(sender), to, step, body, signature)
    assert wire.ceremony_from_wire(wire.ceremony_to_wire(message)) == message


def test_matcher_takes_the_sender_from_the_certificate_and_not_from_the_message() -> None:
    message = CeremonyMessage(
        AgencyId("council"), None, CeremonyStep.COMMIT, b"", bytes(SIGNATURE_BYTES)
    )
    arrived = wire.ceremony_from_wire(wire.ceremony_to_wire(message), POLICE)
    assert arrived.sender == POLICE
    nonsense = wire.ceremony_to_wire(message)
    nonsense.sender = "Not A Name"
    assert wire.ceremony_from_wire(nonsense, POLICE).sender == POLICE


@given(
    st.sampled_from(RunState),
    st.lists(st.tuples(names, names, digests), max_size=4),
    st.lists(names, max_size=3),
    st.none() | reports,
)
def test_run_survives_the_wire(
    state: RunState,
    tables: list[tuple[str, str, Digest]],
    approved_by: list[str],
    report: ReportView | None,
) -> None:
    view = RunView(
        run=RunId("cd" * 32),
        state=state,
        tables=tuple(ResultTable(AgencyId(a), GroupId(g), d) for a, g, d in tables),
        approved_by=tuple(AgencyId(agency) for agency in approved_by),
        report=report,
    )
    message = run_pb2.GetRunResponse.FromString(wire.run_to_wire(view).SerializeToString())
    assert wire.run_from_wire(message, view.run) == view


@given(explanations())
def test_explanation_survives_the_wire(explanation: MatchExplanation) -> None:
    content = wire.explanation_to_wire(explanation).SerializeToString()
    message = run_pb2.ExplainMatchResponse.FromString(content)
    assert wire.explanation_from_wire(message) == explanation


ONE = {"value": 1.0, "low": 1.0, "high": 1.0}
SOUND: dict[str, Any] = {"matches": ONE, "precision": ONE, "recall": ONE, "candidate_recall": 1.0}


@pytest.mark.parametrize(
    "change",
    [
        {"precision": {"value": 1.1, "low": 1.0, "high": 1.2}},
        {"recall": {"value": -0.1, "low": -0.2, "high": 0.1}},
        {"matches": {"value": float("nan"), "low": 0.0, "high": 1.0}},
        {"matches": {"value": 5.0, "low": 1.0, "high": float("inf")}},
        {"precision": {"value": 0.5, "low": 0.6, "high": 0.7}},
        {"candidate_recall": 1.5},
    ],
)
def test_estimate_that_can_not_be_is_refused(change: dict[str, Any]) -> None:
    wire.report_from_wire(run_pb2.RunReport(overall=run_pb2.Quality(**SOUND)))
    message = run_pb2.RunReport(overall=run_pb2.Quality(**(SOUND | change)))
    with pytest.raises(RequestError):
        wire.report_from_wire(message)


def test_warning_that_would_command_a_terminal_is_refused() -> None:
    with pytest.raises(RequestError, match="not printable"):
        wire.report_from_wire(run_pb2.RunReport(warnings=["\x1b[2J all is well"]))


def test_explanation_that_contradicts_itself_is_refused() -> None:
    partner = run_pb2.ExplainedPartner(agency="police", verdicts=[run_pb2.VERDICT_FOR])
    for segments in ([], ["name", "birth"], ["Not A Name"]):
        message = run_pb2.ExplainMatchResponse(segments=segments, partners=[partner])
        with pytest.raises(RequestError):
            wire.explanation_from_wire(message)
    unknown = run_pb2.ExplainedPartner(agency="police", verdicts=[run_pb2.VERDICT_UNSPECIFIED])
    with pytest.raises(RequestError, match="verdict is not known"):
        wire.explanation_from_wire(
            run_pb2.ExplainMatchResponse(segments=["name"], partners=[unknown])
        )
    with pytest.raises(RequestError, match="16 bytes"):
        wire.record_token_from_wire(bytes(15))


@pytest.mark.parametrize(
    "message",
    [
        run_pb2.RunReport(warnings=["much"] * (wire.MAX_WARNINGS + 1)),
        run_pb2.RunReport(warnings=["x" * (wire.MAX_WARNING_CHARACTERS + 1)]),
        run_pb2.RunReport(pairs=[run_pb2.PairQuality()] * (wire.MAX_OTHER_PARTIES + 1)),
    ],
    ids=["warnings", "characters", "pairs"],
)
def test_report_without_end_is_refused(message: run_pb2.RunReport) -> None:
    with pytest.raises(LimitError):
        wire.report_from_wire(message)


def test_explanation_without_end_is_refused() -> None:
    for message in (
        run_pb2.ExplainMatchResponse(segments=["name"] * (wire.MAX_SEGMENTS + 1)),
        run_pb2.ExplainMatchResponse(partners=[run_pb2.ExplainedPartner()] * (MAX_PARTNERS + 1)),
    ):
        with pytest.raises(LimitError):
            wire.explanation_from_wire(message)


def test_every_step_and_state_has_a_number_of_its_own_and_none_is_zero() -> None:
    states = [wire.run_state_to_wire(state) for state in RunState]
    assert sorted(states) == list(range(1, len(run_pb2.RunState.keys())))
    verdicts = run_pb2.Verdict.keys()
    assert len(verdicts) == len(Verdict) + 1
    steps = ceremony_pb2.CeremonyStep.keys()
    assert len(steps) == len(CeremonyStep) + 1


@pytest.mark.parametrize("value", [b"", bytes(31), bytes(33)])
def test_digest_of_another_length_is_refused(value: bytes) -> None:
    for read in (wire.dataset_from_wire, wire.run_id_from_wire):
        with pytest.raises(RequestError, match="32 bytes"):
            read(value)


@pytest.mark.parametrize("name", ["", "Police", "two words", "x" * 33, "../up", "zoë"])
def test_name_that_is_none_is_refused_and_not_repeated(name: str) -> None:
    message = project_pb2.ProjectRef(project_id=name, agreement_digest=bytes(32))
    with pytest.raises(RequestError, match="not a name") as caught:
        wire.project_from_wire(message)
    assert not name or name not in caught.value.message
    with pytest.raises(RequestError, match="not a name"):
        wire.group_from_wire(name)


def test_signature_of_another_length_is_refused() -> None:
    with pytest.raises(RequestError, match="signature"):
        wire.signature_from_wire(bytes(SIGNATURE_BYTES - 1))


def test_unknown_state_and_step_are_refused() -> None:
    for value in (0, 7, 99):
        with pytest.raises(RequestError, match="state"):
            wire.run_state_from_wire(value)
    with pytest.raises(RequestError, match="step"):
        wire.ceremony_from_wire(ceremony_pb2.CeremonyMessage(signature=bytes(3373)), POLICE)


def test_what_is_too_large_is_refused() -> None:
    with pytest.raises(LimitError):
        wire.payload_from_wire(bytes(MAX_CHUNK_BYTES + 1))
    message = ceremony_pb2.CeremonyMessage(body=bytes(MAX_BODY_BYTES + 1))
    with pytest.raises(LimitError):
        wire.ceremony_from_wire(message, POLICE)
    manifest = upload_pb2.Manifest(chunk_digests=[bytes(32)] * (MAX_CHUNKS + 1))
    with pytest.raises(LimitError):
        wire.manifest_from_wire(manifest, AGREEMENT, POLICE)


@pytest.mark.parametrize(
    "manifest",
    [
        upload_pb2.Manifest(schema_digest=bytes(32)),
        upload_pb2.Manifest(
            schema_digest=bytes(32),
            software="tests",
            record_count=2**64 - 1,
            encoding_bytes=128,
            records_per_chunk=1,
            chunk_digests=[bytes(32)],
        ),
        upload_pb2.Manifest(
            schema_digest=bytes(32),
            software="tests",
            record_count=1,
            encoding_bytes=2**32 - 1,
            records_per_chunk=2**32 - 1,
            chunk_digests=[bytes(32)],
        ),
        *(
            upload_pb2.Manifest(
                schema_digest=bytes(32),
                software=software,
                record_count=1,
                encoding_bytes=128,
                records_per_chunk=1,
                chunk_digests=[bytes(32)],
            )
            for software in ("", "x" * 201, "tests\n")
        ),
    ],
    ids=["nothing", "endless", "huge", "unnamed", "long name", "unprintable name"],
)
def test_manifest_that_contradicts_itself_is_refused(manifest: upload_pb2.Manifest) -> None:
    with pytest.raises(RequestError):
        wire.manifest_from_wire(manifest, AGREEMENT, POLICE)
