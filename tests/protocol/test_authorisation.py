"""Who may call what: every method, for every kind of caller, over real mutual TLS."""

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import dataclass

import grpc
import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from linkage.api.v1 import project_pb2
from linkage.wire.tls import TlsMaterial
from tests.protocol.conftest import Scene, reference
from tests.protocol.raw_calls import Outcome, call, methods, smallest_request
from tests.support.agreements import TRUST_DOMAIN, make_agreement
from tests.support.matcher import MatcherPlace, channel_with, make_matcher

URI = f"spiffe://{TRUST_DOMAIN}/agency"


@dataclass(frozen=True)
class Row:
    """What is expected of a method."""

    open_to_agencies: bool = True
    in_a_project: bool = True
    only_when_live: bool = True


ROWS = {
    "/linkage.api.v1.AgreementService/GetAgreement": Row(only_when_live=False),
    "/linkage.api.v1.AgreementService/PutSignature": Row(only_when_live=False),
    "/linkage.api.v1.CeremonyService/PutMessage": Row(),
    "/linkage.api.v1.CeremonyService/ListMessages": Row(),
    "/linkage.api.v1.UploadService/OpenDataset": Row(),
    "/linkage.api.v1.UploadService/PutChunk": Row(),
    "/linkage.api.v1.UploadService/QueryDataset": Row(),
    "/linkage.api.v1.UploadService/CommitDataset": Row(),
    "/linkage.api.v1.RunService/RequestRun": Row(),
    "/linkage.api.v1.RunService/GetRun": Row(),
    "/linkage.api.v1.RunService/ApproveRelease": Row(),
    "/linkage.api.v1.RunService/RefuseRelease": Row(),
    "/linkage.api.v1.RunService/ExplainMatch": Row(),
    "/linkage.api.v1.ResultService/FetchMatchKeys": Row(),
    "/grpc.health.v1.Health/Check": Row(in_a_project=False),
    "/grpc.health.v1.Health/List": Row(open_to_agencies=False, in_a_project=False),
    "/grpc.health.v1.Health/Watch": Row(open_to_agencies=False, in_a_project=False),
}

EVERY_METHOD = pytest.mark.parametrize("method", sorted(methods()))
EVERY_PROJECT_METHOD = pytest.mark.parametrize(
    "method", sorted(method for method, row in ROWS.items() if row.in_a_project)
)
TURNED_AWAY = ("foreign authority", "no certificate", "expired", "not yet valid", "a server's")
NOBODY = ("no URI", "two URIs", "other trust domain", "no agency", "not SPIFFE", "no name")


@pytest.fixture(scope="module")
def foreign_place(tmp_path_factory: pytest.TempPathFactory) -> MatcherPlace:
    """Another matcher with the same names, so with certificates that look the same."""
    return make_matcher(tmp_path_factory.mktemp("foreign"), make_agreement())


@pytest.fixture(scope="module")
def channels(scene: Scene, foreign_place: MatcherPlace) -> Iterator[dict[str, grpc.Channel]]:
    place, ca = scene.place, scene.place.config.tls.ca_certificate_file.read_bytes()
    police, day = f"{URI}/police", dt.timedelta(days=1)
    foreign = foreign_place.tls("police")
    shown: dict[str, TlsMaterial | None] = {
        "party": place.tls("police"),
        "another project's agency": place.tls("hospital"),
        "foreign authority": TlsMaterial(foreign.certificate, foreign.private_key, ca),
        "no certificate": None,
        "expired": place.issue([police], valid_from=-2 * day, valid_until=-day),
        "not yet valid": place.issue([police], valid_from=day, valid_until=2 * day),
        "a server's": place.issue([police], usage=ExtendedKeyUsageOID.SERVER_AUTH),
        "no URI": place.issue([]),
        "two URIs": place.issue([police, f"{URI}/council"]),
        "other trust domain": place.issue(["spiffe://elsewhere.test/agency/police"]),
        "no agency": place.issue([f"spiffe://{TRUST_DOMAIN}/operator/police"]),
        "not SPIFFE": place.issue([f"https://{TRUST_DOMAIN}/agency/police"]),
        "no name": place.issue([f"{police}/more"]),
    }
    contexts = {who: channel_with(scene.here.port, tls, ca) for who, tls in shown.items()}
    opened = {who: context.__enter__() for who, context in contexts.items()}
    yield opened
    for channel in opened.values():
        channel.close()


def ask(channel: grpc.Channel, method: str, project: project_pb2.ProjectRef) -> Outcome:
    return call(channel, method, smallest_request(methods()[method], project))


def test_every_method_of_the_contract_has_a_row_here() -> None:
    assert ROWS.keys() == methods().keys()


