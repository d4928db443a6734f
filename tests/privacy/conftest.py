"""Two whole jobs, done once for all tests here, and a desk for faults."""

from pathlib import Path

import pytest

from tests.privacy.agencies import Agencies
from tests.privacy.evidence import Evidence, Planted, copy_of, search_for
from tests.privacy.job import do_jobs, make_planted_world
from tests.privacy.once import made_once
from tests.privacy.search import Search


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """A world in which nothing is done: others work in copies of it."""
    return made_once(tmp_path_factory, "planted", lambda folder: make_planted_world(folder / "w"))


@pytest.fixture(scope="session")
def evidence(planted: Planted, tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """What two whole jobs leave behind."""
    return made_once(tmp_path_factory, "jobs", lambda folder: do_jobs(copy_of(planted, folder)))


@pytest.fixture(scope="session")
def canary_search(planted: Planted) -> Search:
    """For the canaries and for the keys that the agencies have from the start."""
    return search_for(planted, Agencies(planted.world))


@pytest.fixture
def desk(planted: Planted, tmp_path: Path) -> Agencies:
    """The agencies by themselves: no matcher runs."""
    return Agencies(copy_of(planted, tmp_path).world)
