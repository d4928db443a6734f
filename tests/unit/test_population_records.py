"""The agencies' records of the generated population: as messy as they say, files as declared."""

import csv
import re
from collections import Counter
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks.population.agencies import AGENCIES, COUNCIL, HOSPITAL, POLICE, SCHOOL, Content
from benchmarks.population.changes import Change
from benchmarks.population.contacts import Size
from benchmarks.population.generate import Population, generate
from benchmarks.population.numbers import PUPIL_LETTERS
from benchmarks.population.recording import Extract
from benchmarks.population.slips import (
    fit_to,
    fold,
    misspell,
    rejoin,
    slip_in_date,
    slip_in_digits,
)
from benchmarks.population.subgroups import SUBGROUP_COLUMNS, subgroup_rows
from benchmarks.population.writer import SUBGROUPS_FILE, TRUTH_FILE, write_population

SIZE = Size(people=16_000, records_per_agency=2_000)


@pytest.fixture(scope="module")
def population() -> Population:
    return generate(7, SIZE)


@pytest.fixture(scope="module")
def doubled() -> Population:
    return generate(7, Size(people=16_000, records_per_agency=2_000, duplicates=True))


def test_slips_happen_about_as_often_as_declared(population: Population) -> None:
    for name, extract in population.extracts.items():
        habits, who = extract.agency.habits, population.people.take(extract.person_ids)
        written = _column(extract, Content.POSTCODE)
        homes = population.people.dwellings.postcodes[who.home]
        absent = sum(text in _missing(extract) for text in written)
        differing = sum(text != home for text, home in zip(written, homes, strict=True))
        missing = habits.postcode_missing + habits.no_abode * (not extract.agency.no_abode_postcode)
        expected = (
            habits.postcode_missing
            + habits.postcode_misspelt
            + habits.former_home
            + habits.no_abode
        )
        assert 0.5 < absent / len(extract) / missing < 2, name
        assert 0.7 < differing / len(extract) / expected < 1.3, name
    family = _column(population.extracts["council"], Content.FAMILY)
    council = population.people.take(population.extracts["council"].person_ids)
    changed = sum(text != name for text, name in zip(family, council.family, strict=True))
    assert 0.02 < changed / len(family) < 0.12


def test_unfamiliar_names_are_misspelt_more_often() -> None:
    population = generate(5, Size(agencies=("council", "hospital")))
    people, extract = population.people, population.extracts["hospital"]
    written = np.array(_column(extract, Content.FAMILY), dtype=object)
    factor = np.array([origin.custom.misspelt for origin in people.origins])
    factor = factor[people.origin[extract.person_ids]]
    plain = np.array([name.isalpha() for name in people.family[extract.person_ids]])
    unchanged = people.change[extract.person_ids] == Change.NONE
    differs = written != people.family[extract.person_ids]
    rates = [differs[(factor == one) & plain & unchanged].mean() for one in (1.0, 1.5)]
    assert rates[0] < rates[1]


def test_what_is_out_of_date_is_so_together(population: Population) -> None:
    """A police record under a former name has a former home too: its name changed less often."""
    extract = population.extracts["police"]
    who = population.people.take(extract.person_ids)
    family = np.array(_column(extract, Content.FAMILY), dtype=object)
    has_former = np.array(
        [
            written == fold(former).upper() and former != now
            for written, former, now in zip(family, who.former_family, who.family, strict=True)
        ]
    )
    postcodes = np.array(_column(extract, Content.POSTCODE), dtype=object)
    at_home = postcodes == population.people.dwellings.postcodes[who.home]
    assert has_former.sum() > 5
    assert at_home[has_former].mean() < 0.2 < at_home.mean()


def test_dates_are_written_in_the_agencys_format_or_missing(population: Population) -> None:
    for extract in population.extracts.values():
        for text in _column(extract, Content.BIRTH):
            if text in extract.agency.missing_texts:
                continue
            assert len(text) == len(extract.agency.date_format)
            for letter, place in zip(text, extract.agency.date_format, strict=True):
                assert letter.isdigit() if place in "YMD" else letter == place


def test_content_data_are_declared_values_with_declared_shares(population: Population) -> None:
    for extract in population.extracts.values():
        attribute = extract.agency.attribute
        counts = Counter(_column(extract, Content.ATTRIBUTE))
        assert set(counts) == set(attribute.values)
        for value, share in zip(attribute.values, attribute.shares, strict=True):
            assert abs(counts[value] / len(extract) - share) < 0.01


def test_agencies_differ_in_headers_order_and_format() -> None:
    headers = [{column.header for column in agency.columns} for agency in AGENCIES.values()]
    assert not any(one & other for one, other in combinations(headers, 2))
    assert len({agency.date_format for agency in AGENCIES.values()}) == len(AGENCIES)
    assert len({agency.sex_codes for agency in AGENCIES.values()}) == len(AGENCIES)


