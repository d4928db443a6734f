"""Projects: who is a party, what is in force, and signing up."""

import datetime as dt
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from linkage.agreement.statements import acceptance
from linkage.crypto.secret import Secret
from linkage.errors import AccessError, LinkageError, StateError
from linkage.exchange.project import ProjectRef
from linkage.ids import AgencyId, Digest, ProjectId
from linkage.matcher.service.clock import SystemClock
from linkage.matcher.service.projects import Caller, Projects
from linkage.matcher.store.sql_store import open_store
from tests.support.agreements import TRUST_DOMAIN, World, make_agreement
from tests.support.clocks import SetClock
from tests.support.services import ServedProject, started_services

FIRST_DAY = dt.date(2026, 1, 10)
LAST_DAY = dt.date(2026, 12, 31)
A_DAY = dt.timedelta(days=1)
PARTIES = ("council", "hospital", "police")


@pytest.fixture
def world() -> World:
    return make_agreement(PARTIES, valid_from=FIRST_DAY, expires=LAST_DAY)


@pytest.fixture
def clock() -> SetClock:
    return SetClock(FIRST_DAY)


@pytest.fixture
def key() -> Secret:
    return Secret.generate()


@pytest.fixture
def matcher(world: World, tmp_path: Path, key: Secret, clock: SetClock) -> Iterator[ServedProject]:
    with started_services(world, tmp_path / "store", key, clock) as matcher:
        yield matcher


def reason_of_asking(matcher: ServedProject, caller: Caller, ref: ProjectRef, *, live: bool) -> str:
    with pytest.raises(LinkageError) as caught:
        matcher.projects.agreement_for(caller, ref, must_be_live=live)
    return caught.value.reason.code


def test_agreement_comes_into_force_with_the_last_signature(matcher: ServedProject) -> None:
    assert matcher.sign("police").signed_by == ("police",)
    assert not matcher.sign("council").live
    status = matcher.sign("hospital")
    assert status.signed_by == PARTIES
    assert status.live
    caller = matcher.caller("police")
    agreement = matcher.projects.agreement_for(caller, matcher.ref, must_be_live=True)
    assert agreement == matcher.world.agreement


def test_missing_signatures_are_counted(matcher: ServedProject) -> None:
    matcher.sign("police")
    caller = matcher.caller("police")
    with pytest.raises(StateError) as caught:
        matcher.projects.agreement_for(caller, matcher.ref, must_be_live=True)
    assert caught.value.reason.code == "AGREEMENT_NOT_LIVE"
    assert caught.value.facts == {"missing_count": 2}
    matcher.projects.agreement_for(caller, matcher.ref, must_be_live=False)


@pytest.mark.parametrize(
    ("day", "live"),
    [
        (FIRST_DAY - A_DAY, False),
        (FIRST_DAY, True),
        (LAST_DAY, True),
        (LAST_DAY + A_DAY, False),
    ],
)
def test_agreement_is_in_force_in_its_period_only(
    matcher: ServedProject, clock: SetClock, day: dt.date, live: bool
) -> None:
    matcher.sign_all()
    clock.day = day
    assert matcher.projects.status(matcher.world.agreement).live is live
    assert bool(matcher.projects.live_agreements()) is live
    caller = matcher.caller("police")
    if live:
        matcher.projects.agreement_for(caller, matcher.ref, must_be_live=True)
    else:
        code = reason_of_asking(matcher, caller, matcher.ref, live=True)
        assert code == "AGREEMENT_NOT_LIVE"


def test_signature_can_be_given_before_the_period(matcher: ServedProject, clock: SetClock) -> None:
    clock.day = FIRST_DAY - A_DAY
    assert matcher.sign("police").signed_by == ("police",)


