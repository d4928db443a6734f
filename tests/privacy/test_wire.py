"""What passes between agencies and matcher: TLS from outside, and inside just what was agreed."""

import hashlib
import re
import secrets
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from benchmarks.population.agencies import AGENCIES
from linkage.agreement.statements import acceptance, ceremony_message, commitment, release_approval
from linkage.api.v1 import ceremony_pb2, project_pb2, run_pb2, upload_pb2
from linkage.exchange.ceremony import CeremonyStep
from linkage.exchange.runs import result_digest, run_id
from linkage.ids import AgencyId
from linkage.wire.messages import manifest_to_wire, run_from_wire
from linkage_agent.pii.encode import encode
from linkage_agent.pii.versions import software
from linkage_agent.sources.extract import read_extract
from tests.privacy.agencies import Agencies
from tests.privacy.chance import is_unrelated
from tests.privacy.evidence import Evidence, search_for_records, sent_records
from tests.privacy.messages import Call, declared_fields, leaves, read

pytestmark = pytest.mark.timeout(600)

AGREED_FIELDS = {
    "ProjectRef": {"project_id", "agreement_digest"},
    "GetAgreementRequest": {"project"},
    "GetAgreementResponse": {"signed_by", "live"},
    "PutSignatureRequest": {"project", "signature"},
    "PutSignatureResponse": {"live"},
    "CeremonyMessage": {"sender", "recipient", "step", "body", "signature"},
    "PutMessageRequest": {"project", "message"},
    "PutMessageResponse": set[str](),
    "ListMessagesRequest": {"project"},
    "ListMessagesResponse": {"messages"},
    "Manifest": {
        "schema_digest",
        "software",
        "epoch",
        "record_count",
        "encoding_bytes",
        "records_per_chunk",
        "chunk_digests",
    },
    "OpenDatasetRequest": {"project", "manifest"},
    "OpenDatasetResponse": {"dataset_id"},
    "PutChunkRequest": {"project", "dataset_id", "index", "payload"},
    "PutChunkResponse": set[str](),
    "QueryDatasetRequest": {"project", "dataset_id"},
    "QueryDatasetResponse": {"committed", "missing_chunks"},
    "CommitDatasetRequest": {"project", "dataset_id", "signature"},
    "CommitDatasetResponse": set[str](),
    "RequestRunRequest": {"project"},
    "RequestRunResponse": {"run_id"},
    "GetRunRequest": {"project", "run_id"},
    "ResultTable": {"agency", "group", "content_digest"},
    "Estimate": {"value", "low", "high"},
    "Quality": {"matches", "precision", "recall", "accepted", "candidate_recall"},
    "PairQuality": {"left", "right", "quality"},
    "RunReport": {"threshold", "overall", "pairs", "warnings"},
    "GetRunResponse": {"state", "tables", "approved_by", "report"},
    "ApproveReleaseRequest": {"project", "run_id", "signature"},
    "ApproveReleaseResponse": {"state"},
    "RefuseReleaseRequest": {"project", "run_id"},
    "RefuseReleaseResponse": {"state"},
    "ExplainMatchRequest": {"project", "run_id", "record_token"},
    "ExplainedPartner": {"agency", "verdicts"},
    "ExplainMatchResponse": {"segments", "partners"},
    "FetchMatchKeysRequest": {"project", "run_id", "group", "page"},
    "FetchMatchKeysResponse": {"entries", "page_count"},
}
"""All that can cross: who adds a field says here, and in who-saw-what, what it gives away."""
CEREMONY_BODY_BYTES = {
    ceremony_pb2.CEREMONY_STEP_COMMIT: 32,
    ceremony_pb2.CEREMONY_STEP_SHARE: 64 + 1120 + 16,  # a contribution, HPKE's key and tag
    ceremony_pb2.CEREMONY_STEP_CONFIRM: 32,
}
TRAILING = re.compile(r"linkage-(reason|request-id|fact-(missing|party)_count)")

HANDSHAKE, CHANGE_CIPHER_SPEC, APPLICATION_DATA = 22, 20, 23
CLIENT_HELLO, SERVER_HELLO = 1, 2
TLS_1_3 = bytes.fromhex("002b 0002 0304")
"""The extension `supported_versions` in a server's hello (RFC 8446 section 4.2.1)."""


# From outside


