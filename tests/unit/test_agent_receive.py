"""Match keys at an agency: found by record token, and written beside its own row ids."""

import csv
from pathlib import Path

import numpy as np
import pytest

from linkage.arrays import TOKEN_BYTES, ByteArray, MatchKeys, RecordTokens
from linkage.errors import AccessError
from linkage.exchange.match_key_pages import pack_match_keys
from linkage.ids import GroupId
from linkage_agent.receive import keys_of_records, write_match_keys
from linkage_agent.spool import SpooledRows

NASTY = ("plain", "with,comma", 'with "quotes"', "two\nlines", "é\r", " spaces ", "=1+1", "0/N1")
"""Row ids as extracts have them: nothing in them may move a cell."""
HALF_SENT = SpooledRows(NASTY, np.array([6, 1, 3, 0], np.int64))


def random_rows(count: int, seed: int) -> ByteArray:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (count, TOKEN_BYTES), np.uint8)


def made(count: int, seed: int) -> tuple[RecordTokens, MatchKeys]:
    tokens = RecordTokens(random_rows(count, seed))
    return tokens, MatchKeys(tokens, random_rows(count, seed + 1))


def test_each_record_gets_the_key_that_stands_beside_its_token() -> None:
    tokens, keys = made(50, seed=1)
    content = pack_match_keys(keys)
    assert np.array_equal(keys_of_records(tokens.rows, content), keys.rows)


def test_keys_of_other_tokens_are_refused() -> None:
    tokens, keys = made(50, seed=1)
    others, _ = made(50, seed=3)
    content = pack_match_keys(keys)
    for altered in (content[:-32], content[:-1], content + content[:32]):
        with pytest.raises(AccessError, match="RESULT_ALTERED"):
            keys_of_records(tokens.rows, altered)
    with pytest.raises(AccessError, match="RESULT_ALTERED"):
        keys_of_records(others.rows, content)


def test_rows_stand_in_their_order_with_keys_of_those_that_were_sent(tmp_path: Path) -> None:
    all_keys, pair_keys = (made(4, seed)[1].rows for seed in (1, 5))
    groups = {GroupId("pair"): pair_keys, GroupId("all"): all_keys}
    file = tmp_path / "match-keys.csv"
    write_match_keys(HALF_SENT, groups, "case, no", file)
    with file.open(encoding="utf-8", newline="") as opened:
        header, *lines = csv.reader(opened)
    assert header == ["case, no", "match_key_all", "match_key_pair"]
    assert [line[0] for line in lines] == list(NASTY)
    of_row = dict(zip(HALF_SENT.row_of_record.tolist(), range(4), strict=True))
    for row, (_, *found) in enumerate(lines):
        wanted = ["", ""]
        if row in of_row:
            wanted = [keys[of_row[row]].tobytes().hex() for keys in (all_keys, pair_keys)]
        assert found == wanted
