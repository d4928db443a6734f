"""Extracts for tests, as a source would give them."""

from collections.abc import Mapping, Sequence

import numpy as np

from linkage.agreement.schema import EncodingSchema, FieldKind, FieldSchema, Hardening
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


def make_schema(
    *fields: tuple[str, FieldKind, int], length_bits: int = 1024, minimum_fields: int = 1
) -> EncodingSchema:
    """A schema of fields given as name, kind and bits per q-gram."""
    return EncodingSchema(
        fields=tuple(
            FieldSchema(FieldName(name), kind, "test", bits_per_qgram)
            for name, kind, bits_per_qgram in fields
        ),
        length_bits=length_bits,
        hardening=Hardening.RESEARCH,
        hardening_statement="test",
        minimum_fields=minimum_fields,
    )