def test_wire_carries_tls_1_3_and_nothing_else(evidence: Evidence) -> None:
    streams = [stream for stream in evidence.streams if stream.to_agency]
    assert len(streams) >= 30
    for stream in streams:
        for hello, content in (
            (CLIENT_HELLO, stream.to_matcher),
            (SERVER_HELLO, stream.to_agency),
        ):
            first, *rest = tls_records(bytes(content))
            assert (first[0], first[1][0]) == (HANDSHAKE, hello)
            assert {kind for kind, _ in rest} <= {CHANGE_CIPHER_SPEC, APPLICATION_DATA}
        assert TLS_1_3 in stream.to_agency


def test_wire_from_outside_shows_no_canary_no_secret_and_no_record(evidence: Evidence) -> None:
    wire = [bytes(way) for s in evidence.streams for way in (s.to_matcher, s.to_agency)]
    sent = sum(evidence.first.dataset(agency).manifest.payload_bytes for agency in AGENCIES)
    assert sum(map(len, wire)) > 2 * sent
    assert not evidence.search.names_in_any(wire)
    assert not search_for_records(evidence.first).names_in_any(wire)
    assert not any(b"linkage.api" in way or b"PRI * HTTP" in way for way in wire)


# Inside


def test_no_message_holds_a_canary_or_a_secret(evidence: Evidence) -> None:
    recorded = [each for exchanges in evidence.exchanges.values() for each in exchanges]
    contents = [c for each in recorded for c in (each.request, each.answer or b"")]
    contents += [repr((each.metadata, each.trailing)).encode() for each in recorded]
    assert search_for_records(evidence.first).names_in_any(contents) == {
        f"{what} of {agency}" for what in ("token", "encoding") for agency in AGENCIES
    }
    assert not evidence.search.names_in_any(contents)


def test_messages_have_the_agreed_fields_and_no_others() -> None:
    assert declared_fields() == AGREED_FIELDS


def test_nothing_travels_beside_the_messages(evidence: Evidence) -> None:
    for exchanges in evidence.exchanges.values():
        for exchange in exchanges:
            assert not exchange.metadata
            assert all(TRAILING.fullmatch(name) for name, _ in exchange.trailing)


@pytest.mark.parametrize("agency", AGENCIES)
def test_every_value_that_leaves_an_agency_is_accounted_for(
    evidence: Evidence, agency: str
) -> None:
    known = values_that_may_leave(evidence.first, agency)
    left: set[str] = set()
    for call in calls(evidence, agency):
        for name, value in leaves(call.request):
            if not name.endswith(".signature") and name != "CeremonyMessage.body":
                assert value in known[name], name
            left.add(name)
    assert left >= known.keys() - {"CeremonyMessage.sender", "CeremonyMessage.recipient",
                                   "CeremonyMessage.step"}  # fmt: skip


@pytest.mark.parametrize("agency", AGENCIES)
def test_every_signature_that_leaves_is_over_what_was_agreed(
    evidence: Evidence, agency: str
) -> None:
    agencies, party = evidence.first, AgencyId(agency)
    agreement = agencies.agreement
    digest, card = agreement.digest, agreement.party(party).card
    [result] = {
        result_digest(view.run, view.tables)
        for call in calls(evidence, agency)
        if isinstance(call.answer, run_pb2.GetRunResponse)
        for view in [run_from_wire(call.answer, agencies.result_run(agency))]
        if view.tables
    }
    signed = set()
    for call in calls(evidence, agency):
        match call.request:
            case project_pb2.PutSignatureRequest(signature=signature):
                statement = acceptance(digest, party)
            case ceremony_pb2.PutMessageRequest(message=message):
                signature, step = message.signature, CeremonyStep(_step_name(message.step))
                statement = ceremony_message(digest, party, message.recipient, step, message.body)
                assert len(message.body) == CEREMONY_BODY_BYTES[message.step]
            case upload_pb2.CommitDatasetRequest(signature=signature):
                statement = commitment(digest, party, agencies.dataset(agency).id)
            case run_pb2.ApproveReleaseRequest(signature=signature):
                run = agencies.result_run(agency)
                statement = release_approval(digest, party, run, result)
            case _:
                continue
        assert card.verify_key.accepts(signature, statement)
        signed.add(call.method)
    assert signed >= {"PutSignature", "CommitDataset", "ApproveRelease"}


