"""The runner: match runs done for real, and what becomes of those that fail."""

import logging
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path
from typing import TypeVar

import pytest

from linkage.crypto.secret import Secret
from linkage.errors import StateError
from linkage.exchange.match_key_pages import unpack_match_keys
from linkage.exchange.runs import RunState
from linkage.ids import AgencyId, GroupId, RunId
from linkage.matcher.execute.interface import Block, Result, Shared
from linkage.matcher.execute.local import WORKER_LOST, LocalExecutor
from linkage.matcher.service.clock import SystemClock
from linkage.matcher.service.runner import Runner
from linkage.matcher.service.runs import MAX_FAILURES
from linkage.observe.emit import LOGGER
from tests.support.agreements import World, make_agreement
from tests.support.full_disks import no_file_may_grow
from tests.support.services import ServedProject, dataset_of, started_services

T = TypeVar("T")

COUNCIL, HOSPITAL, POLICE = map(AgencyId, ("council", "hospital", "police"))
PARTIES = (COUNCIL, HOSPITAL, POLICE)
ALL, PAIR = GroupId("all"), GroupId("pair")


class LosingExecutor:
    """An executor whose workers are lost before they have done anything."""

    worker_count = 1

    def map(
        self, _stage: Callable[[Shared, Block], Result], _shared: Shared, blocks: Iterable[Block]
    ) -> Generator[Result, None, None]:
        for _ in blocks:
            raise StateError(WORKER_LOST, status=-9)
        yield from ()


@pytest.fixture(scope="module")
def world() -> World:
    return make_agreement(PARTIES, groups={ALL: PARTIES, PAIR: (POLICE, COUNCIL)})


@pytest.fixture(scope="module")
def executor() -> Iterator[LocalExecutor]:
    with LocalExecutor(1) as executor:
        yield executor


@pytest.fixture
def matcher(world: World, tmp_path: Path) -> Iterator[ServedProject]:
    key = Secret.generate()
    with started_services(world, tmp_path / "store", key, SystemClock()) as matcher:
        matcher.sign_all()
        matcher.upload_all()
        yield matcher


@pytest.fixture
def run(matcher: ServedProject) -> RunId:
    return matcher.runs.request(matcher.caller("police"), matcher.world.agreement)


def here(work: Callable[[], T]) -> T:
    """The store's thread is this one."""
    return work()


def state(matcher: ServedProject, run: RunId) -> RunState:
    return matcher.runs.get(matcher.caller("police"), matcher.world.agreement, run).state


def fetch(matcher: ServedProject, agency: str, run: RunId, group: GroupId) -> dict[bytes, bytes]:
    """The released match key of each of the agency's records, by record token."""
    caller, agreement = matcher.caller(agency), matcher.world.agreement
    content, page_count = matcher.results.fetch(caller, agreement, run, group, 0)
    assert page_count == 1
    keys = unpack_match_keys(content)
    return {
        token.tobytes(): key.tobytes()
        for token, key in zip(keys.tokens.rows, keys.rows, strict=True)
    }


def test_run_gives_equal_keys_to_equal_people_and_to_no_others(
    matcher: ServedProject, run: RunId, executor: LocalExecutor
) -> None:
    with ThreadPoolExecutor(max_workers=1) as store_thread:
        runner = Runner(matcher.runs, executor, lambda work: store_thread.submit(work).result())
        assert runner.run_once()
        assert not runner.run_once()
    for agency in PARTIES:
        matcher.approve(agency, run)

    for group, members in ((ALL, PARTIES), (PAIR, (POLICE, COUNCIL))):
        people: dict[bytes, bytes] = {}
        records = 0
        for agency in members:
            made = dataset_of(matcher.world, agency)
            keys = fetch(matcher, agency, run, group)
            assert len(keys) == len(made.tokens)
            for token, encoding in zip(made.tokens.rows, made.encodings.rows, strict=True):
                key = keys[token.tobytes()]
                assert people.setdefault(key, encoding.tobytes()) == encoding.tobytes()
                records += 1
        distinct = set(people.values())
        assert len(people) == len(distinct) < records

    together = set(fetch(matcher, "police", run, ALL).values())
    assert not together & set(fetch(matcher, "police", run, PAIR).values())


@pytest.mark.usefixtures("run")
def test_what_a_run_will_take_is_logged_before_it_and_beside_what_it_took(
    matcher: ServedProject,
    executor: LocalExecutor,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, LOGGER):
        assert Runner(matcher.runs, executor, here).run_once()
    lines = {line.msg: vars(line)["fields"] for line in caplog.records}
    assert list(lines).index("run-forecast") < list(lines).index("run-took")
    forecast, took = lines["run-forecast"], lines["run-took"]
    assert took.items() >= forecast.items()
    assert took.keys() - forecast.keys() == {"milliseconds", "mebibytes"}
    counts = [len(dataset_of(matcher.world, agency).tokens) for agency in PARTIES]
    pair_count = sum(one * other for one, other in combinations(counts, 2))
    assert forecast["pair_count"] == (pair_count if pair_count >= 100 else "<100")
    assert took["mebibytes"] > 0


