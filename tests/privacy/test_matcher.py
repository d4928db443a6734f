"""The matcher holds no identifier and no secret of an agency: in memory, on disk, in its log."""

import json
import shutil
from pathlib import Path

import pytest

from benchmarks.population.agencies import AGENCIES
from linkage.crypto.secret_file import read_key_file
from linkage.matcher.config import MatcherConfig, load_config
from tests.privacy.evidence import Evidence, search_for_match_keys, search_for_records
from tests.privacy.matcher_state import database_pages, files_below, stored_content
from tests.privacy.search import Search, Trace

pytestmark = pytest.mark.timeout(600)

RECORDS = {f"{what} of {agency}" for what in ("token", "encoding") for agency in AGENCIES}


@pytest.fixture
def config(evidence: Evidence) -> MatcherConfig:
    return load_config(evidence.planted.world.matcher_config)


@pytest.mark.parametrize("moment", ["signed", "encoded", "run", "fetched", "second job"])
def test_memory_and_files_never_hold_a_canary_or_a_secret(evidence: Evidence, moment: str) -> None:
    looked = {place for at, place in evidence.findings if at == moment}
    workers = {"memory of worker 0", "memory of worker 1"}
    files = {"files", "database pages"}
    assert "memory of server" in looked
    assert workers <= looked or moment in {"signed", "encoded"}
    assert files <= looked or moment == "run"
    found = {place: names for (at, place), names in evidence.findings.items() if at == moment}
    assert not {place: names for place, names in found.items() if names}


def test_the_same_look_into_memory_finds_records_where_they_must_be(evidence: Evidence) -> None:
    assert evidence.expected["run", "memory of server"] == RECORDS
    of_workers = [names for (_, place), names in evidence.expected.items() if "worker" in place]
    encodings = {name for name in RECORDS if name.startswith("encoding")}
    assert frozenset().union(*of_workers) == encodings


def test_what_is_stored_holds_records_and_nothing_else_of_them(
    evidence: Evidence, config: MatcherConfig, tmp_path: Path
) -> None:
    folder = shutil.copytree(config.state_folder, tmp_path / "state")
    key, jobs = read_key_file(config.store_key_file), [evidence.first, evidence.second]
    stored = list(stored_content(folder, key, jobs))
    assert search_for_records(evidence.first).names_in_any(stored) == RECORDS
    assert search_for_records(evidence.second).names_in_any(stored) == RECORDS
    assert not evidence.search.names_in_any(stored)


def test_database_without_its_encryption_holds_neither(
    evidence: Evidence, config: MatcherConfig
) -> None:
    pages = list(database_pages(config.state_folder, read_key_file(config.store_key_file)))
    names = [evidence.first.dataset(agency).id.encode() for agency in AGENCIES]
    expected = Search(Trace(str(number), name) for number, name in enumerate(names))
    assert expected.names_in_any(pages) == set(map(str, range(len(AGENCIES))))
    assert not evidence.search.names_in_any(pages)


def test_files_hold_no_record_in_plain(evidence: Evidence, config: MatcherConfig) -> None:
    files = list(files_below(config.state_folder))
    assert len(files) > 10
    assert not search_for_records(evidence.first).names_in_any(files)
    names = [evidence.first.dataset(agency).id.encode() for agency in AGENCIES]
    datasets = Search(Trace(str(number), name) for number, name in enumerate(names))
    assert datasets.names_in_any(files) == set(map(str, range(len(AGENCIES))))


def test_log_at_its_most_talkative_says_nothing_of_records(evidence: Evidence) -> None:
    printed = evidence.matcher_printed
    events = {json.loads(line)["event"] for line in printed.splitlines() if b"event" in line}
    assert {"call-done", "run-held", "run-released", "server-stopped"} <= events
    assert not evidence.search.names_in(printed)
    assert not search_for_match_keys(evidence.first).names_in(printed)
    assert not search_for_records(evidence.first).names_in(printed)
