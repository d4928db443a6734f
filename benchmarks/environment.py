"""Other tools' environments: each tool runs with its own interpreter and packages, from a lock.

Nothing is imported from there. A module of this repository is run by the other interpreter, and
files go in and come out.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
STAMP_FILE: Final = "lock.sha256"
"""Digest of the lock that the environment was made from; written last."""
ERROR_LINES: Final = 10
"""Of what a failed program said: its end tells why."""


class ToolError(Exception):
    """Another tool can't be installed, or did not do its work; the text says what to do next."""


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

    @classmethod
    def beside_ours(cls, tool: str, lock: Path) -> "Environment":
        """In the repository's root; `lock` is relative to that."""
        return cls(tool, ROOT / lock, ROOT / f".venv-{tool}")

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"

    @property
    def is_made(self) -> bool:
        """Whether it was made, all of it, from the lock as it is now."""
        stamp = self.folder / STAMP_FILE
        return stamp.is_file() and stamp.read_text(encoding="ascii") == self._digest()

    def make(self) -> None:
        """Installs the tool, unless that was done from this very lock.

        Raises:
            ToolError: It can't be installed.
        """
        if self.is_made:
            return
        print(f"installing {self.tool} into {self.folder.name} (once)", file=sys.stderr)
        make: list[str | Path] = [sys.executable, "-m", "venv", "--clear", self.folder]
        _run(make, f"{self.tool}: making its environment", self.again)
        pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        install: list[str | Path] = [self.python, *pip, "-r", self.lock]
        _run(install, f"{self.tool}: installing its packages", self.again)
        (self.folder / STAMP_FILE).write_text(self._digest(), encoding="ascii")

    @property
    def again(self) -> str:
        """What to do if it can't be installed, or fails."""
        return (
            "Installing it needs a package index that pip can reach; delete "
            f"{self.folder.name} to install it anew."
        )

    def _digest(self) -> str:
        return hashlib.sha256(self.lock.read_bytes()).hexdigest()


def run_module(
    environment: Environment | None, module: str, arguments: Sequence[str | Path]
) -> None:
    """Runs a module of this repository in an environment, which is made if it is not there.

    Args:
        environment: None for our own.
        module: its name.
        arguments: of its command line.

    Raises:
        ToolError: The tool can't be installed, or the module failed; with the end of what it said.
    """
    command = ["-m", module, *arguments]
    if environment is None:
        _run([sys.executable, *command], f"running {module}", "")
        return
    environment.make()
    what = f"{environment.tool}: running {module}"
    _run([environment.python, *command], what, environment.again)


def _run(command: Sequence[str | Path], what: str, next_step: str) -> None:
    # A fixed hash seed: the order of a set of texts must not differ from run to run.
    variables = {**os.environ, "PYTHONHASHSEED": "0"}
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=ROOT, env=variables
        )
    except OSError as error:
        raise ToolError(f"{what} failed: {error.strerror}. {next_step}") from None
    if done.returncode:
        last = "\n".join(done.stderr.splitlines()[-ERROR_LINES:])
        raise ToolError(f"{what} failed with exit status {done.returncode}.\n{last}\n{next_step}")
