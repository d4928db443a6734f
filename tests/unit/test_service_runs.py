"""Match runs: asked for, worked on, held, released, refused; and who gets the match keys."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from linkage.agreement.statements import release_approval
from linkage.crypto.digests import content_digest
from linkage.crypto.secret import Secret
from linkage.errors import LinkageError
from linkage.exchange.match_key_pages import ENTRIES_PER_PAGE, ENTRY_BYTES
from linkage.exchange.runs import ResultTable, RunState, result_digest, run_id
from linkage.ids import AgencyId, GroupId, RunId
from linkage.matcher.service.clock import SystemClock
from linkage.matcher.service.runs import MAX_CUT_OFFS, MAX_FAILURES
from tests.support.agreements import World, make_agreement
from tests.support.reports import make_outcome
from tests.support.services import ServedProject, dataset_of, started_services

COUNCIL, HOSPITAL, POLICE = map(AgencyId, ("council", "hospital", "police"))
PARTIES = (COUNCIL, HOSPITAL, POLICE)
ALL, PAIR = GroupId("all"), GroupId("pair")
GROUPS: dict[str, tuple[AgencyId, ...]] = {ALL: PARTIES, PAIR: (COUNCIL, POLICE)}


@pytest.fixture(scope="module")
def world() -> World:
    return make_agreement(PARTIES, groups=GROUPS)


@pytest.fixture
def key() -> Secret:
    return Secret.generate()


@pytest.fixture
def matcher(world: World, tmp_path: Path, key: Secret) -> Iterator[ServedProject]:
    with started_services(world, tmp_path / "store", key, SystemClock()) as matcher:
        matcher.sign_all()
        yield matcher


@pytest.fixture
def run(matcher: ServedProject) -> RunId:
    """A run over everyone's dataset, waiting."""
    matcher.upload_all()
    return matcher.runs.request(matcher.caller("police"), matcher.world.agreement)


