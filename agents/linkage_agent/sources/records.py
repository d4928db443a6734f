"""From an open CSV file to its records, strictly: a row that does not fit is never bent to fit.

The file is read twice: first its bytes (`charset`), then its records. Both passes hash what they
read, so a file that changed in between is noticed. Most rows are plain and are taken apart by
compiled code (`plain_rows`); Python's `csv` reads all others, and it alone says what is wrong.
While a block of rows is taken apart, threads take in the columns of the one before.
"""

import codecs
import csv
import hashlib
import io
import os
import re
from array import array
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import numpy as np

from linkage.errors import SourceError
from linkage_agent.sources.charset import CHUNK_BYTES, check_bytes
from linkage_agent.sources.header import find_columns, refuse_other_delimiter
from linkage_agent.sources.plain_rows import plain_rows
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
from linkage_agent.text_index import Spans, pack

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK_RECORDS: Final = 512
"""So many records `csv` reads before plain ones are looked for again."""
_LINE: Final = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


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
    hashing = _HashingReader(file)
    text = hashing.readall()
    after = os.fstat(file.fileno())
    stamps = {(stat.st_size, stat.st_mtime_ns) for stat in (before, after)}
    if len(stamps) > 1 or hashing.content.hexdigest() != content:
        raise SourceError(CHANGED, file=plan.file)
    if plan.charset != "utf-8":
        text = text.decode(plan.charset).encode()
    text = text.removeprefix(codecs.BOM_UTF8)
    return _read_rows(text if text.endswith(b"\n") else text + b"\n", plan, content)


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


class _Lines:
    """The lines of a text, read by `csv` one at a time, so that others may read on from there.

    Attributes:
        content: the text's bytes.
        place: where the next line starts.
        number: which one that is, from 1.
    """

    def __init__(self, text: bytes) -> None:
        self._text = text
        self.content = np.frombuffer(text, np.uint8)
        self.place = 0
        self.number = 1

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = _LINE.match(self._text, self.place)
        if line is None:
            raise StopIteration
        self.place = line.end()
        self.number += 1
        return line[0].decode()


def _read_rows(text: bytes, plan: ReadPlan, content: str) -> Reading:
    """Takes the rows apart by column.

    Args:
        text: In UTF-8, without a byte order mark; it ends with a line feed.
        plan: What to read and how.
        content: The file's digest, handed through.
    """
    refuse_other_delimiter(text[:CHUNK_BYTES].decode(errors="ignore"), plan)  # may cut a character
    source = _Lines(text)
    rows = _checked(source, plan)
    first_row = next(rows, None)
    if first_row is None:
        raise SourceError(EMPTY, file=plan.file)
    place = find_columns(first_row[1], plan)
    wanted = [place[header] for header in (plan.row_id_header, *(c.header for c in plan.columns))]
    builders = [ColumnBuilder(plan.missing_values) for _ in wanted]
    adders = [(builder.add, column) for builder, column in zip(builders, wanted, strict=True)]
    lines = array("q")
    with ThreadPoolExecutor() as threads:
        adding: list[Future[None]] = []
        while block := _next_block(source, rows, plan, len(first_row[1])):
            lines.extend(block.lines)
            if len(lines) > plan.max_records:
                raise SourceError(TOO_MANY_RECORDS, file=plan.file, limit=plan.max_records)
            _await(adding)  # the block before this one, which was found meanwhile
            adding = [threads.submit(add, block.columns[column]) for add, column in adders]
        _await(adding)
    if not lines:
        raise SourceError(NO_RECORDS, file=plan.file)
    row_ids = builders[0].finish(None, lines)
    check_row_ids(row_ids, lines, plan)
    columns = [
        builder.finish(interpreter(column, plan), lines)
        for column, builder in zip(plan.columns, builders[1:], strict=True)
    ]
    return Reading(content=content, row_ids=row_ids.distinct, columns=columns)


def _await(adding: Sequence[Future[None]]) -> None:
    for each in adding:
        each.result()


class _Block(NamedTuple):
    """Some records: the line that each starts in, and all columns of the file."""

    lines: Sequence[int]
    columns: Sequence[Spans]


def _next_block(
    source: _Lines, rows: Iterator[tuple[int, list[str]]], plan: ReadPlan, width: int
) -> _Block | None:
    """The next records: plain ones if the very next is plain, else those that `csv` reads."""
    plain = plain_rows(source.content, source.place, plan.delimiter, width)
    if plain.count:
        first, source.number = source.number, source.number + plain.count
        source.place = plain.after
        return _Block(range(first, source.number), plain.columns)
    block = list(islice(rows, BLOCK_RECORDS))
    if not block:
        return None
    lines, records = zip(*block, strict=True)
    return _Block(lines, [pack(texts) for texts in zip(*records, strict=True)])


def _checked(source: _Lines, plan: ReadPlan) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line it starts in, the first one included; all are equally wide.

    Blank rows at the end are left out: exports often have them.

    Raises:
        SourceError: A row is too narrow, too wide, blank before others, or wrongly quoted.
    """
    rows = csv.reader(source, delimiter=plan.delimiter, strict=True, skipinitialspace=True)
    line = source.number
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
                yield line, row
            line = source.number
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
