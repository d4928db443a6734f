import secrets

import numpy as np
import pytest

from linkage.agreement.schema import CheckRule, FieldKind, MissingRule, Reveals, TokenKind
from linkage.arrays import ShapeError
from linkage.crypto.secret import Secret
from linkage.errors import SourceError
from linkage.ids import FieldName
from linkage_agent.encoded import EncodedDataset, Presence
from linkage_agent.pii.encode import encode
from linkage_agent.pii.versions import software
from tests.support.columns import make_columns, make_field, make_schema

FIELDS = (
    make_field("given_name", FieldKind.GIVEN_NAME, {TokenKind.BIGRAMS: 12}, group="names"),
    make_field("birth_date", FieldKind.DATE, {TokenKind.DATE_PARTS: 15}, group="birth"),
    make_field("family_name", FieldKind.FAMILY_NAME, {TokenKind.BIGRAMS: 15}, group="names"),
)
SCHEMA = make_schema(*FIELDS, minimum_fields=2)
NAMES = make_schema(make_field("name", FieldKind.GIVEN_NAME, {TokenKind.BIGRAMS: 12}))
EXTRACT: dict[str, list[str | None]] = {
    "given_name": ["Ada", None, "?", None, "Ben"],
    "family_name": ["Quill", "Reed", "Stone", None, "Thorn"],
    "birth_date": ["1980-05-14", "1990-01-02", None, None, "1970-12-31"],
}


def encode_extract(**changes: list[str | None]) -> EncodedDataset:
    columns = make_columns({**EXTRACT, **changes})
    return encode(columns, SCHEMA, Secret.generate(), 1, secrets.token_bytes)


def encode_names(*values: str | None, **tokens: int) -> EncodedDataset:
    """One field of given names, one filter a field, in the order of the values."""
    weights = {TokenKind(kind.replace("_", "-")): bits for kind, bits in tokens.items()}
    schema = make_schema(
        make_field("name", FieldKind.GIVEN_NAME, weights), reveals=Reveals.FIELD_LIKENESS
    )
    columns = make_columns({"name": list(values)})
    return encode(columns, schema, Secret.generate(), 1, secrets.token_bytes)


def row(dataset: EncodedDataset, number: int) -> bytes:
    """The encoding of a row of the extract."""
    return bytes(dataset.encodings.rows[dataset.row_of_record.tolist().index(number)])


def test_records_with_too_few_fields_are_withheld() -> None:
    dataset = encode_extract()
    assert dataset.withheld_rows.tolist() == [2, 3]
    assert sorted(dataset.row_of_record.tolist()) == [0, 1, 4]
    assert len(dataset) == len(dataset.encodings) == len(dataset.tokens) == 3


def test_a_record_without_any_field_is_withheld_even_if_none_is_demanded() -> None:
    schema = make_schema(FIELDS[0], minimum_fields=0)
    columns = make_columns({"given_name": ["Ada", None, "-"]})
    dataset = encode(columns, schema, Secret.generate(), 1, secrets.token_bytes)
    assert dataset.withheld_rows.tolist() == [1, 2]


def test_a_record_without_a_field_that_it_must_have_is_withheld() -> None:
    must_have = make_field(
        "given_name",
        FieldKind.GIVEN_NAME,
        {TokenKind.BIGRAMS: 12},
        missing=MissingRule.WITHHOLD,
    )
    schema = make_schema(must_have, *FIELDS[1:], minimum_fields=1)
    dataset = encode(make_columns(EXTRACT), schema, Secret.generate(), 1, secrets.token_bytes)
    assert dataset.withheld_rows.tolist() == [1, 2, 3]


def test_presence_is_counted_after_normalising_and_over_all_rows() -> None:
    assert encode_extract().presence == {
        FieldName("given_name"): Presence(2, 3, 0),
        FieldName("family_name"): Presence(4, 1, 0),
        FieldName("birth_date"): Presence(3, 2, 0),
    }


