"""Match keys as bytes: for each record its token and its match key, ascending by token.

Ascending order of random tokens says nothing about the order of records anywhere.
"""

from typing import Final

import numpy as np

from linkage.arrays import TOKEN_BYTES, MatchKeys, RecordTokens, ascending_order

ENTRY_BYTES: Final = 2 * TOKEN_BYTES
ENTRIES_PER_PAGE: Final = (1 << 20) // ENTRY_BYTES
"""A page is one unary call of at most 1 MiB."""


def pack_match_keys(keys: MatchKeys) -> bytes:
    """All entries of one table."""
    order = ascending_order(keys.tokens.rows)
    return np.concatenate([keys.tokens.rows[order], keys.rows[order]], axis=1).tobytes()


def unpack_match_keys(content: bytes) -> MatchKeys:
    """The table that `pack_match_keys` wrote.

    Raises:
        ValueError: It is not a whole number of entries.
        ShapeError: A token occurs twice.
    """
    entries = np.frombuffer(content, dtype=np.uint8).reshape(-1, ENTRY_BYTES)
    return MatchKeys(
        RecordTokens(np.ascontiguousarray(entries[:, :TOKEN_BYTES])),
        np.ascontiguousarray(entries[:, TOKEN_BYTES:]),
    )


def page_count(content_bytes: int) -> int:
    """How many pages a table of this size has; an empty one has one."""
    return max(1, -(-content_bytes // (ENTRIES_PER_PAGE * ENTRY_BYTES)))


def page(content: bytes, index: int) -> bytes:
    """The entries of one page."""
    size = ENTRIES_PER_PAGE * ENTRY_BYTES
    return content[index * size : (index + 1) * size]
