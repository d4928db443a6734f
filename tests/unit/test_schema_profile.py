"""The profile of an extract: telling, rounded, and without a value."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest

from linkage.agreement.schema import CheckRule
from linkage.errors import DocumentError, SourceError
from linkage.ids import AgencyId
from linkage_agent.advice.interface import ColumnProfile, Meaning, Profile
from linkage_agent.advice.profile import (
    SHORT_YEARS,
    profile_columns,
    rounded_count,
    rounded_share,
)
from linkage_agent.advice.profile_file import load_profile, render_profile
from linkage_agent.advice.survey import survey_extract
from linkage_agent.columns import StringColumn
from linkage_agent.config import Charset
from tests.support.columns import make_column
from tests.support.extracts import Somebody, columns_of, people, write_extract

TODAY = dt.date(2026, 1, 31)
UNREADABLE_DATES = (
    "its dates are written in a way that the agent can't read as dates: export them as YYYY-MM-DD"
)


def profile(columns: dict[str, StringColumn]) -> Profile:
    return profile_columns(AgencyId("council"), columns, today=TODAY)


def only_column(header: str, values: Sequence[str | None]) -> ColumnProfile:
    return profile({header: make_column(values)}).columns[0]


def usual(persons: list[Somebody]) -> dict[str, StringColumn]:
    return columns_of(
        persons,
        given_name=lambda p: p.given,
        surname=lambda p: p.family,
        dob=lambda p: f"{p.born:%d/%m/%Y}",
        sex=lambda p: p.sex,
        postcode=lambda p: p.postcode,
    )


def test_information_is_what_agreement_of_two_records_says() -> None:
    assert only_column("sex", ["M", "F"] * 500).information_bits == 1.0
    assert only_column("sex", ["M"] * 1000).information_bits == 0.0
    month = only_column("birth_month", [str(day % 8 + 1) for day in range(4000)])
    assert month.information_bits == 3.0


def test_information_is_taken_of_normal_forms() -> None:
    spelt: list[str | None] = ["O'Brien", "OBRIEN", "o\u2019brien", "Ashby"]
    assert only_column("surname", spelt * 300).information_bits == pytest.approx(0.7)


def test_no_count_below_ten_can_be_told_from_a_profile() -> None:
    assert [rounded_count(count) for count in (0, 9, 10, 14, 1249, 99_500)] == [
        0, 0, 10, 14, 1200, 100_000,
    ]  # fmt: skip
    assert [rounded_share(count, 1000) for count in (0, 9, 10, 555, 990, 991, 1000)] == [
        0.0, 0.0, 0.01, 0.56, 0.99, 1.0, 1.0,
    ]  # fmt: skip
    few = profile(usual(people(9)))
    assert few.records == 0
    for column in few.columns:
        measures = (column.distinct, column.information_bits, column.characters, column.missing)
        assert measures == (0, 0.0, 0.0, 0.0)


def test_profile_names_no_value_but_words_of_public_lists() -> None:
    rare = Somebody(
        "Zephyrine", "Quixworth", dt.date(1911, 11, 11), "F", 777, "Xyz", "Yog", "QX9 9QX", "0999"
    )
    columns = usual([*people(300), rare])
    columns["note"] = make_column(["N/K"] * 100 + ["unknown"] * 5 + ["Shoggoth"] * 196)
    text = render_profile(profile(columns))
    canaries = ("Zephyrine", "Quixworth", "1911", "QX9", "Shoggoth", "unknown")
    assert not [canary for canary in canaries if canary.casefold() in text.casefold()]
    assert profile(columns).missing_values == ("N/K",)


def test_texts_that_stand_for_no_value_are_missing() -> None:
    column = only_column("town", ["Leeds"] * 50 + ["Not Known"] * 25 + ["?"] * 25)
    assert column.missing == 0.5


def test_surnames_that_look_like_missing_values_are_kept() -> None:
    names: list[str | None] = [person.family for person in people(3000)]
    assert profile({"surname": make_column(["Null"] * 12 + names)}).missing_values == ()
    assert profile({"surname": make_column(["NULL"] * 500 + names)}).missing_values == ("NULL",)


@pytest.mark.parametrize(
    "text",
    ["01/01/1900", "1/1/1901", "1900-01-01 00:00:00", "19000101", "01-JAN-1900", "January 1, 1800",
     "31.12.9999"],
)  # fmt: skip
def test_days_that_forms_are_filled_with_are_missing(text: str) -> None:
    days = [person.born.strftime("%d/%m/%Y") for person in people(500)]
    assert profile({"dob": make_column([text] * 12 + days)}).missing_values == (text,)
    assert profile({"dob": make_column([text] * 9 + days)}).missing_values == ()


@pytest.mark.parametrize("written", ["%d/%m/%Y", "%m/%d/%Y", "%d-%b-%Y"])
def test_such_a_day_is_kept_where_as_many_were_born_on_the_days_around_it(written: str) -> None:
    """As in a census of long ago, where the first of January is commoner than other days, too."""
    first = dt.date(1900, 12, 1)
    born = [first + dt.timedelta(days=day) for day in range(60) for _ in range(4)]
    days = [f"{day:{written}}" for day in (*born, *[dt.date(1901, 1, 1)] * 20)]
    assert profile({"dob": make_column(days)}).missing_values == ()
    filled_in = f"{dt.date(1901, 1, 1):{written}}"
    assert profile({"dob": make_column(days + [filled_in] * 200)}).missing_values == (filled_in,)


@pytest.mark.parametrize(
    ("header", "values", "warning"),
    [
        ("town", ["Leeds"] * 20 + [None] * 980, "it is mostly empty"),
        ("town", ["Leeds"] * 100, "it is constant"),
        ("dob", [f"01/01/{1930 + year % 60}" for year in range(200)],
         "every date is a first of January: only the year is known"),
        ("dob", [f"13/05/{1930 + year % 60}" for year in range(200)] + ["01/01/1970"] * 20,
         "too many dates are a first of January"),
        ("dob", [f"0{day % 9 + 1}/05/1980" for day in range(200)],
         "nothing in it tells day from month; the day is taken to come first"),
        ("dob", ["14 Mai 1980", "15 Juni 1981"] * 50, UNREADABLE_DATES),
        ("dob", ["14/05/80", "15/06/81"] * 50, SHORT_YEARS),
        ("dob", ["14/05/1980"] * 60 + ["not a day"] * 40,
         "a fifth of it or more does not look like a birth-date"),
        ("sex", ["0", "1"] * 100, "its codes are in no list that is known"),
    ],
)  # fmt: skip
def test_what_is_odd_about_a_column_is_said(
    header: str, values: list[str | None], warning: str
) -> None:
    assert warning in only_column(header, values).warnings


def test_a_sound_extract_gives_no_warnings() -> None:
    found = profile(usual(people(500)))
    assert (found.warnings, *(column.warnings for column in found.columns)) == ((),) * 6


def test_given_and_family_names_that_look_swapped_are_noticed() -> None:
    columns = columns_of(people(300), given_name=lambda p: p.family, surname=lambda p: p.given)
    assert profile(columns).warnings == (
        "the columns of given names and of family names look swapped",
    )


def test_check_digits_are_recognised() -> None:
    numbers: list[str | None] = ["943 476 5919", "943 476 5870", "401 023 2137"] * 20
    assert only_column("nhs_number", numbers).check is CheckRule.NHS_NUMBER
    assert only_column("ssn", [str(7919 * n + 10**8) for n in range(200)]).check is CheckRule.NONE


def test_the_column_that_is_named_as_row_id_is_no_identifier() -> None:
    columns = {"ssn": make_column([str(7919 * n + 10**8) for n in range(100)])}
    found = profile_columns(AgencyId("council"), columns, row_id_column="ssn")
    assert (found.row_id_column, found.columns[0].meaning) == ("ssn", Meaning.ROW_ID)
    assert profile(columns).columns[0].meaning is Meaning.NATIONAL_ID


def test_profile_comes_back_from_its_file(tmp_path: Path) -> None:
    columns = usual(people(300))
    columns['Straße "x"'] = make_column(["N/K"] * 150 + ["High Street"] * 150)
    made = dataclasses.replace(profile(columns), delimiter="\t", charset=Charset.WINDOWS_1252)
    file = tmp_path / "council.toml"
    file.write_text(render_profile(made), encoding="utf-8")
    assert load_profile(file) == made


def test_a_partners_profile_is_not_taken_on_trust(tmp_path: Path) -> None:
    file = tmp_path / "council.toml"
    text = render_profile(profile(usual(people(300))))
    text = text.replace('name = "surname"', 'name = "sur\\u001b[2Jname"')
    text = text.replace('"DD/MM/YYYY"', '"%d"').replace('"english"', '"klingon"')
    text = text.replace("missing = 0.0", "missing = 7", 1).replace('"comma"', '"elephant"')
    file.write_text(text + "\nmore = 1\n", encoding="utf-8")
    with pytest.raises(DocumentError) as caught:
        load_profile(file)
    assert [problem.path for problem in caught.value.problems] == [
        "delimiter",
        "columns[0].missing",
        "columns[1].name",
        "columns[2].date_formats",
        "columns[3].sex_coding",
        "columns[4].more",
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("charset", [Charset.UTF_8, Charset.WINDOWS_1252])
def test_how_a_file_is_written_is_found_out(
    delimiter: str, charset: Charset, tmp_path: Path
) -> None:
    file = write_extract(
        tmp_path / "extract.csv",
        people(60),
        {"prénom": lambda p: p.given, "address": lambda p: f"{p.house}, {p.street}; {p.town}"},
        delimiter=delimiter,
        charset=charset,
    )
    survey = survey_extract(file)
    assert (survey.delimiter, survey.charset, survey.row_id_column) == (delimiter, charset, "ref")
    assert list(survey.columns) == ["ref", "prénom", "address"]
    assert len(survey.columns["prénom"]) == 60


def test_a_letter_that_is_not_utf_8_is_seen_however_late_it_comes(tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    rows = "".join(f"{number},Somebody of a rather long name\n" for number in range(12_000))
    file.write_bytes(b"id,surname\n" + rows.encode() + "x,Muñoz\n".encode("windows-1252"))
    assert survey_extract(file).charset is Charset.WINDOWS_1252


@pytest.mark.parametrize(
    "text",
    [
        "1,Zephyrine,Quixworth,11/11/1911\n2,Ann,Ashby,12/12/1980\n",
        "Quixworth,F,Leeds\n" + "Ashby,F,Leeds\nDalby,M,York\n" * 20,
        "Zephyrine,zeph@mail.test\nAnn,ann@mail.test\n",
    ],
)
def test_a_first_line_that_is_a_person_is_refused_and_not_shown(text: str, tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    file.write_text(text)
    with pytest.raises(SourceError) as caught:
        survey_extract(file)
    assert caught.value.reason.code == "SOURCE_HEADER_IS_DATA"
    shown = f"{caught.value} {caught.value.next_step} {dict(caught.value.facts)}"
    assert not [word for word in ("Quixworth", "Zephyrine", "zeph", "1911") if word in shown]


@pytest.mark.parametrize(
    "header", ["id,col1,col2", "id,name,2020", "id,sex,sex_code", "id,Ort,Geschlecht"]
)
def test_a_first_line_of_column_names_is_taken_for_that(header: str, tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    file.write_text(header + "\n" + "".join(f"{n},M,M\n" for n in range(30)))
    assert list(survey_extract(file).columns) == header.split(",")


def test_columns_without_a_name_of_their_own_are_counted_and_left(tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    file.write_text(
        "id,,note,note,surname,a\x01b\n" + "".join(f"{n},x,y,z,w,v\n" for n in range(9))
    )
    survey = survey_extract(file)
    assert (list(survey.columns), survey.unnamed) == (["id", "surname"], 4)


def test_the_row_id_is_looked_for_in_all_records(tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    rows = [f"{min(n, 1999)},R{n},Ashby" for n in range(2100)]
    file.write_text("\n".join(["first_id,second_id,surname", *rows]))
    assert survey_extract(file).row_id_column == "second_id"


def test_an_extract_without_a_row_id_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    file.write_text("given_name,surname\nAnn,Ashby\nAnn,Ashby\n")
    with pytest.raises(SourceError) as caught:
        survey_extract(file)
    assert caught.value.reason.code == "SOURCE_ROW_ID_REPEATED"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "SOURCE_EMPTY"),
        (b"id,surname\n", "SOURCE_NO_RECORDS"),
        (b"PK\x03\x04 workbook", "SOURCE_NOT_TEXT"),
        (b"id,surname\n1,Ashby\n2\n", "SOURCE_ROW_WIDTH"),
        (b'id,surname\n1,"Ashby\n', "SOURCE_QUOTE_OPEN"),
    ],
)
def test_a_broken_extract_is_refused_as_the_agent_would(
    content: bytes, code: str, tmp_path: Path
) -> None:
    file = tmp_path / "extract.csv"
    file.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        survey_extract(file)
    assert caught.value.reason.code == code


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for path, code in ((tmp_path, "SOURCE_NOT_A_FILE"), (tmp_path / "x", "SOURCE_UNREADABLE")):
        with pytest.raises(SourceError) as caught:
            survey_extract(path)
        assert caught.value.reason.code == code