def tables(seed: int = 0) -> dict[tuple[AgencyId, GroupId], bytes]:
    """Match keys for each agency and group, as many pages as their number in the list."""
    keys = [(agency, GroupId(group)) for group, members in GROUPS.items() for agency in members]
    return {
        key: bytes([seed, index]) * (ENTRY_BYTES // 2) * ENTRIES_PER_PAGE
        + bytes(ENTRY_BYTES) * index
        for index, key in enumerate(keys)
    }


def hold(matcher: ServedProject, run: RunId) -> None:
    plan = matcher.runs.claim()
    assert plan is not None
    assert plan.run == run
    matcher.runs.finish(run, make_outcome(tables()))


def state(matcher: ServedProject, run: RunId) -> RunState:
    return matcher.runs.get(matcher.caller("police"), matcher.world.agreement, run).state


def fetch(matcher: ServedProject, agency: str, run: RunId, group: GroupId, page: int = 0) -> bytes:
    caller, agreement = matcher.caller(agency), matcher.world.agreement
    return matcher.results.fetch(caller, agreement, run, group, page)[0]


def refuse(matcher: ServedProject, agency: str, run: RunId) -> RunState:
    return matcher.runs.refuse(matcher.caller(agency), matcher.world.agreement, run)


def reason_of(act: Callable[[], object]) -> str:
    with pytest.raises(LinkageError) as caught:
        act()
    return caught.value.reason.code


def test_run_waits_for_every_partys_dataset(matcher: ServedProject) -> None:
    agreement = matcher.world.agreement
    for uploaded in range(3):
        with pytest.raises(LinkageError) as caught:
            matcher.runs.request(matcher.caller("council"), agreement)
        assert caught.value.reason.code == "DATASETS_MISSING"
        assert caught.value.facts == {"missing_count": 3 - uploaded, "party_count": 3}
        made = dataset_of(matcher.world, agreement.agencies[uploaded])
        matcher.open(made)  # a dataset that is not committed does not count
        assert reason_of(partial(matcher.runs.request, matcher.caller("council"), agreement))
        matcher.upload(made)
    matcher.runs.request(matcher.caller("council"), agreement)


def test_all_agencies_asking_gives_one_run(matcher: ServedProject, run: RunId) -> None:
    agreement = matcher.world.agreement
    asked = {matcher.runs.request(matcher.caller(agency), agreement) for agency in PARTIES}
    datasets = tuple(dataset_of(matcher.world, agency).id for agency in agreement.agencies)
    assert asked == {run} == {run_id(agreement.digest, datasets)}
    assert state(matcher, run) is RunState.QUEUED


def test_run_of_another_agreement_is_not_seen(matcher: ServedProject, run: RunId) -> None:
    other = make_agreement(project="other").agreement
    caller = matcher.caller("police")
    for agreement, name in ((other, run), (matcher.world.agreement, RunId("0" * 64))):
        assert reason_of(partial(matcher.runs.get, caller, agreement, name)) == "INVALID_REQUEST"
        assert reason_of(partial(matcher.runs.refuse, caller, agreement, name)) == "INVALID_REQUEST"
        fetched = partial(matcher.results.fetch, caller, agreement, name, ALL, 0)
        assert reason_of(fetched) == "INVALID_REQUEST"


def test_claimed_run_comes_with_all_that_goes_into_it(matcher: ServedProject, run: RunId) -> None:
    plan = matcher.runs.claim()
    assert plan is not None
    assert (plan.run, plan.agreement) == (run, matcher.world.agreement)
    assert [one.agency for one in plan.datasets] == sorted(PARTIES)
    assert state(matcher, run) is RunState.RUNNING
    made = dataset_of(matcher.world, COUNCIL)
    assert matcher.runs.read_chunk(plan.datasets[0].dataset, 1) == made.payloads[1]


def test_nothing_is_claimed_when_nothing_waits(matcher: ServedProject) -> None:
    assert matcher.runs.claim() is None


def test_nothing_is_claimed_under_an_agreement_that_is_not_in_force(
    world: World, tmp_path: Path, key: Secret
) -> None:
    with started_services(world, tmp_path / "store", key, SystemClock()) as matcher:
        matcher.upload_all()
        matcher.runs.request(matcher.caller("police"), world.agreement)
        assert matcher.runs.claim() is None
        matcher.sign_all()
        assert matcher.runs.claim() is not None


def test_nothing_is_claimed_while_a_result_could_not_be_stored(
    world: World, tmp_path: Path, key: Secret
) -> None:
    short = 1 << 60
    with started_services(world, tmp_path / "store", key, SystemClock()) as matcher:
        matcher.sign_all()
        matcher.upload_all()
    with started_services(
        world, tmp_path / "store", key, SystemClock(), least_free_bytes=short
    ) as matcher:
        run = matcher.runs.request(matcher.caller("police"), world.agreement)
        assert matcher.runs.claim() is None
        assert state(matcher, run) is RunState.QUEUED


def test_finished_run_is_held_and_shows_digests_only(matcher: ServedProject, run: RunId) -> None:
    hold(matcher, run)
    view = matcher.runs.get(matcher.caller("hospital"), matcher.world.agreement, run)
    assert view.state is RunState.HELD
    assert view.approved_by == ()
    assert view.tables == tuple(
        sorted(
            ResultTable(agency, group, content_digest(content))
            for (agency, group), content in tables().items()
        )
    )


def test_result_is_released_by_the_last_approval(matcher: ServedProject, run: RunId) -> None:
    hold(matcher, run)
    for approved, agency in enumerate(PARTIES):
        with pytest.raises(LinkageError) as caught:
            fetch(matcher, "police", run, ALL)
        assert caught.value.reason.code == "RESULT_HELD"
        assert caught.value.facts == {"missing_count": 3 - approved, "party_count": 3}
        last = approved == 2
        assert matcher.approve(agency, run) is (RunState.RELEASED if last else RunState.HELD)
    for (agency, group), content in tables().items():
        caller, agreement = matcher.caller(agency), matcher.world.agreement
        page, page_count = matcher.results.fetch(caller, agreement, run, group, 0)
        rest = [fetch(matcher, agency, run, group, index) for index in range(1, page_count)]
        assert b"".join([page, *rest]) == content


def test_approval_can_be_repeated(matcher: ServedProject, run: RunId) -> None:
    hold(matcher, run)
    assert matcher.approve("police", run) is RunState.HELD
    assert matcher.approve("police", run) is RunState.HELD
    matcher.approve("council", run)
    assert matcher.approve("hospital", run) is RunState.RELEASED
    assert matcher.approve("police", run) is RunState.RELEASED
    view = matcher.runs.get(matcher.caller("police"), matcher.world.agreement, run)
    assert view.approved_by == tuple(sorted(PARTIES))


def test_approval_is_of_this_result_by_this_agency(matcher: ServedProject, run: RunId) -> None:
    hold(matcher, run)
    agreement, keys = matcher.world.agreement, matcher.world.signing_keys
    view = matcher.runs.get(matcher.caller("police"), agreement, run)
    shown = result_digest(run, view.tables)
    less = result_digest(run, view.tables[1:])
    signatures = (
        keys[COUNCIL].sign(release_approval(agreement.digest, POLICE, run, shown)),
        keys[POLICE].sign(release_approval(agreement.digest, POLICE, run, less)),
        keys[POLICE].sign(release_approval(agreement.digest, POLICE, RunId("0" * 64), shown)),
        b"",
    )
    for signature in signatures:
        approve = partial(matcher.runs.approve, matcher.caller("police"), agreement, run)
        assert reason_of(partial(approve, signature)) == "NOT_ALLOWED"
    assert matcher.runs.get(matcher.caller("police"), agreement, run).approved_by == ()


def test_there_is_nothing_to_approve_or_refuse_before_the_end(
    matcher: ServedProject, run: RunId
) -> None:
    for _ in ("queued", "running"):
        assert reason_of(lambda: matcher.approve("police", run)) == "WRONG_STATE"
        assert reason_of(lambda: refuse(matcher, "police", run)) == "WRONG_STATE"
        assert reason_of(lambda: fetch(matcher, "police", run, ALL)) == "WRONG_STATE"
        matcher.runs.claim()


def test_one_refusal_ends_it_for_good(matcher: ServedProject, run: RunId, tmp_path: Path) -> None:
    hold(matcher, run)
    matcher.approve("police", run)
    matcher.approve("council", run)
    assert refuse(matcher, "police", run) is RunState.REFUSED  # what it approved before or not
    assert refuse(matcher, "hospital", run) is RunState.REFUSED
    assert reason_of(lambda: matcher.approve("hospital", run)) == "WRONG_STATE"
    assert reason_of(lambda: fetch(matcher, "police", run, ALL)) == "NOT_ALLOWED"
    assert matcher.runs.claim() is None
    again = matcher.runs.request(matcher.caller("police"), matcher.world.agreement)
    assert state(matcher, again) is RunState.REFUSED
    assert list((tmp_path / "store" / "results").iterdir()) == []


def test_release_cannot_be_taken_back(matcher: ServedProject, run: RunId) -> None:
    hold(matcher, run)
    for agency in PARTIES:
        matcher.approve(agency, run)
    assert reason_of(lambda: refuse(matcher, "police", run)) == "WRONG_STATE"
    assert fetch(matcher, "police", run, ALL)


@pytest.mark.parametrize("released", [False, True])
def test_match_keys_go_to_members_of_the_group_only(
    matcher: ServedProject, run: RunId, released: bool
) -> None:
    hold(matcher, run)
    for agency in PARTIES if released else ():
        matcher.approve(agency, run)
    for agency, group in ((HOSPITAL, PAIR), (POLICE, GroupId("unknown"))):
        denied = partial(fetch, matcher, agency, run, group)
        assert reason_of(denied) == "NOT_ALLOWED"


def test_page_beyond_the_last_is_refused(matcher: ServedProject, run: RunId) -> None:
    hold(matcher, run)
    for agency in PARTIES:
        matcher.approve(agency, run)
    caller, agreement = matcher.caller("police"), matcher.world.agreement
    _, page_count = matcher.results.fetch(caller, agreement, run, PAIR, 0)
    for page in (page_count, 2**32 - 1, -1):
        beyond = partial(matcher.results.fetch, caller, agreement, run, PAIR, page)
        assert reason_of(beyond) == "INVALID_REQUEST"


def test_result_that_rotted_on_the_disk_is_not_handed_out(
    matcher: ServedProject, run: RunId, tmp_path: Path
) -> None:
    hold(matcher, run)
    for agency in PARTIES:
        matcher.approve(agency, run)
    results = tmp_path / "store" / "results" / run
    (results / "council.pair.0.sealed").replace(results / "police.pair.0.sealed")
    assert reason_of(lambda: fetch(matcher, "police", run, PAIR)) == "STORE_CORRUPT"


def test_run_that_keeps_failing_waits_for_the_operator(
    world: World, tmp_path: Path, key: Secret
) -> None:
    with started_services(world, tmp_path / "store", key, SystemClock()) as matcher:
        matcher.sign_all()
        matcher.upload_all()
        run = matcher.runs.request(matcher.caller("police"), world.agreement)
        for failed in range(1, MAX_FAILURES + 1):
            assert matcher.runs.claim() is not None
            expected = RunState.FAILED if failed == MAX_FAILURES else RunState.QUEUED
            assert matcher.runs.fail(run, for_good=False) is expected
        assert matcher.runs.claim() is None
        assert matcher.runs.request(matcher.caller("police"), world.agreement) == run
        assert state(matcher, run) is RunState.FAILED
        assert reason_of(lambda: fetch(matcher, "police", run, ALL)) == "WRONG_STATE"
    with started_services(world, tmp_path / "store", key, SystemClock()) as matcher:
        assert state(matcher, run) is RunState.QUEUED
        hold(matcher, run)


def test_run_that_would_fail_again_is_not_tried_again(matcher: ServedProject, run: RunId) -> None:
    matcher.runs.claim()
    assert matcher.runs.fail(run, for_good=True) is RunState.FAILED


def test_run_that_is_gone_can_fail_without_harm(matcher: ServedProject) -> None:
    assert matcher.runs.fail(RunId("0" * 64), for_good=False) is None


def test_run_in_which_the_process_always_ends_is_given_up_until_an_orderly_restart(
    world: World, tmp_path: Path, key: Secret, caplog: pytest.LogCaptureFixture
) -> None:
    folders = [tmp_path / f"store-{number}" for number in range(MAX_CUT_OFFS + 2)]
    with started_services(world, folders[0], key, SystemClock()) as matcher:
        matcher.sign_all()
        matcher.upload_all()
        run = matcher.runs.request(matcher.caller("police"), world.agreement)
    for before, after in pairwise(folders[:-1]):
        with started_services(world, before, key, SystemClock()) as matcher:
            assert state(matcher, run) is RunState.QUEUED
            assert matcher.runs.claim() is not None
            shutil.copytree(before, after)  # as a kill at this moment leaves it
    caplog.clear()
    with started_services(world, folders[-2], key, SystemClock()) as matcher:
        assert state(matcher, run) is RunState.FAILED
        assert matcher.runs.claim() is None
        [line] = [vars(one)["fields"] for one in caplog.records if one.msg == "run-failed"]
        assert line == {"run": run, "error_type": "ProcessEnded"}
        shutil.copytree(folders[-2], folders[-1])
    with started_services(world, folders[-1], key, SystemClock()) as matcher:
        assert state(matcher, run) is RunState.FAILED
    with started_services(world, folders[-1], key, SystemClock()) as matcher:
        assert state(matcher, run) is RunState.QUEUED
        hold(matcher, run)


def test_orderly_stops_in_mid_run_do_not_count(world: World, tmp_path: Path, key: Secret) -> None:
    with started_services(world, tmp_path / "store", key, SystemClock()) as matcher:
        matcher.sign_all()
        matcher.upload_all()
        run = matcher.runs.request(matcher.caller("police"), world.agreement)
    for _ in range(MAX_CUT_OFFS + 1):
        with started_services(world, tmp_path / "store", key, SystemClock()) as matcher:
            assert state(matcher, run) is RunState.QUEUED
            assert matcher.runs.claim() is not None


def test_result_of_a_run_whose_agreement_was_amended_meanwhile_is_not_kept(
    matcher: ServedProject, run: RunId, tmp_path: Path
) -> None:
    plan = matcher.runs.claim()
    assert plan is not None
    amended = make_agreement(PARTIES, keys_of=matcher.world, groups=GROUPS, epoch=2)
    matcher.projects.open(amended.agreement)
    replace(matcher, world=amended).sign_all()
    matcher.runs.finish(run, make_outcome(tables()))
    assert matcher.store.runs.find(run) is None
    assert list((tmp_path / "store" / "results").iterdir()) == []
    assert matcher.runs.claim() is None


def test_job_goes_on_after_a_restart_at_any_step(world: World, tmp_path: Path, key: Secret) -> None:
    run = run_of(world)
    steps: list[tuple[Callable[[ServedProject], object], RunState]] = [
        (lambda m: m.runs.request(m.caller("police"), world.agreement), RunState.QUEUED),
        (lambda m: m.runs.claim(), RunState.QUEUED),
        (lambda m: hold(m, run), RunState.HELD),
        (lambda m: m.approve("police", run), RunState.HELD),
        (lambda m: m.approve("council", run), RunState.HELD),
        (lambda m: m.approve("hospital", run), RunState.RELEASED),
    ]
    with started_services(world, tmp_path / "store", key, SystemClock()) as matcher:
        matcher.sign_all()
        matcher.upload_all()
    for step, expected in steps:
        with started_services(world, tmp_path / "store", key, SystemClock()) as matcher:
            step(matcher)
        with started_services(world, tmp_path / "store", key, SystemClock()) as matcher:
            assert state(matcher, run) is expected
    with started_services(world, tmp_path / "store", key, SystemClock()) as matcher:
        assert fetch(matcher, "council", run, ALL) == tables()[COUNCIL, ALL]


def run_of(world: World) -> RunId:
    datasets = tuple(dataset_of(world, agency).id for agency in world.agreement.agencies)
    return run_id(world.agreement.digest, datasets)


def test_refusal_survives_a_restart(world: World, tmp_path: Path, key: Secret) -> None:
    with started_services(world, tmp_path / "store", key, SystemClock()) as matcher:
        matcher.sign_all()
        matcher.upload_all()
        run = matcher.runs.request(matcher.caller("police"), world.agreement)
        hold(matcher, run)
        refuse(matcher, "council", run)
    with started_services(world, tmp_path / "store", key, SystemClock()) as matcher:
        assert state(matcher, run) is RunState.REFUSED
