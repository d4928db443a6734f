"""Walls that import contracts can't see: standard modules, `__init__` files, running processes."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
AGENT = REPOSITORY / "agents" / "linkage_agent"
SHARED = REPOSITORY / "linkage"
GENERATED = SHARED / "api"

TRUSTED_CORE_MAY_IMPORT = {
    "collections", "dataclasses", "datetime", "enum", "functools", "hashlib", "hmac",
    "importlib", "itertools", "operator", "re", "string", "typing", "unicodedata",
    "anyascii", "cryptography", "numba", "numpy",
    "linkage.agreement", "linkage.arrays", "linkage.crypto", "linkage.errors", "linkage.ids",
    "linkage_agent.coarse", "linkage_agent.columns", "linkage_agent.encoded", "linkage_agent.pii",
    "linkage_agent.text_index",
}  # fmt: skip
SOURCES_MAY_NOT_IMPORT = {"socket", "ssl", "urllib", "http", "logging", "ftplib", "smtplib"}


def modules(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            if GENERATED not in path.parents:
                yield path


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def is_within(module: str, allowed: set[str]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in allowed)


def test_trusted_core_imports_only_what_is_listed() -> None:
    beside = ("coarse.py", "columns.py", "encoded.py", "text_index.py")
    files = [*(AGENT / name for name in beside), *modules(AGENT / "pii")]
    assert len(files) > 5
    foreign = {
        f"{path.name}: {module}"
        for path in files
        for module in imports(path)
        if not is_within(module, TRUSTED_CORE_MAY_IMPORT)
    }
    assert foreign == set()


def test_trusted_core_is_small_enough_to_be_read() -> None:
    lines = sum(
        bool(line.strip())
        for path in modules(AGENT / "pii")
        for line in path.read_text(encoding="utf-8").splitlines()
    )
    assert 0 < lines <= 1200


def test_sources_import_no_network_and_no_log() -> None:
    found = {
        f"{path.name}: {module}"
        for path in modules(AGENT / "sources")
        for module in imports(path)
        if is_within(module, SOURCES_MAY_NOT_IMPORT)
    }
    assert found == set()


@pytest.mark.parametrize("package", [SHARED, AGENT, REPOSITORY / "benchmarks"])
def test_package_files_hold_a_docstring_and_nothing_else(package: Path) -> None:
    for path in package.rglob("__init__.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        assert [type(node) for node in body] == [ast.Expr], path


def test_files_and_functions_stay_short() -> None:
    long = []
    for path in modules(SHARED, AGENT, REPOSITORY / "benchmarks"):
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > 400:
            long.append(path.name)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                start = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node
                if (node.end_lineno or 0) - start.lineno >= 50:
                    long.append(f"{path.name}:{node.name}")
    assert long == []


def test_no_module_is_named_after_nothing() -> None:
    banned = {"utils", "util", "helpers", "helper", "common", "misc", "base"}
    found = [p for p in modules(SHARED, AGENT, REPOSITORY / "benchmarks") if p.stem in banned]
    assert found == []


def loaded_after(statement: str) -> set[str]:
    """The modules that a fresh process has loaded after a statement."""
    code = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_matcher_process_holds_nothing_of_the_agent() -> None:
    loaded = loaded_after("import linkage.matcher.server, linkage.matcher.cli")
    assert "linkage.matcher.server" in loaded
    assert not {module for module in loaded if module.startswith("linkage_agent")}
    assert not {"dask", "distributed"} & loaded  # only where there is a cluster


def test_matching_worker_holds_no_network_server_and_no_database() -> None:
    loaded = loaded_after("import linkage.matcher.execute.worker")
    assert not loaded & {"grpc", "sqlalchemy", "sqlcipher3", "linkage.matcher.store"}


def test_reading_child_holds_no_key_and_no_network() -> None:
    loaded = loaded_after("import linkage_agent.sources.child")
    banned = {"grpc", "cryptography", "linkage_agent.keys", "linkage_agent.pii", "linkage.wire"}
    assert not loaded & banned
