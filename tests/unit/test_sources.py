"""What is read from an extract that is sound, however oddly it is written."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from linkage.agreement.schema import FieldKind
from linkage.errors import DocumentError
from linkage.ids import FieldName
from linkage_agent.columns import MISSING as COLUMNS_MISSING
from linkage_agent.config import Charset, FieldSource, SourceConfig
from linkage_agent.sources import values
from linkage_agent.sources.child import read_file
from linkage_agent.sources.dates import DateFormat, DateFormatError
from linkage_agent.sources.extract import read_attributes, read_extract
from linkage_agent.sources.mapping import check_mapping, plan_fields
from linkage_agent.sources.plan import DELIMITERS

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
    builder.add(["Zephyrine"])
    extract = read_extract(source(file), KINDS, today=TODAY)
    text = repr((reading, reading.columns, builder, extract))
    assert not [canary for canary in ("Zephyrine", "QX-4711", "1980") if canary in text]


def test_missing_is_the_same_code_in_child_and_parent() -> None:
    assert values.MISSING == COLUMNS_MISSING


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
    ],
)
def test_date_formats_are_read_literally(date_format: str, text: str) -> None:
    assert DateFormat.parse(date_format).read(text) == dt.date(1980, 12, 3)


@pytest.mark.parametrize(
    "text",
    ["", "DD/MM", "DD/MM/YY", "DD/MM/YYYY/DD", "DD/MMM/YYYY", "dd/mm/yyyy", "%d/%m/%Y", "DMYYYY",
     "YYYYMD", "DD/MM/YYYYTHH", "D1/M/YYYY", "M/MM/YYYY"],
)  # fmt: skip
def test_faulty_date_format_is_refused(text: str) -> None:
    with pytest.raises(DateFormatError):
        DateFormat.parse(text)


def test_mapping_is_refused_with_all_its_faults_at_once(tmp_path: Path) -> None:
    fields = {
        "forename": FieldSource(column="a", date_formats=("DD/MM/YYYY",), codes={"m": "male"}),
        "born": FieldSource(column="b", date_formats=("DD/MM/YYYY", "MM/DD/YYYY", "DD/MM/YY")),
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


def test_dates_without_formats_and_sexes_without_codes_are_refused(tmp_path: Path) -> None:
    fields = {name: FieldSource(column=name) for name in KINDS}
    problems = check_mapping(source(tmp_path, fields=fields), KINDS)
    assert [problem.path for problem in problems] == [
        "source.fields.born.date_formats",
        "source.fields.sex.codes",
    ]


def test_sound_mapping_has_no_faults(tmp_path: Path) -> None:
    assert check_mapping(source(tmp_path), KINDS) == ()
