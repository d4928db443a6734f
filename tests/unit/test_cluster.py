"""Greedy agglomeration, on examples small enough to do by hand."""

from collections.abc import Sequence

import numpy as np
import pytest

from linkage.arrays import ShapeError
from linkage.matcher.cluster.agglomerate import MAX_DATASETS, ScoredPairs, agglomerate
from linkage.matcher.model.clusters import Clusters
from linkage.matcher.model.datasets import DatasetOutline
from linkage.matcher.model.pairs import DecidedPairs, RecordPairs, join_pairs
from tests.support.oracle import Record, partition


def _pairs(
    left: int, right: int, pairs: Sequence[tuple[int, int]], scores: Sequence[float] | None
) -> DecidedPairs:
    rows = np.array(pairs, np.int32).reshape(-1, 2)
    return DecidedPairs(
        left,
        right,
        rows[:, 0].copy(),
        rows[:, 1].copy(),
        None if scores is None else np.array(scores, np.float64),
    )


def _clean(*counts: int) -> list[DatasetOutline]:
    return [DatasetOutline(count, holds_each_person_once=True) for count in counts]


def _with_duplicates(*counts: int) -> list[DatasetOutline]:
    return [DatasetOutline(count, holds_each_person_once=False) for count in counts]


def _agglomerated(decided: Sequence[DecidedPairs], datasets: Sequence[DatasetOutline]) -> Clusters:
    return agglomerate(ScoredPairs(tuple(decided), 0.5, 0.25), datasets).clusters


def _together(clusters: Clusters) -> set[frozenset[Record]]:
    return {cluster for cluster in partition(clusters) if len(cluster) > 1}


def test_a_record_without_a_match_is_a_cluster_of_its_own() -> None:
    clusters = _agglomerated([], _clean(2, 3))
    assert [labels.tolist() for labels in clusters.labels] == [[0, 1], [2, 3, 4]]
    assert clusters.count == 5


def test_clusters_are_numbered_in_order_of_their_first_record() -> None:
    clusters = _agglomerated([_pairs(0, 1, [(2, 0), (0, 1)], [0.9, 0.8])], _clean(3, 3))
    assert [labels.tolist() for labels in clusters.labels] == [[0, 1, 2], [2, 0, 3]]


def test_the_better_of_two_pairs_of_a_record_counts() -> None:
    decided = [_pairs(0, 1, [(0, 0), (0, 1)], [0.8, 0.9])]
    assert _together(_agglomerated(decided, _clean(1, 2))) == {frozenset({(0, 0), (1, 1)})}


def test_of_equal_pairs_the_one_with_the_lower_records_counts() -> None:
    decided = [_pairs(0, 1, [(1, 1), (1, 0), (0, 1)], [0.8, 0.8, 0.8])]
    expected = {frozenset({(0, 0), (1, 1)}), frozenset({(0, 1), (1, 0)})}
    assert _together(_agglomerated(decided, _clean(2, 2))) == expected


def test_a_person_is_found_in_three_agencies_though_two_of_the_records_do_not_match() -> None:
    decided = [_pairs(0, 1, [(0, 0)], [0.9]), _pairs(1, 2, [(0, 0)], [0.8])]
    expected = {frozenset({(0, 0), (1, 0), (2, 0)})}
    assert _together(_agglomerated(decided, _clean(1, 1, 1))) == expected


def test_a_cluster_never_takes_a_second_record_of_an_agency_that_holds_each_person_once() -> None:
    # 0:0 and 0:1 both match 1:0, the second through 2:0.
    decided = [
        _pairs(0, 1, [(0, 0)], [0.95]),
        _pairs(0, 2, [(1, 0)], [0.9]),
        _pairs(1, 2, [(0, 0)], [0.85]),
    ]
    expected = {frozenset({(0, 0), (1, 0)}), frozenset({(0, 1), (2, 0)})}
    assert _together(_agglomerated(decided, _clean(2, 1, 1))) == expected


def test_a_pair_merges_from_the_threshold_on_and_not_below() -> None:
    decided = [_pairs(0, 1, [(0, 0), (1, 1)], [0.5, 0.499])]
    assert _together(_agglomerated(decided, _clean(2, 2))) == {frozenset({(0, 0), (1, 0)})}


def test_one_false_pair_does_not_merge_two_groups() -> None:
    # Two people, each found by three agencies' two records; one pair between them, of the highest
    # score, is false. Of the nine pairs across agencies it is the only one that speaks for it.
    people = [(number, number) for number in range(2)]
    decided = [
        _pairs(left, right, people, [0.9, 0.9])
        for left, right in [(0, 1), (0, 2), (1, 2), (3, 4), (3, 5), (4, 5)]
    ]
    decided.append(_pairs(2, 3, [(0, 1)], [0.8]))
    expected = {
        frozenset((dataset, row) for dataset in group)
        for group in [(0, 1, 2), (3, 4, 5)]
        for row in range(2)
    }
    assert _together(_agglomerated(decided, _clean(*[2] * 6))) == expected