def test_outsiders_all_get_one_answer(matcher: ServedProject) -> None:
    matcher.sign_all()
    known, agency = matcher.ref, AgencyId("police")
    outsiders = [
        (Caller(TRUST_DOMAIN, AgencyId("school")), known),
        (Caller("elsewhere.test", agency), known),
        (Caller(TRUST_DOMAIN, agency), ProjectRef(ProjectId("other"), known.agreement)),
        (Caller(TRUST_DOMAIN, AgencyId("school")), ProjectRef(known.project, Digest("0" * 64))),
    ]
    for caller, ref in outsiders:
        for live in (True, False):
            assert reason_of_asking(matcher, caller, ref, live=live) == "NO_SUCH_PROJECT"


def test_party_with_another_agreement_is_told_so(matcher: ServedProject) -> None:
    ref = ProjectRef(matcher.ref.project, Digest("0" * 64))
    code = reason_of_asking(matcher, matcher.caller("police"), ref, live=False)
    assert code == "AGREEMENT_MISMATCH"


def test_signing_again_changes_nothing(matcher: ServedProject) -> None:
    first = matcher.sign("police")
    assert matcher.sign("police") == first  # ML-DSA draws a new signature each time


@pytest.mark.parametrize("fault", ["another's key", "another's name", "another digest", "empty"])
def test_signature_that_is_not_the_callers_over_this_agreement_is_refused(
    matcher: ServedProject, fault: str
) -> None:
    agreement, keys = matcher.world.agreement, matcher.world.signing_keys
    police, council = AgencyId("police"), AgencyId("council")
    signature = {
        "another's key": keys[council].sign(acceptance(agreement.digest, police)),
        "another's name": keys[police].sign(acceptance(agreement.digest, council)),
        "another digest": keys[police].sign(acceptance(Digest("0" * 64), police)),
        "empty": b"",
    }[fault]
    with pytest.raises(AccessError) as caught:
        matcher.projects.sign(matcher.caller("police"), agreement, signature)
    assert caught.value.reason.code == "NOT_ALLOWED"
    assert matcher.projects.status(agreement).signed_by == ()


def test_signatures_survive_a_restart(
    world: World, tmp_path: Path, key: Secret, clock: SetClock
) -> None:
    for agency in PARTIES:
        with started_services(world, tmp_path / "store", key, clock) as matcher:
            matcher.sign(agency)
    with started_services(world, tmp_path / "store", key, clock) as matcher:
        assert matcher.projects.status(world.agreement).live


def test_changed_agreement_needs_a_higher_epoch(
    world: World, tmp_path: Path, key: Secret, clock: SetClock
) -> None:
    changed = make_agreement(PARTIES, keys_of=world, at_least="0.7")
    amended = make_agreement(PARTIES, keys_of=world, at_least="0.7", epoch=2)
    with started_services(world, tmp_path / "store", key, clock) as matcher:
        matcher.sign_all()
    with closing(open_store(tmp_path / "store", key)) as store:
        with pytest.raises(StateError) as caught:
            Projects(store, clock).open(changed.agreement)
        assert caught.value.reason.code == "EPOCH_NOT_RAISED"
        assert caught.value.facts == {"project": "demo", "epoch": 1, "stored_epoch": 1}
        assert store.projects.signed_by(world.agreement.digest) == PARTIES
    with started_services(amended, tmp_path / "store", key, clock) as matcher:
        assert matcher.projects.status(amended.agreement).signed_by == ()
        matcher.sign_all()
    with closing(open_store(tmp_path / "store", key)) as store, pytest.raises(StateError):
        Projects(store, clock).open(world.agreement)  # an epoch is never used again


