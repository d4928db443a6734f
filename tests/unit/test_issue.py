"""Match keys."""

import os

import numpy as np
import pytest

from linkage.arrays import TOKEN_BYTES, MatchKeys, RecordTokens, ShapeError
from linkage.matcher.issue.match_keys import issue_match_keys
from linkage.matcher.model.clusters import Clusters


def _tokens(count: int) -> RecordTokens:
    content = np.frombuffer(os.urandom(count * TOKEN_BYTES), np.uint8)
    return RecordTokens(content.reshape(count, TOKEN_BYTES).copy())


def _clusters(*labels: list[int]) -> Clusters:
    return Clusters(tuple(np.array(part, np.int32) for part in labels))


def _listed(keys: MatchKeys) -> list[bytes]:
    return [row.tobytes() for row in keys.rows]


CLUSTERS = _clusters([0, 1, 2], [1, 3], [4, 0, 0])
TOKENS = [_tokens(3), _tokens(2), _tokens(3)]


def test_records_of_one_cluster_get_one_key_and_others_another() -> None:
    issued = issue_match_keys(CLUSTERS, TOKENS, [0, 1, 2], os.urandom)
    first, second, third = (_listed(keys) for keys in issued)
    assert first[1] == second[0]
    assert first[0] == third[1] == third[2]
    assert len({*first, *second, *third}) == 5


def test_every_record_gets_a_key_beside_its_token() -> None:
    issued = issue_match_keys(CLUSTERS, TOKENS, [2, 0], os.urandom)
    assert [keys.tokens for keys in issued] == [TOKENS[2], TOKENS[0]]
    assert [len(keys) for keys in issued] == [3, 3]


def test_only_clusters_with_a_record_in_the_group_cost_random_bytes() -> None:
    asked: list[int] = []

    def counted(count: int) -> bytes:
        asked.append(count)
        return os.urandom(count)

    issue_match_keys(CLUSTERS, TOKENS, [1], counted)
    assert asked == [2 * TOKEN_BYTES]


def test_no_key_of_one_group_is_a_key_of_another() -> None:
    one = issue_match_keys(CLUSTERS, TOKENS, [0, 1], os.urandom)
    other = issue_match_keys(CLUSTERS, TOKENS, [0, 1], os.urandom)
    assert not {key for keys in one for key in _listed(keys)} & {
        key for keys in other for key in _listed(keys)
    }


def test_a_random_source_that_repeats_itself_is_refused() -> None:
    with pytest.raises(RuntimeError, match="repeats"):
        issue_match_keys(CLUSTERS, TOKENS, [0, 1, 2], bytes)


def test_a_random_source_that_gives_too_little_is_refused() -> None:
    with pytest.raises(RuntimeError, match="16 bytes for 2 keys"):
        issue_match_keys(CLUSTERS, TOKENS, [1], lambda count: os.urandom(count - TOKEN_BYTES))


def test_a_member_without_records_gets_no_keys() -> None:
    issued = issue_match_keys(_clusters([], [0]), [_tokens(0), _tokens(1)], [0], os.urandom)
    assert [len(keys) for keys in issued] == [0]


def test_tokens_of_other_records_than_the_clusters_are_refused() -> None:
    with pytest.raises(ShapeError, match="not of the same records"):
        issue_match_keys(CLUSTERS, [TOKENS[0], TOKENS[2], TOKENS[1]], [0, 1], os.urandom)


@pytest.mark.parametrize("member", [-1, 3])
def test_a_member_that_is_no_dataset_of_the_run_is_refused(member: int) -> None:
    with pytest.raises(ShapeError, match="member"):
        issue_match_keys(CLUSTERS, TOKENS, [0, member], os.urandom)
