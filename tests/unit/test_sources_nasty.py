"""Files that must be refused: each with its cause, none with a word of what it holds."""

import datetime as dt
import os
import string
import sys
import traceback
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from linkage.errors import Fact, Reason, SourceError
from linkage_agent.sources import reasons as why
from linkage_agent.sources.child import read_file
from linkage_agent.sources.plan import MAX_LINE_BYTES, ColumnPlan, ReadPlan

CANARIES = ("Zephyrine", "Quillfeather", "QX-4711", "1931-07-19", "Vermilion")
"""Values, a row id and a header that no error may show."""
HEAD = b"id,forename,surname,born,Vermilion\n"
PERSON = b"QX-4711,Zephyrine,Quillfeather,1931-07-19,F\n"
OTHER = b"QX-4712,Anna,Bell,1950-01-31,F\n"

PLAN = ReadPlan(
    file="",
    charset="utf-8",
    delimiter=",",
    row_id_header="id",
    missing_values=frozenset({"NA"}),
    columns=(
        ColumnPlan("given_name", "forename"),
        ColumnPlan("family_name", "surname"),
        ColumnPlan("date_of_birth", "born", date_formats=("YYYY-MM-DD",)),
    ),
    latest_date=dt.date(2026, 1, 31),
)


@dataclass(frozen=True)
class Nasty:
    """A file and why it must be refused."""

    name: str
    content: bytes
    reason: Reason
    facts: dict[str, Fact] = field(default_factory=dict)
    charset: str = "utf-8"


