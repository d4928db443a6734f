"""Levels, on filters made by hand, and the words that are found for them."""

import numpy as np
import pytest

from linkage.agreement.schema import EncodingSchema, FieldKind, Reveals, TokenKind
from linkage.arrays import ByteArray, EncodingMatrix, FloatArray
from linkage.exchange.report import Verdict
from linkage.matcher.compare.distinct import DistinctFilters
from linkage.matcher.evidence.levels import (
    CROSSED,
    FIRST_EQUAL,
    LEVEL_COUNT,
    RARITY_BITS,
    STEPS,
    levels,
    rarity_steps,
)
from linkage.matcher.evidence.matches import MatchClasses
from linkage.matcher.evidence.words import segment_weights, verdicts
from linkage.matcher.model.pairs import RecordPairs
from tests.support.columns import make_field, make_schema
from tests.support.encodings import plain_schema
from tests.support.people import FAMILY, GIVEN, POSTCODE, Table, encode_people

LENGTH_BITS = 256
ONE_FIELD = plain_schema(1, LENGTH_BITS)


def _filter(start: int, bits: int = 100) -> ByteArray:
    """A filter with so many consecutive bits set."""
    found = np.zeros(LENGTH_BITS, np.bool_)
    found[start : start + bits] = True
    return np.packbits(found)


def _filters(rows: list[ByteArray], schema: EncodingSchema = ONE_FIELD) -> DistinctFilters:
    return DistinctFilters.of(EncodingMatrix(np.vstack(rows)), schema.segments())


def _levels(
    left: DistinctFilters,
    right: DistinctFilters,
    schema: EncodingSchema = ONE_FIELD,
    rows: tuple[int, int] = (0, 0),
) -> list[int]:
    pair = RecordPairs(0, 1, np.array([rows[0]], np.int32), np.array([rows[1]], np.int32))
    found: list[int] = levels([left, right], pair, schema.segments())[0].tolist()
    return found


