"""Dice coefficient with a threshold: the compiled kernel against exact arithmetic."""

import hashlib
import os
import subprocess
import sys
from decimal import Context, Decimal
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numba import njit

from linkage.agreement.schema import LENGTHS_BITS
from linkage.arrays import EncodingMatrix, ShapeError
from linkage.matcher.compare.dice import DiceDecider
from linkage.matcher.compare.popcount import count_bits
from linkage.matcher.compare.threshold import least_common_bits
from linkage.matcher.model.pairs import CandidatePairs, DecidedPairs, RowRange
from tests.support.encodings import blurred, encodings_of, random_encodings
from tests.support.oracle import matches

ALL_64 = (1 << 64) - 1


def _decide(left: EncodingMatrix, right: EncodingMatrix, threshold: str) -> DecidedPairs:
    decider = DiceDecider.prepare([left, right], Decimal(threshold))
    return decider.decide(CandidatePairs(RowRange(0, 0, len(left)), RowRange(1, 0, len(right))))


def _listed(pairs: DecidedPairs) -> list[tuple[int, int, float]]:
    assert pairs.scores is not None
    columns = (pairs.left_rows.tolist(), pairs.right_rows.tolist(), pairs.scores.tolist())
    return list(zip(*columns, strict=True))


def _expected(
    left: EncodingMatrix, right: EncodingMatrix, threshold: str
) -> list[tuple[int, int, float]]:
    return [(row, column, float(s)) for row, column, s in matches(left, right, Decimal(threshold))]