def test_nhs_numbers_are_held_by_two_agencies_and_mostly_right(population: Population) -> None:
    for agency in (COUNCIL, HOSPITAL):
        extract = population.extracts[agency.name]
        written = [number.replace(" ", "") for number in _column(extract, Content.NHS_NUMBER)]
        known = population.people.take(extract.person_ids).nhs_number
        there = [pair for pair in zip(written, known, strict=True) if pair[0].startswith("999")]
        assert abs(1 - len(there) / len(extract) - agency.habits.nhs_missing) < 0.03
        assert 0.97 < sum(one == other for one, other in there) / len(there) < 1
    for agency in (POLICE, SCHOOL):
        assert Content.NHS_NUMBER not in {column.content for column in agency.columns}


def test_some_nhs_numbers_are_those_of_a_relative() -> None:
    population = generate(4, Size(agencies=("council", "hospital"), records_per_agency=8_000))
    people, extract = population.people, population.extracts["hospital"]
    written = [number.replace(" ", "") for number in _column(extract, Content.NHS_NUMBER)]
    known = people.take(extract.person_ids)
    others = people.nhs_number[known.relative]
    mixed_up = [
        number == other != own
        for number, other, own in zip(written, others, known.nhs_number, strict=True)
    ]
    assert sum(mixed_up) > 3


def test_pupil_numbers_have_the_right_check_letter_and_no_real_authority(
    population: Population,
) -> None:
    for number in _column(population.extracts["school"], Content.PUPIL_NUMBER):
        assert re.fullmatch("[A-Z]000[0-9]{9}", number)
        total = sum(int(digit) * place for place, digit in enumerate(number[1:], start=2))
        assert number[0] == PUPIL_LETTERS[total % 23]


def test_a_school_has_both_parents_numbers_and_the_first_ones_mail(
    population: Population,
) -> None:
    extract, people = population.extracts["school"], population.people
    pupils = people.take(extract.person_ids)
    first, second, mail = (
        np.array(_column(extract, content), dtype=object)
        for content in (Content.PARENT_PHONE, Content.OTHER_PARENT_PHONE, Content.PARENT_EMAIL)
    )
    assert 0.7 < (first == people.phone[pupils.parent]).mean() < 0.9
    assert (mail == people.email[pupils.parent]).mean() > 0.75
    alone = pupils.parent == pupils.other_parent
    assert np.isin(second[alone], ["", *extract.agency.missing_texts]).all()
    assert (second == people.phone[pupils.other_parent])[~alone].mean() > 0.5


def test_some_pupils_go_by_another_family_name_than_the_legal_one(population: Population) -> None:
    extract = population.extracts["school"]
    legal, preferred = (
        _column(extract, content) for content in (Content.FAMILY, Content.PREFERRED_FAMILY)
    )
    share = sum(one != other for one, other in zip(legal, preferred, strict=True)) / len(extract)
    assert 0.005 < share < 0.1


def test_telephone_numbers_are_written_as_each_agency_does(population: Population) -> None:
    forms = {
        "police": r"0[0-9]{9,10}",
        "council": r"0[0-9]+ [0-9 ]+",
        "hospital": r"\+44 [0-9]+ [0-9 ]+",
    }
    for name, form in forms.items():
        extract = population.extracts[name]
        phones = [text for text in _column(extract, Content.PHONE) if text not in _missing(extract)]
        assert len(phones) > len(extract) / 2
        assert all(re.fullmatch(form, phone) for phone in phones)


def test_duplicates_are_there_only_if_asked_for(
    population: Population, doubled: Population
) -> None:
    for name, extract in doubled.extracts.items():
        counts = Counter(extract.person_ids.tolist())
        twice = sum(count > 1 for count in counts.values()) / len(counts)
        rate = extract.agency.habits.recorded_twice
        assert len(counts) == len(population.extracts[name])
        assert 0.5 < twice / rate < 1.6, name
        assert len(set(extract.record_ids)) == len(extract)


def test_second_records_at_the_police_are_often_under_an_alias(doubled: Population) -> None:
    extract = doubled.extracts["police"]
    family = np.array(_column(extract, Content.FAMILY), dtype=object)
    _, first = np.unique(extract.person_ids, return_index=True)
    is_second = np.ones(len(extract), dtype=bool)
    is_second[first] = False
    names = doubled.people.take(extract.person_ids)
    known = [
        written.startswith((fold(now).upper()[:3], fold(former).upper()[:3]))
        and " AKA " not in written
        for written, now, former in zip(family, names.family, names.former_family, strict=True)
    ]
    assert np.array(known)[~is_second].mean() > 0.85
    assert np.array(known)[is_second].mean() < 0.75