def test_each_step_of_a_run_is_logged_with_how_long_it_took(
    matcher: ServedProject, run: RunId, executor: LocalExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, LOGGER):
        Runner(matcher.runs, executor, here).run_once()
    done = [each.__dict__["fields"] for each in caplog.records if each.msg == "run-step-done"]
    steps = [fields["step"] for fields in done]
    assert steps == ["load", "compare", "cluster", "issue", "store"]
    assert all(fields["run"] == run and fields["milliseconds"] >= 0 for fields in done)


def test_runner_without_work_says_so(matcher: ServedProject, executor: LocalExecutor) -> None:
    assert not Runner(matcher.runs, executor, here).run_once()


def test_failing_run_is_tried_again_and_then_left(
    matcher: ServedProject, run: RunId, executor: LocalExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    runner = Runner(matcher.runs, LosingExecutor(), here)
    for _ in range(MAX_FAILURES):
        assert state(matcher, run) is RunState.QUEUED
        assert runner.run_once()
    assert state(matcher, run) is RunState.FAILED
    assert not runner.run_once()
    failures = [vars(line)["fields"] for line in caplog.records if line.msg == "run-failed"]
    assert failures == [{"run": run, "error_type": "StateError", "reason": "WORKER_LOST"}] * 3

    matcher.runs.recover()  # as the next start does
    assert Runner(matcher.runs, executor, here).run_once()
    assert state(matcher, run) is RunState.HELD


def test_result_that_finds_no_room_is_no_failure_of_the_run(
    matcher: ServedProject, run: RunId, executor: LocalExecutor
) -> None:
    def on_full_disk(work: Callable[[], T]) -> T:
        if getattr(work, "func", None) != matcher.runs.finish:
            return work()
        with no_file_may_grow():
            return work()

    for _ in range(MAX_FAILURES + 1):
        assert not Runner(matcher.runs, executor, on_full_disk).run_once()
        assert state(matcher, run) is RunState.RUNNING
    assert Runner(matcher.runs, executor, here).run_once()
    assert state(matcher, run) is RunState.HELD


def test_store_that_can_take_nothing_gets_no_work_begun(
    matcher: ServedProject, run: RunId, executor: LocalExecutor
) -> None:
    runner = Runner(matcher.runs, executor, here)
    with no_file_may_grow():
        assert not runner.run_once()
    assert state(matcher, run) is RunState.QUEUED
    assert runner.run_once()


def test_dataset_that_rotted_is_asked_for_again_and_the_job_goes_on(
    matcher: ServedProject, run: RunId, executor: LocalExecutor, tmp_path: Path
) -> None:
    made = dataset_of(matcher.world, HOSPITAL)
    (tmp_path / "store" / "datasets" / made.id / "1.sealed").write_bytes(b"rot")
    runner = Runner(matcher.runs, executor, here)
    assert runner.run_once()
    assert not runner.run_once()
    with pytest.raises(StateError):
        matcher.runs.request(matcher.caller("police"), matcher.world.agreement)
    assert matcher.missing_chunks(made) == (1,)

    matcher.upload(made)
    assert matcher.runs.request(matcher.caller("police"), matcher.world.agreement) == run
    assert runner.run_once()
    assert state(matcher, run) is RunState.HELD


def test_two_runs_give_no_key_twice(
    matcher: ServedProject, run: RunId, executor: LocalExecutor, world: World, tmp_path: Path
) -> None:
    issued: list[set[bytes]] = []
    runner = Runner(matcher.runs, executor, here)
    assert runner.run_once()
    for agency in PARTIES:
        matcher.approve(agency, run)
    issued.append(set(fetch(matcher, "police", run, ALL).values()))

    key = Secret.generate()
    with started_services(world, tmp_path / "other", key, SystemClock()) as other:
        other.sign_all()
        other.upload_all()
        assert other.runs.request(other.caller("police"), world.agreement) == run
        assert Runner(other.runs, executor, here).run_once()
        for agency in PARTIES:
            other.approve(agency, run)
        issued.append(set(fetch(other, "police", run, ALL).values()))
    assert not issued[0] & issued[1]


def test_run_with_estimates_keeps_its_report_and_explains_exactly_the_released_matches(
    executor: LocalExecutor, tmp_path: Path
) -> None:
    groups: dict[str, tuple[AgencyId, ...]] = {ALL: PARTIES, PAIR: (POLICE, COUNCIL)}
    world = make_agreement(PARTIES, groups=groups, reveals="field-likeness", accept="balance")
    with started_services(world, tmp_path / "store", Secret.generate(), SystemClock()) as matcher:
        matcher.sign_all()
        matcher.upload_all()
        run = matcher.runs.request(matcher.caller("police"), world.agreement)
        assert Runner(matcher.runs, executor, here).run_once()
        view = matcher.runs.get(matcher.caller("police"), world.agreement, run)
        assert view.report is not None
        assert view.report.overall is not None
        for agency in PARTIES:
            matcher.approve(agency, run)

        keys = {agency: fetch(matcher, agency, run, ALL) for agency in PARTIES}
        told = 0
        for agency, own in keys.items():
            for token, key in own.items():
                sharing = [other for other in PARTIES if key in keys[other].values()]
                explanation = matcher.explanations.explain(
                    matcher.caller(agency), world.agreement, run, token
                )
                assert [each.agency for each in explanation.partners] == [
                    other for other in sorted(sharing) if other != agency
                ]
                told += len(explanation.partners)
        assert told == 2 * view.report.overall.accepted > 0
