"""Receive: match keys from the matcher, checked, joined to the agency's own rows."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from linkage.arrays import TOKEN_BYTES, ShapeError
from linkage.crypto.digests import content_digest
from linkage.errors import AccessError, ExitCode, Reason
from linkage.exchange.match_key_pages import ENTRY_BYTES, page_count, unpack_match_keys
from linkage.exchange.runs import ResultTable, RunView
from linkage.ids import AgencyId, GroupId
from linkage_agent.output import write_output
from linkage_agent.row_keys import RowKeys
from linkage_agent.spool import Spool, SpooledDataset
from linkage_agent.transport.interface import Transport

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


def join_rows(spool: Spool, dataset: SpooledDataset, content: bytes) -> RowKeys:
    """Each own row with its match key, found by record token.

    Raises:
        AccessError: The tokens are not exactly those that were sent.
    """
    own = spool.tokens(dataset)
    own_order = np.argsort(own.view(f"V{TOKEN_BYTES}").ravel())
    try:
        received = unpack_match_keys(content)
    except (ValueError, ShapeError):
        raise AccessError(RESULT_ALTERED) from None
    # Received entries ascend by token, so the i-th of them belongs to the i-th own token.
    if not np.array_equal(received.tokens.rows, own[own_order]):
        raise AccessError(RESULT_ALTERED)
    keys = np.empty_like(received.rows)
    keys[own_order] = received.rows
    rows = spool.rows(dataset)
    return RowKeys(tuple(rows.row_ids[row] for row in rows.row_of_record), keys)


def write_match_keys(
    row_ids: Sequence[str], groups: Mapping[GroupId, RowKeys], row_id_column: str, path: Path
) -> None:
    """Writes one line for each row of the extract: its id and a match key for each group.

    A row that was withheld from sending has none.

    Args:
        row_ids: Of all rows, in the order of the extract.
        groups: This agency's match keys for each of its recipient groups.
        row_id_column: Heads the first column, as in the extract.
        path: Replaced as a whole.

    Raises:
        StoreError: It can't be written; an older file stays.
    """
    names = sorted(groups)
    keys = [
        dict(
            zip(
                groups[name].row_ids,
                (key.tobytes().hex() for key in groups[name].keys),
                strict=True,
            )
        )
        for name in names
    ]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([row_id_column, *(f"match_key_{name}" for name in names)])
    writer.writerows([row_id, *(of.get(row_id, "") for of in keys)] for row_id in row_ids)
    write_output(path, text.getvalue().encode())
