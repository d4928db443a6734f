"""Bit weights: one filter a record, of which some bits say who it is and others nothing."""

from dataclasses import dataclass

import numpy as np
import pytest

from linkage.arrays import BoolArray, ByteArray, EncodingMatrix, FloatArray
from linkage.matcher.candidates.scan import Weights
from linkage.matcher.compare.distinct import EQUAL, DistinctFilters, likeness
from linkage.matcher.evidence.bits import FOLDS, BitWeights, bit_likeness
from linkage.matcher.evidence.judge import Judge, Kept
from linkage.matcher.evidence.levels import levels
from linkage.matcher.evidence.single import is_null
from linkage.matcher.model.pairs import RecordPairs
from tests.support.segments import plain_segments

BITS = 256
TELLING = 64
"""The first bits: a match keeps nine in ten of them; all other bits are drawn anew."""
RECORDS = 800
SHARED = 500
NO_WEIGHTS = Weights(np.zeros((1, EQUAL + 1), np.int16), np.ones(1, np.int64), 0)
SEGMENTS = plain_segments(1, BITS // 8)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Two agencies, whose first records are of the same people; each with a few strangers."""

    bits: tuple[ByteArray, ByteArray]
    filters: tuple[DistinctFilters, DistinctFilters]
    across: RecordPairs
    within: tuple[RecordPairs, RecordPairs]

    @property
    def are_matches(self) -> BoolArray:
        """(n_pairs,) bool: of the pairs across."""
        same: BoolArray = self.across.left_rows == self.across.right_rows
        shared: BoolArray = self.across.left_rows < SHARED
        return same & shared


def _drawn() -> Drawn:
    rng = np.random.default_rng(5)
    left, right = (rng.integers(0, 2, (RECORDS, BITS)).astype(np.uint8) for _ in range(2))
    kept = rng.random((SHARED, TELLING)) < 0.9
    right[:SHARED, :TELLING] = np.where(kept, left[:SHARED, :TELLING], right[:SHARED, :TELLING])
    filters = (_filters(left), _filters(right))
    rows = np.arange(RECORDS, dtype=np.int32)
    strangers = [(rows + step) % RECORDS for step in range(1, 12)]
    lefts = np.tile(rows, 12)
    rights = np.concatenate([rows, *strangers]).astype(np.int32)
    own = tuple(RecordPairs(n, n, lefts[RECORDS:], rights[RECORDS:].copy()) for n in (0, 1))
    return Drawn((left, right), filters, RecordPairs(0, 1, lefts, rights), (own[0], own[1]))


def _filters(bits: ByteArray) -> DistinctFilters:
    return DistinctFilters.of(EncodingMatrix(np.packbits(bits, axis=1)), SEGMENTS)


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return _drawn()


def _right_order(scores: FloatArray, are_matches: BoolArray) -> float:
    """How often a match scores more than a stranger; ties count half."""
    matches, strangers = scores[are_matches], np.sort(scores[~are_matches])
    less = np.searchsorted(strangers, matches, side="left")
    as_much = np.searchsorted(strangers, matches, side="right")
    return float((less + as_much).mean() / 2 / len(strangers))


def _plain(drawn: Drawn) -> FloatArray:
    found = likeness(*drawn.filters, drawn.across.left_rows, drawn.across.right_rows)
    return found[:, 0].astype(np.float64)


def test_learned_weights_tell_matches_apart_better_than_counting_bits_does(drawn: Drawn) -> None:
    # All that is known at first is what a plain coefficient says.
    plain = _plain(drawn)
    probabilities = np.where(plain >= np.quantile(plain, 0.96), 0.95, 0.01)
    weighed = bit_likeness(drawn.filters, drawn.across, drawn.within, probabilities)
    assert weighed is not None
    before = _right_order(plain, drawn.are_matches)
    after = _right_order(weighed[0].astype(np.float64), drawn.are_matches)
    assert before < 0.99
    assert 1 - after < (1 - before) / 2


def test_pairs_are_judged_by_weighed_bits_unless_strangers_at_home_are_others(
    drawn: Drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = Judge(drawn.filters, SEGMENTS, (True, True), NO_WEIGHTS, 1.0)
    kept = Kept(drawn.across, drawn.within)
    across = levels(drawn.filters, drawn.across, SEGMENTS)
    assert _right_order(judge.weigh(kept, across)[1], drawn.are_matches) > 0.999
    monkeypatch.setattr("linkage.matcher.evidence.judge.is_null", lambda *_: False)
    assert _right_order(judge.weigh(kept, across)[1], drawn.are_matches) < 0.99


def test_a_score_is_the_weighted_bits_over_the_popcounts(drawn: Drawn) -> None:
    rng = np.random.default_rng(6)
    weights = BitWeights(rng.normal(size=BITS), rng.normal(size=BITS))
    found = weights.scores(*drawn.filters, drawn.across)
    for pair in range(0, len(drawn.across), 997):
        one = drawn.bits[0][drawn.across.left_rows[pair]]
        other = drawn.bits[1][drawn.across.right_rows[pair]]
        total = sum(
            float(weights.both[bit]) if one[bit] and other[bit] else float(weights.either[bit])
            for bit in range(BITS)
            if one[bit] or other[bit]
        )
        assert found[pair] == pytest.approx(total / (int(one.sum()) + int(other.sum())))


def test_no_pair_is_judged_by_weights_that_saw_it(drawn: Drawn) -> None:
    truth = np.where(drawn.are_matches, 0.99, 0.001)
    fold = drawn.across.left_rows % FOLDS == 0
    # Nonsense about the one fold changes what judges the other, and nothing else.
    nonsense = np.where(fold, truth[::-1], truth)
    as_told = bit_likeness(drawn.filters, drawn.across, (), truth)
    misled = bit_likeness(drawn.filters, drawn.across, (), nonsense)
    assert as_told is not None
    assert misled is not None
    same = [
        _right_order(each[0][fold].astype(np.float64), drawn.are_matches[fold])
        for each in (as_told, misled)
    ]
    assert same[1] == pytest.approx(same[0], abs=0.001)
    other = [
        _right_order(each[0][~fold].astype(np.float64), drawn.are_matches[~fold])
        for each in (as_told, misled)
    ]
    assert other[1] < other[0] - 0.05


def test_where_hardly_anything_is_sure_no_weights_are_learned(drawn: Drawn) -> None:
    few = np.where(np.cumsum(drawn.are_matches) <= 50, 0.99 * drawn.are_matches, 0.0)
    assert bit_likeness(drawn.filters, drawn.across, drawn.within, few) is None
    unsure = np.full(len(drawn.across), 0.5)
    assert bit_likeness(drawn.filters, drawn.across, drawn.within, unsure) is None


def test_likeness_is_in_hundredths_and_of_as_many_pairs_as_there_are(drawn: Drawn) -> None:
    truth = np.where(drawn.are_matches, 0.99, 0.001)
    weighed = bit_likeness(drawn.filters, drawn.across, drawn.within, truth)
    assert weighed is not None
    across, within = weighed
    assert len(across) == len(drawn.across)
    assert [len(each) for each in within] == [len(each) for each in drawn.within]
    assert max(int(each.max()) for each in (across, *within)) == 100
    assert across[drawn.are_matches].mean() > across[~drawn.are_matches].mean() + 20


def test_strangers_that_score_alike_at_home_and_across_are_a_null() -> None:
    rng = np.random.default_rng(7)
    across = rng.binomial(100, 0.3, 20_000).astype(np.uint8)
    within = rng.binomial(100, 0.3, 5_000).astype(np.uint8)
    assert is_null(across, (within,))
    assert not is_null(across, (rng.binomial(100, 0.22, 5_000).astype(np.uint8),))


def test_what_bit_weights_print_shows_sizes_only() -> None:
    assert repr(BitWeights(np.ones(8), np.ones(8))) == "BitWeights(8 bits)"
