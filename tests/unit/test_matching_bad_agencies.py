"""Match runs over agencies as they really are: strangers, doubles, twins, sons named like fathers.

Real encodings of made-up people, in a real worker process, as in `test_matching_bad_data`.
"""

from collections import Counter
from collections.abc import Iterator

import pytest

from linkage.matcher.execute.local import LocalExecutor
from tests.support.people import Table, recorded
from tests.support.trials import EACH, SHARED, World, link, make_world


@pytest.fixture(scope="module")
def executor() -> Iterator[LocalExecutor]:
    with LocalExecutor(1) as executor:
        yield executor


@pytest.fixture(scope="module")
def world() -> World:
    return make_world()


def test_where_nobody_is_in_both_agencies_hardly_anybody_is_accepted(
    executor: LocalExecutor, world: World
) -> None:
    others = recorded(world.people.take(range(EACH, 2 * EACH)), seed=3)
    found = link(executor, [world.left, others])
    assert not found.true
    assert len(found.accepted) <= 5
    assert found.quality.matches.low < 4
    assert found.quality.matches.high < 15
    assert found.warns


def test_where_everybody_is_in_both_agencies_everybody_is_found(
    executor: LocalExecutor, world: World
) -> None:
    found = link(executor, [world.left, recorded(world.people.take(range(EACH)), seed=4)])
    assert found.precision > 0.98
    assert found.recall > 0.97
    found.check_claims(0.02)


def test_records_that_agree_in_everything_are_all_found(
    executor: LocalExecutor, world: World
) -> None:
    people = world.people.take(range(EACH))
    found = link(executor, [people, people])
    assert found.accepted == found.true


TWINS = 16
TWIN_NAMES = [
    ("Hassan", "Hussein"), ("Olivia", "Olive"), ("Jayden", "Jaydon"), ("Marie", "Maria"),
    ("Ronan", "Rowan"), ("Daniel", "Daniela"), ("Aisha", "Aishah"), ("Leon", "Leona"),
]  # fmt: skip


def _with_twins(people: Table) -> Table:
    """Every two rows become twins with alike given names."""
    older = people.take([row - row % 2 for row in range(len(people))])
    names = [TWIN_NAMES[row // 2 % len(TWIN_NAMES)][row % 2] for row in range(len(people))]
    return Table({**older.columns, "given": list(names)}, people.persons, older.homes)


def test_twins_who_are_in_both_agencies_are_not_taken_for_each_other(
    executor: LocalExecutor, world: World
) -> None:
    twins = _with_twins(world.people.take(range(1_000, 1_000 + TWINS)))
    left = _joined(recorded(twins, seed=5, slips=0.02, moves=0.0), world.left)
    right = _joined(recorded(twins, seed=6, slips=0.02, moves=0.0), world.right)
    found = link(executor, [left, right])
    of_twins = {pair for pair in found.accepted if pair[1] < TWINS and pair[3] < TWINS}
    assert len(of_twins & found.true) >= TWINS * 0.7
    assert len(of_twins - found.true) <= 2


def _joined(one: Table, other: Table) -> Table:
    return Table(
        {name: [*one.columns[name], *other.columns[name]] for name in one.columns},
        one.persons + other.persons,
        one.homes + other.homes,
    )


def test_a_son_who_bears_his_fathers_name_is_not_taken_for_him(
    executor: LocalExecutor, world: World
) -> None:
    # One agency knows the fathers alone, the other one their sons as well.
    fathers = world.people.take(range(1_000, 1_020))
    births = [f"{1990 + row % 20}-0{1 + row % 9}-1{row % 10}" for row in range(20)]
    sons = fathers.having(birth=births)
    sons = Table(sons.columns, tuple(-1 - row for row in range(20)), sons.homes)
    right = _joined(_joined(fathers, sons), world.right)
    found = link(executor, [_joined(fathers, world.left), right])
    as_father = {pair for pair in found.accepted if pair[1] < 20 and pair[3] < 20}
    as_son = {pair for pair in found.accepted if pair[1] < 20 and 20 <= pair[3] < 40}
    assert len(as_father & found.true) >= 16
    assert len(as_son) <= 2


def test_records_of_one_person_in_one_agency_end_in_one_cluster(
    executor: LocalExecutor, world: World
) -> None:
    twice = world.people.take([*range(EACH), *range(EACH - SHARED, EACH - SHARED + 80)])
    left = recorded(twice, seed=8)
    found = link(executor, [left, world.right], once=[False, True])
    assert found.precision > 0.93
    assert found.recall > 0.9
    found.check_claims(0.04)
    clusters: dict[int, set[int]] = {}
    labels = found.result.clusters.labels[0].tolist()
    for person, label in zip(left.persons, labels, strict=True):
        clusters.setdefault(person, set()).add(label)
    doubled = [person for person, count in Counter(left.persons).items() if count == 2]
    assert len(doubled) == 80
    assert sum(len(clusters[person]) == 1 for person in doubled) >= 70
