"""A schema that suits several extracts: fields, weights, and where each agency has them."""

import datetime as dt
import math
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from linkage.agreement.load import parse_agreement
from linkage.agreement.schema import (
    TOKENS_OF,
    CheckRule,
    FieldKind,
    FieldSchema,
    Reveals,
    TokenKind,
)
from linkage.errors import ConfigError
from linkage.ids import AgencyId
from linkage_agent.advice.interface import Profile, Suggestion
from linkage_agent.advice.profile import profile_columns
from linkage_agent.advice.render import render_schema, render_source
from linkage_agent.advice.suggest import suggest_schema
from linkage_agent.advice.survey import survey_extract
from linkage_agent.advice.weights import (
    RECIPES,
    Weighing,
    evidence_bits,
    token_count,
    weigh_alone,
    weigh_together,
)
from linkage_agent.config import SourceConfig
from linkage_agent.sources.extract import read_extract
from tests.support.agreements import make_agreement
from tests.support.extracts import Somebody, columns_of, people, write_extract

TODAY = dt.date(2026, 1, 31)
LEVELS = list(Reveals)

Say = Callable[[Somebody], str | None]


def profile(agency: str, persons: list[Somebody] | None = None, /, **columns: Say) -> Profile:
    return profile_columns(
        AgencyId(agency), columns_of(persons or people(400), **columns), today=TODAY
    )


def police(**more: Say) -> Profile:
    return profile(
        "police",
        SURNAME=lambda p: p.family.upper(),
        FORENAME_1=lambda p: p.given.upper(),
        DOB=lambda p: f"{p.born:%d/%m/%Y}",
        SEX=lambda p: p.sex,
        POSTCODE=lambda p: p.postcode,
        **more,
    )


def council(**more: Say) -> Profile:
    return profile(
        "council",
        first_name=lambda p: p.given,
        last_name=lambda p: p.family,
        date_of_birth=lambda p: p.born.isoformat(),
        gender=_sex_word,
        zip=lambda p: p.postcode,
        **more,
    )


def _sex_word(person: Somebody) -> str:
    return {"M": "Male", "F": "Female"}[person.sex]


def suggest(*profiles: Profile, reveals: Reveals = Reveals.FIELD_LIKENESS) -> Suggestion:
    return suggest_schema(profiles, reveals)


def columns(suggestion: Suggestion, agency: str) -> dict[str, str]:
    found = suggestion.sources(AgencyId(agency))
    return {str(name): source.column for name, source in found.items()}


def why_left_out(suggestion: Suggestion, agency: str) -> dict[str, str]:
    return {one.column: one.why for one in suggestion.left_out if one.agency == agency}


def test_columns_of_different_names_come_together() -> None:
    suggestion = suggest(police(), council())
    assert columns(suggestion, "police") == {
        "given_name": "FORENAME_1",
        "family_name": "SURNAME",
        "birth_date": "DOB",
        "sex": "SEX",
        "postcode": "POSTCODE",
    }
    assert columns(suggestion, "council") == {
        "given_name": "first_name",
        "family_name": "last_name",
        "birth_date": "date_of_birth",
        "sex": "gender",
        "postcode": "zip",
    }
    assert (suggestion.left_out, suggestion.warnings) == ((), ())
    sources = suggestion.sources(AgencyId("council"))
    assert [source.date_formats for source in sources.values() if source.date_formats] == [
        ("YYYY-MM-DD",)
    ]


def test_columns_are_left_out_with_the_reason() -> None:
    suggestion = suggest(
        police(
            case_id=lambda p: p.phone,
            town=lambda _: "Leeds",
            email=lambda _: None,
            age=lambda p: str(2026 - p.born.year),
            ethnicity=lambda p: "AB"[p.house % 2],
            phone=lambda p: p.phone,
            status=lambda p: str(p.house % 3),
            remark=lambda p: p.street[::-1],
        ),
        council(
            town=lambda p: p.town,
            email=lambda p: f"{p.family}@mail.test",
            age=lambda p: str(2026 - p.born.year),
            ethnicity=lambda p: "AB"[p.house % 2],
            remark=lambda p: p.street[::-1],
        ),
    )
    reasons = why_left_out(suggestion, "police")
    assert list(reasons) == [
        "case_id", "town", "email", "age", "ethnicity", "phone", "status", "remark",
    ]  # fmt: skip
    assert reasons["town"] == "almost all records have the same in it"
    assert reasons["email"] == "it is mostly empty"
    assert reasons["age"] == "it changes every year, and the birth says more"
    assert reasons["phone"] == "no other agency has it"
    assert reasons["remark"] == "the other fields tell people apart without it"
    assert why_left_out(suggestion, "council")["email"] == "no other agency has it"


