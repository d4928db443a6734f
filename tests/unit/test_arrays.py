"""Named arrays: order and equality of rows, however much of them is alike."""

import numpy as np
import pytest

from linkage.arrays import TOKEN_BYTES, ByteArray, ascending_order, has_duplicate_rows


def rows_of(*texts: str) -> ByteArray:
    """Rows of 16 bytes that begin with these."""
    padded = b"".join(text.encode().ljust(TOKEN_BYTES, b"\0") for text in texts)
    return np.frombuffer(padded, np.uint8).reshape(-1, TOKEN_BYTES)


@pytest.mark.parametrize(
    ("texts", "has_duplicate"),
    [
        ((), False),
        (("a",), False),
        (("b", "a", "c"), False),
        (("same8byt1", "same8byt0", "same8byt2"), False),
        (("same8byt1", "other", "same8byt1"), True),
        (("", "a", ""), True),
    ],
)
def test_rows_are_equal_only_if_all_their_bytes_are(
    texts: tuple[str, ...], has_duplicate: bool
) -> None:
    assert has_duplicate_rows(rows_of(*texts)) is has_duplicate


@pytest.mark.parametrize("shared_bytes", [0, 7, 8, 15])
def test_rows_ascend_byte_by_byte_also_where_they_begin_alike(shared_bytes: int) -> None:
    rows = np.random.default_rng(shared_bytes).integers(0, 256, (200, TOKEN_BYTES), np.uint8)
    rows[:, :shared_bytes] = 0x80
    rows[150:] = rows[:50]
    ordered = [row.tobytes() for row in rows[ascending_order(rows)]]
    assert ordered == sorted(row.tobytes() for row in rows)