def test_two_groups_merge_if_most_of_their_records_say_so() -> None:
    decided = [
        _pairs(0, 1, [(0, 0)], [0.95]),
        _pairs(2, 3, [(0, 0)], [0.95]),
        _pairs(0, 2, [(0, 0)], [0.6]),
        _pairs(0, 3, [(0, 0)], [0.4]),  # below the threshold, and yet a word for it
    ]
    expected = {frozenset({(0, 0), (1, 0), (2, 0), (3, 0)})}
    assert _together(_agglomerated(decided, _clean(1, 1, 1, 1))) == expected
    assert _together(_agglomerated(decided[:3], _clean(1, 1, 1, 1))) == {
        frozenset({(0, 0), (1, 0)}),
        frozenset({(2, 0), (3, 0)}),
    }


def test_records_of_one_agency_have_no_say_in_whether_their_groups_merge() -> None:
    # 0:0 and 0:1 are of one agency, so that between the two groups there are three pairs, not
    # four: a third of 0.8 is enough, a quarter would not have been.
    decided = [
        _pairs(0, 1, [(0, 0), (1, 0)], [0.95, 0.3]),
        _pairs(0, 2, [(1, 0)], [0.9]),
        _pairs(1, 2, [(0, 0)], [0.5]),
    ]
    datasets = [*_with_duplicates(2), *_clean(1, 1)]
    everyone = {frozenset({(0, 0), (0, 1), (1, 0), (2, 0)})}
    assert _together(_agglomerated(decided, datasets)) == everyone


def test_records_of_an_agency_with_duplicates_come_together_through_a_partner() -> None:
    decided = [_pairs(0, 1, [(0, 0), (1, 0)], [0.9, 0.8])]
    datasets = [*_with_duplicates(2), *_clean(1)]
    assert _together(_agglomerated(decided, datasets)) == {frozenset({(0, 0), (0, 1), (1, 0)})}


def test_one_clean_agency_keeps_two_people_apart_that_duplicates_would_chain() -> None:
    decided = [_pairs(0, 1, [(0, 0), (0, 1), (1, 1)], [0.9, 0.8, 0.7])]
    datasets = [*_clean(2), *_with_duplicates(2)]
    assert _together(_agglomerated(decided, datasets)) == {frozenset({(0, 0), (1, 0), (1, 1)})}


def test_a_record_joins_two_that_it_fits_on_average_from_the_support_on() -> None:
    decided = [
        _pairs(0, 1, [(0, 0)], [0.95]),
        _pairs(0, 2, [(0, 0)], [0.6]),
        _pairs(1, 2, [(0, 0)], [0.2]),
    ]
    outlines = _clean(1, 1, 1)
    for support, together in ((0.4, 3), (0.41, 2)):
        scored = ScoredPairs(tuple(decided), 0.5, support)
        [cluster] = _together(agglomerate(scored, outlines).clusters)
        assert len(cluster) == together


def test_each_merge_tells_how_well_its_records_fit_together() -> None:
    decided = [
        _pairs(0, 1, [(0, 0), (1, 1)], [0.9, 0.7]),
        _pairs(0, 2, [(0, 0)], [0.8]),
        _pairs(1, 2, [(0, 0)], [0.4]),
    ]
    merges = agglomerate(ScoredPairs(tuple(decided), 0.5, 0.25), _clean(2, 2, 1)).merges
    assert merges.means == pytest.approx([0.9, 0.6, 0.7])
    assert merges.pair_counts.tolist() == [1, 2, 1]
    for left, right, rows, by in (
        (0, 1, [(0, 0), (1, 1)], [0, 2]),
        (0, 2, [(0, 0)], [1]),
        (2, 1, [(0, 0)], [1]),
        (0, 1, [], []),
    ):
        found = np.array(rows, np.int32).reshape(-1, 2)
        pairs = RecordPairs(left, right, found[:, 0].copy(), found[:, 1].copy())
        assert merges.of(pairs).tolist() == by
    assert repr(merges) == "Merges(3 of 5 records)"


def test_records_that_share_no_cluster_have_no_merge() -> None:
    decided = [_pairs(0, 1, [(0, 0)], [0.9])]
    merges = agglomerate(ScoredPairs(tuple(decided), 0.5, 0.25), _clean(2, 2)).merges
    for left, right in ((0, 1), (1, 0), (1, 1)):
        rows = (np.array([left], np.int32), np.array([right], np.int32))
        with pytest.raises(ShapeError, match="no cluster"):
            merges.of(RecordPairs(0, 1, *rows))


