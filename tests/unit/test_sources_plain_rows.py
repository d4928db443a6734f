"""Which rows compiled code takes apart, and that it takes them as Python's `csv` does."""

import csv

import numpy as np
import pytest

from linkage.arrays import ShapeError
from linkage_agent.sources.plain_rows import plain_rows
from linkage_agent.sources.plan import MAX_VALUE_CHARACTERS


def rows_of(text: str, width: int, delimiter: str = ",") -> tuple[list[list[str]], str]:
    """The plain rows at the start of a text, and what is left of it."""
    content = text.encode()
    found = plain_rows(np.frombuffer(content, np.uint8), 0, delimiter, width)
    columns = [
        [
            content[start:end].decode()
            for start, end in zip(column.starts.tolist(), column.ends.tolist(), strict=True)
        ]
        for column in found.columns
    ]
    assert all(len(column) == found.count for column in columns)
    return [list(row) for row in zip(*columns, strict=True)], content[found.after :].decode()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "row",
    [
        "1,Ann,x",
        '1,"Ann",x',
        '"1" ,Ann,x',
        ' 1, Ann ,""',
        '1,"An, n","  x "',
        "é,ß,1",
        '1,6" pipe,',
    ],
)
def test_plain_rows_are_what_csv_reads(row: str, ending: str, delimiter: str) -> None:
    text = (row.replace(",", delimiter) + ending) * 3
    rows, rest = rows_of(text, 3, delimiter)
    if row.startswith('"1" '):  # a space behind the mark is for csv to refuse
        assert (rows, rest) == ([], text)
        return
    read = csv.reader(text.splitlines(), delimiter=delimiter, skipinitialspace=True)
    assert rows == [[value.strip() for value in values] for values in read]
    assert rest == ""


@pytest.mark.parametrize(
    "odd",
    [
        *("1,2", "1,2,3,4", "", ",,", " , ,", "\u00a0,,", '1,"2', '1,"a""b",3', '1,"a"b,3'),
        *('1,"a\nb",3', '1,"a\rb",3', "1,2\r,3", "1,2,3\r4,5,6", '1,2,"'),
        f"1,2,{'x' * (MAX_VALUE_CHARACTERS + 1)}",
    ],
)
def test_a_row_that_is_not_plain_and_those_after_it_are_left(odd: str) -> None:
    text = f"a,b,c\n{odd}\nd,e,f\n"
    assert rows_of(text, 3) == ([["a", "b", "c"]], f"{odd}\nd,e,f\n")


def test_rows_come_in_blocks_until_there_are_none() -> None:
    text = "".join(f"{row},x\n" for row in range(40_000))
    numbers: list[str] = []
    while text:
        rows, text = rows_of(text, 2)
        assert rows
        numbers += [row[0] for row in rows]
    assert numbers == [str(row) for row in range(40_000)]


@pytest.mark.parametrize("text", ["", "a,b", "a,b\r"])
def test_a_text_that_a_line_feed_does_not_end_is_refused(text: str) -> None:
    with pytest.raises(ShapeError):
        plain_rows(np.frombuffer(text.encode(), np.uint8), 0, ",", 2)
