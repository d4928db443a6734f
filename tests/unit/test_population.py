"""The generated population: consistent with itself, repeatable, as messy as it says."""

import csv
from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from benchmarks.population.agencies import AGENCIES, COUNCIL, HOSPITAL, POLICE, Content
from benchmarks.population.contacts import Size
from benchmarks.population.generate import Population, generate
from benchmarks.population.households import REFERENCE_DAY
from benchmarks.population.origins import FamilyRule, load_origins
from benchmarks.population.recording import Extract
from benchmarks.population.slips import fit_to, fold, misspell, rejoin, slip_in_date
from benchmarks.population.writer import TRUTH_FILE, write_population

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
    held = {name: set(e.person_ids.tolist()) for name, e in population.extracts.items()}
    police, council, hospital = held.values()
    assert len(police & council & hospital) == 150
    for one, other in combinations(held.values(), 2):
        assert len(one & other) == 150 + 225


@pytest.mark.parametrize(
    "size", [Size(in_all=0.6, in_each_pair=0.3), Size(people=10_000, records_per_agency=5_000)]
)
def test_a_size_that_can_not_be_is_refused(size: Size) -> None:
    with pytest.raises(ValueError, match="agencies"):
        generate(1, size)


def test_people_bear_names_from_the_lists_only(population: Population) -> None:
    given, family = set(), set()
    for origin in load_origins():
        for pool in [*origin.given.values(), *origin.english.values()]:
            given |= set(pool.names)
        given |= set(origin.named.values())
        family |= set(origin.family.names)
        family |= set(origin.named.values())
        if origin.female_family is not None:
            family |= set(origin.female_family.names)
        if origin.custom.family is FamilyRule.LINEAGE:
            family |= given
    feminine = {name[:-1] + "a" for name in family if name.endswith(("ski", "cki", "dzki"))}
    people = population.people
    assert set(people.given) <= given
    assert set(people.second) <= given | family | {""}
    parts = {part for name in family | feminine for part in _parts(name)}
    for name in set(people.family) | set(people.former_family):
        assert set(_parts(name)) <= parts


def test_relatives_share_names_and_homes(population: Population) -> None:
    people = population.people
    sizes = Counter(people.household.tolist())
    assert max(sizes.values()) >= 5
    twins = np.flatnonzero(people.is_twin)
    assert len(twins) > 10
    for person in twins:
        household = np.flatnonzero(people.household == people.household[person])
        assert (people.birth[household] == people.birth[person]).sum() >= 2
        assert len(set(people.home[household].tolist())) == 1


def test_nobody_is_born_after_the_day_of_the_extracts(population: Population) -> None:
    assert (population.people.birth < REFERENCE_DAY).all()


def test_common_names_are_common_and_most_are_rare(population: Population) -> None:
    counts = Counter(population.people.family).most_common()
    everyone = len(population.people)
    assert 0.01 < counts[0][1] / everyone < 0.04
    assert sum(count <= everyone / 1000 for _, count in counts) > len(counts) / 2


def test_slips_happen_about_as_often_as_declared(population: Population) -> None:
    for name, extract in population.extracts.items():
        habits, who = extract.agency.habits, population.people.take(extract.person_ids)
        written = _column(extract, Content.POSTCODE)
        homes = population.people.dwellings.postcodes[who.home]
        absent = sum(text in {"", *extract.agency.missing_texts} for text in written)
        differing = sum(text != home for text, home in zip(written, homes, strict=True))
        expected = habits.postcode_missing + habits.postcode_misspelt + habits.former_home
        assert 0.5 < absent / len(extract) / habits.postcode_missing < 2, name
        assert 0.7 < differing / len(extract) / expected < 1.3, name
    family = _column(population.extracts["council"], Content.FAMILY)
    council = population.people.take(population.extracts["council"].person_ids)
    changed = sum(text != name for text, name in zip(family, council.family, strict=True))
    assert 0.02 < changed / len(family) < 0.12


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
    assert len({agency.date_format for agency in AGENCIES.values()}) == 3
    assert len({agency.sex_codes for agency in AGENCIES.values()}) == 3


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
    with (tmp_path / TRUTH_FILE).open(encoding="utf-8", newline="") as file:
        truth = list(csv.DictReader(file))
    assert {(row["agency"], row["record_id"]) for row in truth} == ids
    assert len(truth) == 3 * SIZE.records_per_agency


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


def _parts(name: str) -> list[str]:
    return name.replace("-", " ").split()


def _column(extract: Extract, content: Content) -> list[str]:
    at = [column.content for column in extract.agency.columns].index(content)
    return [row[at] for row in extract.rows]
