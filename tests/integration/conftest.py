"""Two worlds that are made once and copied by every test that needs one."""

import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.demo.world import World
from linkage.errors import ExitCode
from tests.support.region import (
    copy_world,
    every,
    fix_threshold,
    make_region,
    serving,
    sign_all,
)


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    """Lets Python keep what it compiles: programs that are started so often take half the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        yield


@pytest.fixture(scope="session")
def enrolled(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Everybody has keys and certificates; nobody has signed. A template: copy it."""
    return _made_once(tmp_path_factory, "enrolled", make_region)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, enrolled: World) -> World:
    """All have signed, made the secret and encoded; the threshold is fixed. A template: copy it."""

    def prepare(folder: Path) -> World:
        world = copy_world(enrolled, folder)
        fix_threshold(world)
        with serving(world):
            sign_all(world)
            for outcome in every(world, "run").values():  # up to where a person has to approve
                assert outcome.code == ExitCode.WAITING, outcome
        return world

    return _made_once(tmp_path_factory, "prepared", prepare)


def _made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], World]) -> World:
    """A world that the first process to need it makes, for all processes of this test run."""
    folder = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    address = folder / f"{name}.address"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not address.exists():
            address.write_text(make(folder / name).address, encoding="utf-8")
        return World(folder / name, address.read_text(encoding="utf-8"))
