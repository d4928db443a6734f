"""Generates `linkage/api` from the .proto files, or checks that what is committed is the same.

`python protos/generate.py` writes it; with `--check` it writes nothing, names what differs, is
missing or is stale, and then exits 1.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from grpc_tools import protoc

PROTOS = Path(__file__).resolve().parent
REPOSITORY = PROTOS.parent
API = Path("linkage/api/v1")
PACKAGE = '"""Generated from protos/ by protos/generate.py: never edited."""\n'


def generate(target: Path) -> None:
    """Writes all generated modules below the target folder."""
    sources = sorted(path.relative_to(PROTOS) for path in PROTOS.rglob("*.proto"))
    services = [path for path in sources if "\nservice " in (PROTOS / path).read_text()]
    _compile(sources, ["--python_out", "--pyi_out"], target)
    _compile(services, ["--grpc_python_out"], target)
    for folder in (API.parent, API):
        (target / folder / "__init__.py").write_text(PACKAGE)


def _compile(sources: list[Path], outputs: list[str], target: Path) -> None:
    arguments = ["protoc", f"--proto_path={PROTOS}", *(f"{out}={target}" for out in outputs)]
    if protoc.main([*arguments, *(str(path) for path in sources)]) != 0:
        raise SystemExit("protos/generate.py: protoc failed; its messages stand above")


def differences(fresh: Path, committed: Path) -> list[str]:
    """What is wrong with the committed modules: sets of files and bytes are compared."""
    ours = {path.relative_to(fresh) for path in fresh.rglob("*.py*")}
    theirs = {
        path.relative_to(committed)
        for path in (committed / API.parent).rglob("*.py*")
        if "__pycache__" not in path.parts
    }
    return sorted(
        [f"missing: {path}" for path in ours - theirs]
        + [f"stale: {path}" for path in theirs - ours]
        + [
            f"differs: {path}"
            for path in ours & theirs
            if (fresh / path).read_bytes() != (committed / path).read_bytes()
        ]
    )


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(description="Generate linkage/api from protos/.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    if not parser.parse_args().check:
        generate(REPOSITORY)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        found = differences(Path(folder), REPOSITORY)
    for line in found:
        print(line, file=sys.stderr)  # noqa: T201 - a command's output
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
