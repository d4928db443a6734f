"""What a column holds: told by its name, its content and the columns beside it."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.ids import AgencyId
from linkage_agent.advice.content import look_at
from linkage_agent.advice.date_reading import read_dates
from linkage_agent.advice.headers import Vocabulary, likeness, whose
from linkage_agent.advice.interface import ColumnProfile, Meaning
from linkage_agent.advice.profile import profile_columns
from linkage_agent.advice.sexes import find_coding
from linkage_agent.advice.vocabulary import NAMES_OF
from linkage_agent.advice.weighing import Weighed
from linkage_agent.columns import StringColumn
from linkage_agent.sources.dates import DateFormat
from tests.support.columns import make_column
from tests.support.extracts import columns_of, people

TODAY = dt.date(2026, 1, 31)


def weighed(*texts: str) -> Weighed:
    return Weighed.of(make_column(texts))


def profiled(columns: dict[str, StringColumn]) -> dict[str, ColumnProfile]:
    profile = profile_columns(AgencyId("council"), columns, today=TODAY)
    return {column.name: column for column in profile.columns}


@pytest.mark.parametrize(
    ("header", "meaning"),
    [
        ("first_name", Meaning.GIVEN_NAME),
        ("GivenName", Meaning.GIVEN_NAME),
        ("PATIENT FORENAME", Meaning.GIVEN_NAME),
        ("Vorname", Meaning.GIVEN_NAME),
        ("prénom", Meaning.GIVEN_NAME),
        ("middle_initial", Meaning.MIDDLE_NAME),
        ("FORENAME_2", Meaning.MIDDLE_NAME),
        ("Apellidos", Meaning.FAMILY_NAME),
        ("maiden_name", Meaning.FORMER_NAME),
        ("DOB", Meaning.BIRTH_DATE),
        ("Geburtsdatum", Meaning.BIRTH_DATE),
        ("year_of_birth", Meaning.BIRTH_YEAR),
        ("gender_code", Meaning.SEX),
        ("Straße", Meaning.STREET),
        ("address_line_1", Meaning.ADDRESS),
        ("address2", Meaning.ADDRESS_MORE),
        ("mailing_address_city", Meaning.TOWN),
        ("ZIP5", Meaning.POSTCODE),
        ("soc_sec_id", Meaning.NATIONAL_ID),
        ("birth_state", Meaning.BIRTH_PLACE),
        ("telefon nr", Meaning.PHONE),
        ("record_id", Meaning.ROW_ID),
        ("NOMINAL_REF", Meaning.ROW_ID),
        ("col3", None),
        ("James", None),
        ("", None),
    ],
)
def test_headers_are_read_in_many_habits_and_languages(
    header: str, meaning: Meaning | None
) -> None:
    assert Vocabulary().read(header).meaning is meaning


def test_words_left_over_set_columns_of_one_meaning_apart() -> None:
    vocabulary = Vocabulary()
    assert vocabulary.read("mail_city").qualifier == "mail"
    assert vocabulary.read("res_city").qualifier == ""
    for header in ("mother_first_name", "mothers_forename"):
        assert whose(vocabulary.read(header).qualifier) == "mother"
    assert whose(vocabulary.read("postal_town").qualifier) == ""


def test_no_name_of_a_column_is_in_the_vocabulary_twice() -> None:
    names = [name for text in NAMES_OF.values() for name in text.split()]
    assert {name for name in names if names.count(name) > 1} == set()


def test_likeness_of_headers_is_symmetric_and_one_for_the_same_words() -> None:
    assert likeness("GivenName", "given_name") == 1
    assert likeness("phone_home", "home_phone") == likeness("home_phone", "phone_home") < 1
    assert likeness("dob", "surname") == 0


@pytest.mark.parametrize(
    ("texts", "formats"),
    [
        (("31/01/1980", "01/02/1980"), ("DD/MM/YYYY",)),
        (("01/31/1980", "01/02/1980"), ("MM/DD/YYYY",)),
        (("1/31/1980", "11/2/1980"), ("M/D/YYYY",)),
        (("1980-01-31", "1980-12-01"), ("YYYY-MM-DD",)),
        (("1980-1-31", "1980-12-01"), ("YYYY-M-D",)),
        (("19800131", "19801201"), ("YYYYMMDD",)),
        (("31011980", "01121980"), ("DDMMYYYY",)),
        (("31.01.1980 00:00:00", "01.12.1980 00:00:00"), ("DD.MM.YYYY 00:00:00",)),
        (("31/01/1980", "1980-01-31"), ("DD/MM/YYYY", "YYYY-MM-DD")),
        (("31/01/80", "01/02/80"), ("DD/MM/YY",)),
        (("01/31/80", "1/2/80"), ("M/D/YY",)),
        (("80-01-31", "79-12-01"), ("YY-MM-DD",)),
        (("310180", "011280"), ("DDMMYY",)),
        (("14 May 1980", "3 September 1980"), ("D MMM YYYY",)),
        (("14-MAY-80", "03-SEP-81"), ("DD-MMM-YY",)),
        (("14MAY1980", "03Sep1980"), ("DDMMMYYYY",)),
        (("May 14, 1980", "Sept 3, 1980"), ("MMM D, YYYY",)),
        (("1980 May 14", "1980 Sep 03"), ("YYYY MMM DD",)),
        (("14é05é1980",), ()),
        (("Mar 380", "80 3Mar", "Mar Mar 80"), ()),
        (("Anna", "12"), ()),
        ((), ()),
    ],
)
def test_date_formats_are_told_by_the_whole_column(
    texts: tuple[str, ...], formats: tuple[str, ...]
) -> None:
    assert read_dates(weighed(*texts), TODAY).formats == formats


def test_a_day_after_the_twelfth_anywhere_decides_which_comes_first() -> None:
    ambiguous = [f"0{day}/0{month}/1980" for day in range(1, 10) for month in range(1, 10)]
    assert read_dates(weighed(*ambiguous), TODAY).formats == ("DD/MM/YYYY",)
    assert read_dates(weighed(*ambiguous), TODAY).is_ambiguous
    decided = read_dates(weighed(*ambiguous, "04/13/1980"), TODAY)
    assert decided.formats == ("MM/DD/YYYY",)
    assert not decided.is_ambiguous


def test_dates_in_both_orders_are_noticed_and_the_commoner_order_is_taken() -> None:
    day_first = [f"{day}/01/1980" for day in range(13, 29)]
    month_first = [f"01/{day}/1980" for day in range(13, 20)]
    reading = read_dates(weighed(*day_first, *month_first), TODAY)
    assert reading.formats == ("DD/MM/YYYY",)
    assert reading.is_mixed


@given(
    st.lists(st.dates(dt.date(1926, 2, 1), TODAY), max_size=30),
    st.sampled_from(
        [
            "%d/%m/%Y",
            "%m/%d/%Y",
            "%Y-%m-%d",
            "%d.%m.%Y",
            "%Y%m%d",
            "%m-%d-%Y",
            "%d/%m/%y",
            "%d-%b-%Y",
            "%B %d, %Y",
            "%d%b%y",
        ]
    ),
)
def test_what_is_read_is_the_day_that_was_written(days: list[dt.date], written: str) -> None:
    # Enough days that are no month: something decides.
    days = [*days, *(dt.date(1987, month, day) for month in (1, 12) for day in range(13, 29))]
    formats = read_dates(weighed(*(f"{day:{written}}" for day in days)), TODAY).formats
    read = [DateFormat.parse(text) for text in formats]
    for day in days:
        days_read = (one.read(f"{day:{written}}", TODAY) for one in read)
        assert next(filter(None, days_read)) == day


@pytest.mark.parametrize("text", ["14 Mai 1980", "3. März 1980", "1980-05-14T00:00:00"])
def test_dates_that_no_format_can_name_are_noticed(text: str) -> None:
    reading = read_dates(weighed(text), TODAY)
    assert (reading.formats, reading.unreadable) == ((), 1.0)


@pytest.mark.parametrize(
    ("texts", "coding"),
    [
        (("M", "F"), "english"),
        (("male", "Female", "X"), "english"),
        (("1", "2"), "iso-5218"),
        (("m", "w", "d"), "german"),
        (("H", "F"), "french"),
        (("H", "M"), "spanish"),
        (("M", "V"), "dutch"),
        (("K", "M"), "swedish"),
        (("M", "M"), "english"),
    ],
)
def test_code_lists_of_sexes_are_told_apart(texts: tuple[str, ...], coding: str) -> None:
    assert find_coding(weighed(*texts)) == (coding, 1.0)


def test_codes_in_no_list_are_of_no_sex() -> None:
    assert find_coding(weighed("0", "1", "0"))[1] < 0.5


def test_columns_without_telling_names_are_recognised_by_content() -> None:
    number = iter(range(10_000))
    columns = columns_of(
        people(400),
        col0=lambda _: str(next(number)),
        col1=lambda p: p.family,
        col2=lambda p: p.given,
        col3=lambda p: f"{p.born:%m/%d/%Y}",
        col4=lambda p: p.sex,
        col5=lambda p: f"{p.house} {p.street}",
        col6=lambda p: p.town,
        col7=lambda p: p.postcode,
        col8=lambda p: p.phone,
        col9=lambda p: f"{p.given}.{p.family}@mail.test",
        col10=lambda p: f"{p.given} {p.family}",
    )
    assert [column.meaning for column in profiled(columns).values()] == [
        Meaning.ROW_ID,
        Meaning.FAMILY_NAME,
        Meaning.GIVEN_NAME,
        Meaning.BIRTH_DATE,
        Meaning.SEX,
        Meaning.ADDRESS,
        Meaning.PLACE,
        Meaning.POSTCODE,
        Meaning.PHONE,
        Meaning.EMAIL,
        Meaning.FULL_NAME,
    ]


def test_a_name_that_the_content_belies_is_not_believed() -> None:
    columns = columns_of(
        people(200),
        postcode=lambda p: f"{p.given}@mail.test",
        date_of_birth=lambda p: p.family,
    )
    found = profiled(columns)
    assert found["postcode"].meaning is Meaning.EMAIL
    assert found["postcode"].warnings == ("its name says postcode, but most of it can't be that",)
    assert found["date_of_birth"].meaning is not Meaning.BIRTH_DATE


@pytest.mark.parametrize(
    ("beside", "meaning"),
    [
        ("surname", Meaning.GIVEN_NAME),
        ("prenom", Meaning.FAMILY_NAME),
        ("town", Meaning.FULL_NAME),
    ],
)
def test_a_column_called_name_is_told_by_the_one_beside_it(beside: str, meaning: Meaning) -> None:
    columns = columns_of(people(100), name=lambda p: p.given, **{beside: lambda p: p.family})
    assert profiled(columns)["name"].meaning is meaning


def test_dates_of_a_few_years_are_of_events_and_dates_of_decades_of_births() -> None:
    columns = columns_of(
        people(200),
        a=lambda p: f"{p.born:%d/%m/%Y}",
        b=lambda p: f"{p.born.replace(year=2020 + p.born.year % 5, day=1):%d/%m/%Y}",
    )
    assert [c.meaning for c in profiled(columns).values()] == [Meaning.BIRTH_DATE, Meaning.DATE]


def test_looking_at_a_column_shows_no_text_of_it() -> None:
    content = look_at(make_column(["Zephyrine", "Zephyrine"]), TODAY)
    assert "Zephyrine" not in repr((content, content.texts))