def test_amendment_waits_beside_the_agreement_until_all_have_signed_it(
    world: World, tmp_path: Path, key: Secret, clock: SetClock
) -> None:
    new = make_agreement(PARTIES, keys_of=world, epoch=2, valid_from=FIRST_DAY, expires=LAST_DAY)
    with started_services(world, tmp_path / "store", key, clock) as matcher:
        matcher.sign_all()
        matcher.upload_all()
    for signed_count, agency in enumerate(PARTIES):
        with started_amended(world, new, tmp_path / "store", key, clock) as (old, amended):
            caller = old.caller("police")
            old.projects.agreement_for(caller, old.ref, must_be_live=True)
            assert len(old.store.datasets.committed(world.agreement.digest)) == len(PARTIES)
            assert list(old.projects.live_agreements()) == [world.agreement.digest]

            amended.projects.agreement_for(caller, amended.ref, must_be_live=False)
            code = reason_of_asking(amended, caller, amended.ref, live=True)
            assert code == "AGREEMENT_NOT_LIVE"
            assert amended.projects.status(new.agreement).signed_by == PARTIES[:signed_count]
            status = amended.sign(agency)
            assert status.live is (agency == PARTIES[-1])
            if status.live:
                assert_amended(old, amended)
    with started_amended(world, new, tmp_path / "store", key, clock) as (old, amended):
        assert_amended(old, amended)


def assert_amended(old: ServedProject, amended: ServedProject) -> None:
    """Whether the amendment alone is in force, and nothing is left of the one before."""
    caller = amended.caller("police")
    amended.projects.agreement_for(caller, amended.ref, must_be_live=True)
    assert list(amended.projects.live_agreements()) == [amended.ref.agreement]
    for live in (True, False):
        assert reason_of_asking(old, caller, old.ref, live=live) == "AGREEMENT_MISMATCH"
    assert old.store.datasets.committed(old.ref.agreement) == ()


@contextmanager
def started_amended(
    world: World, new: World, folder: Path, key: Secret, clock: SetClock
) -> Iterator[tuple[ServedProject, ServedProject]]:
    """A matcher whose operator has opened an agreement and its amendment, newest first."""
    with started_services(new, folder, key, clock) as amended:
        amended.projects.open(world.agreement)
        yield replace(amended, world=world), amended


def test_amendment_opened_alone_erases_nothing(
    world: World, tmp_path: Path, key: Secret, clock: SetClock
) -> None:
    new = make_agreement(PARTIES, keys_of=world, epoch=2)
    with started_services(world, tmp_path / "store", key, clock) as matcher:
        matcher.sign_all()
        matcher.upload_all()
    with started_services(new, tmp_path / "store", key, clock) as amended:
        caller, ref = (
            amended.caller("police"),
            ProjectRef(amended.ref.project, matcher.ref.agreement),
        )
        assert reason_of_asking(amended, caller, ref, live=False) == "AGREEMENT_MISMATCH"
        amended.sign("police")
    with started_services(world, tmp_path / "store", key, clock) as matcher:  # it was withdrawn
        assert matcher.projects.status(world.agreement).live
        assert len(matcher.store.datasets.committed(world.agreement.digest)) == len(PARTIES)


def test_agency_that_only_the_amendment_names_sees_only_that(
    world: World, tmp_path: Path, key: Secret, clock: SetClock
) -> None:
    new = make_agreement((*PARTIES, "school"), epoch=2)
    with started_services(world, tmp_path / "store", key, clock) as old:
        school = old.caller("school")
        assert reason_of_asking(old, school, old.ref, live=False) == "NO_SUCH_PROJECT"
        old.projects.open(new.agreement)
        amended = replace(old, world=new)
        amended.projects.agreement_for(school, amended.ref, must_be_live=False)
        assert reason_of_asking(old, school, old.ref, live=False) == "AGREEMENT_MISMATCH"


def test_project_that_is_not_opened_any_more_is_unknown(
    world: World, tmp_path: Path, key: Secret, clock: SetClock
) -> None:
    with started_services(world, tmp_path / "store", key, clock) as matcher:
        caller, ref = matcher.caller("police"), matcher.ref
    with started_services(
        make_agreement(project="other"), tmp_path / "store", key, clock
    ) as matcher:
        assert reason_of_asking(matcher, caller, ref, live=False) == "NO_SUCH_PROJECT"


def test_system_clock_tells_utc() -> None:
    now = SystemClock().now()
    assert now.tzinfo is dt.UTC
    assert abs(now.timestamp() - dt.datetime.now().astimezone().timestamp()) < 60
