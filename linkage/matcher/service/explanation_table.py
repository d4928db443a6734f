"""Explanation tables: what spoke for each accepted pair, as the matcher keeps it for one agency.

An entry is 16 bytes of the agency's own record token, 1 byte for the partner's agency, and 1 byte
of `Verdict` for each segment. Entries ascend, so that all of one record follow one another and are
found without reading the table. The partner's record is not in it: nobody may learn which it is.
"""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final

import numpy as np

from linkage.arrays import TOKEN_BYTES, ByteArray, RecordTokens, ShapeError
from linkage.exchange.report import Verdict
from linkage.matcher.model.explained import Explained

PAGE_BYTES: Final = 1 << 20
"""At most, of whole entries: what is unsealed to look at one entry."""

_VERDICTS_AT: Final = TOKEN_BYTES + 1


def pack_explanations(
    explained: Sequence[Explained],
    tokens: RecordTokens,
    dataset: int,
    partners: Collection[int],
    segment_count: int,
) -> tuple[bytes, ...]:
    """One agency's table, in pages; at least one.

    Args:
        explained: All accepted pairs of the run.
        tokens: Of the agency's records.
        dataset: The agency's number in the run, which its records have in `explained`.
        partners: Numbers of the agencies whose pairs with it are kept; each below 256.
        segment_count: How many verdicts a pair has.

    Raises:
        ShapeError: A pair has another number of verdicts.
    """
    width = _VERDICTS_AT + segment_count
    parts = [np.empty((0, width), np.uint8)]
    for pairs in explained:
        if pairs.verdicts.shape != (len(pairs.left_rows), segment_count):
            raise ShapeError(f"pack_explanations: not {segment_count} verdicts for each pair")
        ends = (
            (pairs.left_dataset, pairs.left_rows, pairs.right_dataset),
            (pairs.right_dataset, pairs.right_rows, pairs.left_dataset),
        )
        for own, rows, partner in ends:
            if own == dataset and partner in partners:
                agency = np.full((len(rows), 1), partner, np.uint8)
                parts.append(np.hstack([tokens.rows[rows], agency, pairs.verdicts]))
    entries = np.concatenate(parts)
    content = np.sort(entries.view(f"V{width}").ravel()).tobytes()
    page_bytes = PAGE_BYTES - PAGE_BYTES % width
    starts = range(0, max(1, len(content)), page_bytes)
    return tuple(content[start : start + page_bytes] for start in starts)


def explained_partners(
    token: bytes, segment_count: int, page_count: int, read_page: Callable[[int], bytes]
) -> Iterator[tuple[int, tuple[Verdict, ...]]]:
    """Number of the agency and verdicts of each partner of a record, ascending.

    Args:
        token: The record's.
        segment_count: As packed.
        page_count: Of the table.
        read_page: Gives a page.
    """
    for entry in entries_of(token, _VERDICTS_AT + segment_count, page_count, read_page):
        yield int(entry[TOKEN_BYTES]), tuple(map(Verdict, entry[_VERDICTS_AT:].tolist()))


def entries_of(
    token: bytes, entry_bytes: int, page_count: int, read_page: Callable[[int], bytes]
) -> Iterator[ByteArray]:
    """A record's entries in a table whose entries begin with a token and ascend.

    Reads about as many pages as their number has binary digits.

    Returns:
        Each (entry_bytes,) uint8.
    """

    def last_token(index: int) -> bytes:
        return read_page(index)[-entry_bytes:][:TOKEN_BYTES]

    first = bisect_left(range(page_count), token, key=last_token)
    for index in range(first, page_count):
        page = np.frombuffer(read_page(index), np.uint8).reshape(-1, entry_bytes)
        is_own = (page[:, :TOKEN_BYTES] == np.frombuffer(token, np.uint8)).all(axis=1)
        yield from page[is_own]
        if not is_own.any() or not is_own[-1]:
            return