EMPTY = np.zeros(LENGTH_BITS // 8, np.uint8)


def test_a_value_that_one_of_two_records_lacks_is_level_0() -> None:
    some, nothing = _filters([_filter(0)]), _filters([EMPTY])
    assert _levels(some, nothing) == _levels(nothing, some) == _levels(nothing, nothing) == [0]


@pytest.mark.parametrize("shift", range(0, 101, 3))
def test_the_level_of_filters_that_differ_is_the_step_that_their_likeness_reaches(
    shift: int,
) -> None:
    likeness = 100 - shift
    [level] = _levels(_filters([_filter(0)]), _filters([_filter(shift)]))
    if likeness == 100:
        assert level >= FIRST_EQUAL
    else:
        assert STEPS[level - 1] <= likeness
        assert level == len(STEPS) or likeness < STEPS[level]


def test_likelier_levels_follow_each_other_without_gap() -> None:
    assert list(STEPS) == sorted(set(STEPS))
    assert STEPS[0] == 0
    assert len(STEPS) + 1 == FIRST_EQUAL
    assert LEVEL_COUNT == CROSSED + 1 == FIRST_EQUAL + len(RARITY_BITS) + 2


def _with_holders(holders: int, of: int) -> DistinctFilters:
    """Records of which so many share a filter, the first among them; the others have others."""
    others = [_filter(1 + number % 150, 20) for number in range(of - holders)]
    return _filters([_filter(0)] * holders + others)


def test_the_rarer_a_shared_filter_the_higher_its_level() -> None:
    total = 1 << (RARITY_BITS[-1] + 1)
    found = [
        _levels(_with_holders(total >> bits, total), _with_holders(total >> bits, total))[0]
        for bits in range(1, RARITY_BITS[-1] + 2)
    ]
    assert found == sorted(found)
    assert set(found) == set(range(FIRST_EQUAL, CROSSED))


def test_rarity_goes_by_both_agencies() -> None:
    rare, common = _with_holders(1, 4000), _with_holders(3000, 4000)
    assert _levels(rare, common) == _levels(common, rare)
    assert _levels(rare, rare)[0] > _levels(rare, common)[0]


def test_a_filter_that_everybody_has_and_one_that_nobody_else_has_are_the_two_ends() -> None:
    shares = np.array([1.0, 0.5, 1e-6])
    assert rarity_steps(shares).tolist() == [0, 0, len(RARITY_BITS)]


NAMES = make_schema(GIVEN, FAMILY, POSTCODE, reveals=Reveals.FIELD_LIKENESS, length_bits=512)


def _names(*rows: tuple[str | None, str | None, str | None]) -> Table:
    given, family, postcode = (list(column) for column in zip(*rows, strict=True))
    columns = {"given": given, "family": family, "postcode": postcode}
    return Table(columns, tuple(range(len(rows))), tuple(range(len(rows))))


def _name_levels(
    one: tuple[str | None, str | None, str | None], other: tuple[str | None, str | None, str | None]
) -> list[int]:
    encodings = encode_people([_names(one), _names(other)], NAMES)
    left, right = (DistinctFilters.of(each, NAMES.segments()) for each in encodings)
    return _levels(left, right, NAMES)


def test_names_that_changed_places_are_seen_in_both() -> None:
    found = _name_levels(("Hawa", "Jimale", "EV1 1AA"), ("Jimale", "Hawa", "EV1 1AA"))
    assert found[:2] == [CROSSED, CROSSED]
    assert FIRST_EQUAL <= found[2] < CROSSED


def test_a_name_that_changed_its_place_with_a_slip_is_seen_too() -> None:
    found = _name_levels(("Katarzyna", "Wisniewska", None), ("Wisniewski", "Katarzyna", None))
    assert found[:2] == [CROSSED, CROSSED]


def test_one_name_that_stands_in_two_places_is_not_crossed_where_it_agrees() -> None:
    found = _name_levels(("James", "James", None), ("James", "Brown", None))
    assert FIRST_EQUAL <= found[0] < CROSSED
    # The second one's given name stands as the first one's family name.
    assert found[1] == CROSSED


def test_a_name_that_is_found_elsewhere_counts_once() -> None:
    # Where a child's surname is its father's first name, nothing has changed places.
    father, child = ("Tesfaye", "Bekele", None), ("Hanna", "Tesfaye", None)
    assert [level == CROSSED for level in _name_levels(father, child)[:2]] == [True, False]
    assert [level == CROSSED for level in _name_levels(child, father)[:2]] == [False, True]


def test_other_names_are_not_crossed() -> None:
    found = _name_levels(("Ada", "Quill", None), ("Benedict", "Thornbury", None))
    assert max(found) < FIRST_EQUAL


def test_a_missing_name_stays_missing_wherever_the_other_one_stands() -> None:
    found = _name_levels(("Hawa", None, None), ("Jimale", "Hawa", None))
    assert found[0] == CROSSED
    assert found[1] == found[2] == 0


def test_fields_without_a_shared_namespace_are_never_crossed() -> None:
    code = {TokenKind.BIGRAMS: 8, TokenKind.WHOLE: 10}
    schema = make_schema(
        make_field("given", FieldKind.CODE, code),
        make_field("family", FieldKind.CODE, code),
        POSTCODE,
        reveals=Reveals.FIELD_LIKENESS,
        length_bits=512,
    )
    tables = [_names(("Hawa", "Jimale", None)), _names(("Jimale", "Hawa", None))]
    left, right = (
        DistinctFilters.of(each, schema.segments()) for each in encode_people(tables, schema)
    )
    assert CROSSED not in _levels(left, right, schema)


@pytest.mark.parametrize("missing", ["nothing", "all of one side", "everything"])
def test_the_first_guess_at_matches_is_a_shape_whatever_is_missing(missing: str) -> None:
    rows = [EMPTY if missing == "everything" else _filter(at) for at in range(20)]
    left = _filters(rows)
    right = _filters([EMPTY] * 20 if missing == "all of one side" else rows)
    [guess] = MatchClasses.guess(left, right, ()).mixture.shapes
    assert guess.shape == (1, LEVEL_COUNT)
    assert guess[:, 1:].sum(axis=1) == pytest.approx([1])
    assert (guess[:, 1:] > 0).all(), "nothing is ruled out"
    assert guess[0, FIRST_EQUAL:CROSSED].sum() > 0.5, "most matches agree"
    assert (np.diff(guess[0, 1:FIRST_EQUAL]) >= 0).all()


def _weights() -> FloatArray:
    """One segment; every level says a little more than the one below, from -6 to 8."""
    weights = np.linspace(-6, 8, LEVEL_COUNT)
    weights[0] = 0
    return weights[None]


def test_a_verdict_says_what_the_weight_of_the_level_says() -> None:
    every = np.arange(LEVEL_COUNT, dtype=np.uint8)[:, None]
    found = verdicts(_weights(), every)[:, 0].tolist()
    assert found[0] == Verdict.MISSING
    assert found[1:] == sorted(found[1:])
    assert set(found[1:]) == {
        Verdict.AGAINST,
        Verdict.NEUTRAL,
        Verdict.FOR,
        Verdict.STRONGLY_FOR,
    }


def test_every_level_but_a_missing_one_has_a_name_of_its_own() -> None:
    told = segment_weights(_weights(), ONE_FIELD.segments())
    assert len({each.level for each in told}) == len(told) == LEVEL_COUNT - 1
    assert [each.weight for each in told] == pytest.approx(_weights()[0, 1:].tolist())
    assert {each.segment for each in told} == {"field_0"}
