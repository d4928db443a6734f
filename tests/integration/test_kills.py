"""Whatever is killed, and when: started again as its user would, the job ends in the same result.

Who starts what again: systemd the matcher (`kept_running`), people their commands (`walk`).
"""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from benchmarks.demo.processes import kept_running, program
from benchmarks.demo.walk import walk
from benchmarks.demo.world import PICTURE_MAKER, World
from benchmarks.population.agencies import AGENCIES, Content
from linkage.arrays import TOKEN_BYTES
from linkage.errors import ExitCode
from linkage.exchange.manifest import MAX_CHUNK_BYTES
from tests.support.expected import expected_clusters, found_clusters
from tests.support.killer import Killer, Kind, Process, descendants, is_running
from tests.support.region import (
    PATIENCE_SECONDS,
    agent,
    approve_automatically,
    change,
    check_results,
    copy_world,
    every,
    fix_threshold,
    forget_enrolment,
    logged,
    matcher_log,
    received_datasets,
    rows,
    serving,
    wait_until,
    write_rows,
)
from tests.support.wire import Wire, wire_to

pytestmark = pytest.mark.timeout(400)

RECORD_BYTES = TOKEN_BYTES + 2048 // 8
RECORDS_PER_CHUNK = MAX_CHUNK_BYTES // RECORD_BYTES
CHUNK_BYTES = RECORDS_PER_CHUNK * RECORD_BYTES
CHUNKS = 9
"""Of the long extract: more than two thirds of an upload can leave in flight."""
LEAST_KILLS = 20
KILLS_IN_A_PHASE = 4
"""What a phase has left over goes to the next; another walk follows if they were too few."""


@pytest.fixture
def chance() -> random.Random:
    """Draws anew in every run; pytest shows the seed if the test fails."""
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")  # noqa: T201
    return random.Random(seed)  # noqa: S311 - moments and victims, no secrets


def test_killing_any_process_at_random_moments_of_the_demo_changes_nothing(
    enrolled: World, tmp_path: Path, chance: random.Random
) -> None:
    killer = Killer(chance, 2 * seconds_of_a_command(copy_world(enrolled, tmp_path / "calm")))
    walks = 0
    try:
        while killer.count < LEAST_KILLS:
            walks += 1
            world = copy_world(enrolled, tmp_path / f"walk-{walks}")
            fix_threshold(world)
            with matcher_kept_running(world):
                with killer.at_work():
                    walk(world, lambda line: tell(killer, line))
                check_end(world)
            assert (world.folder / PICTURE_MAKER / "picture" / "picture.html").exists()
    finally:
        print(*killer.diary, sep="\n")  # noqa: T201 - for the same reason


def tell(killer: Killer, line: str) -> None:
    """Allows some kills in each phase of the walk; notes where they fell."""
    killer.diary.append(line)
    if not line.startswith(" "):
        killer.allowed += KILLS_IN_A_PHASE


def seconds_of_a_command(world: World) -> float:
    """How long a small command takes on this machine at present: the measure of all pauses."""
    start = time.monotonic()
    assert not agent(world, "police", "init").code
    return time.monotonic() - start


@contextmanager
def matcher_kept_running(world: World) -> Iterator[None]:
    config = ("--config", world.matcher_config)
    with kept_running(matcher_log(world), "linkage-matcher", "serve", *config):
        yield


def test_enrolment_killed_at_random_moments_can_be_done_again(
    enrolled: World, tmp_path: Path, chance: random.Random
) -> None:
    world = copy_world(enrolled, tmp_path / "region")
    pace = seconds_of_a_command(world)
    forget_enrolment(world, "police")
    command: list[str | Path] = [program("linkage-agent"), "init", "--config"]
    command.append(world.agent_config("police"))
    for _ in range(6):
        moment = pace * chance.uniform(0.5, 1)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(moment)
            process.kill()
    made = agent(world, "police", "init", "--json").facts
    assert agent(world, "police", "init", "--json").facts == made


