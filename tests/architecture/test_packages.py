"""What is in the box: wheels, locks, generated code."""

import re
import subprocess
import sys
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


def build_wheel(project: Path, target: Path) -> set[str]:
    """The files in the wheel of a project."""
    command = [
        sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target),
    ]  # fmt: skip
    subprocess.run(command, cwd=project, capture_output=True, check=True)
    (wheel,) = target.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_service_wheel_holds_matcher_and_contract_but_no_encoder(tmp_path: Path) -> None:
    files = build_wheel(REPOSITORY, tmp_path)
    assert {"linkage/matcher/server.py", "linkage/api/v1/upload_pb2.py"} <= files
    assert any(name.startswith("linkage/matcher/store/migrations/") for name in files)
    strangers = {n for n in files if not n.startswith(("linkage/", "linkage_service-"))}
    assert strangers == set()


def test_agent_wheel_holds_the_agent_alone(tmp_path: Path) -> None:
    files = build_wheel(REPOSITORY / "agents", tmp_path)
    assert "linkage_agent/pii/encode.py" in files
    strangers = {n for n in files if not n.startswith(("linkage_agent/", "linkage_agent-"))}
    assert strangers == set()


def test_generated_code_is_what_the_protos_give() -> None:
    command = [sys.executable, "protos/generate.py", "--check"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_service_and_call_says_what_it_is() -> None:
    """Lawyers read the contract: whatever crosses is described where it is defined."""
    bare = []
    for path in sorted((REPOSITORY / "protos").rglob("*.proto")):
        lines = path.read_text(encoding="utf-8").splitlines()
        for before, line in pairwise(lines):
            named = re.match(r"\s*(service|rpc) ", line)
            if named and not before.strip().startswith("//"):
                bare.append(f"{path.name}: {line.strip()}")
        assert lines[0].startswith("//")
    assert bare == []


@pytest.mark.parametrize(
    "lock",
    sorted(path.relative_to(REPOSITORY) for path in REPOSITORY.glob("**/requirements*.txt")),
    ids=str,
)
def test_locks_have_hashes_and_no_addresses(lock: Path) -> None:
    if ".venv" in str(lock):
        return
    text = (REPOSITORY / lock).read_text(encoding="utf-8")
    pins = re.findall(r"^[A-Za-z0-9_.\-\[\]]+==", text, flags=re.MULTILINE)
    assert len(pins) > 5
    assert text.count("--hash=sha256:") >= len(pins)
    assert "://" not in text


def test_both_distributions_need_only_each_other_and_what_is_locked() -> None:
    lock = (REPOSITORY / ".ci" / "requirements-dev.txt").read_text(encoding="utf-8").lower()
    for project in (REPOSITORY, REPOSITORY / "agents"):
        text = (project / "pyproject.toml").read_text(encoding="utf-8")
        needed = re.findall(r'^    "([a-z0-9-]+)[>=]', text, flags=re.MULTILINE)
        assert needed
        for name in needed:
            assert f"{name}==" in lock or name == "linkage-service"
