"""What is read from an extract that is sound, however oddly it is written."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from linkage.agreement.load import parse_agreement
from linkage.agreement.schema import FieldKind
from linkage.errors import DocumentError
from linkage.ids import FieldName
from linkage_agent.columns import MISSING
from linkage_agent.config import Charset, FieldSource, SourceConfig
from linkage_agent.sources import values
from linkage_agent.sources.child import read_file
from linkage_agent.sources.dates import MONTHS, DateFormat, DateFormatError
from linkage_agent.sources.extract import read_attributes, read_extract
from linkage_agent.sources.mapping import check_mapping, needed_fields, plan_fields
from linkage_agent.sources.plan import DELIMITERS
from linkage_agent.text_index import pack
from tests.support.agreements import make_agreement

TODAY = dt.date(2026, 1, 31)
FORENAME, BORN, SEX = FieldName("forename"), FieldName("born"), FieldName("sex")
KINDS = {FORENAME: FieldKind.GIVEN_NAME, BORN: FieldKind.DATE, SEX: FieldKind.SEX}
HEAD = "id,first,dob,sex\n"


def source(file: Path, **changes: object) -> SourceConfig:
    settings: dict[str, object] = {
        "file": file,
        "charset": Charset.UTF_8,
        "row_id_column": "id",
        "missing_values": ("NA", "unknown"),
        "fields": {
            "forename": FieldSource(column="first"),
            "born": FieldSource(column="dob", date_formats=("DD/MM/YYYY", "YYYY-MM-DD")),
            "sex": FieldSource(column="sex", codes={"M": "male", "f": "female", "9": "other"}),
        },
    }
    return SourceConfig.model_validate(settings | changes)


def read(folder: Path, text: str | bytes, **changes: object) -> list[list[str | None]]:
    """The fields' values of each record, read in this process."""
    file = folder / "extract.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    reading = read_file(plan_fields(source(file, **changes), KINDS, TODAY))
    columns = []
    for column in reading.columns:
        codes = np.frombuffer(column.codes, np.int32)
        columns.append([None if code < 0 else column.distinct[code] for code in codes])
    return [list(record) for record in zip(*columns, strict=True)]


def test_values_are_read_as_their_kind_demands(tmp_path: Path) -> None:
    text = HEAD + "1,Anna,31/12/1980,F\n2,Bo,1980-12-31,m\n3,Cy,01/02/1990,9\n"
    assert read(tmp_path, text) == [
        ["Anna", "1980-12-31", "female"],
        ["Bo", "1980-12-31", "male"],
        ["Cy", "1990-02-01", "other"],
    ]


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "1,Anna,31/12/1980,F",
        "\ufeff" + HEAD + "1,Anna,31/12/1980,F\n",
        HEAD.replace("\n", "\r\n") + "1,Anna,31/12/1980,F\r\n\r\n\r\n",
        HEAD.replace("\n", "\r") + "1,Anna,31/12/1980,F\r",
        HEAD + "1,Anna,31/12/1980,F\n,,,\n,,,\n \n",
        " id , first,dob\t,\u00a0sex\n 1 ,\tAnna\u00a0, 31/12/1980 , F \n",
        '"id", "first", "dob", "sex"\n"1", "Anna", " 31/12/1980 ", "F"\n',
        "sex,note,note,dob,,first,id\nF,x,y,31/12/1980,,Anna,1\n",
    ],
    ids=[
        "no line break at the end",
        "byte order mark",
        "CR LF and blank lines at the end",
        "CR",
        "rows of empty fields at the end",
        "space of all kinds around names and values",
        "space before quotation marks",
        "other columns, repeated and unnamed, in another order",
    ],
)
def test_writing_does_not_matter(text: str, tmp_path: Path) -> None:
    assert read(tmp_path, text) == [["Anna", "1980-12-31", "female"]]


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_each_delimiter_is_read(delimiter: str, tmp_path: Path) -> None:
    text = (HEAD + '1,"An~^|;, na",31/12/1980,F\n').replace(",", delimiter)
    name = "An~^|;, na".replace(",", delimiter)
    assert read(tmp_path, text, delimiter=delimiter) == [[name, "1980-12-31", "female"]]


def test_line_breaks_and_quotation_marks_in_quotes_are_part_of_the_value(tmp_path: Path) -> None:
    text = HEAD + '1,"An\nna ""Nan""\r\nBell",,\n2,O"Brien,,\n'
    assert [record[0] for record in read(tmp_path, text)] == ['An\nna "Nan"\r\nBell', 'O"Brien']