def test_groups_that_merge_are_told_by_the_merge_that_joined_them() -> None:
    decided = [
        _pairs(0, 1, [(0, 0)], [0.95]),
        _pairs(2, 3, [(0, 0)], [0.9]),
        _pairs(0, 2, [(0, 0)], [0.8]),
        _pairs(1, 3, [(0, 0)], [0.4]),
    ]
    merges = agglomerate(ScoredPairs(tuple(decided), 0.5, 0.25), _clean(1, 1, 1, 1)).merges
    first = np.zeros(1, np.int32)
    by = {
        (left, right): merges.of(RecordPairs(left, right, first, first.copy())).item()
        for left in range(4)
        for right in range(left + 1, 4)
    }
    assert by == {(0, 1): 0, (2, 3): 1, (0, 2): 2, (0, 3): 2, (1, 2): 2, (1, 3): 2}
    assert merges.means == pytest.approx([0.95, 0.9, 0.3])
    assert merges.pair_counts.tolist() == [1, 1, 4]


def test_the_order_in_which_pairs_are_given_changes_nothing() -> None:
    forth = [_pairs(0, 1, [(0, 0), (1, 0)], [0.8, 0.8]), _pairs(1, 2, [(0, 0)], [0.8])]
    back = [_pairs(2, 1, [(0, 0)], [0.8]), _pairs(1, 0, [(0, 1), (0, 0)], [0.8, 0.8])]
    datasets = _clean(2, 1, 1)
    assert partition(_agglomerated(forth, datasets)) == partition(_agglomerated(back, datasets))


def test_sixty_four_agencies_fit_and_one_more_is_refused() -> None:
    outlines = _clean(*[1] * MAX_DATASETS)
    last = _pairs(0, MAX_DATASETS - 1, [(0, 0)], [0.9])
    assert _together(_agglomerated([last], outlines)) == {frozenset({(0, 0), (63, 0)})}
    with pytest.raises(ShapeError, match="65 datasets"):
        _agglomerated([], _clean(*[1] * (MAX_DATASETS + 1)))


def test_pairs_without_scores_are_refused() -> None:
    with pytest.raises(ShapeError, match="without scores"):
        _agglomerated([_pairs(0, 1, [(0, 0)], None)], _clean(1, 1))


def test_pairs_that_point_outside_the_datasets_are_refused() -> None:
    with pytest.raises(ShapeError, match="outside dataset 1"):
        _agglomerated([_pairs(0, 1, [(0, 1)], [0.9])], _clean(2, 1))
    with pytest.raises(ShapeError, match="no dataset 2"):
        _agglomerated([_pairs(0, 2, [(0, 0)], [0.9])], _clean(1, 1))


@pytest.mark.parametrize(
    "labels",
    [[np.array([0, 2], np.int32)], [np.array([-1, 0], np.int32)], [np.array([0, 1], np.int64)]],
)
def test_labels_that_leave_a_number_out_or_are_of_another_type_are_refused(
    labels: list[np.ndarray[tuple[int], np.dtype[np.int32]]],
) -> None:
    with pytest.raises(ShapeError):
        Clusters(tuple(labels))


def test_a_stray_label_is_refused_before_memory_is_made_for_it() -> None:
    with pytest.raises(ShapeError):
        Clusters((np.array([0, (1 << 31) - 1], np.int32),))


@pytest.mark.parametrize(
    "scores", [[0.5], [0.5, float("nan")], [0.5, float("inf")]], ids=["short", "nan", "inf"]
)
def test_scores_that_can_not_be_ordered_are_refused(scores: list[float]) -> None:
    with pytest.raises(ShapeError):
        _pairs(0, 1, [(0, 0), (1, 1)], scores)


def test_a_negative_row_is_refused() -> None:
    with pytest.raises(ShapeError, match="negative"):
        _pairs(0, 1, [(-1, 0)], [0.5])


def test_pairs_of_different_datasets_are_not_joined() -> None:
    with pytest.raises(ShapeError, match="different datasets"):
        join_pairs([_pairs(0, 1, [(0, 0)], [0.5]), _pairs(0, 2, [(0, 0)], [0.5])])
    with pytest.raises(ShapeError, match="only some"):
        join_pairs([_pairs(0, 1, [(0, 0)], [0.5]), _pairs(0, 1, [(0, 0)], None)])


def test_what_clusters_print_shows_sizes_only() -> None:
    assert repr(_agglomerated([], _clean(2, 3))) == "Clusters(2 datasets, 5 records)"
