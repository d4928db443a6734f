"""How a file of columns is written, found out from its beginning: charset, delimiter, first line.

What is found is a suggestion, which the agency confirms when it writes its configuration; the
reader of extracts then checks it on every byte and guesses nothing.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from linkage.errors import SourceError
from linkage_agent.advice.headers import Vocabulary
from linkage_agent.config import Charset
from linkage_agent.sources.plan import DELIMITERS
from linkage_agent.sources.reasons import NOT_A_FILE, UNREADABLE

START_BYTES: Final = 2**18
START_ROWS: Final = 1_000
"""How much of a file is looked at."""

_DATA: Final = re.compile(
    r"[^@\s]+@[^@\s]+\.[^@\s]+|[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}.*|[0-9]{4,}|[0-9]+ .*"
)
"""What is no name of a column: an e-mail address, a date, a long number, a house and its street."""


@dataclass(frozen=True, slots=True, repr=False)
class Beginning:
    """How a file is written, and its first rows.

    Attributes:
        header: the first row, without surrounding space.
        rows: what follows, at most `START_ROWS`.
    """

    charset: Charset
    delimiter: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __repr__(self) -> str:
        return f"Beginning({len(self.header)} columns, {len(self.rows)} rows)"

    def values(self, place: int) -> list[str]:
        """What the rows have in a place; rows that are too short have nothing."""
        return [row[place] if place < len(row) else "" for row in self.rows]

    def names(self) -> tuple[str, ...]:
        """The columns that have a name which can be shown and which no other has."""
        counts = Counter(self.header)
        return tuple(n for n in self.header if n and counts[n] == 1 and n.isprintable())


def read_beginning(file: Path, charset: Charset | None, delimiter: str | None) -> Beginning:
    """The beginning of a file.

    Args:
        file: the file.
        charset: found if not given: UTF-8 if the beginning is that, else Windows-1252.
        delimiter: found if not given: the one that cuts most lines alike.

    Raises:
        SourceError: It can't be opened or read.
    """
    start, is_whole = _read_start(file)
    found_charset = charset or _find_charset(start)
    text = start.decode(found_charset.value, errors="ignore").removeprefix("\ufeff")
    found_delimiter = delimiter or _find_delimiter(text)
    rows = list(_rows(text, found_delimiter))
    if not is_whole:
        rows = rows[:-1]  # it may be cut
    header, *others = rows or [()]
    return Beginning(found_charset, found_delimiter, header, tuple(others[:START_ROWS]))


def looks_like_data(beginning: Beginning, vocabulary: Vocabulary) -> bool:
    """Whether the first row is a record: more of it looks like values than like known names.

    A cell looks like a value if it has the form of one, or stands in its column time and again.
    """
    known = sum(vocabulary.knows(text) for text in beginning.header)
    values = sum(
        bool(text) and bool(_DATA.fullmatch(text) or beginning.values(place).count(text) > 1)
        for place, text in enumerate(beginning.header)
        if not vocabulary.knows(text)
    )
    return values > known


def _read_start(file: Path) -> tuple[bytes, bool]:
    """The first bytes of a file, and whether that is all of it."""
    try:
        if not file.is_file():  # to open a pipe would wait for a writer
            file.stat()
            raise SourceError(NOT_A_FILE, file=str(file))
        with file.open("rb") as opened:
            start = opened.read(START_BYTES + 1)
    except OSError as error:
        raise SourceError(UNREADABLE, file=str(file), cause=error.strerror or "unknown") from None
    return start[:START_BYTES], len(start) <= START_BYTES


def _find_charset(start: bytes) -> Charset:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)  # a character at the end may be cut
    except UnicodeDecodeError:
        return Charset.WINDOWS_1252
    return Charset.UTF_8


def _find_delimiter(text: str) -> str:
    """The delimiter that cuts the largest share of the lines into the same number of values."""

    def fit(delimiter: str) -> tuple[bool, float, int]:
        widths = Counter(map(len, _rows(text, delimiter)))
        width, count = max(widths.items(), key=lambda item: item[1], default=(0, 0))
        return width > 1, round(count / max(widths.total(), 1), 2), width

    return max(DELIMITERS, key=fit)


def _rows(text: str, delimiter: str) -> Iterator[tuple[str, ...]]:
    """The rows of a text that are not blank, as far as they can be parted."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        for row in islice(reader, START_ROWS + 2):
            if any(map(str.strip, row)):
                yield tuple(map(str.strip, row))
    except csv.Error:
        return  # the reader of extracts says what is wrong, and where
