"""The first pass over a file: its bytes must be text in the declared charset.

The charset is declared, never guessed; what is checked is that the declaration can be true. Bytes
that the declared charset would read as something else than was written are refused.
"""

import codecs
import hashlib
import io
from typing import Final

from linkage.errors import Reason, SourceError
from linkage_agent.sources.plan import MAX_LINE_BYTES, ReadPlan
from linkage_agent.sources.reasons import (
    EMPTY,
    IS_UTF_8,
    LINE_TOO_LONG,
    NOT_TEXT,
    UNDECODABLE,
    UTF_16,
    ZERO_BYTE,
)

CHUNK_BYTES: Final = 2**20

_UTF_16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NOT_TEXT_MARKS: Final = (
    b"PK\x03\x04",  # .xlsx, .ods, .zip
    b"\xd0\xcf\x11\xe0",  # .xls
    b"\x1f\x8b",  # .gz
    b"%PDF",
)


def check_bytes(file: io.FileIO, plan: ReadPlan) -> str:
    """Reads the file to its end and gives the SHA-256 of its bytes, in hexadecimal.

    Raises:
        SourceError: It is empty, or not text in the declared charset.
    """
    _check_start(file.read(len(codecs.BOM_UTF8) + 1), plan)
    file.seek(0)
    content = hashlib.sha256()
    decodings = {charset: _Decoding(charset) for charset in (plan.charset, "utf-8")}
    is_ascii = is_blank = True
    size = line_start = 0
    while chunk := file.read(CHUNK_BYTES):
        content.update(chunk)
        if (zero := chunk.find(b"\0")) >= 0:
            raise _at_offset(ZERO_BYTE, file, plan, size + zero)
        if (last_break := max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))) >= 0:
            line_start = size + last_break + 1
        size += len(chunk)
        if size - line_start > MAX_LINE_BYTES:
            raise SourceError(
                LINE_TOO_LONG, file=plan.file, limit=MAX_LINE_BYTES, offset=line_start
            )
        is_ascii = is_ascii and chunk.isascii()
        is_blank = is_blank and not chunk.removeprefix(codecs.BOM_UTF8).strip()
        for decoding in decodings.values():
            decoding.feed(chunk)
    if is_blank:
        raise SourceError(EMPTY, file=plan.file)
    if plan.charset != "utf-8" and not is_ascii and decodings["utf-8"].fault() is None:
        raise SourceError(IS_UTF_8, file=plan.file)
    if (fault := decodings[plan.charset].fault()) is not None:
        raise _at_offset(UNDECODABLE, file, plan, fault)
    return content.hexdigest()


class _Decoding:
    """Whether bytes that come in pieces are text in a charset."""

    def __init__(self, charset: str) -> None:
        self._decoder = codecs.getincrementaldecoder(charset)()
        self._size = 0
        self._fault: int | None = None

    def feed(self, chunk: bytes, *, is_last: bool = False) -> None:
        """Takes the next bytes."""
        held_back = len(self._decoder.getstate()[0])
        if self._fault is None:
            try:
                self._decoder.decode(chunk, final=is_last)
            except UnicodeDecodeError as error:
                self._fault = self._size - held_back + error.start
        self._size += len(chunk)

    def fault(self) -> int | None:
        """Offset of the first byte that is not text; None if all were. Nothing may be fed after."""
        self.feed(b"", is_last=True)
        return self._fault


def _check_start(start: bytes, plan: ReadPlan) -> None:
    if start.startswith(_UTF_16_MARKS):
        raise SourceError(UTF_16, file=plan.file)
    if start.startswith(_NOT_TEXT_MARKS):
        raise SourceError(NOT_TEXT, file=plan.file)


def _at_offset(reason: Reason, file: io.FileIO, plan: ReadPlan, offset: int) -> SourceError:
    """The error for the byte at an offset, with the line that it is in.

    A line ends at CR LF, at LF or at a CR alone, as it does when records are read.
    """
    file.seek(0)
    breaks = 0
    before = b""
    for start in range(0, offset, CHUNK_BYTES):
        chunk = file.read(min(CHUNK_BYTES, offset - start))
        breaks += chunk.count(b"\n") + chunk.count(b"\r") - (before + chunk).count(b"\r\n")
        before = chunk[-1:]
    return SourceError(reason, file=plan.file, line=breaks + 1, offset=offset, charset=plan.charset)
