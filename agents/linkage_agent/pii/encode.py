"""Encode: identifiers in, encodings out. The only module that knows the order of the steps.

(1) Normalise each field; what is left of nothing, or fails its check, is missing.
(2) Withhold records with too few fields present, or without one that they must have.
(3) Draw the record tokens of the others and with them the order in which they are sent.
(4) Segment by segment, field by field, kind by kind: tokens, field key, positions, filters, into
    the records' encodings.
(5) Harden the encodings as the schema says.
(6) Blocking tokens, if the schema has rules for them, without those that tell too much.

Nothing that was derived from a value outlives the call, save encodings and blocking tokens.
"""

from collections.abc import Mapping
from typing import assert_never

import numpy as np

from linkage.agreement.schema import EncodingSchema, FieldSchema, Hardening, MissingRule
from linkage.arrays import (
    BlockingTokens,
    BoolArray,
    ByteArray,
    EncodingMatrix,
    IntArray,
    ShapeError,
)
from linkage.crypto.secret import Secret
from linkage.ids import FieldName
from linkage_agent.coarse import coarsened
from linkage_agent.columns import MISSING, StringColumns
from linkage_agent.encoded import EncodedDataset, Presence, fill_statistics
from linkage_agent.pii.blocking import rule_tokens
from linkage_agent.pii.bloom import add_field, add_tokens, empty_filters
from linkage_agent.pii.field_keys import blocking_key, field_key
from linkage_agent.pii.normalise import NormalisedColumn, normalise_column
from linkage_agent.pii.prf import bit_positions
from linkage_agent.pii.record_tokens import RandomBytes, draw_tokens
from linkage_agent.pii.tokens.table import split_column


def encode(
    columns: StringColumns,
    schema: EncodingSchema,
    project_secret: Secret,
    epoch: int,
    random_bytes: RandomBytes,
) -> EncodedDataset:
    """The dataset that an extract becomes under the agencies' secret.

    Args:
        columns: A column for each field of the schema; other columns are not looked at.
        schema: The agreement's.
        project_secret: The epoch's.
        epoch: Number of the secret's lifetime, from 1.
        random_bytes: For record tokens; `secrets.token_bytes` in earnest.

    Returns:
        The dataset; it may be empty, if all records are withheld.

    Raises:
        SourceError: A date, a year or a sex is not in standard form; a blocking rule is too fine.
        ShapeError: A field of the schema has no column.
    """
    if any(field.name not in columns.fields for field in schema.fields):
        raise ShapeError("encode: a field of the schema has no column")
    normalised = {  # (1)
        field.name: normalise_column(columns.fields[field.name], field, schema.transliteration)
        for field in schema.fields
    }
    is_sent = _is_sent(normalised, schema, len(columns))  # (2)
    tokens, row_of_record = draw_tokens(np.flatnonzero(is_sent), random_bytes)  # (3)

    fields = {field.name: field for field in schema.fields}
    rows = np.zeros((len(tokens), schema.encoding_bytes), np.uint8)
    for segment in schema.segments():  # (4)
        for name in segment.fields:
            column, field = normalised[name], fields[name]
            filters = _field_filters(column, field, project_secret, epoch, schema.length_bits)
            add_field(rows, segment, filters, column.codes[row_of_record])
    encodings = _harden(rows, schema.hardening)  # (5)

    return EncodedDataset(
        encodings=encodings,
        tokens=tokens,
        blocking=_blocking_tokens(normalised, schema, project_secret, epoch, row_of_record),  # (6)
        row_of_record=row_of_record,
        withheld_rows=np.flatnonzero(~is_sent),
        fill={segment.name: fill_statistics(encodings, segment) for segment in schema.segments()},
        presence={name: _presence(column) for name, column in normalised.items()},
    )


def _is_sent(
    columns: Mapping[FieldName, NormalisedColumn], schema: EncodingSchema, n_records: int
) -> BoolArray:
    """Which rows have enough fields, and all that they must have."""
    counts = np.zeros(n_records, np.int64)
    is_complete = np.ones(n_records, np.bool_)
    for field in schema.fields:
        is_present = columns[field.name].codes != MISSING
        counts += is_present
        if field.missing is MissingRule.WITHHOLD:
            is_complete &= is_present
    return is_complete & (counts >= max(1, schema.minimum_fields))


def _field_filters(
    column: NormalisedColumn,
    field: FieldSchema,
    project_secret: Secret,
    epoch: int,
    length_bits: int,
) -> ByteArray:
    """The filter of each distinct value: the union of its tokens of all kinds."""
    filters = empty_filters(len(column.distinct), length_bits)
    for kind, bits in field.tokens:
        tokens = split_column(column, kind)
        key = field_key(project_secret, epoch, field.name, kind)
        add_tokens(filters, tokens, bit_positions(key, tokens.vocabulary, bits, length_bits))
    return filters


def _harden(rows: ByteArray, level: Hardening) -> EncodingMatrix:
    """The encodings at the agreement's level; a level without a case here fails the type check."""
    match level:
        case Hardening.RESEARCH:
            return EncodingMatrix(rows)
        case _:
            assert_never(level)


def _blocking_tokens(
    columns: Mapping[FieldName, NormalisedColumn],
    schema: EncodingSchema,
    project_secret: Secret,
    epoch: int,
    row_of_record: IntArray,
) -> BlockingTokens | None:
    if schema.blocking is None:
        return None
    tokens = [
        rule_tokens(columns, rule, blocking_key(project_secret, epoch, number))[row_of_record]
        for number, rule in enumerate(schema.blocking.rules, 1)
    ]
    return coarsened(BlockingTokens(np.stack(tokens, axis=1)), schema.blocking.smallest_bucket)


def _presence(column: NormalisedColumn) -> Presence:
    present = int(np.count_nonzero(column.codes != MISSING))
    return Presence(present, len(column) - present, column.failed)