@EVERY_METHOD
def test_party_of_the_project_gets_past_authorisation_where_its_row_says(
    scene: Scene, channels: dict[str, grpc.Channel], method: str
) -> None:
    outcome = ask(channels["party"], method, reference(scene.ours))
    if ROWS[method].open_to_agencies:
        # What is missing in the smallest request is found only after authorisation.
        missing = ("", "INVALID_REQUEST", "DATASETS_MISSING")
        assert outcome.reason in missing, outcome
    else:
        assert outcome.status is grpc.StatusCode.PERMISSION_DENIED
        assert outcome.reason == "NOT_ALLOWED"


@EVERY_METHOD
@pytest.mark.parametrize("who", TURNED_AWAY)
def test_caller_without_a_certificate_that_counts_gets_no_connection(
    scene: Scene, channels: dict[str, grpc.Channel], method: str, who: str
) -> None:
    outcome = ask(channels[who], method, reference(scene.ours))
    assert outcome.status is grpc.StatusCode.UNAVAILABLE
    assert outcome.reason == ""


@EVERY_METHOD
@pytest.mark.parametrize("who", NOBODY)
def test_certificate_that_names_no_agency_is_nobodys(
    scene: Scene, channels: dict[str, grpc.Channel], method: str, who: str
) -> None:
    outcome = ask(channels[who], method, reference(scene.ours))
    assert outcome.status is grpc.StatusCode.UNAUTHENTICATED
    assert outcome.reason == "UNAUTHENTICATED"


@EVERY_PROJECT_METHOD
def test_unknown_project_and_another_partys_project_give_one_answer(
    scene: Scene, channels: dict[str, grpc.Channel], method: str
) -> None:
    channel = channels["another project's agency"]
    unknown = project_pb2.ProjectRef(project_id="nothing", agreement_digest=bytes(32))
    answers = [ask(channel, method, project) for project in (reference(scene.ours), unknown)]
    for outcome in answers:
        assert outcome.status is grpc.StatusCode.NOT_FOUND
        assert outcome.reason == "NO_SUCH_PROJECT"
        assert outcome.reply == b""
    assert answers[0].text == answers[1].text


@EVERY_PROJECT_METHOD
def test_another_digest_is_refused(
    scene: Scene, channels: dict[str, grpc.Channel], method: str
) -> None:
    project = reference(scene.ours)
    project.agreement_digest = bytes(32)
    assert ask(channels["party"], method, project).reason == "AGREEMENT_MISMATCH"


@EVERY_PROJECT_METHOD
def test_agreement_that_not_all_have_signed_allows_signing_only(
    scene: Scene, channels: dict[str, grpc.Channel], method: str
) -> None:
    outcome = ask(channels["party"], method, reference(scene.unsigned))
    if ROWS[method].only_when_live:
        assert outcome.reason == "AGREEMENT_NOT_LIVE"
        assert outcome.trailing["linkage-fact-missing_count"] == "1"
    else:
        assert outcome.reason in ("", "INVALID_REQUEST")


@pytest.mark.parametrize(
    "name",
    [
        "//linkage.api.v1.RunService/GetRun",
        "/linkage.api.v1.RunService/GetRun/",
        "/linkage.api.v1.RunService/getrun",
        "/linkage.api.v1.RunService/Canary-Otter",
        "/linkage.api.v2.RunService/GetRun",
        "/",
    ],
)
def test_method_is_known_by_its_exact_name_only(
    scene: Scene, channels: dict[str, grpc.Channel], name: str
) -> None:
    project = reference(scene.ours).SerializeToString()
    outcome = call(channels["party"], name, project)
    assert outcome.status is grpc.StatusCode.UNIMPLEMENTED
    assert outcome.reason == "VERSION_UNSUPPORTED"
    assert "Canary" not in outcome.seen
    nobody = call(channels["no URI"], name, project)
    assert nobody.status is grpc.StatusCode.UNAUTHENTICATED


def test_certificate_stops_counting_when_it_expires_on_an_open_connection(
    scene: Scene,
) -> None:
    tls = scene.place.issue([f"{URI}/police"], valid_until=dt.timedelta(seconds=3))
    method = "/linkage.api.v1.AgreementService/GetAgreement"
    with channel_with(scene.here.port, tls) as channel:
        assert ask(channel, method, reference(scene.ours)).status is grpc.StatusCode.OK
        until = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=10)
        outcome = Outcome(grpc.StatusCode.OK)
        while outcome.status is grpc.StatusCode.OK and dt.datetime.now(dt.UTC) < until:
            time.sleep(0.2)
            outcome = ask(channel, method, reference(scene.ours))
        assert outcome.reason == "UNAUTHENTICATED"
