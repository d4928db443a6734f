"""Two whole jobs, done once for all tests here, and a desk with faulty extracts."""

from pathlib import Path

import pytest

from tests.privacy.agencies import Agencies
from tests.privacy.evidence import Evidence, Planted, copy_of, search_for
from tests.privacy.job import do_jobs, make_planted_world
from tests.privacy.search import Search


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """A world in which nothing is done: others work in copies of it."""
    return make_planted_world(tmp_path_factory.mktemp("planted") / "world")


@pytest.fixture(scope="session")
def evidence(planted: Planted, tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """What two whole jobs leave behind."""
    return do_jobs(copy_of(planted, tmp_path_factory.mktemp("jobs")))


@pytest.fixture(scope="session")
def canary_search(planted: Planted) -> Search:
    """For the canaries and for the keys that the agencies have from the start."""
    return search_for(planted, Agencies(planted.world))


@pytest.fixture
def desk(planted: Planted, tmp_path: Path) -> Agencies:
    """The agencies by themselves: no matcher runs."""
    return Agencies(copy_of(planted, tmp_path).world)