def test_windows_1252_is_read_with_its_own_letters(tmp_path: Path) -> None:
    content = (HEAD + "1,Œdipe Žoë,,\n").encode("windows-1252")
    assert read(tmp_path, content, charset=Charset.WINDOWS_1252)[0][0] == "Œdipe Žoë"


def test_plain_ascii_may_be_declared_as_windows_1252(tmp_path: Path) -> None:
    records = read(tmp_path, HEAD + "1,Anna,,\n", charset=Charset.WINDOWS_1252)
    assert records == [["Anna", None, None]]


def test_surnames_that_look_like_missing_values_are_kept(tmp_path: Path) -> None:
    names = ["None", "null", "nan", "N/A", "na", "True", "007", "1e5", "-"]
    text = HEAD + "".join(f"{index},{name},,\n" for index, name in enumerate(names))
    assert [record[0] for record in read(tmp_path, text)] == names


def test_only_declared_texts_and_empty_ones_are_missing(tmp_path: Path) -> None:
    text = HEAD + '1,NA,NA,NA\n2, unknown ,unknown,""\n3,,,\n'
    assert read(tmp_path, text) == [[None] * 3] * 3


def test_report_counts_what_is_present_missing_and_invalid(tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    bad = "".join(f'{row},"two\nlines",31/02/1980,X\n' for row in range(30))
    file.write_text(HEAD + "a,Anna,31/12/1980,F\nb,,,\n" + bad + "c,Cy,NA,M\n")
    extract = read_extract(source(file), KINDS, today=TODAY)
    assert extract.report.records == len(extract.columns) == 33
    forename, born, sex = (extract.report.fields[name] for name in KINDS)
    assert (forename.present, forename.missing, forename.invalid) == (32, 1, 0)
    assert (born.present, born.missing, born.invalid) == (1, 2, 30)
    assert (sex.present, sex.missing, sex.invalid) == (2, 1, 30)
    assert born.invalid_lines == sex.invalid_lines == tuple(range(4, 44, 2))
    assert extract.columns.fields[BORN].codes.tolist() == [0, *[-1] * 32]
    assert extract.columns.row_ids[:3] == ("a", "b", "0")
    assert list(extract.columns.fields) == list(KINDS)


def test_attributes_come_as_text_with_row_ids_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    file.write_text("id,first,dob,sex,ward,free text\n1,Anna,x,F, North ,\n2,Bo,,,NA,note\n")
    read = read_attributes(source(file), {"area": "ward"})
    assert read.row_ids == ("1", "2")
    assert list(read.columns) == ["area"]
    assert read.columns["area"].distinct == ("North",)
    assert read.columns["area"].codes.tolist() == [0, -1]
    assert "North" not in repr(read)


def test_no_attributes_at_all_still_give_row_ids(tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    file.write_text(HEAD + "1,Anna,x,F\n2,Bo,,\n")
    assert len(read_attributes(source(file), {})) == 2


def test_what_holds_values_shows_only_sizes(tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    file.write_text(HEAD + "QX-4711,Zephyrine,31/12/1980,F\n")
    plan = plan_fields(source(file), KINDS, TODAY)
    reading = read_file(plan)
    builder = values.ColumnBuilder(plan.missing_values)
    builder.add(pack(["Zephyrine"]))
    extract = read_extract(source(file), KINDS, today=TODAY)
    text = repr((reading, reading.columns, builder, extract))
    assert not [canary for canary in ("Zephyrine", "QX-4711", "1980") if canary in text]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("29/02/1996", "1996-02-29"),
        ("29/02/1900", None),
        ("31/04/1980", None),
        ("1/2/1980", None),
        ("01/02/80", None),
        ("01-02-1980", None),
        ("01/02/1980 00:00", None),
        ("\u0661\u0661/02/1980", None),
        ("31/01/2026", "2026-01-31"),
        ("01/02/2026", None),
        ("01/01/1850", "1850-01-01"),
        ("31/12/1849", None),
    ],
)
def test_dates_are_real_days_from_1850_to_today(text: str, day: str | None, tmp_path: Path) -> None:
    assert read(tmp_path, HEAD + f"1,Anna,{text},F\n")[0][1] == day


@pytest.mark.parametrize(
    ("date_format", "text"),
    [
        ("D/M/YYYY", "3/12/1980"),
        ("D/M/YYYY", "03/12/1980"),
        ("YYYYMMDD", "19801203"),
        ("DDMMYYYY", "03121980"),
        ("MM.DD.YYYY", "12.03.1980"),
        ("YYYY-MM-DD 00:00:00", "1980-12-03 00:00:00"),
        ("DD (MM) YYYY", "03 (12) 1980"),
        ("DD/MM/YY", "03/12/80"),
        ("YYMMDD", "801203"),
        ("D MMM YYYY", "3 December 1980"),
        ("DD-MMM-YY", "03-DEC-80"),
        ("DMMMYYYY", "3dec1980"),
        ("MMM D, YYYY", "Dec 3, 1980"),
    ],
)
def test_date_formats_are_read_literally(date_format: str, text: str) -> None:
    assert DateFormat.parse(date_format).read(text, TODAY) == dt.date(1980, 12, 3)


@pytest.mark.parametrize(
    "text", ["3 Dez 1980", "3 De 1980", "3 Decem 1980", "3 12 1980", "3  1980"]
)
def test_only_english_months_whole_or_by_three_letters_are_names_of_months(text: str) -> None:
    assert DateFormat.parse("D MMM YYYY").read(text, TODAY) is None


def test_every_month_is_known_by_its_name_and_its_abbreviations() -> None:
    date_format = DateFormat.parse("D MMM YYYY")
    for number, name in enumerate(MONTHS, start=1):
        for written in (name, name[:3], name.upper(), name[:3].lower()):
            day = date_format.read(f"5 {written} 1980", TODAY)
            assert day == dt.date(1980, number, 5)
    assert date_format.read("5 Sept 1980", TODAY) == dt.date(1980, 9, 5)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("31/01/26", "2026-01-31"),
        ("01/02/26", "1926-02-01"),
        ("31/12/99", "1999-12-31"),
        ("01/01/00", "2000-01-01"),
        ("29/02/00", "2000-02-29"),
        ("30/02/80", None),
        ("01/02/1980", None),
    ],
)
def test_years_of_two_digits_are_of_the_latest_century_that_is_not_to_come(
    text: str, day: str | None, tmp_path: Path
) -> None:
    fields = {"born": FieldSource(column="dob", date_formats=("DD/MM/YY",))}
    file = tmp_path / "extract.csv"
    file.write_text(HEAD + f"1,Anna,{text},F\n")
    plan = plan_fields(source(file, fields=fields), {BORN: FieldKind.DATE}, TODAY)
    assert read_file(plan).columns[0].distinct == ([day] if day else [])


