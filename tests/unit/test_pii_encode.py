import secrets

import numpy as np
import pytest

from linkage.agreement.schema import FieldKind
from linkage.arrays import ShapeError
from linkage.crypto.secret import Secret
from linkage.errors import SourceError
from linkage.ids import FieldName
from linkage_agent.pii.encode import EncodedDataset, Presence, encode
from tests.support.columns import make_columns, make_schema

SCHEMA = make_schema(
    ("given_name", FieldKind.GIVEN_NAME, 12),
    ("family_name", FieldKind.FAMILY_NAME, 15),
    ("birth_date", FieldKind.DATE, 15),
    minimum_fields=2,
)
EXTRACT = {
    "given_name": ["Ada", None, "?", None, "Ben"],
    "family_name": ["Quill", "Reed", "Stone", None, "Thorn"],
    "birth_date": ["1980-05-14", "1990-01-02", None, None, "1970-12-31"],
}


def encode_extract(**changes: list[str | None]) -> EncodedDataset:
    columns = make_columns({**EXTRACT, **changes})
    return encode(columns, SCHEMA, Secret.generate(), 1, secrets.token_bytes)


def test_records_with_too_few_fields_are_withheld() -> None:
    dataset = encode_extract()
    assert dataset.withheld_rows.tolist() == [2, 3]
    assert sorted(dataset.row_of_record.tolist()) == [0, 1, 4]
    assert len(dataset) == len(dataset.encodings) == len(dataset.tokens) == 3


def test_a_record_without_any_field_is_withheld_even_if_none_is_demanded() -> None:
    schema = make_schema(("given_name", FieldKind.GIVEN_NAME, 12), minimum_fields=0)
    columns = make_columns({"given_name": ["Ada", None, "-"]})
    dataset = encode(columns, schema, Secret.generate(), 1, secrets.token_bytes)
    assert dataset.withheld_rows.tolist() == [1, 2]


def test_presence_is_counted_after_normalising_and_over_all_rows() -> None:
    assert encode_extract().presence == {
        FieldName("given_name"): Presence(2, 3),
        FieldName("family_name"): Presence(4, 1),
        FieldName("birth_date"): Presence(3, 2),
    }


def test_fill_is_that_of_the_records_sent() -> None:
    dataset = encode_extract()
    shares = np.unpackbits(dataset.encodings.rows, axis=1).mean(axis=1)
    assert dataset.fill.mean == pytest.approx(shares.mean())
    assert dataset.fill.least == shares.min() > 0.1
    assert dataset.fill.most == shares.max() < 0.6


def test_an_extract_without_records_gives_an_empty_dataset() -> None:
    dataset = encode_extract(given_name=[], family_name=[], birth_date=[])
    assert (len(dataset), len(dataset.withheld_rows), dataset.fill.most) == (0, 0, 0.0)


def test_an_extract_without_a_field_of_the_schema_is_refused() -> None:
    with pytest.raises(ShapeError):
        encode(make_columns({"given_name": []}), SCHEMA, Secret.generate(), 1, secrets.token_bytes)


def test_an_error_quotes_no_value() -> None:
    with pytest.raises(SourceError) as caught:
        encode_extract(birth_date=["Canary", None, None, None, None])
    assert "Canary" not in f"{caught.value}{caught.value.facts}{caught.value.args}"


def test_a_dataset_shows_sizes_only() -> None:
    assert repr(encode_extract()) == "EncodedDataset(EncodingMatrix(3 x 1024 bits), 2 withheld)"
