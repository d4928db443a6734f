"""Receive: match keys from the matcher, checked, joined to the agency's own rows."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from linkage.arrays import TOKEN_BYTES, ShapeError
from linkage.crypto.digests import content_digest
from linkage.errors import AccessError, ExitCode, Reason, StoreError
from linkage.exchange.match_key_pages import unpack_match_keys
from linkage.exchange.runs import RunView
from linkage.files import write_atomically
from linkage.ids import AgencyId, Digest, GroupId
from linkage_agent.row_keys import RowKeys
from linkage_agent.spool import Spool, SpooledDataset
from linkage_agent.transport.interface import Transport

RESULT_ALTERED: Final = Reason(
    "RESULT_ALTERED",
    "The match keys for the group {group} are not those of the approved result.",
    "Nothing was written. Tell the matcher's operator and the other agencies.",
    ExitCode.PROTOCOL,
)
OUTPUT_UNWRITABLE: Final = Reason(
    "OUTPUT_UNWRITABLE",
    "The file {file} can't be written: {cause}.",
    "Make room or mend the permissions, then run the command again.",
    ExitCode.TRY_LATER,
)


def fetch_group(transport: Transport, view: RunView, agency: AgencyId, group: GroupId) -> bytes:
    """One group's match keys as the matcher keeps them, checked against the approved result.

    Raises:
        AccessError: They are not what the agencies approved.
    """
    content, pages = transport.match_key_page(view.run, group, 0)
    parts = [content]
    parts += [transport.match_key_page(view.run, group, page)[0] for page in range(1, pages)]
    whole = b"".join(parts)
    if content_digest(whole) != _approved(view, agency, group):
        raise AccessError(RESULT_ALTERED, group=group)
    return whole


def join_rows(spool: Spool, dataset: SpooledDataset, group: GroupId, content: bytes) -> RowKeys:
    """Each own row with its match key, found by record token.

    Raises:
        AccessError: The tokens are not exactly those that were sent.
    """
    own = spool.tokens(dataset)
    own_order = np.argsort(own.view(f"V{TOKEN_BYTES}").ravel())
    try:
        received = unpack_match_keys(content)
    except (ValueError, ShapeError):
        raise AccessError(RESULT_ALTERED, group=group) from None
    # Received entries ascend by token, so the i-th of them belongs to the i-th own token.
    if not np.array_equal(received.tokens.rows, own[own_order]):
        raise AccessError(RESULT_ALTERED, group=group)
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
    try:
        write_atomically(path, text.getvalue().encode())
    except OSError as error:
        cause = error.strerror or "unknown"
        raise StoreError(OUTPUT_UNWRITABLE, file=str(path), cause=cause) from None


def _approved(view: RunView, agency: AgencyId, group: GroupId) -> Digest | None:
    for table in view.tables:
        if (table.agency, table.group) == (agency, group):
            return table.content
    return None