@pytest.mark.parametrize("agency", AGENCIES)
def test_chunks_are_random_tokens_and_the_encodings_of_the_extract(
    evidence: Evidence, agency: str
) -> None:
    agencies = evidence.first
    agreement, config = agencies.agreement, agencies.config(agency)
    kinds = {field.name: field.kind for field in agreement.schema.fields}
    columns = read_extract(config.source, kinds).columns
    secret = agencies.project_secret()
    again = encode(columns, agreement.schema, secret, agreement.project.epoch, secrets.token_bytes)
    encoding_of_row = dict(zip(again.row_of_record, map(bytes, again.encodings.rows), strict=True))

    rows = agencies.spool(agency).rows(agencies.dataset(agency)).row_of_record
    tokens, encodings = sent_records(agencies, agency)
    assert encodings == [encoding_of_row[row] for row in rows]
    sent = b"".join(tokens) + b"".join(encodings)
    assert {
        call.request.payload
        for call in calls(evidence, agency)
        if isinstance(call.request, upload_pb2.PutChunkRequest)
    } == {sent}


@pytest.mark.parametrize("agency", AGENCIES)
def test_tokens_say_nothing_of_their_rows(evidence: Evidence, agency: str) -> None:
    spooled = evidence.first.spool(agency).rows(evidence.first.dataset(agency))
    tokens, encodings = sent_records(evidence.first, agency)
    assert all(one < other for one, other in pairwise(tokens))
    assert is_unrelated(np.arange(len(tokens)), spooled.row_of_record)
    others, _ = sent_records(evidence.second, agency)
    assert not set(tokens) & set(others)
    sources = [row_id.encode() for row_id in spooled.row_ids] + encodings
    assert not set(tokens) & {digest[:16] for each in sources for digest in digests(each)}


def calls(evidence: Evidence, agency: str) -> list[Call]:
    """An agency's calls in the first job."""
    return [read(exchange) for exchange in evidence.exchanges[agency]]


def values_that_may_leave(agencies: Agencies, agency: str) -> dict[str, set[object]]:
    """By field, but for signatures and what the ceremony seals."""
    agreement, dataset = agencies.agreement, agencies.dataset(agency)
    dataset_ids = tuple(agencies.dataset(each).id for each in sorted(AGENCIES))
    run = bytes.fromhex(run_id(agreement.digest, dataset_ids))
    own = bytes.fromhex(dataset.id)
    chunks = [agencies.spool(agency).payload(dataset, 0)]
    manifest = manifest_to_wire(dataset.manifest)
    assert manifest.software == software()
    assert list(manifest.chunk_digests) == [hashlib.sha256(chunk).digest() for chunk in chunks]
    known: dict[str, set[object]] = {
        "ProjectRef.project_id": {agreement.project.id},
        "ProjectRef.agreement_digest": {bytes.fromhex(agreement.digest)},
        "CeremonyMessage.sender": {agency},
        "CeremonyMessage.recipient": {other for other in AGENCIES if other != agency},
        "CeremonyMessage.step": set(CEREMONY_BODY_BYTES),
        "PutChunkRequest.dataset_id": {own},
        "PutChunkRequest.payload": set(chunks),
        "QueryDatasetRequest.dataset_id": {own},
        "CommitDatasetRequest.dataset_id": {own},
        "GetRunRequest.run_id": {run},
        "ApproveReleaseRequest.run_id": {run},
        "FetchMatchKeysRequest.run_id": {run},
        "FetchMatchKeysRequest.group": {g.id for g in agreement.groups_of(AgencyId(agency))},
    }
    for name, value in leaves(manifest):
        known.setdefault(name, set()).add(value)
    return known


def digests(content: bytes) -> Iterator[bytes]:
    """Unkeyed digests, any of which a careless program might take for a random name."""
    for algorithm in ("md5", "sha1", "sha256", "sha512", "blake2b"):
        yield hashlib.new(algorithm, content, usedforsecurity=False).digest()


def tls_records(stream: bytes) -> list[tuple[int, bytes]]:
    """Kind and content of each record; fails on anything that is none (RFC 8446 section 5.1)."""
    records, start = [], 0
    while start + 5 <= len(stream):
        kind, version = stream[start], stream[start + 1 : start + 3]
        length = int.from_bytes(stream[start + 3 : start + 5], "big")
        assert version in {b"\x03\x01", b"\x03\x03"}
        assert length <= (1 << 14) + 256
        records.append((kind, stream[start + 5 : start + 5 + length]))
        start += 5 + length
    return records


def _step_name(step: int) -> str:
    return ceremony_pb2.CeremonyStep.Name(step).rpartition("_")[2].lower()
