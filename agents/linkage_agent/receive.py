"""Receive: match keys from the matcher, checked, joined to the agency's own rows."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from linkage.arrays import TOKEN_BYTES, ByteArray, ShapeError, ascending_order
from linkage.crypto.digests import content_digest
from linkage.errors import AccessError, ExitCode, Reason
from linkage.exchange.match_key_pages import ENTRY_BYTES, page_count, unpack_match_keys
from linkage.exchange.runs import ResultTable, RunView
from linkage.ids import AgencyId, GroupId
from linkage_agent.output import write_output
from linkage_agent.row_keys import RowKeys
from linkage_agent.spool import Spool, SpooledDataset, SpooledRows
from linkage_agent.transport.interface import Transport

_TO_QUOTE: Final = re.compile(r'[,"\r\n]')

RESULT_ALTERED: Final = Reason(
    "RESULT_ALTERED",
    "The result that the matcher gives is not the one that this agency approved.",
    "Nothing was written. Tell the matcher's operator and the other agencies.",
    ExitCode.PROTOCOL,
)


def fetch_group(
    transport: Transport, view: RunView, agency: AgencyId, group: GroupId, record_count: int
) -> bytes:
    """One group's match keys as the matcher keeps them.

    Args:
        transport: To the matcher.
        view: Of the run, its tables being those that this agency approved.
        agency: Whose records.
        group: One of its recipient groups.
        record_count: How many records it sent: every one has a match key.

    Raises:
        AccessError: They are not what the agency approved.
    """
    pages = page_count(record_count * ENTRY_BYTES)
    parts = [transport.match_key_page(view.run, group, page)[0] for page in range(pages)]
    content = b"".join(parts)
    if ResultTable(agency, group, content_digest(content)) not in view.tables:
        raise AccessError(RESULT_ALTERED)
    return content


def keys_of_records(tokens: ByteArray, content: bytes) -> ByteArray:
    """(n_records, 16) uint8: the match key of each record, in the order of sending.

    Args:
        tokens: (n_records, 16) uint8, of the records that were sent.
        content: What `fetch_group` gave.

    Raises:
        AccessError: The tokens in it are not exactly these.
    """
    try:
        received = unpack_match_keys(content)
    except (ValueError, ShapeError):
        raise AccessError(RESULT_ALTERED) from None
    # Received entries ascend by token, so the i-th of them belongs to the i-th own token.
    order = ascending_order(tokens)
    if not np.array_equal(received.tokens.rows, tokens[order]):
        raise AccessError(RESULT_ALTERED)
    keys = np.empty_like(received.rows)
    keys[order] = received.rows
    return keys


def join_rows(spool: Spool, dataset: SpooledDataset, content: bytes) -> RowKeys:
    """Each own row with its match key, found by record token.

    Raises:
        AccessError: The tokens are not exactly those that were sent.
    """
    keys = keys_of_records(spool.tokens(dataset), content)
    rows = spool.rows(dataset)
    return RowKeys(tuple(rows.row_ids[row] for row in rows.row_of_record), keys)


def write_match_keys(
    rows: SpooledRows, groups: Mapping[GroupId, ByteArray], row_id_column: str, path: Path
) -> None:
    """Writes one line for each row of the extract: its id and a match key for each group.

    A row that was withheld from sending has none.

    Args:
        rows: All of the extract, and which of them were sent.
        groups: What `keys_of_records` gives for each of the agency's recipient groups.
        row_id_column: Heads the first column, as in the extract.
        path: Replaced as a whole.

    Raises:
        StoreError: It can't be written; an older file stays.
    """
    names = sorted(groups)
    texts = (_texts(rows, groups[name]) for name in names)
    lines = [
        ",".join([_cell(row_id_column), *(f"match_key_{name}" for name in names)]),
        *map(",".join, zip(map(_cell, rows.row_ids), *texts, strict=True)),
        "",
    ]
    write_output(path, "\r\n".join(lines).encode())


def _cell(text: str) -> str:
    """A text as a cell of a CSV file; the `csv` module takes five times as long over keys."""
    return '"' + text.replace('"', '""') + '"' if _TO_QUOTE.search(text) else text


def _texts(rows: SpooledRows, keys: ByteArray) -> Iterator[str]:
    """The match key of each row in hexadecimal; empty where it has none."""
    of_rows = np.zeros((len(rows.row_ids), TOKEN_BYTES), np.uint8)
    of_rows[rows.row_of_record] = keys
    was_sent = np.zeros(len(rows.row_ids), np.bool_)
    was_sent[rows.row_of_record] = True
    digits, width = of_rows.tobytes().hex(), 2 * TOKEN_BYTES
    starts = range(0, len(digits), width)
    return (
        digits[start : start + width] if sent else ""
        for start, sent in zip(starts, was_sent.tolist(), strict=True)
    )
