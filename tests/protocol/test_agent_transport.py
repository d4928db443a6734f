"""The agent's own side of the network, against the real server."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from linkage.agreement.statements import acceptance, commitment
from linkage.crypto.secret import Secret
from linkage.crypto.secret_file import create_secret_file
from linkage.errors import AccessError, LinkageError, RequestError, StateError
from linkage.exchange.project import ProjectRef
from linkage.files import write_atomically
from linkage.ids import AgencyId, Digest
from linkage.matcher.rpc import endpoint
from linkage.wire.tls import TlsMaterial
from linkage_agent.config import MatcherConfig
from linkage_agent.keys.ceremony import Ceremony, Contribution
from linkage_agent.keys.identity import Identity
from linkage_agent.keys.vault import Vault
from linkage_agent.spool import Spool, SpooledDataset, Summary
from linkage_agent.transport.channel import ChannelTransport, open_channel
from linkage_agent.upload import commit, send_chunks
from tests.support.agreements import World, make_agreement
from tests.support.datasets import MadeDataset, make_dataset
from tests.support.matcher import MatcherPlace, make_matcher, serving_here, serving_process

POLICE, COUNCIL = AgencyId("police"), AgencyId("council")
NOTHING = Summary(Digest("0" * 64), Digest("0" * 64), 0, 0, {}, {})


@pytest.fixture(scope="module")
def world() -> World:
    return make_agreement((POLICE, COUNCIL))


@pytest.fixture(scope="module")
def place(world: World, tmp_path_factory: pytest.TempPathFactory) -> MatcherPlace:
    return make_matcher(tmp_path_factory.mktemp("matcher"), world)


@pytest.fixture(scope="module")
def port(place: MatcherPlace) -> Iterator[int]:
    with serving_process(place) as matcher:
        yield matcher.port


def settings(folder: Path, tls: TlsMaterial, port: int) -> MatcherConfig:
    """The files that an agent's configuration names."""
    write_atomically(folder / "ca.crt", tls.ca_certificate)
    write_atomically(folder / "agent.crt", tls.certificate)
    (folder / "agent.key").unlink(missing_ok=True)
    create_secret_file(folder / "agent.key", tls.private_key)
    return MatcherConfig(
        address=f"localhost:{port}",
        ca_certificate_file=folder / "ca.crt",
        certificate_file=folder / "agent.crt",
        private_key_file=folder / "agent.key",
    )


def reference(world: World) -> ProjectRef:
    return ProjectRef(world.agreement.project.id, world.agreement.digest)


@contextmanager
def opened(
    world: World, place: MatcherPlace, port: int, folder: Path
) -> Iterator[dict[AgencyId, ChannelTransport]]:
    """Both agencies' transports to a matcher; their files are in the folder."""
    tls = {agency: place.tls(agency) for agency in (POLICE, COUNCIL)}
    for agency in tls:
        (folder / agency).mkdir()
    with (
        open_channel(settings(folder / POLICE, tls[POLICE], port), tls[POLICE], reference(world))
        as police,
        open_channel(settings(folder / COUNCIL, tls[COUNCIL], port), tls[COUNCIL], reference(world))
        as council,
    ):  # fmt: skip
        yield {POLICE: police, COUNCIL: council}


def sign(world: World, transports: dict[AgencyId, ChannelTransport]) -> None:
    for agency, transport in transports.items():
        statement = acceptance(world.agreement.digest, agency)
        transport.put_signature(world.signing_keys[agency].sign(statement))


@pytest.fixture
def transports(
    world: World, place: MatcherPlace, port: int, tmp_path: Path
) -> Iterator[dict[AgencyId, ChannelTransport]]:
    with opened(world, place, port, tmp_path) as transports:
        yield transports


@pytest.fixture
def signed(
    world: World, transports: dict[AgencyId, ChannelTransport]
) -> dict[AgencyId, ChannelTransport]:
    sign(world, transports)
    return transports


def test_agreement_is_live_when_all_have_signed(
    signed: dict[AgencyId, ChannelTransport],
) -> None:
    status = signed[POLICE].agreement_status()
    assert (status.signed_by, status.live) == ((COUNCIL, POLICE), True)


def test_two_agents_make_one_secret_through_the_matcher(
    world: World, signed: dict[AgencyId, ChannelTransport]
) -> None:
    parties = {
        agency: Ceremony(
            world.agreement, agency,
            Identity(world.signing_keys[agency], world.opening_keys[agency]),
            Contribution.generate(),
        )
        for agency in signed
    }  # fmt: skip
    secrets: dict[AgencyId, Secret] = {}
    for _ in range(5):
        for agency, transport in signed.items():
            progress = parties[agency].advance(transport.ceremony_messages())
            for message in progress.outgoing:
                transport.put_ceremony_message(message)
                transport.put_ceremony_message(message)
            if progress.secret:
                secrets[agency] = progress.secret
    assert secrets[POLICE] == secrets[COUNCIL]