NASTY = (
    Nasty("empty file", b"", why.EMPTY),
    Nasty("only a byte order mark", b"\xef\xbb\xbf", why.EMPTY),
    Nasty("only blank lines", b"\r\n \r\n\t\r\n", why.EMPTY),
    Nasty("only delimiters", b",,,,\n,,,,\n", why.EMPTY),
    Nasty("only column names", HEAD, why.NO_RECORDS),
    Nasty("column names and blank lines", HEAD + b"\n,,,,\n\n", why.NO_RECORDS),
    Nasty("utf-16 little-endian", (HEAD + PERSON).decode().encode("utf-16"), why.UTF_16),
    Nasty("utf-16 big-endian", b"\xfe\xff" + PERSON.decode().encode("utf-16-be"), why.UTF_16),
    Nasty(
        "utf-16 without a mark",
        (HEAD + PERSON).decode().encode("utf-16-le"),
        why.ZERO_BYTE,
        {"line": 1, "offset": 1},
    ),
    Nasty("workbook under a wrong name", b"PK\x03\x04" + PERSON, why.NOT_TEXT),
    Nasty("old workbook under a wrong name", b"\xd0\xcf\x11\xe0\xa1" + PERSON, why.NOT_TEXT),
    Nasty("compressed file", b"\x1f\x8b\x08" + PERSON, why.NOT_TEXT),
    Nasty("zero byte", HEAD + OTHER + b"\0" + PERSON, why.ZERO_BYTE, {"line": 3}),
    Nasty(
        "windows-1252 letter in utf-8",
        HEAD + OTHER + PERSON.replace(b"y", b"\xe9"),
        why.UNDECODABLE,
        {"line": 3, "offset": len(HEAD + OTHER + b"QX-4711,Zeph"), "charset": "utf-8"},
    ),
    Nasty(
        "letter cut off at the end of the file",
        HEAD + PERSON + b"QX-4713,Zo\xc3",
        why.UNDECODABLE,
        {"line": 3, "offset": len(HEAD + PERSON + b"QX-4713,Zo")},
    ),
    Nasty("half a surrogate pair", HEAD + PERSON + b"\xed\xa0\x80", why.UNDECODABLE, {"line": 3}),
    Nasty(
        "undecodable byte among lines that end with CR",
        (HEAD + PERSON).replace(b"\n", b"\r") + b"\xff",
        why.UNDECODABLE,
        {"line": 3},
    ),
    Nasty(
        "undecodable byte among lines that end with CR LF",
        (HEAD + PERSON).replace(b"\n", b"\r\n") + b"\xff",
        why.UNDECODABLE,
        {"line": 3},
    ),
    Nasty(
        "byte without a letter in windows-1252",
        HEAD + PERSON.replace(b"y", b"\xe9") + b"QX-4713,Z\x81",
        why.UNDECODABLE,
        {"line": 3, "charset": "windows-1252"},
        charset="windows-1252",
    ),
    Nasty(
        "utf-8 declared as windows-1252",
        HEAD + PERSON.replace(b"y", "é".encode()),
        why.IS_UTF_8,
        charset="windows-1252",
    ),
    Nasty(
        "utf-8 with a mark declared as windows-1252",
        b"\xef\xbb\xbf" + HEAD + PERSON,
        why.IS_UTF_8,
        charset="windows-1252",
    ),
    Nasty(
        "utf-8 with bytes that windows-1252 lacks",
        HEAD + PERSON.replace(b"y", "Í".encode()),
        why.IS_UTF_8,
        charset="windows-1252",
    ),
    Nasty("no line breaks", b"Zephyrine " * (MAX_LINE_BYTES // 10 + 2**17), why.LINE_TOO_LONG),
    Nasty(
        "too many fields",
        HEAD + OTHER + PERSON.replace(b",F", b",F,F"),
        why.ROW_WIDTH,
        {"line": 3, "found": 6, "expected": 5},
    ),
    Nasty(
        "too few fields",
        HEAD + OTHER + PERSON.replace(b",F", b""),
        why.ROW_WIDTH,
        {"line": 3, "found": 4, "expected": 5},
    ),
    Nasty(
        "too many fields after a quoted line break",
        HEAD + OTHER.replace(b"Anna", b'"An\r\nna"') + PERSON.replace(b",F", b",F,F"),
        why.ROW_WIDTH,
        {"line": 4},
    ),
    Nasty(
        "file cut off in a record",
        HEAD + OTHER + b"QX-4711,Zephyrine,Quill",
        why.ROW_WIDTH,
        {"line": 3, "found": 3},
    ),
    Nasty("blank line", HEAD + OTHER + b"\n" + PERSON, why.BLANK_LINE, {"line": 3}),
    Nasty("blank first line", b"\n" + HEAD + PERSON, why.BLANK_LINE, {"line": 1}),
    Nasty("line of spaces", HEAD + OTHER + b" \t \n\n" + PERSON, why.BLANK_LINE, {"line": 3}),
    Nasty("row of empty fields", HEAD + b",,,,\n" + PERSON, why.BLANK_LINE, {"line": 2}),
    Nasty(
        "quotation mark never closed",
        HEAD + OTHER + PERSON.replace(b"Zeph", b'"Zeph'),
        why.QUOTE_OPEN,
        {"line": 3},
    ),
    Nasty(
        "quotation mark closed by the next record's",
        HEAD + PERSON.replace(b"Zeph", b'"Zeph') + b'QX-4713,"Zephyrine",B,1950-01-31,F\n',
        why.QUOTE_MISPLACED,
        {"line": 2},
    ),
    Nasty(
        "text after a closing quotation mark",
        HEAD + PERSON.replace(b"Zephyrine", b'"Zephyrine" (Z)'),
        why.QUOTE_MISPLACED,
        {"line": 2},
    ),
    Nasty(
        "quotation mark escaped with a backslash",
        HEAD + PERSON.replace(b"Zephyrine", rb'"Zephyrine \"Z\" Q"'),
        why.QUOTE_MISPLACED,
        {"line": 2},
    ),
    Nasty(
        "no line of column names",
        PERSON + OTHER,
        why.COLUMNS_MISSING,
        {"found": 5, "missing": '"id", "forename", "surname", "born"'},
    ),
    Nasty(
        "title above the column names",
        b"Quillfeather family\n" + HEAD + PERSON,
        why.COLUMNS_MISSING,
        {"found": 1},
    ),
    Nasty(
        "two columns missing",
        HEAD.replace(b"surname", b"Vermilion2").replace(b"born", b"Vermilion3") + PERSON,
        why.COLUMNS_MISSING,
        {"found": 5, "missing": '"surname", "born"'},
    ),
    Nasty(
        "column name in capitals",
        HEAD.replace(b"surname", b"SURNAME") + PERSON,
        why.COLUMNS_MISSING,
        {"missing": '"surname"'},
    ),
    Nasty(
        "column twice",
        HEAD.replace(b"Vermilion", b" surname ") + PERSON,
        why.COLUMNS_REPEATED,
        {"repeated": '"surname"'},
    ),
    Nasty(
        "semicolons",
        (HEAD + PERSON).replace(b",", b";"),
        why.OTHER_DELIMITER,
        {"delimiter": "comma", "other": "semicolon", "found": 0, "found_with_other": 4},
    ),
    Nasty(
        "tabs",
        (HEAD + PERSON).replace(b",", b"\t"),
        why.OTHER_DELIMITER,
        {"other": "tab"},
    ),
    Nasty(
        "semicolons between quoted names",
        b'"' + HEAD.strip().replace(b",", b'";"') + b'"\n' + PERSON.replace(b",", b";"),
        why.OTHER_DELIMITER,
        {"other": "semicolon"},
    ),
    Nasty(
        "row id missing",
        HEAD + OTHER + PERSON.replace(b"QX-4711", b" "),
        why.ROW_ID_MISSING,
        {"line": 3},
    ),
    Nasty(
        "row id that means missing",
        HEAD + PERSON + OTHER.replace(b"QX-4712", b"NA"),
        why.ROW_ID_MISSING,
        {"line": 3},
    ),
    Nasty(
        "row id repeated",
        HEAD + PERSON + OTHER + PERSON.replace(b"QX", b" QX"),
        why.ROW_ID_REPEATED,
        {"first_line": 2, "second_line": 4},
    ),
)


def shown(error: BaseException) -> str:
    """All that a person or a log could ever see of an error."""
    parts = [str(error), repr(error), *traceback.format_exception(error)]
    if isinstance(error, SourceError):
        parts += [error.message, error.next_step, repr(error.facts), repr(vars(error))]
    return "\n".join(parts)


def refusal(plan: ReadPlan) -> SourceError:
    with pytest.raises(SourceError) as caught:
        read_file(plan)
    error = caught.value
    assert not [canary for canary in CANARIES if canary in shown(error)]
    assert "?" not in error.message + error.next_step  # every fact was given
    assert error.__suppress_context__ or error.__context__ is None
    return error


@pytest.mark.parametrize("nasty", NASTY, ids=lambda nasty: nasty.name)
def test_nasty_file_is_refused_with_its_cause_and_none_of_its_content(
    nasty: Nasty, tmp_path: Path
) -> None:
    file = tmp_path / "extract.csv"
    file.write_bytes(nasty.content)
    error = refusal(replace(PLAN, file=str(file), charset=nasty.charset))
    assert error.reason is nasty.reason
    assert {name: error.facts[name] for name in nasty.facts} == nasty.facts
    assert error.facts["file"] == str(file)


def test_too_many_records_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    file.write_bytes(HEAD + PERSON + OTHER)
    assert len(read_file(replace(PLAN, file=str(file), max_records=2)).row_ids) == 2
    error = refusal(replace(PLAN, file=str(file), max_records=1))
    assert error.reason is why.TOO_MANY_RECORDS


def test_absent_file_is_unreadable(tmp_path: Path) -> None:
    error = refusal(replace(PLAN, file=str(tmp_path / "absent.csv")))
    assert error.reason is why.UNREADABLE
    assert error.facts["cause"] == "No such file or directory"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_file_of_another_user_is_unreadable(tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    file.write_bytes(HEAD + PERSON)
    file.chmod(0)
    assert refusal(replace(PLAN, file=str(file))).facts["cause"] == "Permission denied"


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file that opens but can't be read")
def test_file_that_fails_while_it_is_read_is_unreadable() -> None:
    assert refusal(replace(PLAN, file="/proc/self/mem")).reason is why.UNREADABLE


def test_folder_and_pipe_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        assert refusal(replace(PLAN, file=str(path))).reason is why.NOT_A_FILE


def test_every_reason_is_known_to_the_parent_and_says_what_to_do() -> None:
    found = {value for value in vars(why).values() if isinstance(value, Reason)}
    assert set(why.REASONS) == found
    assert len({reason.code for reason in found}) == len(found)
    for reason in found:
        assert reason.code.startswith("SOURCE_")
        assert reason.next_step.endswith(".")
        names = {name for _, name, _, _ in string.Formatter().parse(reason.message) if name}
        assert names or reason is why.MAPPING_INVALID