def test_a_number_that_fails_its_check_is_missing_and_counted() -> None:
    number = make_field(
        "nhs", FieldKind.NATIONAL_ID, {TokenKind.WHOLE: 20}, check=CheckRule.NHS_NUMBER
    )
    columns = make_columns(
        {"nhs": ["943 476 5919", "943 476 5918", None, "943 476 5918", "999 999 9999"]}
    )
    dataset = encode(columns, make_schema(number), Secret.generate(), 1, secrets.token_bytes)
    assert dataset.presence == {FieldName("nhs"): Presence(present=1, missing=4, failed=3)}
    assert dataset.withheld_rows.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("reveals", "fields_of_segment"),
    [
        (Reveals.FIELD_LIKENESS, [["given_name"], ["birth_date"], ["family_name"]]),
        (Reveals.GROUP_LIKENESS, [["given_name", "family_name"], ["birth_date"]]),
        (Reveals.RECORD_LIKENESS, [["given_name", "birth_date", "family_name"]]),
    ],
)
def test_each_segment_is_the_union_of_its_fields_own_filters(
    reveals: Reveals, fields_of_segment: list[list[str]]
) -> None:
    secret, columns = Secret.generate(), make_columns(EXTRACT)
    whole = encode(columns, make_schema(*FIELDS, reveals=reveals), secret, 1, secrets.token_bytes)
    alone = {
        field.name: encode(columns, make_schema(field), secret, 1, secrets.token_bytes)
        for field in FIELDS
    }
    for number in whole.row_of_record.tolist():
        expected = b""
        for fields in fields_of_segment:
            union = np.zeros(128, np.uint8)
            for name in map(FieldName, fields):
                if number in alone[name].row_of_record:
                    union |= np.frombuffer(row(alone[name], number), np.uint8)
            expected += union.tobytes()
        assert row(whole, number) == expected


def test_fill_is_told_for_each_segment_over_the_records_that_have_it() -> None:
    schema = make_schema(*FIELDS, reveals=Reveals.GROUP_LIKENESS)
    dataset = encode(make_columns(EXTRACT), schema, Secret.generate(), 1, secrets.token_bytes)
    shares = np.unpackbits(dataset.encodings.rows, axis=1).reshape(-1, 2, 1024).mean(axis=2)
    assert list(dataset.fill) == ["names", "birth"]
    for place, fill in enumerate(dataset.fill.values()):
        having = shares[:, place][shares[:, place] > 0]
        assert fill.mean == pytest.approx(having.mean())
        assert (fill.least, fill.most) == (having.min(), having.max())
    assert (shares[:, 1] == 0).any()


def test_a_nickname_shares_bits_with_its_name_and_not_with_another() -> None:
    dataset = encode_names("William", "Bill", "Peter", nickname=10)
    assert row(dataset, 0) == row(dataset, 1)
    assert row(dataset, 0) != row(dataset, 2)


def test_a_value_without_any_token_leaves_its_filter_empty() -> None:
    dataset = encode_names("Ada", "123", phonetic=5)
    assert any(row(dataset, 0))
    assert not any(row(dataset, 1))


def test_kinds_of_token_add_up() -> None:
    secret, columns = Secret.generate(), make_columns({"name": ["Ada Maria"]})
    one, other, both = (
        encode(
            columns,
            make_schema(make_field("name", FieldKind.GIVEN_NAME, tokens)),
            secret,
            1,
            secrets.token_bytes,
        ).encodings.rows[0]
        for tokens in (
            {TokenKind.BIGRAMS: 5},
            {TokenKind.WORDS: 7},
            {TokenKind.WORDS: 7, TokenKind.BIGRAMS: 5},
        )
    )
    assert (one | other).tolist() == both.tolist()
    assert (one & other).tolist() != one.tolist()


def test_an_extract_without_records_gives_an_empty_dataset() -> None:
    dataset = encode_extract(given_name=[], family_name=[], birth_date=[])
    assert (len(dataset), len(dataset.withheld_rows)) == (0, 0)
    assert dataset.fill["record"].most == 0.0


def test_an_extract_without_a_field_of_the_schema_is_refused() -> None:
    with pytest.raises(ShapeError):
        encode(make_columns({"given_name": []}), SCHEMA, Secret.generate(), 1, secrets.token_bytes)


def test_an_error_quotes_no_value() -> None:
    with pytest.raises(SourceError) as caught:
        encode_extract(birth_date=["Canary", None, None, None, None])
    assert "Canary" not in f"{caught.value}{caught.value.facts}{caught.value.args}"


def test_a_dataset_shows_sizes_only() -> None:
    assert repr(encode_extract()) == "EncodedDataset(EncodingMatrix(3 x 1024 bits), 2 withheld)"


def test_software_is_named_with_versions_that_a_manifest_may_hold() -> None:
    name, encoding, tables, characters = software().split("; ")
    assert name.startswith("linkage-agent ")
    assert (encoding, tables) == ("encoding 2", "anyascii 0.3.3")
    assert characters.startswith("unicode ")


@pytest.mark.parametrize(
    "values", [[None, None], ["Ada"] * 3, ["Ada", "x" * 100_000, None], ["-", "Ada"]]
)
def test_columns_at_the_edges_give_each_value_its_own_encoding(values: list[str | None]) -> None:
    secret = Secret.generate()
    dataset = encode(make_columns({"name": values}), NAMES, secret, 1, secrets.token_bytes)
    for number in dataset.row_of_record.tolist():
        alone = encode(
            make_columns({"name": [values[number]]}), NAMES, secret, 1, secrets.token_bytes
        )
        assert row(dataset, number) == row(alone, 0)
    assert len(dataset) == sum(value not in {None, "-"} for value in values)
