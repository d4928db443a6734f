"""Plain rows: those that compiled code takes apart, for most rows of most files need no more.

A row is plain if there is nothing odd about it: it has as many values as the first row, is one line
that LF or CR LF ends, is not blank, and its quotation marks only stand around whole values. What is
not plain, and be it the least doubt, is left to Python's `csv` (`records`).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from numba import njit

from linkage.arrays import ByteArray, ShapeError
from linkage_agent.sources.plan import MAX_VALUE_CHARACTERS
from linkage_agent.text_index import Spans

_BLOCK_VALUES: Final = 2**15
"""Values found at a time: so many stay in the processor's cache until they are looked up."""

_SPACE: Final = ord(" ")
_QUOTE: Final = ord('"')
_LINE_FEED: Final = ord("\n")
_CARRIAGE_RETURN: Final = ord("\r")
_LAST_VISIBLE: Final = ord("~")


@dataclass(frozen=True, slots=True)
class PlainRows:
    """Rows in sequence, in columns: the values of each, without surrounding spaces.

    Attributes:
        columns: as many as the first row of the file has.
        count: how many rows; 0 if the very next one is not plain.
        after: the place in the file after the last one.
    """

    columns: list[Spans]
    count: int
    after: int


def plain_rows(content: ByteArray, place: int, delimiter: str, width: int) -> PlainRows:
    """The plain rows from a place on, until one that is not, or until they fill a block.

    Args:
        content: The file, in UTF-8, without the byte 0; it ends with a line feed.
        place: Where a row starts.
        delimiter: An ASCII character that is no quotation mark, space, letter or digit.
        width: How many values a row must have.

    Raises:
        ShapeError: The content does not end with a line feed.
    """
    if not len(content) or content[-1] != _LINE_FEED:  # compiled code would read on behind the end
        raise ShapeError("plain_rows: the file does not end with a line feed")
    starts = np.empty((width, max(1, _BLOCK_VALUES // width)), np.int64)
    ends = np.empty_like(starts)
    count, after = _find_rows(content, place, ord(delimiter), starts, ends)
    spans = zip(starts[:, :count], ends[:, :count], strict=True)
    return PlainRows([Spans(content, *span) for span in spans], count, after)


# cache=True: see text_index.py for why its folder is as private as the code.


@njit(nogil=True, cache=True)
def _find_rows(
    content: ByteArray,
    place: int,
    delimiter: int,
    starts: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64],
) -> tuple[int, int]:
    """Fills the columns' starts and ends; gives how many rows were found, and where they end."""
    width, room = starts.shape
    for row in range(room):
        if place == len(content):
            return row, place
        next_row = place
        is_blank = True
        for column in range(width):
            start, end, next_row = _find_value(content, next_row, delimiter)
            if start < 0:
                return row, place
            is_last = content[next_row] != delimiter
            if is_last != (column == width - 1):
                return row, place
            if start < end and _SPACE < content[start] <= _LAST_VISIBLE:
                is_blank = False
            starts[column, row], ends[column, row] = start, end
            next_row += 1
        if is_blank:
            return row, place
        place = next_row
    return room, place


@njit(nogil=True, cache=True)
def _find_value(content: ByteArray, place: int, delimiter: int) -> tuple[int, int, int]:
    """A value's start and end, and the place of the delimiter or line feed after it.

    The start is -1 if the value is not plain. The line feed that ends the file ends every loop.
    """
    while content[place] == _SPACE:
        place += 1
    is_quoted = content[place] == _QUOTE
    start = place = place + is_quoted
    last = _QUOTE if is_quoted else delimiter
    while content[place] not in (last, _LINE_FEED, _CARRIAGE_RETURN):
        place += 1
    end = place
    if is_quoted:
        if content[place] != _QUOTE:
            return -1, -1, place
        place += 1
    if content[place] == _CARRIAGE_RETURN:
        place += 1
        if content[place] != _LINE_FEED:
            return -1, -1, place
    if content[place] not in (delimiter, _LINE_FEED) or end - start > MAX_VALUE_CHARACTERS:
        return -1, -1, place
    start, end = _without_spaces(content, start, end)
    return start, end, place


@njit(nogil=True, cache=True)
def _without_spaces(content: ByteArray, start: int, end: int) -> tuple[int, int]:
    while start < end and content[start] == _SPACE:
        start += 1
    while start < end and content[end - 1] == _SPACE:
        end -= 1
    return start, end