def test_files_parse_as_declared_and_truth_fits_them(
    population: Population, tmp_path: Path
) -> None:
    paths = write_population(population, tmp_path)
    ids = set()
    for name, path in paths.items():
        agency = AGENCIES[name]
        with path.open(encoding=agency.charset, newline="") as file:
            rows = list(csv.DictReader(file, delimiter=agency.delimiter, strict=True))
        assert len(rows) == SIZE.records_per_agency
        assert tuple(rows[0]) == population.extracts[name].columns
        ids |= {(name, row[agency.header(Content.RECORD_ID)]) for row in rows}
    for facts in (TRUTH_FILE, SUBGROUPS_FILE):
        rows = _read(tmp_path / facts)
        assert {(row["agency"], row["record_id"]) for row in rows} == ids
        assert len(rows) == len(AGENCIES) * SIZE.records_per_agency


def test_subgroups_say_what_is_so_of_each_records_person(population: Population) -> None:
    rows = [dict(zip(SUBGROUP_COLUMNS, row, strict=True)) for row in subgroup_rows(population)]
    people = population.people
    persons = np.concatenate([e.person_ids for e in population.extracts.values()])
    assert [row["sex"] == "female" for row in rows] == people.is_female[persons].tolist()
    assert len({row["origin"] for row in rows}) == len(people.origins)
    assert {row["age"] for row in rows if row["agency"] == "school"} == {"4-9", "10-18"}
    assert {row["address"] for row in rows} == {"whole", "partial", "missing"}
    twins = {person for row, person in zip(rows, persons, strict=True) if row["twin"] == "yes"}
    assert all(people.is_twin[one] or people.is_twin[people.relative[one]] for one in twins)


def test_the_council_writes_letters_that_only_windows_1252_has_in_one_byte(
    population: Population, tmp_path: Path
) -> None:
    content = write_population(population, tmp_path)["council"].read_bytes()
    assert COUNCIL.charset == "windows-1252"
    assert not content.isascii()
    with pytest.raises(UnicodeDecodeError):
        content.decode("utf-8")


def test_the_hospital_writes_line_breaks_in_quoted_addresses(population: Population) -> None:
    blocks = _column(population.extracts["hospital"], Content.BLOCK)
    assert HOSPITAL.header(Content.BLOCK) == "address"
    assert 0.7 < sum("\n" in block for block in blocks) / len(blocks) < 0.95


def test_the_police_write_capitals_without_accents(population: Population) -> None:
    assert POLICE.upper_case
    for row in population.extracts["police"].rows:
        assert all(text.isascii() and text == text.upper() for text in row)


def test_letters_that_a_charset_lacks_lose_their_marks() -> None:
    assert fit_to("windows-1252", "Siân Wałęsa-Șerban Ó Briain") == "Siân Walesa-Serban Ó Briain"
    assert fold("Çiğdem Y\u0131ld\u0131z") == "Cigdem Yildiz"


def test_a_misspelt_name_is_one_slip_away() -> None:
    rng = np.random.default_rng(3)
    for _ in range(500):
        assert abs(len(misspell(rng, "Featherstone")) - len("Featherstone")) <= 3
    assert misspell(rng, "X") == "X"


def test_names_in_parts_are_joined_otherwise_and_others_left_alone() -> None:
    rng = np.random.default_rng(3)
    forms = {rejoin(rng, "O'Brien") for _ in range(50)}
    assert forms == {"Obrien", "O Brien", "Brien"}
    assert {rejoin(rng, "Smith-Jones") for _ in range(50)} == {
        "Smith Jones", "Smithjones", "Smith", "Jones",
    }  # fmt: skip
    assert rejoin(rng, "Macey") == "Macey"


def test_a_slip_in_a_date_changes_one_part() -> None:
    rng = np.random.default_rng(3)
    date = (1984, 5, 17)
    for _ in range(500):
        wrong = slip_in_date(rng, date)
        assert wrong != date
        assert sum(part != other for part, other in zip(wrong, date, strict=True)) == 1
        assert 1 <= wrong[1] <= 12
        assert 1 <= wrong[2] <= 31


def test_a_slip_in_digits_changes_one_or_two_neighbours() -> None:
    rng = np.random.default_rng(3)
    for number in ("07700 900123", "9990000018"):
        for _ in range(200):
            wrong = slip_in_digits(rng, number)
            assert [letter.isdigit() for letter in wrong] == [one.isdigit() for one in number]
            places = [at for at, one in enumerate(number) if wrong[at] != one]
            assert 1 <= len(places) <= 2
            assert all(other - one == 1 for one, other in pairwise(places))


def _column(extract: Extract, content: Content) -> list[str]:
    at = [column.content for column in extract.agency.columns].index(content)
    return [row[at] for row in extract.rows]


def _missing(extract: Extract) -> set[str]:
    return {"", *extract.agency.missing_texts}


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))