def test_a_leap_day_is_of_the_latest_century_that_has_it() -> None:
    read = DateFormat.parse("DD/MM/YY").read
    assert read("29/02/00", dt.date(2150, 1, 1)) == dt.date(2000, 2, 29)


def test_formats_that_read_one_text_as_two_days_contradict_each_other() -> None:
    formats = [DateFormat.parse(text) for text in ("DD/MM/YY", "YY/MM/DD", "DD/MM/YYYY")]
    contradictions = [[one.contradicts(other) for other in formats] for one in formats]
    assert contradictions == [[False, True, False], [True, False, False], [False] * 3]


@pytest.mark.parametrize(
    "text",
    ["", "DD/MM", "DD/MM/Y", "DD/MM/YYY", "DD/MM/YYYY/DD", "DD/MMMM/YYYY", "DD/MMM/MM/YY",
     "dd/mm/yyyy", "%d/%m/%Y", "DMYYYY", "DMMYY", "YYYYMD", "DD/MM/YYYYTHH", "D1/M/YYYY",
     "M/MM/YYYY"],
)  # fmt: skip
def test_faulty_date_format_is_refused(text: str) -> None:
    with pytest.raises(DateFormatError):
        DateFormat.parse(text)


def test_mapping_is_refused_with_all_its_faults_at_once(tmp_path: Path) -> None:
    fields = {
        "forename": FieldSource(column="a", date_formats=("DD/MM/YYYY",), codes={"m": "male"}),
        "born": FieldSource(column="b", date_formats=("DD/MM/YYYY", "MM/DD/YYYY", "DD/MM")),
        "sex": FieldSource(column="c", codes={"m": "male", "M": "female"}),
        "shoe_size": FieldSource(column="d"),
    }
    kinds = KINDS | {FieldName("postcode"): FieldKind.POSTCODE}
    faulty = source(tmp_path / "absent.csv", fields=fields, delimiter=".")
    problems = check_mapping(faulty, kinds)
    assert [problem.path for problem in problems] == [
        "source.delimiter",
        "source.fields.postcode",
        "source.fields.forename.date_formats",
        "source.fields.forename.codes",
        "source.fields.born.date_formats[2]",
        "source.fields.born.date_formats",
        "source.fields.sex.codes",
        "source.fields.shoe_size",
    ]
    with pytest.raises(DocumentError) as caught:
        read_extract(faulty, kinds)
    assert caught.value.problems == problems
    with pytest.raises(DocumentError):
        read_attributes(faulty, {})


