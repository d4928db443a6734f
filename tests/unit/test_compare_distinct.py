"""Distinct filters: what they are made of, and likeness against exact arithmetic."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.agreement.schema import LENGTHS_BITS, Segment
from linkage.arrays import EncodingMatrix, IndexArray, ShapeError
from linkage.ids import FieldName
from linkage.matcher.compare.distinct import (
    ABSENT,
    EQUAL,
    DistinctFilters,
    crossed_likeness,
    likeness,
)
from tests.support.encodings import encodings_of, plain_schema, random_encodings
from tests.support.oracle import dice

LENGTH_BITS = 128
SEGMENTS = plain_schema(3, LENGTH_BITS).segments()
"""The first call of a kernel compiles it."""

# Few filters, so that records share them; often none, as where a value is missing.
_filter = st.sampled_from([0, 0, 1, 3, 7, 0xFF, 0xF0, (1 << 127) | 1, (1 << 128) - 1])
_record = st.lists(_filter, min_size=3, max_size=3)
_records = st.lists(_record, max_size=8)


def _encodings(records: list[list[int]]) -> EncodingMatrix:
    joined = [one << 256 | other << 128 | third for one, other, third in records]
    return encodings_of(joined, 3 * LENGTH_BITS)


def _filters(records: list[list[int]]) -> DistinctFilters:
    return DistinctFilters.of(_encodings(records), SEGMENTS)


def _rows(*rows: int) -> IndexArray:
    return np.array(rows, np.int32)


@given(_records)
def test_every_record_gets_its_filters_back(records: list[list[int]]) -> None:
    filters, encodings = _filters(records), _encodings(records)
    assert len(filters) == len(records)
    assert filters.segment_count == len(SEGMENTS)
    for number, segment in enumerate(SEGMENTS):
        part = slice(segment.start_byte, segment.start_byte + segment.byte_count)
        for row, code in enumerate(filters.codes[number].tolist()):
            sent = encodings.rows[row, part].tobytes()
            if code < 0:
                assert code == -1
                assert not any(sent), "only an empty filter is missing"
            else:
                assert filters.firsts[number] <= code < filters.firsts[number + 1]
                assert filters.words[code].tobytes() == sent


@given(_records)
def test_a_segment_has_no_filter_twice_none_that_is_empty_and_none_that_nobody_has(
    records: list[list[int]],
) -> None:
    filters = _filters(records)
    assert filters.firsts[0] == 0
    assert filters.firsts[-1] == len(filters.words) == len(filters.popcounts)
    for number in range(filters.segment_count):
        own = filters.words[filters.firsts[number] : filters.firsts[number + 1]]
        assert len(np.unique(own, axis=0)) == len(own)
    assert (filters.popcounts == np.bitwise_count(filters.words).sum(axis=1)).all()
    assert (filters.popcounts > 0).all()
    assert (filters.holders > 0).all()


@given(_records)
def test_the_holders_of_a_filter_are_the_records_that_have_it(records: list[list[int]]) -> None:
    filters = _filters(records)
    assert filters.holders.sum() == np.count_nonzero(filters.codes >= 0)
    for code in range(len(filters.words)):
        assert np.count_nonzero(filters.codes == code) == filters.holders[code]


def test_the_same_filter_in_two_segments_is_two_filters() -> None:
    filters = _filters([[5, 5, 0], [5, 0, 5]])
    assert filters.firsts.tolist() == [0, 1, 2, 3]
    assert filters.codes.tolist() == [[0, 0], [1, -1], [-1, 2]]


def test_a_dataset_without_records_has_no_filters() -> None:
    nothing = DistinctFilters.of(EncodingMatrix(np.empty((0, 48), np.uint8)), SEGMENTS)
    assert len(nothing) == len(nothing.words) == 0
    assert nothing.words.shape[1] == LENGTH_BITS // 64
    assert likeness(nothing, nothing, _rows(), _rows()).shape == (0, 3)


@given(_records.filter(bool), _records.filter(bool), st.data())
def test_likeness_is_the_dice_coefficient_in_hundredths_rounded_down(
    left: list[list[int]], right: list[list[int]], data: st.DataObject
) -> None:
    pair = st.tuples(st.integers(0, len(left) - 1), st.integers(0, len(right) - 1))
    pairs = data.draw(st.lists(pair, max_size=10))
    rows = [_rows(*side) for side in zip(*pairs, strict=True)] or [_rows(), _rows()]
    found = likeness(_filters(left), _filters(right), *rows)
    expected = [
        [_hundredths(*both) for both in zip(left[row], right[column], strict=True)]
        for row, column in pairs
    ]
    assert found.tolist() == expected


def _hundredths(one: int, other: int) -> int:
    if not one or not other:
        return ABSENT
    return int(100 * dice(one.to_bytes(16), other.to_bytes(16)))


@pytest.mark.parametrize("length_bits", LENGTHS_BITS)
def test_filters_of_any_length_are_compared_over_all_their_bits(length_bits: int) -> None:
    segments = plain_schema(2, length_bits).segments()
    rng = np.random.default_rng(length_bits)
    encodings = random_encodings(rng, 30, 2 * length_bits)
    filters = DistinctFilters.of(encodings, segments)
    rows = [rng.integers(0, 30, 200).astype(np.int32) for _ in range(2)]
    found = likeness(filters, filters, *rows)
    for number, segment in enumerate(segments):
        part = slice(segment.start_byte, segment.start_byte + segment.byte_count)
        for at, (row, column) in enumerate(zip(*rows, strict=True)):
            one, other = (encodings.rows[each, part].tobytes() for each in (row, column))
            assert found[at, number] == int(100 * dice(one, other))


def test_likeness_is_that_of_equal_filters_only_if_they_are_equal() -> None:
    whole = (1 << 128) - 1
    found = likeness(_filters([[whole] * 3]), _filters([[whole, whole - 1, 0]]), _rows(0), _rows(0))
    assert found.tolist() == [[EQUAL, EQUAL - 1, ABSENT]]


def test_crossed_likeness_compares_one_segment_with_another() -> None:
    left, right = _filters([[7, 3, 0]]), _filters([[1, 7, 7]])
    crossed = {
        (one, other): crossed_likeness(left, right, _rows(0), _rows(0), (one, other)).tolist()
        for one in range(3)
        for other in range(3)
    }
    assert crossed[0, 1] == crossed[0, 2] == [EQUAL]
    assert crossed[0, 0] == [50]
    assert crossed[1, 1] == [80]
    assert crossed[2, 1] == [ABSENT]


def test_rows_outside_a_dataset_are_refused() -> None:
    filters = _filters([[1, 2, 3]])
    for rows in ([1], [-1]):
        with pytest.raises(ShapeError, match="outside"):
            likeness(filters, filters, _rows(*rows), _rows(0))
        with pytest.raises(ShapeError, match="outside"):
            likeness(filters, filters, _rows(0), _rows(*rows))


def test_segments_that_do_not_fit_the_encodings_are_refused() -> None:
    encodings = _encodings([[1, 2, 3]])
    with pytest.raises(ShapeError, match="outside"):
        DistinctFilters.of(encodings, plain_schema(4, LENGTH_BITS).segments())
    uneven = [
        *SEGMENTS[:2],
        Segment("other", (FieldName("other"),), 32, 8, crosses=False, moves=False, at_home=False),
    ]
    with pytest.raises(ShapeError, match="length"):
        DistinctFilters.of(encodings, uneven)


def test_what_filters_print_shows_sizes_only() -> None:
    assert repr(_filters([[1, 2, 0], [1, 3, 0]])) == "DistinctFilters(2 records, 3 filters)"


def test_beside_another_dataset_only_what_both_have_is_left() -> None:
    some = _filters([[1, 3, 7], [1, 0, 7]])
    other = _filters([[0, 3, 7], [0, 1, 0]])
    left = some.beside(other)
    assert left.codes[0].tolist() == [-1, -1]
    np.testing.assert_array_equal(left.codes[1:], some.codes[1:])
    alone = _filters([[0, 3, 7], [0, 0, 7]])
    rows = np.array([0, 0, 1, 1], np.int32), np.array([0, 1, 0, 1], np.int32)
    np.testing.assert_array_equal(likeness(left, left, *rows), likeness(alone, alone, *rows))
    np.testing.assert_array_equal(other.beside(some).codes, other.codes)
