"""Record tokens: a random name for each record that is sent, and the order in which they go.

Neither says anything about a record or its place in the extract.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from linkage.arrays import TOKEN_BYTES, IntArray, RecordTokens

RandomBytes: TypeAlias = Callable[[int], bytes]
"""Gives so many bytes from a cryptographic source, such as `secrets.token_bytes`."""


def draw_tokens(rows: IntArray, random_bytes: RandomBytes) -> tuple[RecordTokens, IntArray]:
    """A token for each row, and the rows in the order in which their records are sent.

    Each row draws a token; records go in ascending order of token. The tokens are independent and
    uniform, so every order is equally likely and their sequence holds nothing but themselves.

    Args:
        rows: (n,) int64; rows of the extract.
        random_bytes: Where the tokens come from.

    Returns:
        The tokens, ascending, and (n,) int64: the row that each belongs to.
    """
    drawn = np.frombuffer(random_bytes(len(rows) * TOKEN_BYTES), np.uint8)
    drawn = drawn.reshape(len(rows), TOKEN_BYTES)
    halves = drawn.view(">u8").astype(np.uint64)
    order = np.argsort(halves[:, 0])
    leading = halves[:, 0].take(order)
    if (leading[1:] == leading[:-1]).any():  # of 10 million tokens, once in 400,000 times
        order = np.lexsort((halves[:, 1], halves[:, 0]))
    return RecordTokens(drawn.take(order, axis=0)), rows.take(order)
