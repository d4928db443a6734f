"""A peer's environment: made once from a lock with hashes, beside ours and apart from it."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.peers.interface import PeerError

ROOT: Final = Path(__file__).resolve().parents[2]
LOCKS: Final = ROOT / "benchmarks" / "peers"
LOCK: Final = "requirements.txt"
STAMP: Final = "lock.sha256"
"""Digest of the lock that the environment was made from; written last."""
SHOWN_LINES: Final = 10
"""Of what a failed program said: its end tells why."""


def python_of(environment: str | None, locks: Path = LOCKS, home: Path = ROOT) -> Path:
    """The interpreter of an environment, which is made where it is not there or is outdated.

    Args:
        environment: its name; None is our own.
        locks: has a folder of that name with the lock.
        home: where the environment is, as `.venv-` and its name.

    Raises:
        PeerError: The environment can't be made.
    """
    if environment is None:
        return Path(sys.executable)
    folder = home / f".venv-{environment}"
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if is_made(environment, locks, home):
        return python
    print(f"installing {environment} into {folder.name} (once)", file=sys.stderr)
    next_step = (
        "Installing it needs a package index that pip can reach: run this again where there is "
        f"one, or leave this peer out. Delete {folder.name} to install it anew."
    )
    make: list[str | Path] = [sys.executable, "-m", "venv", "--clear", folder]
    run_program(make, f"{environment}: making its environment", next_step)
    install: list[str | Path] = [python, "-m", "pip", "install", "--disable-pip-version-check"]
    install += ["--quiet", "--require-hashes", "-r", locks / environment / LOCK]
    run_program(install, f"{environment}: installing its packages", next_step)
    (folder / STAMP).write_text(_digest(locks / environment / LOCK), encoding="ascii")
    return python


def is_made(environment: str | None, locks: Path = LOCKS, home: Path = ROOT) -> bool:
    """Whether an environment was made, all of it, from the lock as it is now."""
    if environment is None:
        return True
    stamp = home / f".venv-{environment}" / STAMP
    digest = _digest(locks / environment / LOCK)
    return stamp.is_file() and stamp.read_text(encoding="ascii") == digest


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def run_program(command: Sequence[str | Path], what: str, next_step: str) -> None:
    """Runs a program in the repository's root until it ends.

    Raises:
        PeerError: It can't be started or its exit status is not 0; with the end of what it said.
    """
    # A fixed hash seed: the order of a set of texts must not differ from run to run.
    variables = {**os.environ, "PYTHONHASHSEED": "0"}
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=ROOT, env=variables
        )
    except OSError as error:
        raise PeerError(f"{what} failed: {error.strerror}. {next_step}") from None
    if done.returncode:
        said = "\n".join(done.stderr.splitlines()[-SHOWN_LINES:])
        raise PeerError(f"{what} failed with exit status {done.returncode}.\n{said}\n{next_step}")
