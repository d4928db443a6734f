"""From an open CSV file to its records, strictly: a row that does not fit is never bent to fit.

The file is read twice: first its bytes (`charset`), then its records. Both passes hash what they
read, so a file that changed in between is noticed.
"""

import csv
import hashlib
import io
import os
from array import array
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

from linkage.errors import SourceError
from linkage_agent.sources.charset import CHUNK_BYTES, check_bytes
from linkage_agent.sources.header import find_columns, refuse_other_delimiter
from linkage_agent.sources.plan import MAX_VALUE_CHARACTERS, ReadPlan
from linkage_agent.sources.reading import Reading
from linkage_agent.sources.reasons import (
    BLANK_LINE,
    CHANGED,
    EMPTY,
    NO_RECORDS,
    QUOTE_MISPLACED,
    QUOTE_OPEN,
    ROW_WIDTH,
    TOO_MANY_RECORDS,
    VALUE_TOO_LONG,
)
from linkage_agent.sources.values import ColumnBuilder, check_row_ids, interpreter

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK_RECORDS: Final = 512
"""Records are taken apart by column in blocks that stay in the processor's cache."""


def read_records(file: io.FileIO, plan: ReadPlan) -> Reading:
    """Everything that the plan asks for.

    Args:
        file: The extract, open at its start.
        plan: What to read and how.

    Raises:
        SourceError: The file is not what the plan says, or changed meanwhile.
    """
    before = os.fstat(file.fileno())
    content = check_bytes(file, plan)
    file.seek(0)
    start = file.read(CHUNK_BYTES).decode(_codec(plan), errors="ignore")  # may cut a character
    refuse_other_delimiter(start, plan)
    file.seek(0)
    hashing = _HashingReader(file)
    try:
        reading = _read_rows(_as_text(hashing, plan), plan, content)
    except UnicodeDecodeError:
        raise SourceError(CHANGED, file=plan.file) from None
    after = os.fstat(file.fileno())
    stamps = {(stat.st_size, stat.st_mtime_ns) for stat in (before, after)}
    if len(stamps) > 1 or hashing.content.hexdigest() != content:
        raise SourceError(CHANGED, file=plan.file)
    return reading


class _HashingReader(io.RawIOBase):
    """A file that hashes what is read from it, and stays open when this is closed."""

    def __init__(self, file: io.FileIO) -> None:
        self._file = file
        self.content = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        size = self._file.readinto(buffer) or 0
        self.content.update(memoryview(buffer)[:size])
        return size


def _as_text(raw: io.RawIOBase, plan: ReadPlan) -> io.TextIOWrapper:
    """The file's text with its line breaks as they are."""
    buffered = io.BufferedReader(raw, CHUNK_BYTES)
    return io.TextIOWrapper(buffered, encoding=_codec(plan), newline="")


def _codec(plan: ReadPlan) -> str:
    """Python's name for the charset; for UTF-8 the one that drops a byte order mark."""
    return "utf-8-sig" if plan.charset == "utf-8" else plan.charset


def _read_rows(text: io.TextIOWrapper, plan: ReadPlan, content: str) -> Reading:
    """Takes the rows apart by column; `content` is the file's digest, handed through."""
    lines = array("q")
    rows = _checked(text, plan, lines)
    first_row = next(rows, None)
    if first_row is None:
        raise SourceError(EMPTY, file=plan.file)
    place = find_columns(first_row, plan)
    del lines[0]
    row_ids: list[str] = []
    builders = [ColumnBuilder(plan.missing_values) for _ in plan.columns]
    while block := list(islice(rows, BLOCK_RECORDS)):
        texts = list(zip(*block, strict=True))
        row_ids.extend(map(str.strip, texts[place[plan.row_id_header]]))
        if len(row_ids) > plan.max_records:
            raise SourceError(TOO_MANY_RECORDS, file=plan.file, limit=plan.max_records)
        for column, builder in zip(plan.columns, builders, strict=True):
            builder.add(texts[place[column.header]])
    if not row_ids:
        raise SourceError(NO_RECORDS, file=plan.file)
    check_row_ids(row_ids, lines, plan)
    columns = [
        builder.finish(interpreter(column, plan), lines)
        for column, builder in zip(plan.columns, builders, strict=True)
    ]
    return Reading(content=content, row_ids=row_ids, columns=columns)


def _checked(text: io.TextIOWrapper, plan: ReadPlan, lines: "array[int]") -> Iterator[list[str]]:
    """Each row, the first one included; all are equally wide. Adds the line it starts in to lines.

    Blank rows at the end are left out: exports often have them.

    Raises:
        SourceError: A row is too narrow, too wide, blank before others, or wrongly quoted.
    """
    rows = csv.reader(text, delimiter=plan.delimiter, strict=True, skipinitialspace=True)
    line = 1
    expected = blank_line = 0
    try:
        for row in rows:
            if not row or (not row[0].strip() and _is_blank(row)):
                blank_line = blank_line or line
            elif blank_line:
                raise SourceError(BLANK_LINE, file=plan.file, line=blank_line)
            elif len(row) != expected and expected:
                raise SourceError(
                    ROW_WIDTH, file=plan.file, line=line, found=len(row), expected=expected
                )
            else:
                expected = len(row)
                lines.append(line)
                yield row
            line = rows.line_num + 1
    except csv.Error as error:
        raise _quoting_error(error, plan, line) from None


def _is_blank(row: list[str]) -> bool:
    return not any(map(str.strip, row))


def _quoting_error(error: csv.Error, plan: ReadPlan, line: int) -> SourceError:
    """Which fault the csv module saw; its messages are constant texts of CPython."""
    if "field limit" in str(error):
        return SourceError(VALUE_TOO_LONG, file=plan.file, line=line, limit=MAX_VALUE_CHARACTERS)
    reason = QUOTE_OPEN if "unexpected end" in str(error) else QUOTE_MISPLACED
    return SourceError(reason, file=plan.file, line=line)
