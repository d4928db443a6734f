"""Match runs over columns as agencies really have them: empty, filled up, swapped, misread.

Real encodings of made-up people, in a real worker process. What is demanded is a sensible result:
hardly a wrong pair, most of the right ones, and an account that does not claim more than that.
"""

from collections.abc import Iterator

import numpy as np
import pytest

from linkage.agreement.schema import FieldKind, Reveals, TokenKind
from linkage.matcher.execute.local import LocalExecutor
from linkage.matcher.run import RunLimits
from tests.support.columns import make_field, make_schema
from tests.support.people import ADDRESS, BIRTH, FAMILY, FIELDS, GIVEN, make_people, recorded
from tests.support.trials import EACH, SHARED, World, link, make_world


@pytest.fixture(scope="module")
def executor() -> Iterator[LocalExecutor]:
    with LocalExecutor(1) as executor:
        yield executor


@pytest.fixture(scope="module")
def world() -> World:
    return make_world()


def test_ordinary_records_are_linked_and_the_account_is_true(
    executor: LocalExecutor, world: World
) -> None:
    found = link(executor, [world.left, world.right])
    assert found.precision > 0.95
    assert found.recall > 0.95
    found.check_claims(0.03)
    assert not found.warns


def test_a_column_that_is_mostly_empty_does_no_harm(executor: LocalExecutor, world: World) -> None:
    sparse = [
        value if row % 20 == 0 else None for row, value in enumerate(world.left.columns["postcode"])
    ]
    found = link(executor, [world.left.having(postcode=sparse), world.right])
    assert found.precision > 0.94
    assert found.recall > 0.93
    found.check_claims(0.03)


@pytest.mark.parametrize("agencies", [1, 2])
def test_a_column_filled_with_one_value_does_no_harm(
    executor: LocalExecutor, world: World, agencies: int
) -> None:
    filled = {"address": "1 Test Street", "postcode": "EV1 1AA"}
    tables = [world.left.having(**filled), world.right]
    tables[1] = world.right.having(**filled) if agencies == 2 else world.right
    found = link(executor, tables)
    assert found.precision > 0.93
    assert found.recall > 0.9
    found.check_claims(0.04)


def test_names_that_one_agency_has_in_each_others_columns_are_still_found(
    executor: LocalExecutor, world: World
) -> None:
    columns = world.left.columns
    swapped = world.left.having(given=columns["family"], family=columns["given"])
    found = link(executor, [swapped, world.right])
    assert found.precision > 0.9
    assert found.recall > 0.6
    # How many there are is not told well: some stay among the strangers' classes, with every key.
    assert found.precision >= found.quality.precision.low - 0.1


def test_birth_dates_that_are_all_the_same_do_no_harm(
    executor: LocalExecutor, world: World
) -> None:
    tables = [each.having(birth="1900-01-01") for each in (world.left, world.right)]
    found = link(executor, tables)
    assert found.precision > 0.88
    assert found.recall > 0.65
    found.check_claims(0.25)


def test_birth_dates_of_which_only_the_year_is_known_still_tell_people_apart(
    executor: LocalExecutor, world: World
) -> None:
    tables = [
        each.having(birth=[value and f"{value[:4]}-01-01" for value in each.columns["birth"]])
        for each in (world.left, world.right)
    ]
    found = link(executor, tables)
    assert found.precision > 0.92
    assert found.recall > 0.7
    found.check_claims(0.25)


def test_names_in_a_field_for_codes_are_compared_as_far_as_they_go(
    executor: LocalExecutor, world: World
) -> None:
    code = make_field("given", FieldKind.CODE, {TokenKind.BIGRAMS: 8, TokenKind.WHOLE: 10})
    schema = make_schema(code, *FIELDS[1:], reveals=Reveals.FIELD_LIKENESS, length_bits=512)
    found = link(executor, [world.left, world.right], schema)
    assert found.precision > 0.93
    assert found.recall > 0.93
    found.check_claims(0.03)


@pytest.mark.parametrize("lacking", [["postcode"], ["birth"], ["birth", "sex", "address"]])
def test_fields_that_one_agency_always_lacks_do_no_harm(
    executor: LocalExecutor, world: World, lacking: list[str]
) -> None:
    left = world.left.having(**dict.fromkeys(lacking))
    found = link(executor, [left, world.right])
    assert found.precision > 0.7
    assert found.recall > 0.6
    found.check_claims(0.25)


def test_fields_that_one_agency_lacks_do_not_make_the_others_own_pairs_look_alike(
    executor: LocalExecutor,
) -> None:
    people = make_people(3_000)
    left = people.take(range(2_000)).having(birth=None, sex=None, address=None)
    right = people.take(range(1_000, 3_000))
    # Of the 12 million pairs, across and within, some 1.5 million are worth a look.
    found = link(executor, [left, right], limits=RunLimits(matches=4_000_000))
    assert found.precision > 0.7


def test_agencies_that_have_no_field_in_common_are_told_that_nothing_was_found(
    executor: LocalExecutor, world: World
) -> None:
    left = world.left.having(birth=None, postcode=None, address=None)
    right = world.right.having(given=None, family=None, sex="female")
    # Every record has a field at least, or it would be withheld.
    left = left.having(sex="female")
    found = link(executor, [left, right])
    assert len(found.accepted) <= 1
    assert found.warns


def test_records_that_are_all_alike_are_not_linked_by_chance(
    executor: LocalExecutor, world: World
) -> None:
    alike = {
        "given": "Ann", "family": "Lee", "birth": "1980-01-01", "sex": "female",
        "postcode": "EV1 1AA", "address": "1 Test Street",
    }  # fmt: skip
    found = link(executor, [each.having(**alike) for each in (world.left, world.right)])
    assert len(found.accepted) <= 1
    assert found.warns


def test_a_field_that_both_agencies_fill_with_junk_is_outvoted(
    executor: LocalExecutor, world: World
) -> None:
    schema = make_schema(
        GIVEN, FAMILY, BIRTH, ADDRESS, reveals=Reveals.FIELD_LIKENESS, length_bits=512
    )
    rng = np.random.default_rng(14)
    tables = [
        each.having(address=[f"{number} Junk Street" for number in rng.integers(0, 900, EACH)])
        for each in (world.left, world.right)
    ]
    found = link(executor, tables, schema)
    assert found.precision > 0.9
    assert found.recall > 0.85
    found.check_claims(0.05)


@pytest.mark.parametrize("seed", [15, 115, 129])
def test_records_that_are_wrong_in_every_third_value_are_not_claimed_to_be_found(
    executor: LocalExecutor, world: World, seed: int
) -> None:
    left = recorded(world.people.take(range(EACH)), seed=seed, slips=0.3, moves=0.3)
    shared = range(EACH - SHARED, 2 * EACH - SHARED)
    right = recorded(world.people.take(shared), seed=seed + 1, slips=0.3, moves=0.3)
    found = link(executor, [left, right])
    assert found.precision > 0.85
    # No class of strangers has taken the matches in.
    assert found.recall > 0.4
    # Few of them may be found, but then the run must not say that they are most of all.
    found.check_claims(0.25)
