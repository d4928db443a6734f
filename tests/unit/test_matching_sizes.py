"""Match runs over agencies of all numbers and sizes: none, one and a few records; three agencies.

Real encodings of made-up people, in a real worker process, as in `test_matching_bad_data`.
"""

from collections.abc import Iterator

import numpy as np
import pytest

from linkage.matcher.execute.local import LocalExecutor
from linkage.matcher.run import RunLimits
from tests.support.people import Table, make_people, recorded
from tests.support.trials import EACH, World, link, make_world


@pytest.fixture(scope="module")
def executor() -> Iterator[LocalExecutor]:
    with LocalExecutor(1) as executor:
        yield executor


@pytest.fixture(scope="module")
def world() -> World:
    return make_world()


def test_a_few_records_beside_very_many_find_their_own(executor: LocalExecutor) -> None:
    everyone = make_people(20_000, seed=2)
    many = everyone.take(np.random.default_rng(3).permutation(20_000))
    few = many.take(range(0, 20_000, 2_000))
    there = [row for row in range(20_000) if row not in {0, 2_000, 4_000}]
    large = recorded(many.take(there), seed=7, slips=0.03, moves=0.0)
    # Within the large agency, too, only so many pairs are worth a look.
    found = link(executor, [few, large], limits=RunLimits(matches=2_000_000))
    assert len(found.true) == 7
    assert len(found.accepted & found.true) >= 5
    assert len(found.accepted - found.true) <= 2


@pytest.mark.parametrize("who", ["the same person", "another person"])
def test_one_record_an_agency_is_enough(executor: LocalExecutor, world: World, who: str) -> None:
    one = world.people.take([0])
    other = one if who == "the same person" else world.people.take([900])
    found = link(executor, [one, other])
    assert found.accepted == found.true
    assert found.warns, "so few say little"


def test_an_agency_without_records_is_linked_to_nobody(
    executor: LocalExecutor, world: World
) -> None:
    nobody = world.left.take([])
    for tables in ([nobody, world.right], [world.left, nobody], [nobody, nobody]):
        found = link(executor, tables)
        assert not found.accepted
        assert found.quality.matches.value == 0
        assert found.warns
    found = link(executor, [world.left, nobody, world.right])
    assert found.recall > 0.9


def test_what_two_agencies_hardly_find_a_third_one_finds_for_them(
    executor: LocalExecutor, world: World
) -> None:
    # The same people at all three; the middle one writes best.
    people = world.people.take(range(300))
    left, right = (recorded(people, seed=seed, slips=0.4, moves=0.3) for seed in (10, 11))
    middle = recorded(people, seed=12, slips=0.01, moves=0.0)
    alone = link(executor, [left, right])
    three = link(executor, [left, middle, right])
    outer = {pair for pair in three.true if pair[0] == 0 and pair[2] == 2}
    assert len(outer & three.accepted) / len(outer) >= max(0.9, alone.recall)
    assert three.precision > 0.97
    three.check_claims(0.03)


def test_agencies_that_might_hold_people_twice_but_do_not_are_not_chained_together(
    executor: LocalExecutor, world: World
) -> None:
    third = recorded(world.people.take(range(200, 200 + EACH)), seed=13)
    found = link(executor, [world.left, world.right, third], once=[False] * 3)
    sizes = np.bincount(np.concatenate(found.result.clusters.labels))
    assert sizes.max() <= 6
    assert found.precision > 0.9
    assert found.recall > 0.9


@pytest.fixture(scope="module")
def region() -> Table:
    """Enough people for a large agency, in any order."""
    return make_people(4_500, seed=4).take(np.random.default_rng(5).permutation(4_500))


@pytest.mark.parametrize(("shared", "is_turned"), [(150, False), (150, True), (75, False)], ids=str)
def test_a_small_agency_and_a_large_one_that_might_hold_people_twice_find_their_own(
    executor: LocalExecutor, region: Table, shared: int, is_turned: bool
) -> None:
    small = recorded(region.take(range(150)), seed=14)
    large = recorded(region.take(range(150 - shared, 4_150 - shared)), seed=15)
    tables = [large, small] if is_turned else [small, large]
    found = link(executor, tables, once=[False, False])
    assert len(found.true) == shared
    assert found.precision > 0.9
    assert found.recall > 0.95
    found.check_claims(0.05)
