import numpy as np
import pytest

from linkage.agreement.schema import LENGTHS_BITS, SHARED_TOKENS, Segment, TokenKind
from linkage.arrays import EncodingMatrix
from linkage.crypto.secret import Secret
from linkage.ids import FieldName
from linkage_agent.encoded import fill_statistics
from linkage_agent.pii.bloom import add_field, add_tokens, empty_filters
from linkage_agent.pii.field_keys import field_key
from linkage_agent.pii.prf import bit_positions
from linkage_agent.pii.tokens.table import TokenTable


def test_field_keys_differ_by_secret_epoch_field_and_kind() -> None:
    one, other = Secret.generate(), Secret.generate()
    keys = [
        field_key(secret, epoch, FieldName(field), kind).reveal()
        for secret in (one, other)
        for epoch in (1, 2)
        for field in ("given_name", "family_name")
        for kind in set(TokenKind) - SHARED_TOKENS
    ]
    assert len(set(keys)) == len(keys)


def test_what_names_share_has_one_key_for_all_fields_and_one_for_each_kind() -> None:
    secret = Secret.generate()
    keys = {
        kind: {
            field_key(secret, 1, FieldName(field), kind).reveal()
            for field in ("given_name", "family_name", "names")
        }
        for kind in SHARED_TOKENS
    }
    assert [len(found) for found in keys.values()] == [1, 1]
    assert len(set.union(*keys.values())) == 2


def test_fewer_positions_are_the_first_of_more() -> None:
    key = Secret.generate()
    many = bit_positions(key, ["an", "nn#2"], 128, 1024)
    for few in (1, 15, 16, 17, 127):
        assert (bit_positions(key, ["an", "nn#2"], few, 1024) == many[:, :few]).all()


@pytest.mark.parametrize("length_bits", LENGTHS_BITS)
def test_every_position_is_about_equally_likely(length_bits: int) -> None:
    tokens = [f"{number}" for number in range(16 * length_bits // 128)]
    counts = np.bincount(
        bit_positions(Secret.generate(), tokens, 128, length_bits).ravel(), minlength=length_bits
    )
    # Chi-square with length_bits - 1 degrees of freedom, about normal: 8 standard deviations.
    chi_square = ((counts - 16.0) ** 2 / 16.0).sum()
    assert abs(chi_square - length_bits) < 8 * np.sqrt(2 * length_bits)


def test_no_tokens_have_no_positions() -> None:
    assert bit_positions(Secret.generate(), [], 20, 1024).shape == (0, 20)


def table_of(*values: list[int]) -> TokenTable:
    """Values given as the numbers of their tokens."""
    members = np.array([member for value in values for member in value], np.int32)
    starts = np.cumsum([0, *map(len, values)], dtype=np.int64)
    return TokenTable(tuple(map(str, range(members.max(initial=-1) + 1))), members, starts)


def test_bits_are_packed_most_significant_first() -> None:
    filters = empty_filters(1, 512)
    add_tokens(filters, table_of([0]), np.array([[0, 9, 511, 9]], np.uint16))
    assert filters[0].tolist() == [0x80, 0x40, *[0] * 61, 0x01]


def test_filters_of_many_values_are_those_of_a_plain_implementation() -> None:
    generator = np.random.default_rng(7)
    n_values, n_tokens, length_bits = 9_000, 300, 512
    expected = np.zeros((n_values, length_bits), np.uint8)
    filters = empty_filters(n_values, length_bits)
    for least in (0, 1):  # of the first kind, some values have no tokens
        positions = generator.integers(0, length_bits, (n_tokens, 3), dtype=np.uint16)
        sizes = generator.integers(least, 6, n_values)
        values = [generator.integers(0, n_tokens, size).tolist() for size in sizes]
        for value, members in enumerate(values):
            expected[value, positions[members].ravel()] = 1
        add_tokens(filters, table_of(*values), positions)
    assert (np.unpackbits(filters, axis=1) == expected).all()


@pytest.mark.parametrize("values", [[], [[]], [[], []], [[0], []], [[], [0]], [[], [], [0], []]])
def test_values_without_tokens_stay_empty(values: list[list[int]]) -> None:
    table = table_of(*values)
    filters = empty_filters(len(values), 128)
    add_tokens(filters, table, np.array([[5]], np.uint16)[: len(table.vocabulary)])
    assert filters.any(axis=1).tolist() == [*map(bool, values)]


def test_a_missing_value_adds_no_bits_and_other_segments_stay_as_they_are() -> None:
    filters = empty_filters(1, 512)
    add_tokens(filters, table_of([0]), np.array([[5]], np.uint16))
    encodings = np.full((2, 192), 0x80, np.uint8)
    add_field(encodings, segment(64, 64), filters, np.array([-1, 0], np.int32))
    expected = np.full((2, 192), 0x80, np.uint8)
    expected[1, 64] = 0x84
    assert encodings.tolist() == expected.tolist()


def segment(start_byte: int, byte_count: int) -> Segment:
    return Segment(
        "test",
        (FieldName("test"),),
        start_byte,
        byte_count,
        crosses=False,
        moves=False,
        at_home=False,
    )


def test_fill_is_the_share_of_bits_set_where_any_is() -> None:
    rows = np.zeros((5_000, 128), np.uint8)
    rows[:, :64] = 0xFF
    rows[4_999, 64:] = 0xFF
    rows[0, 64:96] = 0xFF
    fill = fill_statistics(EncodingMatrix(rows), segment(64, 64))
    assert (fill.mean, fill.least, fill.most) == (0.75, 0.5, 1.0)


@pytest.mark.parametrize("count", [0, 3])
def test_fill_of_no_filters_is_zero(count: int) -> None:
    fill = fill_statistics(EncodingMatrix(np.zeros((count, 64), np.uint8)), segment(0, 64))
    assert (fill.mean, fill.least, fill.most) == (0.0, 0.0, 0.0)
