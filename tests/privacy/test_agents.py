"""An agency's own machine: what its agent leaves on disk, prints, logs and shows to others."""

import json

import pytest

from benchmarks.demo.world import PICTURE_MAKER
from benchmarks.population.agencies import AGENCIES
from linkage.observe.emit import Fields
from tests.privacy.evidence import Evidence, search_for_match_keys, search_for_records
from tests.privacy.matcher_state import files_below

pytestmark = pytest.mark.timeout(600)

LOG_LINE = {"time", "level", "event", *Fields.__annotations__}
NOT_FOR_OTHERS = 0o077


@pytest.mark.parametrize("agency", AGENCIES)
def test_state_folder_has_no_canary_no_secret_and_no_record_in_plain(
    evidence: Evidence, agency: str
) -> None:
    state = evidence.first.config(agency).state_folder
    files = list(files_below(state))
    assert len(files) > 10
    assert not evidence.search.names_in_any(files)
    assert not search_for_records(evidence.first).names_in_any(files)
    assert all(
        not path.stat().st_mode & NOT_FOR_OTHERS for path in [state, *state.rglob("*.sealed")]
    )


@pytest.mark.parametrize("agency", AGENCIES)
def test_unsealed_spool_has_row_ids_in_one_entry_and_no_other_canary(
    evidence: Evidence, agency: str
) -> None:
    spool, dataset = evidence.first.spool(agency), evidence.first.dataset(agency)
    found = {
        path.stem.partition("-")[0]: evidence.search.names_in(spool.vault.get(path.stem) or b"")
        for path in spool.vault.folder.iterdir()
    }
    assert found.keys() == {"chunk", "dataset", "rows"}
    assert not found["chunk"] | found["dataset"]
    row_id_column = evidence.first.config(agency).source.row_id_column
    assert found["rows"]
    assert all(row_id_column in name for name in found["rows"])
    assert dataset.summary.withheld == 1


def test_files_for_others_have_no_canary_and_no_secret(evidence: Evidence) -> None:
    folders = [evidence.first.folder(agency) for agency in AGENCIES]
    given = [folder / "agent.csr" for folder in folders]
    given += [folder / "preview.html" for folder in folders]
    given += [
        folder / f"{PICTURE_MAKER}.table" for folder in folders if folder.name != PICTURE_MAKER
    ]
    given += list((evidence.first.folder(PICTURE_MAKER) / "picture").iterdir())
    assert len(given) == 4 + 4 + 3 + 2
    contents = [path.read_bytes() for path in given]
    assert not evidence.search.names_in_any(contents)
    assert not search_for_match_keys(evidence.first).names_in_any(contents)


def test_no_temporary_file_is_left_anywhere(evidence: Evidence) -> None:
    assert not list(evidence.first.temporary.iterdir())
    expected = {"agent.crt", "agent.csr", "agent.key", "agent.toml", "extract.csv",
                "match-keys.csv", "match-keys-second-job.csv", "preview.html", "second-job.toml",
                "state", "vault.key"}  # fmt: skip
    for agency in AGENCIES:
        made = "picture" if agency == PICTURE_MAKER else f"{PICTURE_MAKER}.table"
        assert {path.name for path in evidence.first.folder(agency).iterdir()} == expected | {made}
    assert not list(evidence.planted.world.folder.rglob("*.new"))


def test_commands_print_no_canary_and_no_secret(evidence: Evidence) -> None:
    outputs = [*evidence.first.outputs, *evidence.second.outputs]
    ended = {(output.command, output.status) for output in outputs}
    assert {("check", 0), ("run", 75), ("run", 10), ("preview", 0), ("approve", 0), ("fetch", 75),
            ("fetch", 0), ("table", 75), ("table", 65), ("table", 0), ("picture", 75),
            ("picture", 0), ("status", 0)} <= ended  # fmt: skip
    checks = [output.printed for output in outputs if output.command == "check"]
    assert all("unreadable (first in lines" in printed for printed in checks)
    for output in outputs:
        assert not evidence.search.names_in(output.bytes), output.command


def test_daemons_log_allowed_fields_only(evidence: Evidence) -> None:
    for log in evidence.daemon_logs:
        lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
        assert lines[0]["event"] == "agent-started"
        assert {"event": "step-done", "step": "fetch"}.items() <= lines[-2].items()
        assert all(line.keys() <= LOG_LINE for line in lines)
        assert not evidence.search.names_in(log.read_bytes())


def test_command_lines_and_environments_show_no_canary_and_no_secret(evidence: Evidence) -> None:
    assert any(b"linkage-agent\0daemon" in each for each in evidence.started)
    assert any(b"multiprocessing.spawn" in each for each in evidence.started)
    assert any(b"linkage.matcher.execute.worker" in each for each in evidence.started)
    assert not evidence.search.names_in_any(evidence.started)
