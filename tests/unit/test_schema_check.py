"""Whether an extract fits a schema, field by field, before anything is sent."""

import datetime as dt
from pathlib import Path

import pytest

from linkage.agreement.schema import CheckRule, FieldKind, FieldSchema, MissingRule
from linkage.errors import DocumentError
from linkage.ids import FieldName
from linkage_agent.advice.check import FieldFit, Verdict, check_extract, load_fields
from linkage_agent.columns import StringColumn
from tests.support.agreements import make_agreement
from tests.support.columns import make_column
from tests.support.extracts import columns_of, people

TODAY = dt.date(2026, 1, 31)


def field(name: str, kind: FieldKind, check: CheckRule = CheckRule.NONE) -> FieldSchema:
    return FieldSchema(FieldName(name), kind, "", (), MissingRule.NEUTRAL, None, check)


def check(fields: list[FieldSchema], columns: dict[str, StringColumn]) -> dict[str, FieldFit]:
    return {str(fit.name): fit for fit in check_extract(fields, columns, TODAY)}


USUAL = [
    field("given_name", FieldKind.GIVEN_NAME),
    field("family_name", FieldKind.FAMILY_NAME),
    field("date_of_birth", FieldKind.DATE),
    field("sex", FieldKind.SEX),
]


def test_columns_are_found_by_name_then_by_what_they_hold() -> None:
    columns = columns_of(
        people(200),
        Geschlecht=lambda p: p.sex,
        c4=lambda p: f"{p.born:%d/%m/%Y}",
        surname=lambda p: p.family,
        given_name=lambda p: p.given,
    )
    fits = check(USUAL, columns)
    assert {name: fit.column for name, fit in fits.items()} == {
        "given_name": "given_name",
        "family_name": "surname",
        "date_of_birth": "c4",
        "sex": "Geschlecht",
    }
    assert {fit.verdict for fit in fits.values()} == {Verdict.FITS}


def test_present_unreadable_and_failed_values_are_counted() -> None:
    columns = {
        "dob": make_column(["31/01/1980"] * 80 + ["31/02/1980"] * 15 + [None] * 5),
        "nhs_number": make_column(["943 476 5919"] * 70 + ["943 476 5910"] * 20 + [None] * 10),
    }
    fits = check(
        [field("dob", FieldKind.DATE),
         field("nhs_number", FieldKind.NATIONAL_ID, CheckRule.NHS_NUMBER)],
        columns,
    )  # fmt: skip
    born, number = fits["dob"], fits["nhs_number"]
    assert (born.records, born.present, born.unreadable, born.failed) == (100, 95, 15, 0)
    assert (number.present, number.unreadable, number.failed, number.distinct) == (90, 0, 20, 1)
    assert born.verdict is number.verdict is Verdict.LOOK
    assert "many values can't be read as a date" in born.remarks
    assert "many numbers have wrong check digits" in number.remarks


@pytest.mark.parametrize(
    ("kind", "values", "verdict"),
    [
        (FieldKind.DATE, ["14 May 1980"] * 50, Verdict.UNFIT),
        (FieldKind.DATE, ["31/01/1980"] * 20 + ["?!"] * 40, Verdict.UNFIT),
        (FieldKind.POSTCODE, [None] * 50, Verdict.UNFIT),
        (FieldKind.POSTCODE, ["LS1 4AP"] * 50, Verdict.LOOK),
        (FieldKind.SEX, ["a", "b"] * 50, Verdict.UNFIT),
    ],
)
def test_a_column_that_is_not_what_the_field_asks_for_is_said_to_be_unfit(
    kind: FieldKind, values: list[str | None], verdict: Verdict
) -> None:
    assert check([field("it", kind)], {"it": make_column(values)})["it"].verdict is verdict


def test_a_field_without_a_column_is_unfit() -> None:
    fit = check([field("email", FieldKind.EMAIL)], columns_of(people(50), town=lambda p: p.town))
    assert (fit["email"].column, fit["email"].verdict) == (None, Verdict.UNFIT)


def test_no_column_is_taken_for_two_fields() -> None:
    fits = check(
        [field("birth_date", FieldKind.DATE), field("dob", FieldKind.DATE)],
        columns_of(people(50), dob=lambda p: f"{p.born:%d/%m/%Y}"),
    )
    assert [fit.column for fit in fits.values()] == [None, "dob"]


def test_fields_are_read_from_an_agreement_and_from_fields_alone(tmp_path: Path) -> None:
    file = tmp_path / "agreement.toml"
    file.write_text(make_agreement().toml)
    assert [(f.name, f.kind) for f in load_fields(file)] == [
        ("given_name", FieldKind.GIVEN_NAME),
        ("family_name", FieldKind.FAMILY_NAME),
        ("birth_date", FieldKind.DATE),
    ]
    file.write_text('[[fields]]\nname = "upn"\nkind = "national-id"\ncheck = "luhn"\n')
    assert load_fields(file)[0].check is CheckRule.LUHN


def test_faulty_fields_are_refused_with_all_their_faults(tmp_path: Path) -> None:
    file = tmp_path / "schema.toml"
    file.write_text('[[fields]]\nname = "Name"\nkind = "shoe"\n[[fields]]\nname = "a"\n')
    with pytest.raises(DocumentError) as caught:
        load_fields(file)
    assert [problem.path for problem in caught.value.problems] == [
        "fields[0].kind",
        "fields[0].name",
        "fields[1].kind",
    ]
