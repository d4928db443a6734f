"""Other tools' environments: each tool runs with its own interpreter and packages, from a lock.

Nothing is imported from there. A module of this repository is run by the other interpreter, and
files come out.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
STAMP_FILE: Final = "lock.sha256"
"""Digest of the lock that the environment was made from; written last."""
ERROR_LINES: Final = 10


class CollectionError(Exception):
    """A data set can't be made; the text says what to do next."""


@dataclass(frozen=True, slots=True)
class Environment:
    """One tool's environment.

    Attributes:
        tool: as the package index calls it.
        lock: requirements with hashes.
        folder: where it is.
    """

    tool: str
    lock: Path
    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"


def run_module(environment: Environment, module: str, arguments: Sequence[str | Path]) -> None:
    """Runs a module of this repository in an environment, which is made if it is not there.

    Raises:
        CollectionError: The tool can't be installed, or the module failed.
    """
    _install(environment)
    command = [environment.python, "-m", module, *arguments]
    _run(environment, command, f"running {module}")


def _install(environment: Environment) -> None:
    """Makes the environment, unless it was made from this very lock."""
    digest = hashlib.sha256(environment.lock.read_bytes()).hexdigest()
    stamp = environment.folder / STAMP_FILE
    if stamp.is_file() and stamp.read_text(encoding="ascii") == digest:
        return
    print(f"installing {environment.tool} into {environment.folder.name} (once)", file=sys.stderr)
    make: list[str | Path] = [sys.executable, "-m", "venv", "--clear", environment.folder]
    _run(environment, make, "making its environment")
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    install: list[str | Path] = [environment.python, *pip, "-r", environment.lock]
    _run(environment, install, "installing its packages")
    stamp.write_text(digest, encoding="ascii")


def _run(environment: Environment, command: Sequence[str | Path], what: str) -> None:
    # A fixed hash seed: the order of a set of texts must not differ from run to run.
    variables = {**os.environ, "PYTHONHASHSEED": "0"}
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=ROOT, env=variables
        )
    except OSError as error:
        raise CollectionError(f"{environment.tool}: {what} failed: {error.strerror}") from None
    if done.returncode:
        last = "\n".join(done.stderr.splitlines()[-ERROR_LINES:])
        raise CollectionError(
            f"{environment.tool}: {what} failed with exit status {done.returncode}.\n{last}\n"
            "Installing it needs a package index that pip can reach; delete "
            f"{environment.folder.name} to install it anew."
        )
