"""Laws of reading an extract: what one program writes as CSV is what the agent reads."""

import csv
import datetime as dt
import io
import re
import tempfile
from itertools import accumulate
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from linkage_agent.sources.child import read_file
from linkage_agent.sources.dates import DateFormat
from linkage_agent.sources.plan import DELIMITERS, ColumnPlan, ReadPlan
from linkage_agent.sources.reading import Reading

TODAY = dt.date(2026, 1, 31)

Table: TypeAlias = list[list[str]]

LINE_BREAK = re.compile("\r\n|\r|\n")

odd_text = st.text('",;\t|\r\n NA\u00a0\u2028', max_size=6)
cells = (
    st.sampled_from(["", "NA", "Anna"])
    | odd_text
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
)
western_cells = st.text('AaÄäßéÉŒ€\u2019 ,"\n', max_size=6)
delimiters = st.sampled_from(list(DELIMITERS))
styles = st.sampled_from(["quoted where needed", "\r\n", "\n", "\r"])
"""Lines that end in CR LF, or in this with every value quoted: where lines end otherwise, Python's
writer does not quote a value for the sake of a bare CR."""


def tables(cells: st.SearchStrategy[str]) -> st.SearchStrategy[Table]:
    return st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1)
    )


def lines_of(table: Table, style: str, delimiter: str) -> list[str]:
    """The text of each row, column names first, each record with its number as row id."""
    names = ["id", *(f"column {index}" for index in range(len(table[0])))]
    return [
        _line(row, style, delimiter)
        for row in [names, *([str(index), *cells] for index, cells in enumerate(table))]
    ]


def _line(row: list[str], style: str, delimiter: str) -> str:
    out = io.StringIO(newline="")
    if style == "quoted where needed":
        csv.writer(out, delimiter=delimiter).writerow(row)
    else:
        csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator=style).writerow(
            row
        )
    return out.getvalue()


def read(
    content: bytes, n_columns: int, delimiter: str, charset: str, *, as_dates: bool = False
) -> Reading:
    formats = ("YYYY-MM-DD",) if as_dates else ()
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        columns = (ColumnPlan(f"{i}", f"column {i}", formats) for i in range(n_columns))
        plan = ReadPlan(
            file=file.name,
            charset=charset,
            delimiter=delimiter,
            row_id_header="id",
            missing_values=frozenset({"NA"}),
            columns=tuple(columns),
            latest_date=TODAY,
        )
        return read_file(plan)


def values_in(reading: Reading) -> list[list[str | None]]:
    columns = []
    for column in reading.columns:
        codes = np.frombuffer(column.codes, np.int32).tolist()
        columns.append([None if code < 0 else column.distinct[code] for code in codes])
    return [list(record) for record in zip(*columns, strict=True)]


def expected(table: Table) -> list[list[str | None]]:
    return [[None if c.strip() in {"", "NA"} else c.strip() for c in row] for row in table]


@given(table=tables(cells), style=styles, delimiter=delimiters)
def test_any_table_in_utf_8_is_read_as_it_was_written(
    table: Table, style: str, delimiter: str
) -> None:
    content = "".join(lines_of(table, style, delimiter)).encode()
    reading = read(content, len(table[0]), delimiter, "utf-8")
    assert values_in(reading) == expected(table)
    assert reading.row_ids == [str(index) for index in range(len(table))]
    assert all(len(set(column.distinct)) == len(column.distinct) for column in reading.columns)


@given(table=tables(western_cells), style=styles, delimiter=delimiters)
def test_any_table_in_windows_1252_is_read_as_it_was_written(
    table: Table, style: str, delimiter: str
) -> None:
    content = "".join(lines_of(table, style, delimiter)).encode("windows-1252")
    assume(content.isascii() or not _is_utf_8(content))
    reading = read(content, len(table[0]), delimiter, "windows-1252")
    assert values_in(reading) == expected(table)


def _is_utf_8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


@given(table=tables(odd_text), style=styles, delimiter=delimiters)
def test_invalid_values_are_reported_with_the_lines_their_records_start_in(
    table: Table, style: str, delimiter: str
) -> None:
    lines = lines_of(table, style, delimiter)
    reading = read("".join(lines).encode(), len(table[0]), delimiter, "utf-8", as_dates=True)
    starts = list(accumulate((len(LINE_BREAK.findall(line)) for line in lines), initial=1))[1:-1]
    for index, column in enumerate(reading.columns):
        texts = [record[index] for record in expected(table)]
        invalid = [start for start, text in zip(starts, texts, strict=True) if text is not None]
        assert (column.missing, column.invalid) == (texts.count(None), len(invalid))
        assert column.invalid_lines == invalid[:20]
        assert column.distinct == []


@given(day=st.dates())
@pytest.mark.parametrize(
    ("date_format", "code"),
    [("DD/MM/YYYY", "{0.day:02}/{0.month:02}/{0.year:04}"),
     ("M-D-YYYY", "{0.month}-{0.day}-{0.year:04}"),
     ("YYYYMMDD", "{0.year:04}{0.month:02}{0.day:02}"),
     ("DD-MMM-YYYY", "{0.day:02}-{0:%b}-{0.year:04}"),
     ("D MMM YYYY", "{0.day} {0:%B} {0.year:04}")],
)  # fmt: skip
def test_any_day_written_in_a_format_is_read_back(
    date_format: str, code: str, day: dt.date
) -> None:
    assert DateFormat.parse(date_format).read(code.format(day), TODAY) == day


@given(today=st.dates(dt.date(2000, 1, 1)), days_ago=st.integers(0, 36_523))
def test_a_day_of_the_last_hundred_years_is_read_back_from_a_year_of_two_digits(
    today: dt.date, days_ago: int
) -> None:
    day = today - dt.timedelta(days_ago)
    assert DateFormat.parse("DD/MM/YY").read(f"{day:%d/%m/%y}", today) == day


days_months_and_years = st.sampled_from([["DD", "MM", "YYYY"], ["DD", "MM", "YY"]]).flatmap(
    st.permutations
)


@given(
    one=days_months_and_years,
    other=days_months_and_years,
    day=st.dates(dt.date(1926, 2, 1), TODAY),
)
def test_formats_that_do_not_contradict_never_read_one_text_as_two_days(
    one: list[str], other: list[str], day: dt.date
) -> None:
    first, second = DateFormat.parse("/".join(one)), DateFormat.parse("/".join(other))
    assert first.contradicts(second) == second.contradicts(first)
    assert first.read(first.write(day), TODAY) == day
    if not first.contradicts(second):
        assert second.read(first.write(day), TODAY) in {None, day}