def test_a_field_needs_two_agencies_and_may_lack_in_a_third() -> None:
    school = profile(
        "school",
        Vorname=lambda p: p.given,
        Nachname=lambda p: p.family,
        Telefon=lambda p: p.phone,
    )
    suggestion = suggest(police(mobile=lambda p: p.phone), council(), school)
    assert columns(suggestion, "school") == {
        "given_name": "Vorname",
        "family_name": "Nachname",
        "phone": "Telefon",
    }
    assert "phone" not in columns(suggestion, "council")
    source = render_source(suggestion, AgencyId("school"))
    fields = tomllib.loads(source)["source"]["fields"]
    assert fields["birth_date"] == fields["sex"] == fields["postcode"] == {"absent": True}
    assert fields["phone"] == {"column": "Telefon"}


def test_columns_of_one_meaning_are_paired_by_their_names() -> None:
    suggestion = suggest(
        profile("a", phone_work=lambda p: p.phone, phone_home=lambda p: p.phone[::-1],
                given_name=lambda p: p.given, mother_given_name=lambda p: p.given),
        profile("b", home_phone=lambda p: p.phone, work_phone=lambda p: p.phone[::-1],
                mothers_first_name=lambda p: p.given, first_name=lambda p: p.given),
    )  # fmt: skip
    pairs = {
        field.name: tuple(c.column for c in field.columns.values()) for field in suggestion.fields
    }
    assert pairs == {
        "given_name": ("given_name", "first_name"),
        "mother_given_name": ("mother_given_name", "mothers_first_name"),
        "phone": ("phone_work", "work_phone"),
        "phone_2": ("phone_home", "home_phone"),
    }


def test_numbers_of_different_schemes_are_not_compared() -> None:
    def health(person: Somebody) -> str:
        return f"{person.born:%d%m%Y}{len(person.family):02}"

    def pupil(person: Somebody) -> str:
        return f"H{person.born:%Y%m%d}{len(person.given):04}"

    school = profile("school", surname=lambda p: p.family, UPN=pupil, nhs_no=lambda _: None)
    found = suggest(school, council(nhs_number=health), police(NHS_NO=health))
    assert "UPN" not in columns(found, "school").values()
    assert why_left_out(found, "school")["UPN"] == "no other agency has it"
    assert columns(found, "council")["national_id"] == "nhs_number"
    assert columns(found, "police")["national_id"] == "NHS_NO"


def test_few_numbers_are_compared_by_their_names_alone() -> None:
    few = people(5)
    found = suggest(
        profile("police", few, name=lambda p: p.family, NHS_NO=lambda p: f"{p.born:%d%m%Y}00"),
        council(nhs_number=lambda p: f"{p.born:%d%m%Y}00"),
    )
    assert columns(found, "police")["national_id"] == "NHS_NO"


def test_a_year_of_birth_is_compared_with_the_year_of_a_date() -> None:
    suggestion = suggest(
        profile("a", surname=lambda p: p.family, dob=lambda p: f"{p.born:%d/%m/%Y}"),
        profile("b", surname=lambda p: p.family, yob=lambda p: str(p.born.year)),
    )
    field = suggestion.fields[1]
    assert (field.name, field.kind) == ("birth_year", FieldKind.YEAR)
    assert field.columns[AgencyId("a")].date_formats == ("DD/MM/YYYY",)
    assert field.information_bits < 7


def test_an_address_line_is_compared_with_a_street() -> None:
    suggestion = suggest(
        profile("a", surname=lambda p: p.family, address=lambda p: f"{p.house} {p.street}"),
        profile("b", surname=lambda p: p.family, street=lambda p: p.street,
                house_no=lambda p: str(p.house)),
    )  # fmt: skip
    assert columns(suggestion, "b") == {"family_name": "surname", "address": "street"}


