"""What the reading child found, and how it crosses the pipe to the parent.

The parent holds keys and the child parses a stranger's file, so nothing is unpickled on this way:
a message is JSON, a plain array, or texts with a byte 0 after each, which no file has in a text. A
failure is a reason's code with its facts.
"""

import json
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Final

from linkage.errors import SourceError
from linkage_agent.sources.reasons import REASONS

_REASON_OF: Final = {reason.code: reason for reason in REASONS}


@dataclass(frozen=True, slots=True, repr=False)
class ColumnReading:
    """One column.

    Attributes:
        codes: for each record the index of its value, or -1, as int32 in this machine's order.
        distinct: the values.
        invalid_lines: the lines in which the first records with an invalid value start.
    """

    codes: bytes
    distinct: list[str]
    missing: int
    invalid: int
    invalid_lines: list[int]

    def __repr__(self) -> str:
        return f"ColumnReading({len(self.distinct)} distinct)"


@dataclass(frozen=True, slots=True, repr=False)
class Reading:
    """A file's row ids and, in the order of the plan, its columns; `content` is its SHA-256."""

    content: str
    row_ids: list[str]
    columns: list[ColumnReading]

    def __repr__(self) -> str:
        return f"Reading({len(self.row_ids)} records, {len(self.columns)} columns)"


def send_reading(connection: Connection, reading: Reading) -> None:
    """Sends what was read."""
    head = {"content": reading.content, "columns": len(reading.columns)}
    _send(connection, head)
    _send_texts(connection, reading.row_ids)
    for column in reading.columns:
        _send(connection, [column.missing, column.invalid, column.invalid_lines])
        _send_texts(connection, column.distinct)
        connection.send_bytes(column.codes)


def send_failure(connection: Connection, failure: SourceError) -> None:
    """Sends why nothing was read."""
    _send(connection, {"failure": failure.reason.code, "facts": dict(failure.facts)})


def receive(connection: Connection) -> Reading:
    """What the child sent.

    Raises:
        SourceError: The child refused the file.
        EOFError: The child ended before it sent anything.
        OSError: The child ended in the middle of a message.
    """
    head = _receive(connection)
    if "failure" in head:
        raise SourceError(_REASON_OF[head["failure"]], **head["facts"])
    row_ids = _receive_texts(connection)
    columns = [_receive_column(connection) for _ in range(head["columns"])]
    return Reading(content=head["content"], row_ids=row_ids, columns=columns)


def _receive_column(connection: Connection) -> ColumnReading:
    missing, invalid, invalid_lines = _receive(connection)
    return ColumnReading(
        distinct=_receive_texts(connection),
        codes=connection.recv_bytes(),
        missing=missing,
        invalid=invalid,
        invalid_lines=invalid_lines,
    )


def _send_texts(connection: Connection, texts: list[str]) -> None:
    connection.send_bytes("\0".join([*texts, ""]).encode())


def _receive_texts(connection: Connection) -> list[str]:
    return connection.recv_bytes().decode().split("\0")[:-1]


def _send(connection: Connection, message: object) -> None:
    connection.send_bytes(json.dumps(message, ensure_ascii=False).encode())


def _receive(connection: Connection) -> Any:  # noqa: ANN401 - JSON: the caller knows its shape
    return json.loads(connection.recv_bytes())