def test_agent_killed_in_mid_upload_sends_only_the_rest(prepared: World, tmp_path: Path) -> None:
    world = copy_world(prepared, tmp_path / "region")
    change(world.matcher_config, "[tls]", '[log]\nlevel = "debug"\n\n[tls]')
    write_long_extract(world, "police")
    with serving(world):
        dataset = agent(world, "police", "preview", "--json").facts["dataset"]
        assert not agent(world, "police", "approve", "upload", dataset).code
        with wire_to(world, CHUNKS * CHUNK_BYTES * 2 // 3) as wire:
            kill_in_mid_upload(world, wire)
        wait_until(lambda: chunks_put(world), "a chunk is there")
        standing = agent(world, "police", "status", "--json").facts["upload"]
        missing = int(standing.removesuffix(" chunks to be sent"))
        assert 0 < missing < CHUNKS
        with wire_to(world) as wire:
            change(world.agent_config("police"), world.address, wire.address)
            assert not agent(world, "police", "send").code
        assert missing < wire.sent_bytes / CHUNK_BYTES < missing + 0.5
        assert chunks_put(world) <= CHUNKS
    assert received_datasets(world) == {dataset}


def kill_in_mid_upload(world: World, wire: Wire) -> None:
    """Kills an agent when the wire has passed what it may."""
    config = world.agent_config("police")
    change(config, world.address, wire.address)
    with subprocess.Popen([program("linkage-agent"), "send", "--config", config]) as sending:
        assert wire.is_blocked.wait(PATIENCE_SECONDS)
        sending.kill()
    change(config, wire.address, world.address)


def chunks_put(world: World) -> int:
    """How many chunks the matcher has taken so far."""
    calls = logged(matcher_log(world), "call-done")
    return sum(call["method"].endswith("/PutChunk") for call in calls)


def write_long_extract(world: World, agency: str) -> None:
    """An extract of so many made-up rows that its upload takes several chunks."""
    person = rows(world, agency)[0]
    row_id = AGENCIES[agency].header(Content.RECORD_ID)
    write_rows(
        world, agency, (person | {row_id: f"L{n}"} for n in range(CHUNKS * RECORDS_PER_CHUNK))
    )


def test_matcher_killed_before_and_during_the_run_takes_it_up_again(
    prepared: World, tmp_path: Path
) -> None:
    world = copy_world(prepared, tmp_path / "region")
    approve_automatically(world, "upload", "release")
    with serving(world) as matcher:
        assert {outcome.code for outcome in every(world, "send").values()} == {ExitCode.DONE}
        matcher.kill()
    with serving(world) as matcher:
        assert agent(world, "police", "fetch", "--json").facts["step"] == "match"
        wait_until(workers, "the run begins")
        orphans = workers()
        matcher.kill()
    wait_until(lambda: not any(map(is_running, orphans)), "workers end with their matcher")
    assert not logged(matcher_log(world), "run-held")
    with serving(world):
        wait_until(workers, "the run begins again")
        os.kill(workers()[0].pid, signal.SIGKILL)
        wait_until(lambda: logged(matcher_log(world), "run-held"), "the run is done")
        [failure] = logged(matcher_log(world), "run-failed")
        assert failure["reason"] == "WORKER_LOST"
        for outcome in every(world, "run").values():
            assert outcome.code == ExitCode.DONE, outcome
        check_end(world)


def workers() -> list[Process]:
    """The matcher's worker processes."""
    return [process for process in descendants() if process.kind is Kind.WORKER]


def check_end(world: World) -> None:
    """One version of everything, and the result that the sent bytes demand."""
    check_results(world)
    assert found_clusters(world) == expected_clusters(world)
    standings = [agent(world, agency, "status", "--json").facts for agency in AGENCIES]
    assert {standing["run"] for standing in standings} == {"released"}
    assert received_datasets(world) == {standing["dataset"] for standing in standings}