def spooled(dataset: MadeDataset, folder: Path) -> tuple[Spool, SpooledDataset]:
    """A spool that holds a made dataset."""
    vault = Vault.open(folder / "spool", Secret(bytes(32)), "spool")
    for index, payload in enumerate(dataset.payloads):
        vault.put(f"chunk-{dataset.id}-{index:05}", payload)
    return Spool(vault), SpooledDataset(dataset.manifest, NOTHING)


def test_upload_sends_only_what_is_missing_and_once(
    world: World, signed: dict[AgencyId, ChannelTransport], tmp_path: Path
) -> None:
    dataset = make_dataset(world.agreement, POLICE, seed=1, record_count=20, records_per_chunk=4)
    spool, ready = spooled(dataset, tmp_path)
    transport = signed[POLICE]
    name = transport.open_dataset(dataset.manifest)
    transport.put_chunk(name, 3, dataset.payloads[3])
    told: list[tuple[int, int]] = []
    for _ in range(2):
        send_chunks(transport, spool, ready, lambda *done: told.append(done))
        commit(transport, ready, world.signing_keys[POLICE])
    assert told == [(2, 5), (3, 5), (4, 5), (5, 5)]
    assert transport.dataset_status(name).committed


def test_upload_to_a_matcher_that_takes_one_call_at_a_time_gets_through(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "MAX_CONCURRENT_CALLS", 1)
    dataset = make_dataset(
        world.agreement, POLICE, seed=3, record_count=80, records_per_chunk=4, people=80
    )
    spool, ready = spooled(dataset, tmp_path)
    (tmp_path / "matcher").mkdir()
    place = make_matcher(tmp_path / "matcher", world)
    with (
        serving_here(place) as here,
        opened(world, place, here.port, tmp_path) as transports,
    ):
        sign(world, transports)
        send_chunks(transports[POLICE], spool, ready, lambda _done, _total: None)
        assert not transports[POLICE].dataset_status(ready.id).missing_chunks


def test_matchers_error_arrives_as_the_same_error(
    world: World, signed: dict[AgencyId, ChannelTransport]
) -> None:
    dataset = make_dataset(world.agreement, COUNCIL, seed=2, record_count=20, records_per_chunk=4)
    transport = signed[COUNCIL]
    name = transport.open_dataset(dataset.manifest)
    with pytest.raises(RequestError, match="CHUNK_CORRUPT") as caught:
        transport.put_chunk(name, 2, dataset.payloads[1])
    assert caught.value.facts["chunk"] == 2
    signature = world.signing_keys[COUNCIL].sign(commitment(world.agreement.digest, COUNCIL, name))
    with pytest.raises(StateError, match="UPLOAD_INCOMPLETE"):
        transport.commit_dataset(name, signature)


def failing(config: MatcherConfig, tls: TlsMaterial, project: ProjectRef) -> LinkageError:
    with (
        open_channel(config, tls, project) as transport,
        pytest.raises(LinkageError) as caught,
    ):
        transport.agreement_status()
    return caught.value


def test_another_agreement_or_project_is_refused(
    world: World, place: MatcherPlace, port: int, tmp_path: Path
) -> None:
    tls = place.tls(POLICE)
    config = settings(tmp_path, tls, port)
    edited = replace(reference(world), agreement=Digest("1" * 64))
    assert failing(config, tls, edited).reason.code == "AGREEMENT_MISMATCH"
    stranger = place.tls("prison")
    config = settings(tmp_path, stranger, port)
    refused = failing(config, stranger, reference(world))
    assert isinstance(refused, AccessError)
    assert refused.reason.code == "NO_SUCH_PROJECT"


def test_expired_certificate_is_told_in_words(
    world: World, place: MatcherPlace, port: int, tmp_path: Path
) -> None:
    uri = f"spiffe://{world.agreement.linkage_unit.trust_domain}/agency/{POLICE}"
    yesterday = dt.timedelta(days=-1)
    tls = place.issue([uri], valid_from=2 * yesterday, valid_until=yesterday)
    refused = failing(settings(tmp_path, tls, port), tls, reference(world))
    assert refused.reason.code == "PEER_UNREACHABLE"
    assert "certificate expired on" in str(refused)


def test_certificate_of_another_authority_is_told_in_words(
    world: World, port: int, place: MatcherPlace, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = make_matcher(tmp_path / "other", make_agreement((POLICE, COUNCIL)))
    foreign = other.tls(POLICE)
    refused = failing(settings(tmp_path, foreign, port), foreign, reference(world))
    assert "not one that matcher.ca_certificate_file vouches for" in str(refused)
    mixed = TlsMaterial(foreign.certificate, foreign.private_key, place.tls(POLICE).ca_certificate)
    refused = failing(settings(tmp_path, mixed, port), mixed, reference(world))
    assert "refuses this agency's certificate" in str(refused)


def test_matcher_that_is_not_there_is_told_in_words(
    world: World, place: MatcherPlace, tmp_path: Path
) -> None:
    tls = place.tls(POLICE)
    refused = failing(settings(tmp_path, tls, 9), tls, reference(world))
    assert "connection refused" in str(refused)
    elsewhere = settings(tmp_path, tls, 9).model_copy(update={"address": "matcher.invalid:9"})
    assert "not known to this machine's resolver" in str(failing(elsewhere, tls, reference(world)))
