"""Hamming LSH: what meets in tables, how many tables it takes, and what a run says of it."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from linkage.agreement.model import Candidates
from linkage.arrays import EncodingMatrix, IndexArray
from linkage.errors import LimitError
from linkage.ids import AgencyId
from linkage.matcher.candidates import hamming_plan
from linkage.matcher.candidates.exact_sample import ExactSample
from linkage.matcher.candidates.hamming import HammingTables, joined, table_keys
from linkage.matcher.candidates.hamming_plan import exact_sample, plan_tables
from linkage.matcher.compare.near import NO_LIMIT, CountedEncodings, near_pairs
from linkage.matcher.compare.planes import rare_bits_first
from linkage.matcher.compare.threshold import least_common_bits
from linkage.matcher.execute.local import LocalExecutor
from linkage.matcher.model.pairs import DecidedPairs
from linkage.matcher.run import TOO_MANY_MATCHES, RunLimits, match
from tests.support.encodings import (
    blurred,
    datasets_of,
    dice_policy,
    ignore,
    plain_schema,
    random_encodings,
)

BITS = 512
TABLE = least_common_bits(BITS, Decimal("0.8"))
SCHEMA = plain_schema(1, BITS)


def _two_views(seed: int, shared: int, alone: int, share: float = 0.04) -> list[EncodingMatrix]:
    """Two agencies' encodings: of so many people both have one, and each has some of its own."""
    rng = np.random.default_rng(seed)
    people = random_encodings(rng, shared, BITS)
    views = (people, blurred(rng, people, share))
    others = [random_encodings(rng, alone, BITS) for _ in views]
    return [
        EncodingMatrix(np.concatenate([view.rows, other.rows]))
        for view, other in zip(views, others, strict=True)
    ]


def _counted(encodings: EncodingMatrix) -> CountedEncodings:
    return CountedEncodings.of(encodings.words())


def _sample(left: CountedEncodings, right: CountedEncodings) -> ExactSample:
    order = rare_bits_first([left.words, right.words])
    sample = exact_sample(left, right, TABLE, order, NO_LIMIT)
    assert sample is not None
    return sample


def _near(left: CountedEncodings, right: CountedEncodings) -> list[tuple[int, int]]:
    near = near_pairs(left, right, TABLE, rare_bits_first([left.words]))
    return list(zip(near.left_rows.tolist(), near.right_rows.tolist(), strict=True))


