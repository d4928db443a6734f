"""Blocking tokens: what the protocol says, and none that tell more than was agreed."""

import json
import secrets
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.agreement.schema import (
    Blocking,
    EncodingSchema,
    FieldKind,
    FieldPart,
    Part,
    TokenKind,
)
from linkage.arrays import BlockingTokens, ShapeError
from linkage.crypto.secret import Secret
from linkage.errors import SourceError
from linkage.ids import FieldName
from linkage_agent.coarse import BLOCKING_TOO_FINE, coarsened
from linkage_agent.columns import MISSING
from linkage_agent.pii.blocking import rule_tokens
from linkage_agent.pii.encode import encode
from linkage_agent.pii.field_keys import blocking_key
from linkage_agent.pii.normalise import NormalisedColumn
from tests.support.columns import make_columns, make_field, make_schema

Vectors: TypeAlias = dict[str, Any]

VECTORS: Final = Path(__file__).parents[1] / "vectors/blocking.json"
SCRIPT: Final = VECTORS.with_name("make_blocking_vectors.py")


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    loaded: Vectors = json.loads(VECTORS.read_text(encoding="ascii"))
    return loaded


def column_of(forms: list[str]) -> NormalisedColumn:
    """The normal forms as a column; an empty one is missing."""
    distinct = tuple(dict.fromkeys(filter(None, forms)))
    codes = [distinct.index(form) if form else MISSING for form in forms]
    return NormalisedColumn(np.array(codes, np.int32), distinct)


def tokens_of(rules: list[list[int]]) -> BlockingTokens:
    """Given rule by rule."""
    return BlockingTokens(np.ascontiguousarray(np.array(rules, np.uint16).T))


def test_the_script_gives_the_committed_file(tmp_path: Path) -> None:
    made = tmp_path / "blocking.json"
    subprocess.run([sys.executable, "-I", str(SCRIPT), str(made)], check=True)
    assert made.read_bytes() == VECTORS.read_bytes()


@pytest.mark.parametrize("epoch", [1, 300])
def test_tokens(vectors: Vectors, epoch: int) -> None:
    secret = Secret(bytes.fromhex(vectors["project_secret"]))
    records = [record for record in vectors["records"] if record["epoch"] == epoch]
    columns = {
        FieldName(name): column_of([record["normal_forms"][name] for record in records])
        for name in vectors["kinds"]
    }
    for place, parts in enumerate(vectors["rules"]):
        rule = [FieldPart(FieldName(name), Part(parts[name])) for name in sorted(parts)]
        found = rule_tokens(columns, rule, blocking_key(secret, epoch, place + 1))
        assert found.tolist() == [record["tokens"][place] for record in records]
        assert found.dtype == np.uint16


def test_every_part_has_vectors(vectors: Vectors) -> None:
    assert {part for rule in vectors["rules"] for part in rule.values()} == set(Part)


def test_years_meet_under_one_of_two_rules_just_if_they_are_next_to_each_other() -> None:
    years = [f"{year:04}" for year in range(1990, 2003)]
    columns = {FieldName("year"): column_of(years)}
    even, odd = (
        rule_tokens(columns, [FieldPart(FieldName("year"), part)], Secret.generate())
        for part in (Part.EVEN_YEARS, Part.ODD_YEARS)
    )
    for one in range(len(years)):
        for other in range(len(years)):
            meets = even[one] == even[other] or odd[one] == odd[other]
            assert meets == (abs(one - other) <= 1)


def test_what_may_be_sent(vectors: Vectors) -> None:
    cases = vectors["coarsened"]
    assert {case["sent"] is None for case in cases} == {True, False}
    for case in cases:
        tokens = tokens_of(case["tokens"])
        if case["sent"] is None:
            with pytest.raises(SourceError) as refused:
                coarsened(tokens, case["smallest_bucket"])
            assert refused.value.reason is BLOCKING_TOO_FINE
        else:
            sent = coarsened(tokens, case["smallest_bucket"])
            assert sent.rows.T.tolist() == case["sent"]


