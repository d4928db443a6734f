"""What is costly is made once a test run, however many workers it has."""

import fcntl
import os
import pickle  # noqa: TID251 - only what this very test run wrote is read
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")


def made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], T]) -> T:
    """What `make` gives, made in a new folder by one worker while the others wait for it.

    Args:
        tmp_path_factory: pytest's.
        name: Of what is made.
        make: Called with the folder; what it gives can be pickled.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # else each worker has one of its own
    kept = shared / f"{name}.pickle"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_bytes(pickle.dumps(make(tmp_path_factory.mktemp(name))))
    made: T = pickle.loads(kept.read_bytes())  # noqa: S301 - see the import
    return made
