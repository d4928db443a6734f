"""From a part of an agreement to a whole one: what is given stands, the rest is filled in."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from benchmarks.evaluate.folder import DataFolder, open_folder
from benchmarks.evaluate.project import read_project
from benchmarks.evaluate.reasons import (
    AGENCY_WITHOUT_FIELDS,
    COLUMN_MISSING,
    FIELD_WITHOUT_COLUMN,
    PROJECT_INVALID,
    PROJECT_UNREADABLE,
)
from benchmarks.evaluate.settle import Settled, settle
from benchmarks.evaluate.survey import Surveyed, survey
from linkage.agreement.model import Accept
from linkage.agreement.schema import FieldKind, Reveals, TokenKind
from linkage.errors import ConfigError, DocumentError, LinkageError
from linkage.ids import AgencyId, FieldName
from linkage_agent.columns import MISSING, StringColumns

POLICE, COUNCIL, SCHOOL = AgencyId("police"), AgencyId("council"), AgencyId("school")
NAMES: Final = [
    *("Ada Lovelace", "Grace Hopper", "Emmy Noether", "Sofja Kowalewska", "Lise Meitner"),
    *("Rosalind Franklin", "Hedy Lamarr", "Barbara Liskov", "Mary Somerville", "Vera Rubin"),
    *("Katherine Johnson", "Dorothy Vaughan"),
]
RECORDS: Final = 120
SCHOOL_FIELDS: Final = '[[fields]]\nname = "surname"\n[[fields]]\nname = "dob"\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Agencies that know the same made-up people, each under headers and formats of its own."""
    place = tmp_path_factory.mktemp("data")
    police = ["record_id,surname,forename,dob,sex,badge_colour"]
    council = ["record_id,last_name,first_name,date_of_birth,gender"]
    school = ["record_id,surname,marks"]
    for number in range(RECORDS):
        first, last = NAMES[number % 12].split()[0], NAMES[number * 7 % 12].split()[1]
        year, month, day = 1940 + number % 60, 1 + number % 12, 1 + number * 11 % 28
        sex, written = (("F", "female"), ("M", "male"))[number % 2]
        police.append(f"p{number},{last},{first},{day:02}/{month:02}/{year},{sex},red{number}")
        council.append(f"c{number},{last},{first},{year}-{month:02}-{day:02},{written}")
        school.append(f"s{number},{last},{number % 7}")
    truth = ["agency,record_id,person_id"]
    for name, lines in (
        ("police", police), ("council", council), ("school", school), ("truth", truth)
    ):  # fmt: skip
        (place / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def surveyed(folder: Path) -> Mapping[AgencyId, Surveyed]:
    return survey(open_folder(folder, []))


class Trial:
    """Settles projects on the two agencies' files, or on all three."""

    def __init__(
        self, folder: DataFolder, surveyed: Mapping[AgencyId, Surveyed], place: Path
    ) -> None:
        self.folder, self.surveyed, self.place = folder, surveyed, place

    def __call__(self, project: str = "", reveals: Reveals | None = None) -> Settled:
        file = self.place / "project.toml"
        file.write_text(project, encoding="utf-8")
        return settle(read_project(file), file, self.folder, self.surveyed, reveals)

    def refuses(self, project: str) -> LinkageError:
        with pytest.raises(ConfigError) as caught:
            self(project)
        assert "?" not in str(caught.value)
        return caught.value

    def faults(self, project: str) -> list[str]:
        error = self.refuses(project)
        assert isinstance(error, DocumentError)
        assert error.reason is PROJECT_INVALID
        return [problem.path for problem in error.problems]


@pytest.fixture
def settled(folder: Path, surveyed: Mapping[AgencyId, Surveyed], tmp_path: Path) -> Trial:
    two = {agency: surveyed[agency] for agency in (COUNCIL, POLICE)}
    return Trial(open_folder(folder, [POLICE, COUNCIL]), two, tmp_path)


@pytest.fixture
def settled_by_three(folder: Path, surveyed: Mapping[AgencyId, Surveyed], tmp_path: Path) -> Trial:
    return Trial(open_folder(folder, []), surveyed, tmp_path)


def value(columns: StringColumns, field: str, record: int) -> str | None:
    column = columns.fields[FieldName(field)]
    code = column.codes[record]
    return None if code == MISSING else column.distinct[code]


def test_an_empty_project_is_filled_in_from_the_files(settled: Trial) -> None:
    found = settled()
    agreement = found.agreement
    assert agreement.agencies == ("council", "police")
    assert agreement.schema.reveals is Reveals.FIELD_LIKENESS
    assert agreement.policy.accept is Accept.BALANCE
    kinds = {field.kind for field in agreement.schema.fields}
    assert kinds >= {FieldKind.GIVEN_NAME, FieldKind.FAMILY_NAME, FieldKind.DATE, FieldKind.SEX}
    birth = next(field.name for field in agreement.schema.fields if field.kind is FieldKind.DATE)
    extracts, remarks = found.read()
    assert value(extracts[POLICE], birth, 5) == value(extracts[COUNCIL], birth, 5) == "1945-06-28"
    assert remarks == ()


def test_what_is_taken_for_granted_is_said(settled: Trial) -> None:
    remarks = " ".join(settled().remarks)
    assert "council, police may hold a person twice" in remarks
    assert "schema suggest" in remarks


def test_parties_say_whether_they_hold_each_person_once(settled: Trial) -> None:
    parties = '[[parties]]\nid = "police"\nholds_each_person_once = true\n'
    agreement = settled(parties + '[[parties]]\nid = "council"\n').agreement
    assert agreement.party(POLICE).holds_each_person_once
    assert not agreement.party(COUNCIL).holds_each_person_once


def test_a_field_may_be_as_short_as_its_name(settled: Trial) -> None:
    found = settled('[[fields]]\nname = "last_name"\n[[fields]]\nname = "dob"\n')
    last_name, dob = found.agreement.schema.fields
    assert (last_name.kind, dob.kind) == (FieldKind.FAMILY_NAME, FieldKind.DATE)
    assert last_name.has(TokenKind.SHARED_BIGRAMS)
    assert dob.has(TokenKind.DATE_PARTS)
    assert found.sources[POLICE].fields["last_name"].column == "surname"
    assert found.sources[COUNCIL].fields["last_name"].column == "last_name"
    assert found.sources[POLICE].fields["dob"].date_formats == ("DD/MM/YYYY",)


def test_what_is_said_of_a_field_stands(settled: Trial) -> None:
    found = settled(
        '[[fields]]\nname = "surname"\nkind = "family-name"\ntokens = { whole = 17 }\n'
        'missing = "withhold"\npurpose = "none"\n[[fields]]\nname = "dob"\n'
    )
    surname = found.agreement.schema.fields[0]
    assert [(token.kind, token.bits) for token in surname.tokens] == [(TokenKind.WHOLE, 17)]
    assert (surname.missing.value, surname.purpose) == ("withhold", "none")


def test_hints_say_where_a_field_is_and_how_it_is_written(settled: Trial) -> None:
    found = settled(
        '[[fields]]\nname = "colour"\nkind = "code"\n[[fields]]\nname = "born"\nkind = "date"\n'
        '[columns.police.colour]\ncolumn = "badge_colour"\n'
        '[columns.council.colour]\ncolumn = "first_name"\n'
        '[columns.police.born]\ncolumn = "dob"\ndate_formats = ["MM/DD/YYYY"]\n'
    )
    extracts, remarks = found.read()
    assert value(extracts[POLICE], "colour", 3) == "red3"
    assert value(extracts[POLICE], "born", 1) == "1941-12-02"
    assert value(extracts[COUNCIL], "born", 1) == "1941-02-12"
    assert any("can't be read" in remark for remark in remarks)


def test_a_hint_may_go_with_suggested_fields(settled: Trial) -> None:
    found = settled('[columns.police.family_name]\ncolumn = "forename"\n')
    assert found.sources[POLICE].fields["family_name"].column == "forename"


def test_a_field_that_one_of_three_agencies_lacks_is_missing_there(
    settled_by_three: Trial,
) -> None:
    found = settled_by_three(SCHOOL_FIELDS)
    extracts, _ = found.read()
    assert value(extracts[SCHOOL], "surname", 0) == "Lovelace"
    assert value(extracts[SCHOOL], "dob", 0) is None
    assert any("No column for dob" in remark and "school" in remark for remark in found.remarks)


@pytest.mark.parametrize("reveals", list(Reveals))
def test_any_project_can_be_tried_at_every_level(settled: Trial, reveals: Reveals) -> None:
    project = (
        '[encoding]\nreveals = "group-likeness"\nlength_bits = 256\n'
        '[[fields]]\nname = "surname"\ngroup = "who"\n[[fields]]\nname = "dob"\ngroup = "when"\n'
    )
    schema = settled(project, reveals).agreement.schema
    assert schema.reveals is reveals
    assert len(schema.segments()) == (1 if reveals is Reveals.RECORD_LIKENESS else 2)
    assert (schema.length_bits == 256) == (reveals is Reveals.GROUP_LIKENESS)


def test_groups_are_filled_in_where_a_level_needs_them(settled: Trial) -> None:
    found = settled(reveals=Reveals.GROUP_LIKENESS)
    groups = {field.kind: field.group for field in found.agreement.schema.fields}
    assert groups[FieldKind.GIVEN_NAME] == groups[FieldKind.FAMILY_NAME] == "names"


def test_a_whole_agreement_can_be_tried(settled: Trial) -> None:
    whole = """
format = "linkage-agreement-2"
[project]
id = "harm"
title = "Harm"
purpose = "p"
data = "personal"
impact_assessment = "i"
epoch = 3
valid_from = 2020-01-01
expires = 2020-12-31
[linkage_unit]
name = "u"
contact = "c"
trust_domain = "x.org"
[[parties]]
id = "police"
name = "Police"
kind = "police"
legal_basis = "l"
contact = "c"
holds_each_person_once = true
card = "card1:not looked at"
[[parties]]
id = "council"
name = "Council"
kind = "council"
legal_basis = "l"
contact = "c"
holds_each_person_once = true
card = "card1:not looked at"
[encoding]
reveals = "record-likeness"
length_bits = 1024
transliteration = "none"
hardening = "research"
hardening_statement = "h"
minimum_fields = 1
[[fields]]
name = "surname"
kind = "family-name"
purpose = "p"
tokens = { bigrams = 8 }
missing = "neutral"
[matching]
accept = "dice"
at_least = 0.8
candidates = "all-pairs"
[[recipient_groups]]
id = "all"
agencies = ["police", "council"]
[[tables]]
sender = "police"
recipient = "council"
group = "all"
[disclosure]
suppress_below = 10
round_to = 5
[retention]
encodings_days = 1
match_keys_days = 1
picture_days = 1
"""
    found = settled(whole)
    assert found.title == "Harm"
    assert str(found.agreement.policy.at_least) == "0.8"
    assert found.agreement.schema.length_bits == 1024


def test_the_schema_that_was_used_is_told(settled: Trial) -> None:
    used = json.loads(json.dumps(settled().schema))
    assert {field["name"] for field in used["fields"]} >= {"given_name", "family_name"}
    assert used["columns"]["police"]["family_name"]["column"] == "surname"


@pytest.mark.parametrize(
    ("project", "where"),
    [
        ("matchings = 1", ["matchings"]),
        ('[[parties]]\nid = "Police"', ["parties.0.id"]),
        (
            '[[parties]]\nid = "police"\nonce = true\n[[parties]]\nid = "council"',
            ["parties.0.once"],
        ),
        ('[[fields]]\nkind = "date"', ["fields.0.name"]),
        ('[[fields]]\nname = "dob"\nkind = "birthday"', ["fields.0.kind"]),
        ('[[fields]]\nname = "dob"\ntokens = { bigrams = 5 }', ["fields[0].tokens.bigrams"]),
        ('[matching]\naccept = "guess"', ["matching.accept"]),
        ('[matching]\naccept = "precision"', ["matching.at_least"]),
        ('[matching]\naccept = "dice"\nat_least = 0.8', ["matching.accept"]),
        ('[encoding]\nreveals = "everything"', ["encoding.reveals"]),
        ('[encoding]\nsalt = 1\nlength_bits = "512"', ["encoding.length_bits", "encoding.salt"]),
        ('format = "linkage-agreement-1"', ["format"]),
        ('[columns.school.dob]\ncolumn = "x"', ["columns.school", "columns.school.dob"]),
        ('[columns.police.shoe]\ncolumn = "x"', ["columns.police.shoe"]),
        (
            '[[fields]]\nname = "dob"\n[columns.police.dob]\ndate_formats = ["DD of MM"]',
            ["columns.police.dob.date_formats[0]"],
        ),
    ],
)
def test_every_fault_is_named_by_its_key(settled: Trial, project: str, where: list[str]) -> None:
    assert settled.faults(project) == where


def test_all_faults_are_named_at_once(settled: Trial) -> None:
    assert len(settled.faults('[encoding]\nsalt = 1\n[matching]\naccept = "guess"')) == 2


def test_a_project_that_is_no_toml_is_refused(settled: Trial) -> None:
    assert settled.refuses("[encoding").reason is PROJECT_UNREADABLE


def test_a_field_that_only_one_agency_has_is_refused(settled: Trial) -> None:
    error = settled.refuses('[[fields]]\nname = "badge_colour"\n[[fields]]\nname = "dob"\n')
    assert error.reason is FIELD_WITHOUT_COLUMN
    assert error.facts["field"] == "badge_colour"


def test_a_hint_at_a_column_that_is_not_there_is_refused(settled: Trial) -> None:
    error = settled.refuses('[[fields]]\nname = "dob"\n[columns.police.dob]\ncolumn = "DOB"\n')
    assert error.reason is COLUMN_MISSING


def test_an_agency_without_any_of_the_fields_is_refused(settled_by_three: Trial) -> None:
    error = settled_by_three.refuses('[[fields]]\nname = "dob"\n[[fields]]\nname = "sex"\n')
    assert error.reason is AGENCY_WITHOUT_FIELDS
    assert error.facts["agency"] == "school"