@pytest.mark.parametrize("length_bits", [64, 192, *LENGTHS_BITS])
@pytest.mark.parametrize("counts", [(1, 1), (17, 33), (5, 300)])
def test_matches_and_scores_are_those_of_exact_arithmetic(
    length_bits: int, counts: tuple[int, int]
) -> None:
    rng = np.random.default_rng(length_bits)
    left = random_encodings(rng, counts[0], length_bits)
    people = np.resize(left.rows, (counts[1], length_bits // 8))
    right = blurred(rng, EncodingMatrix(people), share=0.08)
    found = _listed(_decide(left, right, "0.8"))
    assert found == _expected(left, right, "0.8")
    assert len(found) > 0


@pytest.mark.parametrize(
    ("threshold", "left", "right"),
    [
        ("0.8", 0b11111, 0b101111),  # 2 * 4 / 10
        ("0.7", (1 << 10) - 1, 0b1111111_000 | 0b111 << 10),  # 2 * 7 / 20; 0.7 has no exact float
        ("0.1", (1 << 10) - 1, 1 | ((1 << 9) - 1) << 10),  # 2 * 1 / 20
        ("0.5", 0b1, 0b111),  # 2 * 1 / 4, one contained in the other
        ("0.6", 0b111, 0b1111111),  # 2 * 3 / 10, one contained in the other
        ("0.015625", 1, (1 << 127) - 1),  # 2 * 1 / 128
        ("1", ALL_64, ALL_64),
    ],
)
def test_a_pair_that_scores_exactly_the_threshold_is_a_match(
    threshold: str, left: int, right: int
) -> None:
    one, other = encodings_of([left], 512), encodings_of([right], 512)
    common, bits = (left & right).bit_count(), left.bit_count() + right.bit_count()
    assert Fraction(2 * common, bits) == Fraction(Decimal(threshold)), "the example is wrong"
    assert _listed(_decide(one, other, threshold)) == [(0, 0, float(threshold))]
    if Decimal(threshold) < 1:
        just_above = Decimal(threshold).next_plus(Context(prec=40))
        assert len(_decide(one, other, str(just_above))) == 0


def test_two_empty_encodings_score_0_and_never_match() -> None:
    empty = encodings_of([0, 0], 512)
    assert len(_decide(empty, empty, "0.000001")) == 0


def test_an_empty_encoding_matches_no_other() -> None:
    assert len(_decide(encodings_of([0], 512), encodings_of([ALL_64], 512), "0.000001")) == 0


def test_threshold_1_matches_equal_encodings_only() -> None:
    left = encodings_of([0, 1, 0b101, ALL_64], 1024)
    right = encodings_of([0b101, 0b111, 1, 0, ALL_64 << 64, ALL_64], 1024)
    assert _listed(_decide(left, right, "1")) == [(1, 2, 1.0), (2, 0, 1.0), (3, 5, 1.0)]


@pytest.mark.parametrize("length_bits", [64, 512, 8192])
@pytest.mark.parametrize("threshold", ["0.000001", "0.333", "0.7", "0.8", "0.85", "0.9999", "1"])
def test_the_least_common_bits_reach_the_threshold_and_one_bit_less_does_not(
    length_bits: int, threshold: str
) -> None:
    table = least_common_bits(length_bits, Decimal(threshold))
    exact = Fraction(Decimal(threshold))
    assert len(table) == 2 * length_bits + 1
    for bits, common in enumerate(table.tolist()):
        if bits:
            assert Fraction(2 * common, bits) >= exact > Fraction(2 * (common - 1), bits)
    assert table[0] == 1


@pytest.mark.parametrize("threshold", ["0", "-0.1", "1.000001"])
def test_a_threshold_that_no_score_can_have_is_refused(threshold: str) -> None:
    with pytest.raises(ValueError, match="threshold"):
        least_common_bits(512, Decimal(threshold))


def test_rows_are_numbered_from_the_start_of_the_dataset_not_of_the_block() -> None:
    rng = np.random.default_rng(6)
    left = random_encodings(rng, 20, 512)
    decider = DiceDecider.prepare([left, left], Decimal("0.9"))
    found = decider.decide(CandidatePairs(RowRange(1, 4, 9), RowRange(0, 7, 20)))
    assert found.datasets == (1, 0)
    assert _listed(found) == [(7, 7, 1.0), (8, 8, 1.0)]


def test_a_block_outside_its_dataset_is_refused() -> None:
    decider = DiceDecider.prepare([encodings_of([1], 512)] * 2, Decimal("0.9"))
    with pytest.raises(ShapeError, match="no row 1 in dataset 1"):
        decider.decide(CandidatePairs(RowRange(0, 0, 1), RowRange(1, 0, 2)))


def test_datasets_with_encodings_of_different_length_are_refused() -> None:
    with pytest.raises(ShapeError, match="length"):
        DiceDecider.prepare([encodings_of([1], 512), encodings_of([1], 1024)], Decimal("0.9"))


def test_what_a_decider_and_its_pairs_print_shows_sizes_only() -> None:
    encodings = encodings_of([ALL_64], 512)
    assert repr(DiceDecider.prepare([encodings], Decimal("0.9"))) == "DiceDecider(1 datasets)"
    assert repr(_decide(encodings, encodings, "1")) == "DecidedPairs(1, datasets 0 and 1)"


def test_compiled_and_interpreted_code_count_the_same_bits() -> None:
    compiled = njit(lambda word: count_bits(word))  # noqa: PLW0108 - what kernels do: call it
    for word in (0, 1, 1 << 63, ALL_64, 0xF0F0_0000_1234_5678):
        expected = word.bit_count()
        assert int(compiled(np.uint64(word))) == int(count_bits(np.uint64(word))) == expected


PAIRS_SCRIPT = """
import numpy as np
from linkage.matcher.compare.lanes import LANES
from tests.unit.test_compare_dice import pairs_of_any_kind
from tests.unit.test_compare_near import (
    test_whenever_it_is_looked_who_is_left_nobody_within_the_allowance_is_out as counts_are_right,
)

counts_are_right(10_000, 90)
print(LANES, pairs_of_any_kind())
"""


def pairs_of_any_kind() -> str:
    """A digest of the pairs that are found between records of several lengths and thresholds."""
    digest = hashlib.sha256()
    for length_bits, threshold in product((64, 1024, 4096), ("0.3", "0.7", "0.9")):
        rng = np.random.default_rng(length_bits)
        people = random_encodings(rng, 700, length_bits)
        found = _decide(people, blurred(rng, people), threshold)
        assert found.scores is not None
        for array in (found.left_rows, found.right_rows, found.scores):
            digest.update(array.tobytes())
    return digest.hexdigest()


def test_a_processor_without_wide_registers_finds_the_same_pairs(tmp_path: Path) -> None:
    plain = {
        "NUMBA_CPU_NAME": "generic",
        "NUMBA_CPU_FEATURES": "",
        "NUMBA_CACHE_DIR": str(tmp_path),
    }
    script = [sys.executable, "-c", PAIRS_SCRIPT]
    ran = subprocess.run(
        script, env=os.environ | plain, capture_output=True, text=True, check=False
    )
    assert ran.stdout.split() == ["256", pairs_of_any_kind()], ran.stderr


BOUNDS_SCRIPT = """
import numpy as np
from numba import njit
from decimal import Context, Decimal
from linkage.matcher.cluster.agglomerate import ScoredPairs, agglomerate
from linkage.matcher.compare.dice import DiceDecider
from linkage.matcher.model.datasets import DatasetOutline
from linkage.matcher.model.pairs import CandidatePairs, RecordPairs, RowRange
from tests.support.encodings import random_encodings

try:
    njit(lambda array: array[1])(np.zeros(1))
except IndexError:
    print("bounds are checked")
rng = np.random.default_rng(1)
for left, right in [(1, 1), (3, 257), (257, 3), (40, 513)]:
    encodings = [random_encodings(rng, left, 512), random_encodings(rng, right, 512)]
    decider = DiceDecider.prepare(encodings, Decimal("0.36"))
    pairs = decider.decide(CandidatePairs(RowRange(0, 0, left), RowRange(1, 0, right)))
    outlines = [DatasetOutline(left, True), DatasetOutline(right, False)]
    clusters, merges = agglomerate(ScoredPairs((pairs,), 0.36, 0.18), outlines)
    together = clusters.labels[0][pairs.left_rows] == clusters.labels[1][pairs.right_rows]
    rows = (pairs.left_rows[together], pairs.right_rows[together])
    merges.of(RecordPairs(0, 1, *rows))
print("and kept")
"""


def test_no_kernel_reads_or_writes_outside_its_arrays(tmp_path: Path) -> None:
    # A process of its own, with a cache of its own: cached code is used as it was compiled,
    # whether or not it checks bounds.
    checked = os.environ | {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)}
    script = [sys.executable, "-c", BOUNDS_SCRIPT]
    ran = subprocess.run(script, env=checked, capture_output=True, text=True, check=False)
    assert ran.stdout.splitlines() == ["bounds are checked", "and kept"], ran.stderr
