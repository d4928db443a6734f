"""Starting, stopping, being cut off, running out of disk: what callers and operators see."""

import resource
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2

from linkage.errors import ConfigError, ExitCode, LinkageError, StoreError
from linkage.exchange.runs import RunState
from tests.protocol.agency import agencies
from tests.protocol.conftest import reference
from tests.protocol.raw_calls import Outcome, call, methods, smallest_request
from tests.support.agreements import World, make_agreement
from tests.support.datasets import make_dataset
from tests.support.matcher import (
    MatcherHere,
    MatcherPlace,
    make_matcher,
    serving_here,
    serving_process,
)

STATUS = "/linkage.api.v1.AgreementService/GetAgreement"
SOON = 0.4
WAIT_SECONDS = 20
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@pytest.fixture
def world() -> World:
    return make_agreement(("council", "police"))


@pytest.fixture
def place(tmp_path: Path, world: World) -> MatcherPlace:
    return make_matcher(tmp_path, world)


def test_sigterm_during_an_upload_loses_no_chunk_that_was_acknowledged(
    place: MatcherPlace, world: World
) -> None:
    made = make_dataset(world.agreement, "council", seed=1, record_count=30, records_per_chunk=1)
    with serving_process(place) as matcher, agencies(place, matcher.port, world) as parties:
        for party in parties:
            party.sign()
        council = parties[0]
        council.open(made)
        with ThreadPoolExecutor(4) as senders:
            sent = [senders.submit(council.put_chunk, made, i) for i in range(len(made.payloads))]
            sent[4].result()
            assert matcher.stop() == ExitCode.DONE
        acknowledged = {index for index, one in enumerate(sent) if one.exception() is None}
    assert acknowledged
    with serving_here(place) as here, agencies(place, here.port, world) as parties:
        missing = set(parties[0].missing(made))
        assert not missing & acknowledged
        for index in missing:
            parties[0].put_chunk(made, index)
        parties[0].commit(made)


def test_call_under_way_is_answered_though_the_matcher_is_told_to_stop(
    place: MatcherPlace, world: World
) -> None:
    with (
        serving_here(place) as here,
        ThreadPoolExecutor(1) as thread,
        place.channel(here.port, "police") as channel,
    ):
        with store_thread_busy(here):
            under_way = thread.submit(ask_status, channel, world)
            time.sleep(SOON)
            here.begin_to_stop()
            time.sleep(SOON)
            assert not under_way.done()
            with place.channel(here.port, "police") as late:
                assert ask_status(late, world).status is grpc.StatusCode.UNAVAILABLE
        assert under_way.result().status is grpc.StatusCode.OK


def test_cancelled_call_does_nothing_or_all_of_it(place: MatcherPlace, world: World) -> None:
    made = make_dataset(world.agreement, "council", seed=1)
    with serving_here(place) as here, agencies(place, here.port, world) as (council, police):
        council.sign()
        police.sign()
        council.open(made)
        with store_thread_busy(here):
            calls = [council.begin_put_chunk(made, index) for index in range(3)]
            time.sleep(SOON)
            assert all(one.cancel() for one in calls)
            time.sleep(SOON)
        assert council.missing(made) == [0, 1, 2]
        for index in range(3):
            council.put_chunk(made, index)
        council.commit(made)


def test_health_says_when_nothing_can_be_stored_and_when_it_can_again(place: MatcherPlace) -> None:
    with serving_process(place) as matcher, place.channel(matcher.port, "police") as channel:
        assert health(channel) == SERVING
        no_file_may_grow(matcher.process.pid)
        wait_until(lambda: health(channel) == NOT_SERVING)
        files_may_grow(matcher.process.pid)
        wait_until(lambda: health(channel) == SERVING)
        assert matcher.stop() == ExitCode.DONE


def test_second_matcher_on_the_same_folder_is_refused_and_ctrl_c_stops_the_first(
    place: MatcherPlace,
) -> None:
    with serving_process(place) as matcher:
        with pytest.raises(StoreError, match="STORE_IN_USE"), serving_here(place):
            pass
        assert matcher.stop(signal.SIGINT) == ExitCode.DONE
        assert '"server-stopped"' in matcher.log()


def test_address_in_use_is_refused_and_the_store_let_go(place: MatcherPlace) -> None:
    text = place.config_file.read_text(encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        place.config_file.write_text(text.replace("127.0.0.1:0", f"127.0.0.1:{port}"))
        with pytest.raises(ConfigError, match="ADDRESS_UNUSABLE"), serving_here(place):
            pass
    with serving_here(place) as here:
        assert here.port == port


def test_run_that_was_cut_off_is_taken_up_by_the_next_start(
    place: MatcherPlace, world: World
) -> None:
    with serving_process(place) as matcher, agencies(place, matcher.port, world) as parties:
        for party in parties:
            party.sign()
        for seed, party in enumerate(parties):
            made = make_dataset(world.agreement, party.name, seed=seed)
            party.open(made)
            for index in party.missing(made):
                party.put_chunk(made, index)
            party.commit(made)
        run = parties[0].request_run()
        assert matcher.stop() == ExitCode.DONE
    with serving_here(place) as here, agencies(place, here.port, world) as parties:
        assert parties[1].wait_until_held(run).state is RunState.HELD


def test_amendment_takes_over_with_its_last_signature_and_not_before(
    place: MatcherPlace, world: World
) -> None:
    new = make_agreement(("council", "police"), keys_of=world, epoch=2)
    made = make_dataset(world.agreement, "council", seed=1)
    with serving_here(place) as here, agencies(place, here.port, world) as (council, police):
        council.sign()
        assert police.sign()
        council.open(made)
    (place.config_file.parent / "amended.toml").write_text(new.toml, encoding="utf-8")
    text = place.config_file.read_text(encoding="utf-8")
    place.config_file.write_text(text.replace('["demo.toml"]', '["demo.toml", "amended.toml"]'))
    with (
        serving_here(place) as here,
        agencies(place, here.port, world) as (council, _),
        agencies(place, here.port, new) as amended,
    ):
        assert not amended[0].sign()
        assert council.missing(made) == [0, 1, 2]
        council.put_chunk(made, 0)
        assert amended[1].sign()
        with pytest.raises(LinkageError, match="AGREEMENT_MISMATCH"):
            council.missing(made)
    with serving_here(place) as here, agencies(place, here.port, new) as (council, _):
        council.open(make_dataset(new.agreement, "council", seed=1))


@contextmanager
def store_thread_busy(here: MatcherHere) -> Iterator[None]:
    """Within the block, whoever needs the store has to wait."""
    let_go = threading.Event()
    with ThreadPoolExecutor(1) as thread:
        thread.submit(here.matcher.store_thread.run_from_thread, let_go.wait)
        try:
            yield
        finally:
            let_go.set()


def ask_status(channel: grpc.Channel, world: World) -> Outcome:
    return call(channel, STATUS, smallest_request(methods()[STATUS], reference(world)))


def health(channel: grpc.Channel) -> int:
    outcome = call(channel, "/grpc.health.v1.Health/Check", b"")
    return int(health_pb2.HealthCheckResponse.FromString(outcome.reply).status)


def no_file_may_grow(process: int) -> None:
    """From now on every write of the process to a file fails, as on a full disk."""
    _, most = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (0, most))


def files_may_grow(process: int) -> None:
    """Undoes that."""
    _, most = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (most, most))


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.2)
