"""Laws of the trusted core: they hold for any records, any schema weights and any secret."""

import datetime as dt
import secrets
import socket
from random import Random
from typing import Final, TypeAlias

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pytest_socket import SocketBlockedError

from linkage.agreement.schema import EncodingSchema, FieldKind
from linkage.arrays import BoolArray
from linkage.crypto.secret import Secret
from linkage_agent.pii.encode import EncodedDataset, encode
from tests.support.columns import make_columns, make_schema

pytestmark = pytest.mark.disable_socket

Record: TypeAlias = tuple[str | None, ...]

FIELDS: Final = (
    ("given_name", FieldKind.GIVEN_NAME, 6),
    ("family_name", FieldKind.FAMILY_NAME, 7),
    ("birth_date", FieldKind.DATE, 7),
    ("sex", FieldKind.SEX, 17),
    ("postcode", FieldKind.POSTCODE, 5),
)
SCHEMA: Final = make_schema(*FIELDS)

texts = st.text(max_size=20)
dates = st.dates(dt.date(1, 1, 1)).map(dt.date.isoformat)
sexes = st.sampled_from(["male", "female", "other"])
records = st.tuples(*(st.none() | values for values in (texts, texts, dates, sexes, texts)))
extracts = st.lists(records, max_size=5)
project_secrets = st.binary(min_size=32, max_size=32).map(Secret)


def encode_records(
    extract: list[Record], secret: Secret, schema: EncodingSchema = SCHEMA
) -> EncodedDataset:
    columns = make_columns(
        {name: [record[place] for record in extract] for place, (name, _, _) in enumerate(FIELDS)}
    )
    return encode(columns, schema, secret, 1, secrets.token_bytes)


def by_row(dataset: EncodedDataset) -> dict[int, bytes]:
    rows = dataset.row_of_record.tolist()
    return {row: bytes(bits) for row, bits in zip(rows, dataset.encodings.rows, strict=True)}


def bits_in_row_order(dataset: EncodedDataset) -> BoolArray:
    rows = dataset.encodings.rows[np.argsort(dataset.row_of_record)]
    return np.unpackbits(rows, axis=1).astype(np.bool_)


def test_a_socket_can_not_be_opened_in_this_file() -> None:
    with pytest.raises(SocketBlockedError):
        socket.socket()


@given(extracts, project_secrets, st.randoms(use_true_random=False))
def test_another_order_of_rows_gives_the_same_encodings(
    extract: list[Record], secret: Secret, random: Random
) -> None:
    order = list(range(len(extract)))
    random.shuffle(order)
    first = by_row(encode_records(extract, secret))
    second = by_row(encode_records([extract[row] for row in order], secret))
    assert {order[row]: bits for row, bits in second.items()} == first


@given(records, extracts, extracts, project_secrets)
def test_agencies_with_one_secret_agree_on_a_record_whatever_else_they_hold(
    record: Record, before: list[Record], after: list[Record], secret: Secret
) -> None:
    one = by_row(encode_records([*before, record], secret))
    other = by_row(encode_records([record, *after], Secret(secret.reveal())))
    assert one.get(len(before)) == other.get(0)


@given(records, project_secrets)
def test_case_and_blanks_around_a_value_change_nothing(record: Record, secret: Secret) -> None:
    given_name, family_name, birth_date, sex, postcode = record
    other = (
        given_name and f" {given_name}\n",
        family_name and f"\t{family_name}-",
        birth_date,
        sex,
        postcode and f"  {postcode.replace(' ', '')}",
    )
    dataset = by_row(encode_records([record, other], secret))
    assert dataset.get(0) == dataset.get(1)


@given(records, st.sampled_from(range(len(FIELDS))), project_secrets)
def test_a_missing_field_adds_no_bits(record: Record, place: int, secret: Secret) -> None:
    without = (*record[:place], None, *record[place + 1 :])
    dataset = by_row(encode_records([record, without], secret))
    assume(len(dataset) == 2)
    whole, part = (int.from_bytes(dataset[row]) for row in (0, 1))
    assert whole | part == whole


@given(extracts, project_secrets)
def test_a_record_is_the_union_of_its_fields(extract: list[Record], secret: Secret) -> None:
    whole = by_row(encode_records(extract, secret))
    union = dict.fromkeys(whole, 0)
    for place in range(len(FIELDS)):
        one_field = [
            tuple(value if at == place else None for at, value in enumerate(record))
            for record in extract
        ]
        for row, bits in by_row(encode_records(one_field, secret)).items():
            union[row] |= int.from_bytes(bits)
    assert union == {row: int.from_bytes(bits) for row, bits in whole.items()}


@given(extracts, project_secrets)
def test_each_row_is_sent_or_withheld(extract: list[Record], secret: Secret) -> None:
    dataset = encode_records(extract, secret)
    rows = [*dataset.row_of_record.tolist(), *dataset.withheld_rows.tolist()]
    assert sorted(rows) == list(range(len(extract)))
    assert all(np.any(bits) for bits in dataset.encodings.rows)


@given(st.lists(records, min_size=1, max_size=5), project_secrets)
def test_nothing_that_is_printed_shows_a_value(extract: list[Record], secret: Secret) -> None:
    marked = [(f"Canary{record[0]}", *record[1:]) for record in extract]
    dataset = encode_records(marked, secret)
    shown = f"{dataset!r} {dataset} {dataset.encodings!r} {dataset.tokens!r} {dataset.fill!r}"
    shown += repr(dataset.presence)
    assert "canary" not in shown.casefold()
    assert bytes(dataset.encodings.rows[0]).hex()[:16] not in shown


def test_another_secret_gives_unrelated_encodings() -> None:
    extract: list[Record] = [
        (f"Ada{row}", f"Quill{row * 7}", f"19{row % 100:02}-05-14", "female", f"ZZ{row} 1ZZ")
        for row in range(400)
    ]
    one, other = (encode_records(extract, Secret.generate()) for _ in range(2))
    left, right = bits_in_row_order(one), bits_in_row_order(other)
    with_self = (left & right).sum(axis=1).mean()
    with_stranger = (left & np.roll(right, 200, axis=0)).sum(axis=1).mean()
    # Over fresh secrets the difference has a standard deviation of .26 bits; under one and the
    # same secret it is 30 bits.
    assert abs(with_self - with_stranger) < 3


def test_tokens_are_new_each_time() -> None:
    extract: list[Record] = [("Ada", "Quill", None, None, None)] * 20
    secret = Secret.generate()
    one, other = (encode_records(extract, secret).tokens.rows for _ in range(2))
    assert not {bytes(token) for token in one} & {bytes(token) for token in other}
