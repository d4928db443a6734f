"""A run's estimates before its release, and its explanations after it, over real mutual TLS."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from linkage.arrays import TOKEN_BYTES, MatchKeys
from linkage.crypto.secret_file import read_key_file
from linkage.errors import LinkageError, RequestError, StateError
from linkage.exchange.match_key_pages import pack_match_keys
from linkage.exchange.project import ProjectRef
from linkage.exchange.report import Verdict
from linkage.exchange.runs import ExplainedPartner, ReportView, RunState
from linkage.ids import AgencyId, GroupId, RunId
from linkage.matcher.service.clock import SystemClock
from linkage.matcher.service.explanation_table import pack_explanations
from linkage_agent.transport.channel import open_channel
from tests.protocol.agency import Agency, agencies, refusal
from tests.protocol.test_agent_transport import settings
from tests.support.agreements import World, make_agreement
from tests.support.matcher import MatcherPlace, make_matcher, serving_process
from tests.support.reports import QUALITY, WARNING, make_explained, make_outcome, make_report
from tests.support.services import ServedProject, dataset_of, started_services

PARTIES = ("council", "hospital", "police")
NAMES = ("given_name", "family_name", "birth_date")
VERDICTS = (Verdict.STRONGLY_FOR, Verdict.NEUTRAL, Verdict.MISSING)
ALL = GroupId("all")


@pytest.fixture(scope="module")
def world() -> World:
    return make_agreement(
        PARTIES, groups={ALL: PARTIES}, reveals="field-likeness", accept="balance"
    )


@pytest.fixture
def place(world: World, tmp_path: Path) -> MatcherPlace:
    return make_matcher(tmp_path, world)


@pytest.fixture
def run(world: World, place: MatcherPlace) -> RunId:
    """A run that is held in the matcher's store before it starts."""
    key = read_key_file(place.config.store_key_file)
    with started_services(world, place.config.state_folder, key, SystemClock()) as matcher:
        matcher.sign_all()
        matcher.upload_all()
        run = matcher.runs.request(matcher.caller("police"), world.agreement)
        assert matcher.runs.claim() is not None
        finish(matcher, run)
    return run


def finish(matcher: ServedProject, run: RunId) -> None:
    """The first records of council and police are one person; nobody else is."""
    tokens = [dataset_of(matcher.world, AgencyId(agency)).tokens for agency in PARTIES]
    explained = [make_explained(0, 2, [(0, 0, VERDICTS)])]
    tables = {
        (AgencyId(agency), ALL): pack_match_keys(MatchKeys(own, random_keys(len(own))))
        for agency, own in zip(PARTIES, tokens, strict=True)
    }
    explanations = {
        AgencyId(agency): pack_explanations(explained, own, n, {0, 1, 2} - {n}, len(NAMES))
        for n, (agency, own) in enumerate(zip(PARTIES, tokens, strict=True))
    }
    report = make_report([("council", "hospital"), ("council", "police"), ("hospital", "police")])
    matcher.runs.finish(run, make_outcome(tables, explanations, report))


def random_keys(count: int) -> "np.typing.NDArray[np.uint8]":
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (count, TOKEN_BYTES), dtype=np.uint8)


@pytest.fixture
def parties(world: World, place: MatcherPlace, run: RunId) -> Iterator[tuple[Agency, ...]]:
    assert run
    with serving_process(place) as matcher, agencies(place, matcher.port, world) as parties:
        yield parties


def test_each_agency_sees_the_estimates_of_its_own_pairs_while_the_run_is_held(
    parties: tuple[Agency, ...], run: RunId
) -> None:
    council, hospital, _ = parties
    for agency, others in ((council, ("hospital", "police")), (hospital, ("council", "police"))):
        view = agency.view(run)
        assert view.state is RunState.HELD
        report = view.report
        assert isinstance(report, ReportView)
        assert (report.threshold, report.overall, report.warnings) == (0.83, QUALITY, (WARNING,))
        assert all(pair.quality == QUALITY for pair in report.pairs)
        pairs = [{pair.left, pair.right} for pair in report.pairs]
        assert pairs == [{agency.name, AgencyId(other)} for other in others]


def test_explanation_goes_to_the_records_agency_after_the_release_and_to_no_other(
    parties: tuple[Agency, ...], run: RunId, world: World
) -> None:
    council, hospital, police = parties
    own = first_token(world, "council")
    with refusal(StateError, "RESULT_HELD"):
        council.explain(run, own)
    for agency in parties:
        agency.approve(agency.view(run))

    told = council.explain(run, own)
    assert told.segments == NAMES
    assert told.partners == (ExplainedPartner(police.name, VERDICTS),)
    [back] = police.explain(run, first_token(world, "police")).partners
    assert back == ExplainedPartner(council.name, VERDICTS)
    assert hospital.explain(run, first_token(world, "hospital")).partners == ()

    answers = []
    for token in (own, bytes(TOKEN_BYTES)):
        with pytest.raises(LinkageError) as caught:
            hospital.explain(run, token)
        answers.append((type(caught.value), caught.value.reason.code, dict(caught.value.facts)))
    assert answers[0] == answers[1] == (RequestError, "INVALID_REQUEST", {"what": "no such record"})
    with refusal(RequestError, "INVALID_REQUEST"):
        council.explain(run, own[:-1])


def test_agents_transport_brings_the_same_report_and_explanation(
    place: MatcherPlace, world: World, run: RunId, tmp_path: Path
) -> None:
    tls, project = (
        place.tls("council"),
        ProjectRef(world.agreement.project.id, world.agreement.digest),
    )
    with serving_process(place) as matcher, agencies(place, matcher.port, world) as parties:
        config = settings(tmp_path, tls, matcher.port)
        with open_channel(config, tls, project) as transport:
            assert transport.run_view(run) == parties[0].view(run)
            for agency in parties:
                agency.approve(agency.view(run))
            [partner] = transport.explain_match(run, first_token(world, "council")).partners
    assert partner == ExplainedPartner(AgencyId("police"), VERDICTS)


def first_token(world: World, agency: str) -> bytes:
    token: bytes = dataset_of(world, AgencyId(agency)).tokens.rows[0].tobytes()
    return token
