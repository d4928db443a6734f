import secrets

import numpy as np
import pytest

from linkage.arrays import ShapeError
from linkage_agent.pii.record_tokens import draw_tokens


def test_each_row_gets_the_token_that_was_drawn_for_it() -> None:
    drawn = bytes([9] * 16 + [3] * 16 + [5] * 16)
    tokens, rows = draw_tokens(np.array([10, 20, 30]), lambda size: drawn[:size])
    assert rows.tolist() == [20, 30, 10]
    assert [bytes(token)[0] for token in tokens.rows] == [3, 5, 9]


def test_tokens_are_ordered_as_byte_strings() -> None:
    first, second = bytes([0] * 8 + [255] * 8), bytes([0] * 7 + [1] + [0] * 8)
    tokens, rows = draw_tokens(np.array([0, 1]), lambda _: second + first)
    assert [bytes(token) for token in tokens.rows] == [first, second]
    assert rows.tolist() == [1, 0]


def test_every_row_is_there_once_in_another_order() -> None:
    tokens, rows = draw_tokens(np.arange(1_000), secrets.token_bytes)
    assert len(tokens) == 1_000
    assert sorted(rows.tolist()) == list(range(1_000))
    assert rows.tolist() != list(range(1_000))
    as_bytes = [bytes(token) for token in tokens.rows]
    assert as_bytes == sorted(as_bytes)


def test_every_row_may_come_first() -> None:
    firsts = [draw_tokens(np.arange(3), secrets.token_bytes)[1][0] for _ in range(600)]
    # 200 of each are expected; the standard deviation is 11.5.
    assert all(100 < count < 300 for count in np.bincount(firsts, minlength=3))


def test_no_rows_have_no_tokens() -> None:
    tokens, rows = draw_tokens(np.zeros(0, np.int64), secrets.token_bytes)
    assert (len(tokens), len(rows)) == (0, 0)


def test_a_source_that_repeats_itself_is_refused() -> None:
    with pytest.raises(ShapeError):
        draw_tokens(np.arange(2), bytes)