@given(
    rules=st.integers(1, 60).flatmap(
        lambda n: st.lists(
            st.lists(st.integers(0, 4), min_size=n, max_size=n), min_size=1, max_size=4
        )
    ),
    smallest=st.integers(1, 12),
)
def test_as_many_records_as_agreed_have_all_tokens_in_common(
    rules: list[list[int]], smallest: int
) -> None:
    try:
        sent = coarsened(tokens_of(rules), smallest)
    except SourceError as refused:
        assert refused.facts["limit"] == smallest  # noqa: PT017 - either is right here
        return
    alike = Counter(map(tuple, sent.rows.tolist()))
    assert min(alike.values()) >= smallest or set(alike) == {(0,) * len(rules)}
    with_tokens = [count for shown, count in alike.items() if any(shown)]
    assert sent.fewest_alike == min(with_tokens, default=0)
    for before, after in zip(rules, sent.rows.T.tolist(), strict=True):
        changed = sum(one not in {0, other} for one, other in zip(before, after, strict=True))
        assert 2 * changed <= sum(map(bool, before))


def blocking_schema(*rules: dict[str, Part], smallest: int) -> EncodingSchema:
    """Sex and birth date, and rules for them."""
    fields = (
        make_field("sex", FieldKind.SEX, {TokenKind.WHOLE: 4}),
        make_field("born", FieldKind.DATE, {TokenKind.DATE_PARTS: 4}),
    )
    named = tuple(
        tuple(FieldPart(FieldName(name), part) for name, part in sorted(rule.items()))
        for rule in rules
    )
    return make_schema(*fields, length_bits=128, blocking=Blocking(named, smallest, "test"))


EXTRACT: Final = {
    "sex": ["male", "female", None, "male", "female", "other", "male"],
    "born": ["1980-01-02", "1980-05-01", None, "1981-01-01", "1981-09-09", "1980-01-01", None],
}


def test_tokens_go_with_their_records_and_withheld_ones_have_none() -> None:
    schema = blocking_schema({"born": Part.YEAR}, {"sex": Part.WHOLE}, smallest=1)
    dataset = encode(make_columns(EXTRACT), schema, Secret.generate(), 1, secrets.token_bytes)
    assert dataset.blocking is not None
    assert dataset.withheld_rows.tolist() == [2]
    token_of = dict(zip(dataset.row_of_record.tolist(), dataset.blocking.rows, strict=True))
    assert token_of[0][0] == token_of[1][0] == token_of[5][0] != token_of[3][0] == token_of[4][0]
    assert token_of[0][1] == token_of[3][1] != token_of[1][1] == token_of[4][1]
    assert token_of[6][0] == 0
    assert repr(dataset.blocking) == "BlockingTokens(6 x 2 rules)"


def test_agencies_have_the_same_tokens_and_other_epochs_and_rules_have_others() -> None:
    secret = Secret.generate()
    schema = blocking_schema({"sex": Part.WHOLE}, {"sex": Part.WHOLE}, smallest=1)
    extract = {"sex": ["male"], "born": ["1980-01-01"]}
    shown = [
        encode(make_columns(extract), schema, secret, epoch, secrets.token_bytes).blocking
        for epoch in (1, 1, 2)
    ]
    first, again, later = (each.rows[0].tolist() for each in shown if each is not None)
    assert first == again
    assert len({*first, *later}) == 4


def test_an_extract_for_which_a_rule_is_too_fine_is_refused_before_anything_is_made() -> None:
    schema = blocking_schema({"sex": Part.WHOLE}, {"born": Part.YEAR}, smallest=3)
    with pytest.raises(SourceError) as refused:
        encode(make_columns(EXTRACT), schema, Secret.generate(), 1, secrets.token_bytes)
    assert refused.value.reason is BLOCKING_TOO_FINE
    assert refused.value.facts == {"rule": 2, "record_count": 5, "limit": 3}
    assert "1980" not in str(refused.value)


@pytest.mark.parametrize(
    "rows", [np.zeros((2, 0), np.uint16), np.zeros((2, 5), np.uint16), np.zeros((2, 1), np.int64)]
)
def test_blocking_tokens_have_one_to_four_rules_of_two_bytes(
    rows: "np.typing.NDArray[Any]",
) -> None:
    with pytest.raises(ShapeError):
        BlockingTokens(rows)
