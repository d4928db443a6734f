"""The benchmarks' command line: a fault is told before anything runs, with the right status."""

import re
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

from benchmarks.cli import main

ROOT = Path(__file__).resolve().parents[2]
PERSON = "Wojciechowska"
SHOWS = {
    "evaluate": "label-free",
    "speed": "share of the adders' ceiling at 0.8",
    "profile": "learn matches and strangers",
}
"""What each command that the page shows prints."""


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


Run: TypeAlias = Callable[..., Done]


@pytest.fixture
def run_benchmarks(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["benchmarks", *map(str, arguments)])
        try:
            status = main()
        except SystemExit as ended:  # argparse ends the process
            status = int(ended.code or 0)
        shown = capsys.readouterr()
        return Done(status, shown.out, shown.err)

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for agency in ("police", "council"):
        rows = f"record_id,surname\n1,{PERSON}\n2,Li\n"
        (tmp_path / f"{agency}.csv").write_text(rows, encoding="utf-8")
    (tmp_path / "truth.csv").write_text("agency,record_id,person_id\n", encoding="utf-8")
    (tmp_path / "project.toml").write_text("", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["accuracy", "--json", "absent/out.json"], "there is no folder"),
        (["evaluate", "x.toml", "x", "--html", "absent/out.html"], "there is no folder"),
        (["evaluate", "x.toml", "x", "--seeds", "0"], "--seeds"),
        (["evaluate", "x.toml", "x", "--reveals", "all"], "--reveals"),
        (["evaluate", "x.toml"], "DATA_DIR"),
        (["accuracy", "--only", "nowhere"], "there are febrl1"),
        (["speed", "--only", "nowhere"], "there are exact"),
        (["speed", "--json", "absent/out.json"], "there is no folder"),
        (["profile", "--records", "10"], "--records: at least 1,000"),
    ],
)
def test_a_wrong_option_is_named_and_nothing_runs(
    arguments: list[str], what: str, run_benchmarks: Run
) -> None:
    done = run_benchmarks(*arguments)
    assert done.returncode == 2
    assert what in done.stderr


def shown_commands() -> list[str]:
    """Every line of a shell block in the benchmarks' page."""
    page = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


@pytest.mark.parametrize("command", shown_commands())
def test_what_the_page_shows_works_as_it_stands(
    command: str, run_benchmarks: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    program, arguments = shlex.split(command)[:3], shlex.split(command)[3:]
    assert program == ["python", "-m", "benchmarks"]
    done = run_benchmarks(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert SHOWS[arguments[0]] in done.stdout


def test_the_page_shows_a_command() -> None:
    assert shown_commands()


def test_demo_does_not_remove_a_folder_that_is_not_its_own(
    tmp_path: Path, run_benchmarks: Run
) -> None:
    precious = tmp_path / "precious.txt"
    precious.write_text("kept", encoding="utf-8")
    done = run_benchmarks("demo", "--folder", tmp_path)
    assert done.returncode == 2
    assert precious.read_text(encoding="utf-8") == "kept"


def test_a_project_that_is_not_there_says_what_to_do(folder: Path, run_benchmarks: Run) -> None:
    done = run_benchmarks("evaluate", folder / "absent.toml", folder)
    assert done.returncode == 78
    assert done.stderr.startswith("PROJECT_UNREADABLE: ")
    assert "\nNext: " in done.stderr


def test_every_fault_of_a_project_is_listed(folder: Path, run_benchmarks: Run) -> None:
    faulty = '[matching]\naccept = "guess"\n[encoding]\nsalt = 1\n'
    (folder / "project.toml").write_text(faulty, encoding="utf-8")
    done = run_benchmarks("evaluate", folder / "project.toml", folder)
    assert done.returncode == 78
    assert "matching.accept: " in done.stderr
    assert "encoding.salt: " in done.stderr


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("police.csv", f"id,surname\n1,{PERSON}\n", 65, "SOURCE_COLUMNS_MISSING"),
        ("police.csv", f"record_id,surname\n1,{PERSON}\n1,Li\n", 65, "SOURCE_ROW_ID_REPEATED"),
        ("police.csv", f"record_id,surname\n1,{PERSON},x\n", 65, "SOURCE_ROW_WIDTH"),
        ("truth.csv", f"agency,record_id,person_id\npolice,{PERSON},1\n", 65, "LIST_ROW"),
        ("truth.csv", "", 65, "LIST_COLUMNS"),
    ],
)
def test_a_wrong_data_file_is_named_without_a_value(
    folder: Path, name: str, content: str, status: int, code: str, run_benchmarks: Run
) -> None:
    (folder / name).write_text(content, encoding="utf-8")
    (folder / "project.toml").write_text('[[fields]]\nname = "surname"\n', encoding="utf-8")
    done = run_benchmarks("evaluate", folder / "project.toml", folder)
    assert (done.returncode, done.stderr.partition(":")[0]) == (status, code)
    assert name in done.stderr
    assert PERSON not in done.stderr + done.stdout
