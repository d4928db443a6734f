"""The agent gives what an independent implementation of PROTOCOL.md gives."""

import hashlib
import json
import secrets
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import pytest
from anyascii import anyascii

from linkage.agreement.schema import (
    CheckRule,
    FieldKind,
    FieldSchema,
    MissingRule,
    Reveals,
    TokenKind,
    Transliteration,
)
from linkage.crypto.secret import Secret
from linkage.errors import SourceError
from linkage.ids import FieldName
from linkage_agent.pii.check_digits import passes
from linkage_agent.pii.encode import encode
from linkage_agent.pii.field_keys import field_key
from linkage_agent.pii.normalise import NormalisedColumn, normalise_column
from linkage_agent.pii.prf import bit_positions
from linkage_agent.pii.tokens.table import split_column
from tests.support.columns import make_column, make_columns, make_field, make_schema

Vectors: TypeAlias = dict[str, Any]

ROOT: Final = Path(__file__).parents[2]
VECTORS: Final = ROOT / "tests/vectors/encoding.json"
SCRIPT: Final = ROOT / "tests/vectors/make_encoding_vectors.py"
PROTOCOL: Final = ROOT / "protos/PROTOCOL.md"
NICKNAMES: Final = ROOT / "agents/linkage_agent/pii/tokens/nicknames.txt"


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    loaded: Vectors = json.loads(VECTORS.read_text(encoding="ascii"))
    return loaded


@pytest.fixture(scope="module")
def secret(vectors: Vectors) -> Secret:
    return Secret(bytes.fromhex(vectors["project_secret"]))


def normal_form(kind: str, value: str, transliteration: str = "anyascii-0.3") -> str:
    field = make_field("field", FieldKind(kind), {TokenKind.WHOLE: 1})
    column = normalise_column(make_column([value]), field, Transliteration(transliteration))
    return "".join(column.distinct)


def test_the_script_gives_the_committed_file(tmp_path: Path) -> None:
    made = tmp_path / "encoding.json"
    subprocess.run([sys.executable, "-I", str(SCRIPT), str(made)], check=True)
    assert made.read_bytes() == VECTORS.read_bytes()


def test_the_tables_that_the_page_names_are_those_that_are_used(vectors: Vectors) -> None:
    page = PROTOCOL.read_text(encoding="utf-8")
    total = hashlib.sha256()
    for code_point in [*range(0xD800), *range(0xE000, 0x10000)]:
        total.update(f"{code_point}\t{anyascii(chr(code_point))}\n".encode())
    assert total.hexdigest() == vectors["anyascii_digest"]
    assert hashlib.sha256(NICKNAMES.read_bytes()).hexdigest() == vectors["nicknames_digest"]
    assert f"\n    {vectors['anyascii_digest']}\n" in page
    assert f"\n    {vectors['nicknames_digest']}\n" in page


def test_normal_forms(vectors: Vectors) -> None:
    for case in vectors["normal_forms"]:
        form = normal_form(case["kind"], case["value"], case["transliteration"])
        assert form == case["normal_form"]


def test_values_that_are_not_standard_are_refused(vectors: Vectors) -> None:
    for case in vectors["refused"]:
        with pytest.raises(SourceError):
            normal_form(case["kind"], case["value"])


def test_checks(vectors: Vectors) -> None:
    for case in vectors["checks"]:
        assert passes(CheckRule(case["rule"]), case["normal_form"]) == case["passes"]


@pytest.mark.parametrize("transliteration", Transliteration)
def test_normal_form_of_every_character_of_unicode_3_2(
    vectors: Vectors, transliteration: Transliteration
) -> None:
    characters = [
        chr(code_point)
        for code_point in range(sys.maxunicode + 1)
        if unicodedata.ucd_3_2_0.category(chr(code_point)) not in {"Cn", "Co", "Cs"}
    ]
    field = make_field("field", FieldKind.ADDRESS, {TokenKind.WHOLE: 1})
    column = normalise_column(make_column(characters), field, transliteration)
    forms = np.array([*column.distinct, ""], object)[column.codes]
    lines = "".join(
        f"{ord(character)}\t{form}\n" for character, form in zip(characters, forms, strict=True)
    )
    found = hashlib.sha256(lines.encode()).hexdigest()
    assert found == vectors["unicode_3_2_digests"][transliteration.value]


def test_tokens(vectors: Vectors) -> None:
    for case in vectors["tokens"]:
        column = NormalisedColumn(np.zeros(1, np.int32), (case["normal_form"],))
        table = split_column(column, TokenKind(case["token_kind"]))
        assert [table.vocabulary[member] for member in table.members] == case["tokens"], case


def test_every_kind_of_token_has_vectors(vectors: Vectors) -> None:
    used = {kind for case in vectors["datasets"] for f in case["fields"] for kind in f["tokens"]}
    assert used == set(TokenKind)
    assert {f["kind"] for case in vectors["datasets"] for f in case["fields"]} == set(FieldKind)
    assert {case["reveals"] for case in vectors["datasets"]} == set(Reveals)


def key_of(case: dict[str, Any], secret: Secret) -> Secret:
    kind = TokenKind(case["token_kind"])
    return field_key(secret, case["epoch"], FieldName(case["field"]), kind)


def test_field_keys(vectors: Vectors, secret: Secret) -> None:
    for case in vectors["field_keys"]:
        assert key_of(case, secret) == Secret(bytes.fromhex(case["key"]))


def test_positions(vectors: Vectors, secret: Secret) -> None:
    for case in vectors["positions"]:
        key = key_of(case, secret)
        found = bit_positions(key, [case["token"]], case["weight"], case["length_bits"])
        assert found.tolist() == [case["positions"]]


def field_of(case: dict[str, Any]) -> FieldSchema:
    return make_field(
        case["name"],
        FieldKind(case["kind"]),
        {TokenKind(kind): weight for kind, weight in case["tokens"].items()},
        missing=MissingRule(case["missing"]),
        group=case["group"] or None,
        check=CheckRule(case["check"]),
    )


def test_encodings(vectors: Vectors, secret: Secret) -> None:
    for case in vectors["datasets"]:
        fields, records = case["fields"], case["records"]
        schema = make_schema(
            *map(field_of, fields),
            reveals=Reveals(case["reveals"]),
            length_bits=case["length_bits"],
            transliteration=Transliteration(case["transliteration"]),
            minimum_fields=case["minimum_fields"],
        )
        columns = make_columns(
            {
                field["name"]: [record["values"][place] for record in records]
                for place, field in enumerate(fields)
            }
        )
        dataset = encode(columns, schema, secret, case["epoch"], secrets.token_bytes)
        found: list[str | None] = [None] * len(records)
        for row, bits in zip(dataset.row_of_record, dataset.encodings.rows, strict=True):
            found[row] = bytes(bits).hex()
        assert found == [record["encoding"] for record in records]


def test_the_worked_example_of_the_protocol_is_the_first_dataset(vectors: Vectors) -> None:
    page = PROTOCOL.read_text(encoding="utf-8")
    example = vectors["datasets"][0]
    assert f"`{example['records'][0]['values'][0]}`" in page
    assert f"\n    {example['records'][0]['encoding']}\n" in page
    assert vectors["project_secret"] in page
    keys = {case["token_kind"]: case["key"] for case in vectors["field_keys"][:4]}
    assert keys["bigrams"] in page
