"""Messages and domain types: there and back, and what is refused on the way."""

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
from linkage.exchange.runs import ResultTable, RunState, RunView
from linkage.ids import NAME_PATTERN, AgencyId, Digest, GroupId, ProjectId, RunId
from linkage.wire import messages as wire

AGREEMENT = Digest("ab" * 32)
POLICE = AgencyId("police")

names = st.from_regex(NAME_PATTERN, fullmatch=True)
digests = st.binary(min_size=32, max_size=32).map(lambda value: Digest(value.hex()))
signatures = st.binary(min_size=8, max_size=8).map(lambda seed: seed.ljust(SIGNATURE_BYTES, b"s"))


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
)
def test_run_survives_the_wire(
    state: RunState, tables: list[tuple[str, str, Digest]], approved_by: list[str]
) -> None:
    view = RunView(
        run=RunId("cd" * 32),
        state=state,
        tables=tuple(ResultTable(AgencyId(a), GroupId(g), d) for a, g, d in tables),
        approved_by=tuple(AgencyId(agency) for agency in approved_by),
    )
    assert wire.run_from_wire(wire.run_to_wire(view), view.run) == view


def test_every_step_and_state_has_a_number_of_its_own_and_none_is_zero() -> None:
    states = [wire.run_state_to_wire(state) for state in RunState]
    assert sorted(states) == list(range(1, len(run_pb2.RunState.keys())))
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
            record_count=2**64 - 1,
            encoding_bytes=128,
            records_per_chunk=1,
            chunk_digests=[bytes(32)],
        ),
        upload_pb2.Manifest(
            schema_digest=bytes(32),
            record_count=1,
            encoding_bytes=2**32 - 1,
            records_per_chunk=2**32 - 1,
            chunk_digests=[bytes(32)],
        ),
    ],
    ids=["nothing", "endless", "huge"],
)
def test_manifest_that_contradicts_itself_is_refused(manifest: upload_pb2.Manifest) -> None:
    with pytest.raises(RequestError):
        wire.manifest_from_wire(manifest, AGREEMENT, POLICE)
