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

from linkage.agreement.schema import FieldKind, FieldSchema
from linkage.crypto.secret import Secret
from linkage.errors import SourceError
from linkage.ids import FieldName
from linkage_agent.pii.encode import encode
from linkage_agent.pii.field_keys import qgram_key
from linkage_agent.pii.normalise import NormalisedColumn, normalise_column
from linkage_agent.pii.prf import bit_positions
from linkage_agent.pii.qgrams import split_column
from tests.support.columns import make_column, make_columns, make_schema

Vectors: TypeAlias = dict[str, Any]

ROOT: Final = Path(__file__).parents[2]
VECTORS: Final = ROOT / "tests/vectors/encoding.json"
SCRIPT: Final = ROOT / "tests/vectors/make_encoding_vectors.py"
PROTOCOL: Final = ROOT / "protos/PROTOCOL.md"


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    loaded: Vectors = json.loads(VECTORS.read_text(encoding="ascii"))
    return loaded


@pytest.fixture(scope="module")
def secret(vectors: Vectors) -> Secret:
    return Secret(bytes.fromhex(vectors["project_secret"]))


def normal_form(kind: str, value: str) -> str:
    field = FieldSchema(FieldName("field"), FieldKind(kind), "test", 1)
    return "".join(normalise_column(make_column([value]), field).distinct)


def test_the_script_gives_the_committed_file(tmp_path: Path) -> None:
    made = tmp_path / "encoding.json"
    subprocess.run([sys.executable, "-I", str(SCRIPT), str(made)], check=True)
    assert made.read_bytes() == VECTORS.read_bytes()


def test_normal_forms(vectors: Vectors) -> None:
    for case in vectors["normal_forms"]:
        assert normal_form(case["kind"], case["value"]) == case["normal_form"]


def test_values_that_are_not_standard_are_refused(vectors: Vectors) -> None:
    for case in vectors["refused"]:
        with pytest.raises(SourceError):
            normal_form(case["kind"], case["value"])


def test_normal_form_of_every_character_of_unicode_3_2(vectors: Vectors) -> None:
    characters = [
        chr(code_point)
        for code_point in range(sys.maxunicode + 1)
        if unicodedata.ucd_3_2_0.category(chr(code_point)) not in {"Cn", "Co", "Cs"}
    ]
    field = FieldSchema(FieldName("field"), FieldKind.ADDRESS, "test", 1)
    column = normalise_column(make_column(characters), field)
    forms = np.array([*column.distinct, ""], object)[column.codes]
    lines = "".join(
        f"{ord(character)}\t{form}\n" for character, form in zip(characters, forms, strict=True)
    )
    assert hashlib.sha256(lines.encode()).hexdigest() == vectors["unicode_3_2_digest"]


def test_qgrams(vectors: Vectors) -> None:
    for case in vectors["qgrams"]:
        column = NormalisedColumn(np.zeros(1, np.int32), (case["normal_form"],))
        table = split_column(column, FieldKind(case["kind"]))
        assert [table.vocabulary[member] for member in table.members] == case["qgrams"]


def test_field_keys(vectors: Vectors, secret: Secret) -> None:
    for case in vectors["field_keys"]:
        key = qgram_key(secret, case["epoch"], FieldName(case["field"]))
        assert key == Secret(bytes.fromhex(case["key"]))


def test_positions(vectors: Vectors, secret: Secret) -> None:
    for case in vectors["positions"]:
        key = qgram_key(secret, case["epoch"], FieldName(case["field"]))
        found = bit_positions(key, [case["qgram"]], case["bits_per_qgram"], case["length_bits"])
        assert found.tolist() == [case["positions"]]


def test_encodings(vectors: Vectors, secret: Secret) -> None:
    for case in vectors["datasets"]:
        fields, records = case["fields"], case["records"]
        schema = make_schema(
            *((f["name"], FieldKind(f["kind"]), f["bits_per_qgram"]) for f in fields),
            length_bits=case["length_bits"],
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
    assert vectors["field_keys"][0]["key"] in page