@pytest.mark.parametrize(
    ("date_formats", "expected"),
    [
        ((), ["1980", None, "2026", None, None, None, None]),
        (("DD/MM/YYYY",), ["1980", "1981", "2026", None, None, None, None]),
    ],
)
def test_years_are_read_as_such_or_from_dates(
    date_formats: tuple[str, ...], expected: list[str | None], tmp_path: Path
) -> None:
    file = tmp_path / "extract.csv"
    texts = ["1980", "31/12/1981", "2026", "2027", "80", "31/12/1849", ""]
    file.write_text("id,left\n" + "".join(f"{at},{text}\n" for at, text in enumerate(texts)))
    fields = {"left_school": FieldSource(column="left", date_formats=date_formats)}
    kinds = {FieldName("left_school"): FieldKind.YEAR}
    [column] = read_file(plan_fields(source(file, fields=fields), kinds, TODAY)).columns
    codes = np.frombuffer(column.codes, np.int32)
    assert [None if code < 0 else column.distinct[code] for code in codes] == expected
    assert column.missing == 1


def test_dates_without_formats_and_sexes_without_codes_are_refused(tmp_path: Path) -> None:
    fields = {name: FieldSource(column=name) for name in KINDS}
    problems = check_mapping(source(tmp_path, fields=fields), KINDS)
    assert [problem.path for problem in problems] == [
        "source.fields.born.date_formats",
        "source.fields.sex.codes",
    ]


def test_a_field_that_the_agency_does_not_hold_is_missing_in_every_record(tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    file.write_text("id,first,dob\n1,Anna,31/12/1980\n2,Bo,NA\n")
    absent = {**source(file).fields, "sex": FieldSource(absent=True)}
    extract = read_extract(source(file, fields=absent), KINDS, needed={FORENAME}, today=TODAY)
    assert list(extract.columns.fields) == list(extract.report.fields) == list(KINDS)
    column, report = extract.columns.fields[SEX], extract.report.fields[SEX]
    assert (column.codes.tolist(), column.distinct) == ([MISSING] * 2, ())
    assert (report.present, report.missing, report.invalid, report.absent) == (0, 2, 0, True)
    assert not extract.report.fields[BORN].absent
    assert extract.columns.fields[BORN].codes.tolist() == [0, MISSING]


def test_a_field_of_which_nothing_is_said_is_a_fault_that_names_the_remedy(tmp_path: Path) -> None:
    fields = {name: field for name, field in source(tmp_path).fields.items() if name != SEX}
    [problem] = check_mapping(source(tmp_path, fields=fields), KINDS)
    assert problem.path == "source.fields.sex"
    assert "name its column, or write `absent = true`" in problem.what


def test_a_field_that_no_record_may_lack_can_not_be_absent(tmp_path: Path) -> None:
    absent = source(tmp_path, fields={**source(tmp_path).fields, "sex": FieldSource(absent=True)})
    assert check_mapping(absent, KINDS) == check_mapping(absent, KINDS, needed={BORN}) == ()
    [problem] = check_mapping(absent, KINDS, needed={SEX})
    assert problem.path == "source.fields.sex.absent"
    with pytest.raises(DocumentError):
        read_extract(absent, KINDS, needed={SEX})


def test_the_fields_that_no_record_may_lack_are_those_that_withhold_it() -> None:
    toml = make_agreement().toml.replace('missing = "neutral"', 'missing = "withhold"', 1)
    schema = parse_agreement(toml.encode(), "agreement.toml").schema
    assert needed_fields(schema) == {schema.fields[0].name}


@pytest.mark.parametrize(
    ("field", "says"),
    [
        ({"absent": True, "column": "sex"}, "is absent, so nothing else may be said of it"),
        ({"absent": True, "codes": {"M": "male"}}, "is absent, so nothing else may be said of it"),
        ({"absent": False}, "names no column; write `absent = true`"),
        ({"column": " "}, "names no column; write `absent = true`"),
        ({}, "names no column; write `absent = true`"),
    ],
)
def test_a_field_has_a_column_or_is_absent(field: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        FieldSource.model_validate(field)


def test_sound_mapping_has_no_faults(tmp_path: Path) -> None:
    assert check_mapping(source(tmp_path), KINDS) == ()
