"""Documents stay true: the commands that they show exist, their links lead somewhere."""

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from linkage.matcher.config import load_config as load_matcher_config
from linkage_agent.config import load_config as load_agent_config

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.executable).parent
DOCUMENTS = sorted(
    path
    for folder in (
        "",
        "agents",
        "docs",
        "docs/decisions",
        "protos",
        "benchmarks",
        "benchmarks/collection",
        "benchmarks/population",
    )
    for path in (REPOSITORY / folder).glob("*.md")
)


def shown_commands() -> list[str]:
    """Every line of a shell block in a document."""
    commands = []
    for document in DOCUMENTS:
        blocks = re.findall(r"```sh\n(.*?)```", document.read_text(encoding="utf-8"), re.DOTALL)
        commands += [line for block in blocks for line in block.splitlines() if line.strip()]
    return sorted(set(commands))


def test_documents_show_commands() -> None:
    assert {"make demo", "make test"} <= set(shown_commands())
    assert len(shown_commands()) > 12


@pytest.mark.parametrize("command", [c for c in shown_commands() if c.startswith("make ")])
def test_shown_make_target_exists(command: str) -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    assert f"\n{command.split()[1]}:" in makefile


@pytest.mark.parametrize("command", [c for c in shown_commands() if c.startswith("linkage-")])
def test_shown_command_is_understood(command: str, tmp_path: Path) -> None:
    """It gets as far as reading its configuration, which is not there: so its words are right."""
    program, *arguments = shlex.split(command)
    done = subprocess.run(
        [PROGRAMS / program, *arguments],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert (done.returncode, done.stderr.partition(":")[0]) == (78, "CONFIG_UNREADABLE")


def test_no_shown_command_is_left_out_of_that() -> None:
    assert not [c for c in shown_commands() if not c.startswith(("make ", "linkage-", "python "))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)", text):
        assert (document.parent / target).exists(), target


def test_error_page_is_what_the_programs_say() -> None:
    command = [sys.executable, "docs/generate_errors.py", "--check"]
    assert subprocess.run(command, cwd=REPOSITORY, check=False).returncode == 0


def test_example_configurations_are_accepted() -> None:
    agent = load_agent_config(REPOSITORY / "agents" / "examples" / "agent.toml")
    matcher = load_matcher_config(REPOSITORY / "docs" / "examples" / "matcher.toml")
    assert agent.picture is not None
    assert matcher.authority is not None


@pytest.mark.parametrize(
    ("example", "model"),
    [
        ("agents/examples/agent.toml", "agents/linkage_agent/config.py"),
        ("docs/examples/matcher.toml", "linkage/matcher/config.py"),
    ],
)
def test_examples_show_every_option(example: str, model: str) -> None:
    code = (REPOSITORY / model).read_text(encoding="utf-8")
    options = set(re.findall(r"^    ([a-z_]+): (?!Final)", code, flags=re.MULTILINE))
    document = tomllib.loads((REPOSITORY / example).read_text(encoding="utf-8"))
    assert len(options) > 8
    assert options - keys_of(document) == set()


def keys_of(value: object) -> set[str]:
    """Every key in a document, however deep."""
    if isinstance(value, dict):
        return set(value).union(*(keys_of(item) for item in value.values()))
    if isinstance(value, list):
        return set().union(*(keys_of(item) for item in value))
    return set()
