"""The generated population: its people are consistent with themselves, varied and repeatable."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from benchmarks.population.agencies import AGENCIES
from benchmarks.population.changes import Change
from benchmarks.population.contacts import Size
from benchmarks.population.generate import Population, generate
from benchmarks.population.households import KINDS, REFERENCE_DAY
from benchmarks.population.numbers import (
    NO_CHECK_DIGIT,
    PHONE_STARTS,
    draw_nhs_numbers,
    draw_phones,
    nhs_check_digits,
)
from benchmarks.population.origins import FamilyRule, SecondName, load_origins
from benchmarks.population.people import PHONE_FROM_AGE

SIZE = Size(people=12_000, records_per_agency=1_500, in_all=0.1, in_each_pair=0.15)


@pytest.fixture(scope="module")
def population() -> Population:
    return generate(7, SIZE)


def test_the_same_seed_gives_the_same_extracts_and_truth(population: Population) -> None:
    again = generate(7, SIZE)
    assert again.truth() == population.truth()
    for name, extract in population.extracts.items():
        assert again.extracts[name].rows == extract.rows


def test_another_seed_gives_others(population: Population) -> None:
    assert generate(8, SIZE).truth() != population.truth()


def test_every_agency_holds_each_of_its_people_once(population: Population) -> None:
    for extract in population.extracts.values():
        assert len(extract) == SIZE.records_per_agency
        assert len(set(extract.person_ids.tolist())) == len(extract)
        assert len(set(extract.record_ids)) == len(extract)


def test_as_many_people_are_shared_as_was_asked_for(population: Population) -> None:
    held = [set(extract.person_ids.tolist()) for extract in population.extracts.values()]
    assert len(set.intersection(*held)) == 150
    for three in combinations(held, 3):
        assert len(set.intersection(*three)) == 150 + 60
    for one, other in combinations(held, 2):
        assert len(one & other) == 150 + 2 * 60 + 225


def test_a_region_may_have_two_or_three_of_the_agencies() -> None:
    three = ("police", "council", "hospital")
    for agencies, in_pair in ((three, 20 + 10), (three[:2], 20)):
        size = Size(4_000, 200, in_all=0.1, in_each_pair=0.05, agencies=agencies)
        extracts = generate(1, size).extracts
        assert tuple(extracts) == agencies
        held = [set(extract.person_ids.tolist()) for extract in extracts.values()]
        assert all(len(one & other) == in_pair for one, other in combinations(held, 2))


@pytest.mark.parametrize(
    ("size", "why"),
    [
        (Size(in_all=0.6, in_each_pair=0.3), "add up"),
        (Size(people=10_000, records_per_agency=5_000), "more than half"),
        (Size(20_000, 4_500, in_all=0.1, agencies=("police", "school")), "of the age"),
    ],
)
def test_a_size_that_can_not_be_is_refused(size: Size, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        generate(1, size)


def test_agencies_hold_only_people_whom_they_may_know(population: Population) -> None:
    people = population.people
    of_police = people.age[population.extracts["police"].person_ids]
    of_school = people.age[population.extracts["school"].person_ids]
    assert of_police.min() >= 10
    assert of_school.min() >= 4
    assert of_school.max() < 19


def test_people_bear_names_from_the_lists_only(population: Population) -> None:
    given, family = set(), set()
    for origin in load_origins():
        for pool in [*origin.given.values(), *origin.english.values()]:
            given |= set(pool.names)
        given |= set(origin.named.values())
        given |= {name for pairs in origin.twins.values() for pair in pairs for name in pair}
        family |= set(origin.family.names)
        family |= set(origin.named.values())
        if origin.female_family is not None:
            family |= set(origin.female_family.names)
        if origin.custom.family is FamilyRule.LINEAGE:
            family |= given
    feminine = {name[:-1] + "a" for name in family if name.endswith(("ski", "cki", "dzki"))}
    people = population.people
    assert set(people.given) | set(people.former_given) <= given
    assert set(people.second) <= given | family | {""}
    parts = {part for name in family | feminine for part in _parts(name)}
    for name in set(people.family) | set(people.former_family):
        assert set(_parts(name)) <= parts


def test_relatives_share_names_and_homes(population: Population) -> None:
    people = population.people
    sizes = Counter(people.household.tolist())
    assert max(sizes.values()) >= 5
    children = np.flatnonzero((people.age < 18) & (people.parent != np.arange(len(people))))
    assert (people.home[children] == people.home[people.parent[children]]).all()
    named = (people.family[children] == people.family[people.parent[children]]) | (
        people.family[children] == people.family[people.other_parent[children]]
    )
    assert named.mean() > 0.7


def test_twins_share_birth_date_and_home_but_no_given_name(population: Population) -> None:
    people = population.people
    twins = np.flatnonzero(people.is_twin)
    assert len(twins) > 10
    others = people.relative[twins]
    for shared in (people.household, people.birth, people.home):
        assert (shared[twins] == shared[others]).all()
    same_sex = people.is_female[twins] == people.is_female[others]
    assert 0.5 < same_sex.mean() < 1
    # A prefix such as Mohammed may stand first for both, with the name of their own second.
    whole = people.given + " " + people.second
    assert (whole[twins] != whole[others])[same_sex].all()


def test_twins_of_some_origins_have_names_that_go_together() -> None:
    people = generate(3, Size(people=40_000, records_per_agency=10)).people
    twins = np.flatnonzero(people.is_twin)
    pairs = {frozenset((people.given[twin], people.given[twin - 1])) for twin in twins}
    customary = {
        frozenset(pair)
        for origin in people.origins
        for of_sex in origin.twins.values()
        for pair in of_sex
    }
    assert pairs & customary


def test_strangers_share_homes_hostels_and_front_doors(population: Population) -> None:
    people = population.people
    living = {kind.name: np.flatnonzero(people.kind == at) for at, kind in enumerate(KINDS)}
    for name in ("hostel", "care home", "children's home"):
        sizes = Counter(people.household[living[name]].tolist())
        assert len(living[name])
        assert max(sizes.values()) >= 4
        lines = set(people.dwellings.lines[people.home[living[name]]])
        assert len(lines) == len(sizes)
        assert all(", " in line for line in lines)
    assert (people.age[living["care home"]] >= 74).all()
    assert (people.age[living["children's home"]] < 18).all()
    numbered = Counter(people.dwellings.lines + people.dwellings.postcodes)
    assert max(numbered.values()) >= 6


def test_names_change_by_marriage_divorce_deed_poll_transition_and_adoption(
    population: Population,
) -> None:
    people = population.people
    given_changed = people.given != people.former_given
    family_changed = people.family != people.former_family
    sex_changed = people.is_female != people.former_is_female
    renumbered = people.nhs_number != people.former_nhs_number
    by = {change: people.change == change for change in Change}
    assert all(who.sum() > 10 for who in by.values())
    assert not (given_changed | family_changed | sex_changed)[by[Change.NONE]].any()
    for change in (Change.MARRIAGE, Change.DIVORCE):
        assert people.is_female[by[change]].all()
        assert not given_changed[by[change]].any()
    assert (given_changed ^ family_changed)[by[Change.DEED_POLL]].mean() > 0.8
    assert (sex_changed == by[Change.TRANSITION]).all()
    assert given_changed[by[Change.TRANSITION]].mean() > 0.9
    assert (people.age[by[Change.ADOPTION]] < 28).all()
    assert (renumbered == by[Change.TRANSITION] | by[Change.ADOPTION]).all()


def test_names_that_have_a_form_for_the_sex_follow_a_transition(population: Population) -> None:
    people = population.people
    religious = {
        origin.named[key]
        for origin in people.origins
        for key in ("male_religious", "female_religious")
        if origin.custom.second is SecondName.RELIGIOUS
    }
    assert religious == {"Singh", "Kaur"}
    for person in range(len(people)):
        assert "Kaur" not in people.family[person] or people.is_female[person]
        assert "Singh" not in people.second[person] or not people.is_female[person]
        assert not people.family[person].endswith("ska") or people.is_female[person]


def test_nobody_is_born_after_the_day_of_the_extracts(population: Population) -> None:
    assert (population.people.birth < REFERENCE_DAY).all()


def test_common_names_are_common_and_most_are_rare(population: Population) -> None:
    counts = Counter(population.people.family).most_common()
    everyone = len(population.people)
    assert 0.01 < counts[0][1] / everyone < 0.04
    assert sum(count <= everyone / 1000 for _, count in counts) > len(counts) / 2


def test_nhs_numbers_are_valid_and_of_the_range_for_tests(population: Population) -> None:
    numbers = population.people.nhs_number
    assert len(set(numbers)) == len(numbers)
    for number in numbers[:500]:
        digits = [int(digit) for digit in number]
        assert number.startswith("999")
        assert len(digits) == 10
        assert (
            sum(digit * weight for digit, weight in zip(digits, range(10, 0, -1), strict=True)) % 11
            == 0
        )


def test_a_check_digit_of_ten_is_never_given() -> None:
    first_nine = 999_000_000 + np.arange(1_000)
    check = nhs_check_digits(first_nine)
    assert (check == NO_CHECK_DIGIT).sum() > 50
    assert all(len(number) == 10 for number in draw_nhs_numbers(np.random.default_rng(1), 500))
    with pytest.raises(ValueError, match="NHS numbers"):
        draw_nhs_numbers(np.random.default_rng(1), 950_000)


def test_telephone_numbers_are_of_the_ranges_for_drama() -> None:
    phones = draw_phones(np.random.default_rng(1), 20_000).tolist()
    assert all(phone.startswith(PHONE_STARTS) for phone in phones)
    assert {len(phone.replace(" ", "")) for phone in phones} == {11}
    assert max(Counter(phones).values()) == 2


def test_children_give_a_parents_number_and_mail(population: Population) -> None:
    people = population.people
    has_parent = people.parent != np.arange(len(people))
    small = np.flatnonzero((people.age < PHONE_FROM_AGE) & has_parent)
    small = small[people.age[people.parent[small]] >= 18]
    assert (people.phone[small] == people.phone[people.parent[small]]).all()
    assert (people.email[small] == people.email[people.parent[small]]).all()
    own = people.email[people.age >= 19]
    assert len(set(own)) == len(own)
    domains = {address.partition("@")[2] for address in people.email}
    assert domains == {"example.org", "example.com", "example.net"}


def test_every_agency_is_generated_unless_others_are_named(population: Population) -> None:
    assert tuple(population.extracts) == tuple(AGENCIES)


def _parts(name: str) -> list[str]:
    return name.replace("-", " ").split()