def test_dates_that_nobody_can_read_are_compared_as_they_are_written() -> None:
    suggestion = suggest(
        profile("a", surname=lambda p: p.family, dob=lambda p: f"{p.born:%Y-%m-%dT00:00}"),
        profile("b", surname=lambda p: p.family, birth_date=lambda p: f"{p.born:%Y-%m-%dT00:00}"),
    )
    assert [field.kind for field in suggestion.schema.fields] == [
        FieldKind.FAMILY_NAME,
        FieldKind.CODE,
    ]
    mixed = suggest(
        profile("a", surname=lambda p: p.family, dob=lambda p: f"{p.born:%Y-%m-%dT00:00}"),
        profile("b", surname=lambda p: p.family, dob=lambda p: f"{p.born:%d/%m/%Y}"),
    )
    assert [field.name for field in mixed.fields] == ["family_name"]
    assert set(why_left_out(mixed, "a")) == set(why_left_out(mixed, "b")) == {"dob"}


def test_unknown_columns_are_taken_only_where_the_others_do_not_tell_people_apart() -> None:
    def papers(agency: str) -> Profile:
        return profile(
            agency,
            subject_line=lambda p: f"{p.street} {p.family} {p.town}",
            colour=lambda p: f"{p.town[:3]}{p.house}",
        )

    suggestion = suggest(papers("a"), papers("b"))
    assert [field.kind for field in suggestion.schema.fields] == [
        FieldKind.ADDRESS,
        FieldKind.CODE,
    ]
    assert [field.name for field in suggestion.fields] == ["subject_line", "colour"]
    assert sum("take it out unless" in warning for warning in suggestion.warnings) == 2


def test_names_in_one_column_here_and_in_two_there_are_pointed_out() -> None:
    suggestion = suggest(
        police(), profile("b", name=lambda p: f"{p.given} {p.family}", zip=lambda p: p.postcode)
    )
    assert any(
        warning.startswith("b: its names are in one column") for warning in suggestion.warnings
    )


def test_names_that_are_swapped_between_agencies_are_pointed_out() -> None:
    odd = profile("b", given_name=lambda p: p.family[::-1], surname=lambda p: p.given[::-1])
    suggestion = suggest(police(), odd)
    warning = "b: given and family names look swapped beside the other agencies'"
    assert warning in suggestion.warnings
    assert warning not in suggest(police(), council()).warnings


def test_agencies_that_share_nothing_are_told_so() -> None:
    with pytest.raises(ConfigError) as caught:
        suggest(profile("a", surname=lambda p: p.family), profile("b", zip=lambda p: p.postcode))
    assert caught.value.reason.code == "SCHEMA_NOTHING_SHARED"


