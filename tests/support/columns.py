"""Extracts for tests, as a source would give them."""

from collections.abc import Mapping, Sequence

import numpy as np

from linkage.agreement.schema import (
    Blocking,
    CheckRule,
    EncodingSchema,
    FieldKind,
    FieldSchema,
    Hardening,
    MissingRule,
    Reveals,
    TokenKind,
    TokenWeight,
    Transliteration,
)
from linkage.ids import FieldName
from linkage_agent.columns import MISSING, StringColumn, StringColumns


def make_column(values: Sequence[str | None]) -> StringColumn:
    """The values as a column; None is missing."""
    index: dict[str, int] = {}
    codes = [MISSING if v is None else index.setdefault(v, len(index)) for v in values]
    return StringColumn(np.array(codes, np.int32), tuple(index))


def make_columns(fields: Mapping[str, Sequence[str | None]]) -> StringColumns:
    """The fields' values as an extract, rows numbered from 0."""
    n_records = len(next(iter(fields.values())))
    return StringColumns(
        tuple(str(row) for row in range(n_records)),
        {FieldName(name): make_column(values) for name, values in fields.items()},
    )


def make_field(
    name: str,
    kind: FieldKind,
    tokens: Mapping[TokenKind, int],
    *,
    missing: MissingRule = MissingRule.NEUTRAL,
    group: str | None = None,
    check: CheckRule = CheckRule.NONE,
) -> FieldSchema:
    """A field with so many bits for each kind of token."""
    weights = tuple(TokenWeight(token, bits) for token, bits in tokens.items())
    return FieldSchema(FieldName(name), kind, "test", weights, missing, group, check)


def make_schema(
    *fields: FieldSchema,
    reveals: Reveals = Reveals.RECORD_LIKENESS,
    length_bits: int = 1024,
    transliteration: Transliteration = Transliteration.ANYASCII,
    minimum_fields: int = 1,
    blocking: Blocking | None = None,
) -> EncodingSchema:
    """A schema of the fields."""
    return EncodingSchema(
        fields=fields,
        reveals=reveals,
        length_bits=length_bits,
        transliteration=transliteration,
        hardening=Hardening.RESEARCH,
        hardening_statement="test",
        minimum_fields=minimum_fields,
        blocking=blocking,
    )
