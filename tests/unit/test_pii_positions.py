import numpy as np
import pytest

from linkage.agreement.schema import LENGTHS_BITS
from linkage.arrays import EncodingMatrix
from linkage.crypto.secret import Secret
from linkage.ids import FieldName
from linkage_agent.pii.bloom import add_field, fill_statistics, value_filters
from linkage_agent.pii.field_keys import qgram_key
from linkage_agent.pii.prf import bit_positions
from linkage_agent.pii.qgrams import QgramTable


def test_field_keys_differ_by_secret_epoch_and_field() -> None:
    one, other = Secret.generate(), Secret.generate()
    keys = [
        qgram_key(secret, epoch, FieldName(field)).reveal()
        for secret in (one, other)
        for epoch in (1, 2)
        for field in ("given_name", "family_name")
    ]
    assert len(set(keys)) == len(keys)


def test_fewer_positions_are_the_first_of_more() -> None:
    key = Secret.generate()
    many = bit_positions(key, ["an", "nn#2"], 128, 1024)
    for few in (1, 15, 16, 17, 127):
        assert (bit_positions(key, ["an", "nn#2"], few, 1024) == many[:, :few]).all()


@pytest.mark.parametrize("length_bits", LENGTHS_BITS)
def test_every_position_is_about_equally_likely(length_bits: int) -> None:
    qgrams = [f"{number}" for number in range(16 * length_bits // 128)]
    counts = np.bincount(
        bit_positions(Secret.generate(), qgrams, 128, length_bits).ravel(), minlength=length_bits
    )
    # Chi-square with length_bits - 1 degrees of freedom, about normal: 8 standard deviations.
    chi_square = ((counts - 16.0) ** 2 / 16.0).sum()
    assert abs(chi_square - length_bits) < 8 * np.sqrt(2 * length_bits)


def test_no_qgrams_have_no_positions() -> None:
    assert bit_positions(Secret.generate(), [], 20, 1024).shape == (0, 20)


def test_bits_are_packed_most_significant_first() -> None:
    table = QgramTable(("ab",), np.zeros(1, np.int32), np.zeros(1, np.int64))
    positions = np.array([[0, 9, 511, 9]], np.uint16)
    filters = value_filters(table, positions, 512)
    assert filters[0].tolist() == [0x80, 0x40, *[0] * 61, 0x01]


def test_filters_of_many_values_are_those_of_a_plain_implementation() -> None:
    generator = np.random.default_rng(7)
    n_values, n_qgrams, length_bits = 9_000, 300, 512
    positions = generator.integers(0, length_bits, (n_qgrams, 3), dtype=np.uint16)
    sizes = generator.integers(1, 6, n_values)
    members = generator.integers(0, n_qgrams, sizes.sum(), dtype=np.int32)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    table = QgramTable(tuple(map(str, range(n_qgrams))), members, starts)

    expected = np.zeros((n_values + 1, length_bits), np.uint8)
    for value, (start, size) in enumerate(zip(starts, sizes, strict=True)):
        for member in members[start : start + size]:
            expected[value, positions[member]] = 1

    filters = value_filters(table, positions, length_bits)
    assert (np.unpackbits(filters, axis=1) == expected).all()


def test_a_missing_value_adds_no_bits() -> None:
    table = QgramTable(("ab",), np.zeros(1, np.int32), np.zeros(1, np.int64))
    filters = value_filters(table, np.array([[5]], np.uint16), 512)
    encodings = np.zeros((2, 64), np.uint8)
    add_field(encodings, filters, np.array([-1, 0], np.int32))
    assert not encodings[0].any()
    assert encodings[1, 0] == 0x04


def test_fill_is_the_share_of_bits_set() -> None:
    rows = np.zeros((5_000, 64), np.uint8)
    rows[4_999] = 0xFF
    rows[0, :32] = 0xFF
    fill = fill_statistics(EncodingMatrix(rows))
    assert (fill.mean, fill.least, fill.most) == (1.5 / 5_000, 0.0, 1.0)


def test_fill_of_no_encodings_is_zero() -> None:
    fill = fill_statistics(EncodingMatrix(np.zeros((0, 64), np.uint8)))
    assert (fill.mean, fill.least, fill.most) == (0.0, 0.0, 0.0)