@pytest.mark.parametrize("profiles", [[], ["a"], ["a", "a"]])
def test_a_schema_needs_two_agencies(profiles: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        suggest(*(profile(agency, surname=lambda p: p.family) for agency in profiles))
    assert caught.value.reason.code == "SCHEMA_ONE_EXTRACT"


def test_tiny_extracts_get_the_schema_that_their_columns_names_say() -> None:
    tiny = [
        profile(agency, people(3), given_name=lambda p: p.given, surname=lambda p: p.family,
                dob=lambda p: f"{p.born:%d/%m/%Y}")
        for agency in ("a", "b")
    ]  # fmt: skip
    assert [field.name for field in suggest(*tiny).fields] == [
        "given_name",
        "family_name",
        "birth_date",
    ]


@pytest.mark.parametrize("reveals", LEVELS)
def test_suggestion_is_accepted_as_part_of_an_agreement(reveals: Reveals) -> None:
    numbers = {"nhs_no": lambda p: "943 476 5919" if p.house % 2 else "401 023 2137"}
    suggestion = suggest(police(**numbers), council(**numbers), reveals=reveals)
    assert suggestion.schema.fields[-1].check is CheckRule.NHS_NUMBER
    text = make_agreement(("council", "police"), accept="balance").toml
    others = re.sub(r"\[\[fields\]\].*?(?=\[matching\])", "", text, flags=re.DOTALL)
    assert "[encoding]" not in others
    agreement = parse_agreement((others + render_schema(suggestion)).encode(), "pasted")
    assert agreement.schema == suggestion.schema


@pytest.mark.parametrize("reveals", LEVELS)
def test_the_same_profiles_give_the_same_text(reveals: Reveals) -> None:
    one, other = (suggest(police(), council(), reveals=reveals) for _ in range(2))
    assert render_schema(one) == render_schema(other)


def test_suggested_source_reads_the_extract(tmp_path: Path) -> None:
    file = write_extract(
        tmp_path / "extract.csv",
        people(300),
        {"Vor name": lambda p: p.given, "dob": lambda p: f"{p.born:%d.%m.%Y}", "sex": _sex_word},
        delimiter=";",
        charset="windows-1252",
    )
    survey = survey_extract(file)
    made = profile_columns(
        AgencyId("b"), survey.columns, charset=survey.charset, delimiter=survey.delimiter
    )
    suggestion = suggest(police(), made)
    part = tomllib.loads(render_source(suggestion, AgencyId("b")))["source"]
    source = SourceConfig.model_validate({**part, "file": file})
    kinds = {field.name: field.kind for field in suggestion.schema.fields}
    report = read_extract(source, kinds, today=TODAY).report
    assert {name: (f.present, f.invalid, f.absent) for name, f in report.fields.items()} == {
        "given_name": (300, 0, False),
        "birth_date": (300, 0, False),
        "sex": (300, 0, False),
    }


def fill(field: FieldSchema, weighing: Weighing, length_bits: int) -> float:
    """Share of the bits that a mean value sets in a filter of its own."""
    drawn = sum(bits * token_count(token, weighing) for token, bits in field.tokens)
    return 1 - math.exp(-drawn / length_bits)


@pytest.mark.parametrize("kind", list(FieldKind))
def test_every_recipe_is_of_tokens_that_fit_the_kind_in_the_schemas_order(kind: FieldKind) -> None:
    tokens = [token for token, _ in RECIPES[kind]]
    assert tokens == sorted(tokens, key=list(TokenKind).index)
    assert set(tokens) <= TOKENS_OF[kind]


@pytest.mark.parametrize("kind", list(FieldKind))
@pytest.mark.parametrize("characters", [1.0, 7.0, 25.0, 200.0])
def test_a_filter_of_one_field_is_filled_so_far_and_no_further(
    kind: FieldKind, characters: float
) -> None:
    weighing = Weighing(kind, 1.0, characters, max(characters / 7, 1), 1.0, 10.0)
    tokens = weigh_alone(weighing, 512, 0.25)
    drawn = sum(bits * token_count(token, weighing) for token, bits in tokens)
    one_each = sum(token_count(token, weighing) for token, _ in tokens)
    assert all(1 <= bits <= 128 for _, bits in tokens)
    assert drawn <= 1.15 * max(147, one_each)  # bits are rounded, and one at the least


def test_fields_of_one_filter_get_bits_in_proportion_to_their_evidence() -> None:
    strong = Weighing(FieldKind.POSTCODE, 1.0, 6, 1, 1, evidence=12)
    weak = Weighing(FieldKind.POSTCODE, 0.5, 6, 1, 1, evidence=4)
    drawn = [
        sum(bits * token_count(token, weighing) for token, bits in tokens)
        for weighing, tokens in zip(
            (strong, weak), weigh_together([strong, weak], 2048, 0.3), strict=True
        )
    ]
    assert drawn[0] / drawn[1] == pytest.approx(3, rel=0.1)
    assert drawn[0] + 0.5 * drawn[1] == pytest.approx(-2048 * math.log(0.7), rel=0.1)


def test_evidence_is_less_of_what_people_change_and_none_of_what_all_share() -> None:
    assert evidence_bits(0.95, 14) > evidence_bits(0.5, 14) > evidence_bits(0.5, 5) > 0
    assert evidence_bits(0.9, 0.0) == 0


def test_initials_weigh_most_where_an_agency_has_no_more_than_initials() -> None:
    suggestion = suggest(
        police(middle_initial=lambda p: p.family[0]), council(middle_name=lambda p: p.family)
    )
    tokens = dict(next(f.tokens for f in suggestion.schema.fields if f.name == "middle_name"))
    assert tokens[TokenKind.INITIAL] == max(tokens.values())
    given = dict(suggestion.schema.fields[0].tokens)
    assert given[TokenKind.SHARED_BIGRAMS] == max(given.values())
