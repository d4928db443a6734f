"""The whole job, twice, with the matcher's memory and files searched between the steps."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.demo.world import PICTURE_MAKER, make_world
from benchmarks.population.agencies import AGENCIES
from benchmarks.population.contacts import Size
from benchmarks.population.generate import generate
from linkage.errors import ExitCode
from tests.privacy.agencies import (
    Agencies,
    Output,
    at_once,
    connect_through,
    with_another_agreement,
)
from tests.privacy.canaries import plant
from tests.privacy.evidence import Evidence, Planted, search_for, search_for_records
from tests.privacy.matcher_state import Findings, look_into_files, look_into_processes, watched_run
from tests.privacy.memory import descendants
from tests.privacy.tap import tapped
from tests.support.matcher import MatcherPlace, serving_process

SEED: Final = 20_261_122
SIZE: Final = Size(people=3_000, records_per_agency=300)
SECOND: Final = "second-job"
"""The name of the second job's project and of its configuration files."""
GROUPS: Final = {
    "partnership": ("council", "hospital", "police", "school"),
    "justice": ("council", "police"),
}
"""The recipient groups of both jobs; the demo's agreement has the first."""

_SECOND_GROUP_CLAUSE: Final = """
[[recipient_groups]]
id = "justice"
agencies = ["council", "police"]

"""
_SAMPLE_SECONDS: Final = 0.05
_PATIENCE_SECONDS: Final = 90.0

Look = Callable[[str], None]


def make_planted_world(folder: Path) -> Planted:
    """Four agencies with canaries among their records, and two recipient groups."""
    population, canaries = plant(generate(SEED, SIZE))
    world = make_world(folder, population)
    text = world.agreement.read_text(encoding="utf-8")
    text = text.replace("[[tables]]", f"{_SECOND_GROUP_CLAUSE}[[tables]]", 1)
    world.agreement.write_text(text, encoding="utf-8")
    with world.matcher_config.open("a", encoding="utf-8") as config:
        config.write('\n[log]\nlevel = "debug"\n')
    return Planted(world, canaries)


def do_jobs(planted: Planted) -> Evidence:
    """Everything that the agencies do, with a look into the matcher after each step."""
    first = Agencies(planted.world)
    host, _, port = planted.world.address.partition(":")
    findings: Findings = {}
    expected: Findings = {}
    with tapped((host, int(port))) as tap, watched_processes() as started:
        connect_through(first, tap.port)
        second = with_another_agreement(first, SECOND)
        place = MatcherPlace(planted.world.matcher_config)
        with serving_process(place) as matcher:
            pid = matcher.process.pid

            def look(moment: str) -> None:
                search = search_for(planted, first, second)
                look_into_processes(pid, moment, search, findings)
                look_into_files(place.config, moment, search, findings)

            _agree_and_encode(first, look)
            searches = search_for(planted, first, second), search_for_records(first)
            with watched_run(pid, searches, (findings, expected)):
                _send_and_match(first)
            _fetch_and_draw(first)
            look("fetched")
            logs = _do_second_job(second)
            look("second job")
            assert matcher.stop() == ExitCode.DONE
            assert matcher.process.stdout is not None
            printed = matcher.process.stdout.read().encode() + matcher.log_file.read_bytes()
    return Evidence(
        planted=planted,
        first=first,
        second=second,
        search=search_for(planted, first, second),
        findings=findings,
        expected=expected,
        streams=tap.streams,
        started=started,
        matcher_printed=printed,
        daemon_logs=logs,
    )


def _agree_and_encode(agencies: Agencies, look: Look) -> None:
    """From checking to a preview; the police's disk is full when its dataset is to be kept."""
    agencies.each("check")
    agencies.each_recorded("sign", "--digest", agencies.agreement.digest)
    look("signed")
    at_once(lambda agency: _encode(agencies, agency))
    agencies.run_recorded("police", "run", status=ExitCode.WAITING)
    agencies.each("preview", "--page", "preview.html")
    look("encoded")


def _encode(agencies: Agencies, agency: str) -> Output:
    if agency == "police":
        return agencies.run_on_full_disk(agency, "run")
    return agencies.run_recorded(agency, "run", status=ExitCode.WAITING)


def _send_and_match(agencies: Agencies) -> None:
    """From a person's approval of the upload to that of the release."""
    at_once(lambda one: agencies.run(one, "approve", "upload", agencies.dataset(one).id))
    agencies.each_recorded("run", status=ExitCode.WAITING)
    agencies.each_recorded("approve", "release", "--yes")


def _fetch_and_draw(agencies: Agencies) -> None:
    """From fetching to the picture, with full disks and values that are not agreed."""
    agencies.run_on_full_disk("council", "fetch")
    agencies.each_recorded("fetch")
    agencies.run_on_full_disk("police", *_TABLE)
    _give_wrong_table(agencies)
    givers = [agency for agency in AGENCIES if agency != PICTURE_MAKER]
    at_once(lambda agency: agencies.run(agency, *_TABLE), givers)
    agencies.run_on_full_disk(PICTURE_MAKER, "picture")
    agencies.run(PICTURE_MAKER, "picture")
    agencies.run("hospital", "status")


def _give_wrong_table(agencies: Agencies) -> None:
    """The police's configuration comes to take surnames for an attribute."""
    wrong = replace(agencies, name="wrong")
    text = agencies.config_file("police").read_text(encoding="utf-8")
    wrong.config_file("police").write_text(text.replace('"OFFENCE_BAND"', '"SURNAME"'), "utf-8")
    output = wrong.run("police", *_TABLE, status=ExitCode.BAD_DATA)
    assert "TABLE_VALUES_NOT_AGREED" in output.explained
    wrong.config_file("police").unlink()


def _do_second_job(agencies: Agencies) -> list[Path]:
    """All of it by daemons, who approve by themselves."""
    agencies.each("sign", "--digest", agencies.agreement.digest)
    give_up = time.monotonic() + _PATIENCE_SECONDS
    results = [agencies.config(agency).match_keys_file for agency in AGENCIES]
    with agencies.daemons() as logs:
        while not all(result.exists() for result in results):
            assert time.monotonic() < give_up, [log.read_text("utf-8") for log in logs]
            time.sleep(_SAMPLE_SECONDS)
    return logs


@contextmanager
def watched_processes() -> Iterator[set[bytes]]:
    """Command line and environment of every process that is started during the block."""
    seen: set[bytes] = set()
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(_SAMPLE_SECONDS):
            for pid in descendants(os.getpid()):
                with suppress(FileNotFoundError, ProcessLookupError):
                    folder = Path(f"/proc/{pid}")
                    seen.add(b"\n".join((folder / n).read_bytes() for n in ("cmdline", "environ")))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


_TABLE: Final = ("table", "--recipient", PICTURE_MAKER)
