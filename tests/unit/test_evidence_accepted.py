"""The pairs that clusters accept, what these stand for, and what they leave of the others."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.matcher.cluster.agglomerate import Agglomeration, ScoredPairs, agglomerate
from linkage.matcher.evidence.accepted import (
    AcceptedPairs,
    acceptable,
    accepted_pairs,
    least_mean,
    pooled,
)
from linkage.matcher.evidence.competition import Sides
from linkage.matcher.evidence.estimate import LEAST_COUNTED, Judged
from linkage.matcher.evidence.revised import revised
from linkage.matcher.model.datasets import DatasetOutline
from linkage.matcher.model.pairs import DecidedPairs


def _decided(
    left: int, right: int, pairs: Sequence[tuple[int, int]], scores: Sequence[float]
) -> DecidedPairs:
    rows = np.array(pairs, np.int32).reshape(-1, 2)
    return DecidedPairs(
        left, right, rows[:, 0].copy(), rows[:, 1].copy(), np.array(scores, np.float64)
    )


def _grown(
    decided: Sequence[DecidedPairs], counts: Sequence[int], *, once: bool = True
) -> Agglomeration:
    outlines = [DatasetOutline(count, once) for count in counts]
    return agglomerate(ScoredPairs(tuple(decided), 0.5, least_mean(0.5)), outlines)


def _accepted(decided: Sequence[DecidedPairs], counts: Sequence[int]) -> list[AcceptedPairs]:
    return accepted_pairs(*_grown(decided, counts), decided)


def _listed(accepted: AcceptedPairs) -> list[tuple[int, int, float, float]]:
    columns = (
        accepted.pairs.left_rows.tolist(),
        accepted.pairs.right_rows.tolist(),
        accepted.own.round(6).tolist(),
        accepted.probabilities.round(6).tolist(),
    )
    return sorted(zip(*columns, strict=True))


@given(st.floats(0, 1))
def test_the_least_mean_for_a_probability_is_pooled_to_it(probability: float) -> None:
    assert pooled(np.array([least_mean(probability)]))[0] == pytest.approx(probability, abs=1e-9)


def test_a_mean_is_sharpened_in_both_directions() -> None:
    means = np.array([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0])
    found = pooled(means)
    assert (np.diff(found) > 0).all()
    assert found[[0, -1]].tolist() == [0, 1]
    assert (found[1:3] < means[1:3]).all()
    assert (found[3:6] > means[3:6]).all()


def test_accepted_pairs_are_those_that_share_a_cluster() -> None:
    decided = [_decided(0, 1, [(0, 2), (1, 1), (2, 0)], [0.9, 0.4, 0.7])]
    [found] = _accepted(decided, [3, 3])
    assert _listed(found) == [(0, 2, 0.9, 0.9), (2, 0, 0.7, 0.7)]


def test_pairs_that_came_together_by_one_merge_stand_or_fall_together() -> None:
    decided = [
        _decided(0, 1, [(0, 0)], [0.3]),
        _decided(0, 2, [(0, 0)], [0.9]),
        _decided(1, 2, [(0, 0)], [0.8]),
    ]
    found = _accepted(decided, [1, 1, 1])
    assert [each.pairs.left_dataset * 10 + each.pairs.right_dataset for each in found] == [1, 2, 12]
    both = pooled(np.array([0.55]))[0].round(6)
    assert [_listed(each) for each in found] == [
        [(0, 0, 0.3, both)],
        [(0, 0, 0.9, 0.9)],
        [(0, 0, 0.8, both)],
    ]


def test_a_pair_that_was_never_looked_at_is_accepted_on_the_word_of_others() -> None:
    decided = [
        _decided(0, 1, [(0, 0)], [0.99]),
        _decided(0, 2, [], []),
        _decided(1, 2, [(0, 0)], [0.9]),
    ]
    [_, outer, _] = _accepted(decided, [1, 1, 1])
    assert _listed(outer) == [(0, 0, 0.0, pooled(np.array([0.45]))[0].round(6))]


def test_a_third_record_of_another_cluster_says_nothing() -> None:
    decided = [
        _decided(0, 1, [(0, 0)], [0.9]),
        _decided(0, 2, [(0, 0)], [0.3]),
        _decided(1, 2, [(0, 0)], [0.4]),
    ]
    assert _listed(_accepted(decided, [1, 1, 1])[0]) == [(0, 0, 0.9, 0.9)]


def test_all_pairs_of_duplicates_in_a_cluster_are_accepted() -> None:
    decided = [_decided(0, 1, [(0, 0), (0, 1), (1, 0), (1, 1), (2, 2)], [0.9, 0.8, 0.9, 0.7, 0.6])]
    [found] = accepted_pairs(*_grown(decided, [3, 3], once=False), decided)
    assert [pair[:2] for pair in _listed(found)] == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 2)]


def test_agencies_without_records_have_no_accepted_pairs() -> None:
    assert [len(each.pairs) for each in _accepted([_decided(0, 1, [], [])], [0, 1])] == [0]


def test_of_the_pairs_of_a_record_the_best_can_be_accepted() -> None:
    pairs = _decided(0, 1, [(0, 0), (0, 1), (1, 1), (2, 2)], [0.9, 0.8, 0.7, 0.2])
    scores = np.array([0.9, 0.8, 0.7, 0.2])
    assert acceptable(pairs, scores, (True, True)).tolist() == [0.9, 0.2]
    # The right agency may hold a person twice, so that left records may have several partners.
    assert acceptable(pairs, scores, (True, False)).tolist() == [0.9, 0.8, 0.2]
    assert acceptable(pairs, scores, (False, False)).tolist() == scores.tolist()
    assert acceptable(_decided(0, 1, [], []), np.empty(0), (True, True)).tolist() == []


def _judged(decided: Sequence[DecidedPairs], counts: Sequence[int], repeats: float = 0.0) -> Judged:
    """Of the first two datasets."""
    grown = _grown(decided, counts)
    [first, *_] = accepted_pairs(*grown, decided)
    sides = Sides(counts[0], counts[1], repeats, repeats)
    return revised(grown.clusters, decided[0], first, sides, 0.9)


def _revised(
    decided: Sequence[DecidedPairs], counts: Sequence[int], repeats: float = 0.0
) -> list[float]:
    found: list[float] = _judged(decided, counts, repeats).probabilities.tolist()
    return found


def test_without_third_records_nothing_is_revised() -> None:
    decided = [_decided(0, 1, [(0, 0), (0, 1), (1, 1)], [0.7, 0.2, 0.4])]
    assert _revised(decided, [2, 2]) == pytest.approx([0.7, 0.2, 0.4])


BACKED = [
    _decided(0, 1, [(0, 0), (0, 1), (1, 0), (1, 1)], [0.6, 0.2, 0.1, 0.3]),
    _decided(0, 2, [(0, 0)], [1.0]),
    _decided(1, 2, [(0, 0)], [0.8]),
]
"""The first two records belong to a third one."""


def test_what_third_records_add_is_taken_from_the_rivals_of_the_pair() -> None:
    stands = pooled(np.array([0.7]))[0]
    left = (1 - stands) / (1 - 0.6)
    assert left < 0.5
    # The last pair shares no record with the first one.
    expected = [stands, 0.2 * left, 0.1 * left, 0.3]
    assert _revised(BACKED, [2, 2, 1]) == pytest.approx(expected)


def test_nothing_is_taken_from_pairs_that_can_all_be_right() -> None:
    stands = pooled(np.array([0.7]))[0]
    assert _revised(BACKED, [2, 2, 1], repeats=1.0) == pytest.approx([stands, 0.2, 0.1, 0.3])


def test_a_pair_that_third_records_speak_against_gives_nothing_back() -> None:
    doubted = [
        _decided(0, 1, [(0, 0), (0, 1)], [0.9, 0.1]),
        _decided(0, 2, [(0, 0)], [1.0]),
        _decided(1, 2, [], []),
    ]
    stands = pooled(np.array([0.45]))[0]
    assert stands < 0.9
    assert _revised(doubted, [1, 2, 1]) == pytest.approx([stands, 0.1])


def test_pairs_that_count_as_strangers_are_left_out() -> None:
    decided = [_decided(0, 1, [(0, 0), (1, 1)], [0.9, LEAST_COUNTED / 2])]
    assert _revised(decided, [2, 2]) == [0.9]


@pytest.mark.parametrize("sure", [1 - 1e-11, 1 - 1e-13, 1.0])
def test_a_pair_that_is_certain_takes_nothing_more_from_its_rivals(sure: float) -> None:
    decided = [_decided(0, 1, [(0, 0), (0, 1)], [sure, 0.4])]
    assert _revised(decided, [1, 2], repeats=0.05) == pytest.approx([sure, 0.4])


def test_pairs_that_were_accepted_unseen_are_told_apart() -> None:
    decided = [
        _decided(0, 1, [], []),
        _decided(0, 2, [(0, 0)], [1.0]),
        _decided(1, 2, [(0, 0)], [0.99]),
    ]
    found = _judged(decided, [1, 1, 1])
    assert found.probabilities.tolist() == []
    assert found.found_unseen == pytest.approx(pooled(np.array([0.495]))[0])
    assert found.candidate_recall == 0.9