def _bit(encodings: CountedEncodings, row: int, bit: int) -> int:
    return int(encodings.words[row, bit // 64]) >> (bit % 64) & 1


@pytest.mark.parametrize("bit_count", [1, 4, 16, 32])
def test_a_table_finds_the_near_pairs_that_agree_in_its_bits(bit_count: int) -> None:
    left, right = map(_counted, _two_views(bit_count, 120, 40))
    rng = np.random.default_rng(0)
    bits = rng.choice(BITS, (3, bit_count), replace=False).astype(np.int32)
    tables = HammingTables(left, right, TABLE, bits, NO_LIMIT)
    for table, its_bits in enumerate(bits.tolist()):
        expected = [
            row << 32 | column
            for row, column in _near(left, right)
            if all(_bit(left, row, bit) == _bit(right, column, bit) for bit in its_bits)
        ]
        assert tables.find(table).tolist() == expected
    assert len(tables.find(0)) > 0


def test_what_two_tables_found_is_joined_once_and_in_order() -> None:
    nothing = np.empty(0, np.uint64)
    one, other = np.array([1, 5, 9], np.uint64), np.array([0, 5, 7], np.uint64)
    assert joined(one, other).tolist() == [0, 1, 5, 7, 9]
    assert joined(nothing, one).tolist() == [1, 5, 9]
    assert joined(nothing, nothing).tolist() == []


def test_more_pairs_than_wanted_end_a_table_and_a_sample() -> None:
    alike = CountedEncodings.of(np.ones((300, 8), np.uint64))
    bits: IndexArray = np.zeros((1, 4), np.int32)
    assert len(HammingTables(alike, alike, TABLE, bits, 20).find(0)) == 21
    assert len(HammingTables(alike, alike, TABLE, bits, 90_000).find(0)) == 90_000
    order = rare_bits_first([alike.words])
    assert exact_sample(alike, alike, TABLE, order, 89_999) is None
    assert exact_sample(alike, alike, TABLE, order, 90_000) is not None


def test_keys_hold_the_bits_of_the_table_and_the_row() -> None:
    words = np.array([[0b101, 1 << 63], [0, 0]], np.uint64)
    keys = table_keys(words, np.array([0, 1, 2, 127], np.int32))
    assert [key >> 32 for key in keys.tolist()] == [0b1011, 0]
    assert [key & 0xFFFFFFFF for key in keys.tolist()] == [0, 1]


def test_a_sample_has_all_partners_of_its_records_and_marks_the_best() -> None:
    left, right = map(_counted, _two_views(1, 100, 50))
    right = CountedEncodings.of(np.concatenate([right.words, left.words[:10]]))
    sample = _sample(left, right)
    assert sample.record_count == 150
    near = _near(left, right)
    assert sample.keys.tolist() == [row << 32 | column for row, column in near]
    best = [
        key for key, is_best in zip(sample.keys.tolist(), sample.is_best, strict=True) if is_best
    ]
    assert len({key >> 32 for key in best}) == len(best) == len({row for row, _ in near})
    assert [key & 0xFFFFFFFF for key in best[:10]] == list(range(150, 160)), "equal is best"


def test_a_sample_of_a_large_dataset_is_spread_over_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hamming_plan, "SAMPLED_PAIRS", 100 * 160)
    left, right = map(_counted, _two_views(2, 100, 60))
    sample = _sample(left, right)
    rows = {key >> 32 for key in sample.keys.tolist()}
    assert sample.record_count == 80
    assert rows <= set(range(0, 160, 2))
    assert len(rows) == 50


def test_what_was_found_is_counted_among_best_and_among_all() -> None:
    sample = ExactSample(np.array([1, 2, 7], np.uint64), np.array([True, False, True]), 3)
    assert sample.found(np.array([1, 2, 9], np.uint64)) == (1, 2)
    assert sample.found(np.array([1, 2, 7], np.uint64)) == (2, 3)
    assert sample.found(np.empty(0, np.uint64)) == (0, 0)


def _plan(views: list[EncodingMatrix], recall: float) -> HammingTables | None:
    left, right = map(_counted, views)
    return plan_tables(left, right, TABLE, _sample(left, right), recall, NO_LIMIT)


def _found(tables: HammingTables) -> set[int]:
    return {key for table in range(len(tables.bits)) for key in tables.find(table).tolist()}


@pytest.mark.parametrize("recall", [0.8, 0.95, 0.99])
def test_a_plan_finds_as_many_best_partners_as_were_asked_for(recall: float) -> None:
    views = _two_views(3, 4_000, 4_000)
    tables = _plan(views, recall)
    assert tables is not None
    found = _found(tables)
    true = {row << 32 | column for row, column in _near(tables.left, tables.right)}
    assert found <= true
    assert len(found) >= recall * len(true)


def test_a_higher_recall_takes_more_work() -> None:
    views = _two_views(4, 4_000, 4_000)
    few, many = _plan(views, 0.7), _plan(views, 0.999)
    assert few is not None
    assert many is not None
    assert len(few.bits) < len(many.bits) or few.bits.shape[1] > many.bits.shape[1]


def test_few_records_are_all_compared() -> None:
    assert _plan(_two_views(5, 200, 100), 0.9) is None


def test_without_enough_partners_to_go_by_all_pairs_are_compared() -> None:
    assert _plan(_two_views(6, 50, 8_000), 0.9) is None


def test_equal_records_that_all_meet_make_all_pairs_the_quicker_way() -> None:
    alike = EncodingMatrix(
        np.tile(random_encodings(np.random.default_rng(7), 1, BITS).rows, (3000, 1))
    )
    assert _plan([alike, alike], 0.9) is None


def _score_by_pair(decided: tuple[DecidedPairs, ...]) -> dict[tuple[int, int, int, int], float]:
    scores = {}
    for part in decided:
        assert part.scores is not None
        rows = (part.left_rows.tolist(), part.right_rows.tolist(), part.scores.tolist())
        for row, column, score in zip(*rows, strict=True):
            scores[part.left_dataset, row, part.right_dataset, column] = score
    return scores


HAMMING = replace(
    dice_policy("0.8"), candidates=Candidates.HAMMING, candidate_recall=Decimal("0.97")
)


def test_a_run_finds_most_pairs_with_their_scores_and_says_how_many_it_found() -> None:
    first, second = _two_views(8, 4_000, 2_000)
    few = EncodingMatrix(first.rows[:90].copy())  # too few to be hashed
    datasets = datasets_of([first, second, few])
    seen: list[tuple[int, int]] = []
    with LocalExecutor(2) as executor:
        every = match(datasets, SCHEMA, dice_policy("0.8"), executor, ignore)
        hashed = match(datasets, SCHEMA, HAMMING, executor, lambda *at: seen.append(at))
    scores, all_scores = _score_by_pair(hashed.decided), _score_by_pair(every.decided)
    assert scores.items() <= all_scores.items()
    assert 0.97 * len(all_scores) <= len(scores)
    assert [part.datasets for part in hashed.decided] == [(0, 1), (0, 2), (1, 2)]
    assert seen[-1][0] == seen[-1][1] == 6_000 * 6_000 + 2 * 6_000 * 90
    assert every.report.warnings == ()
    [sentence] = hashed.report.warnings
    assert sentence.startswith("Of agency-0 and agency-1 not all pairs were compared")
    assert "asks for 97.0%" in sentence


@pytest.mark.parametrize("most", [2_900, 4_000])
def test_a_hashed_run_keeps_no_more_than_its_limit(most: int) -> None:
    datasets = datasets_of(_two_views(10, 4_000, 2_000))
    twice = (*datasets, replace(datasets[0], agency=AgencyId("agency-2")))
    with LocalExecutor(1) as executor, pytest.raises(LimitError) as refused:
        match(twice, SCHEMA, HAMMING, executor, ignore, RunLimits(matches=most))
    assert refused.value.reason is TOO_MANY_MATCHES


def test_any_number_of_workers_finds_the_same() -> None:
    datasets = datasets_of(_two_views(9, 3_000, 2_000))
    results = []
    for workers in (1, 2):
        with LocalExecutor(workers) as executor:
            results.append(match(datasets, SCHEMA, HAMMING, executor, ignore))
    one, two = results
    assert one.report == two.report
    assert len(one.report.warnings) == 1
    assert _score_by_pair(one.decided) == _score_by_pair(two.decided)


def test_what_tables_and_samples_print_shows_sizes_only() -> None:
    one = CountedEncodings.of(np.ones((3, 8), np.uint64))
    bits: IndexArray = np.zeros((2, 4), np.int32)
    assert repr(HammingTables(one, one, TABLE, bits, NO_LIMIT)) == "HammingTables(2)"
    sample = ExactSample(np.ones(2, np.uint64), np.ones(2, np.bool_), 5)
    assert repr(sample) == "ExactSample(2 pairs of 5 records)"
