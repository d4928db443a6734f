"""Encode: identifiers in, encodings out. The only module that knows the order of the steps.

(1) Normalise each field; what is left of nothing is missing.
(2) Withhold records with too few fields present.
(3) Draw the tokens of the others and with them the order in which they are sent.
(4) Field by field: q-grams, field key, positions, filters, into the records' encodings.
(5) Harden the encodings as the schema says.

Nothing that was derived from a value outlives the call, save the encodings.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

import numpy as np

from linkage.agreement.schema import EncodingSchema, FieldSchema, Hardening
from linkage.arrays import ByteArray, EncodingMatrix, IntArray, RecordTokens, ShapeError
from linkage.crypto.secret import Secret
from linkage.ids import FieldName
from linkage_agent.columns import MISSING, StringColumns
from linkage_agent.pii.bloom import FillStatistics, add_field, fill_statistics, value_filters
from linkage_agent.pii.field_keys import qgram_key
from linkage_agent.pii.normalise import NormalisedColumn, normalise_column
from linkage_agent.pii.prf import bit_positions
from linkage_agent.pii.qgrams import split_column
from linkage_agent.pii.record_tokens import RandomBytes, draw_tokens


@dataclass(frozen=True, slots=True)
class Presence:
    """How many rows of the extract have a value of a field, once normalised."""

    present: int
    missing: int


@dataclass(frozen=True, slots=True, repr=False)
class EncodedDataset:
    """What an extract became.

    Attributes:
        encodings: the records to be sent.
        tokens: their tokens, in the same order.
        row_of_record: (n_records,) int64; the extract's row that each is. Never sent.
        withheld_rows: ascending (n_withheld,) int64; rows that are not sent.
        fill: how full the encodings are.
        presence: of each field, over all rows of the extract.
    """

    encodings: EncodingMatrix
    tokens: RecordTokens
    row_of_record: IntArray
    withheld_rows: IntArray
    fill: FillStatistics
    presence: Mapping[FieldName, Presence]

    def __len__(self) -> int:
        return len(self.encodings)

    def __repr__(self) -> str:
        return f"EncodedDataset({self.encodings!r}, {len(self.withheld_rows)} withheld)"


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
        random_bytes: For tokens; `secrets.token_bytes` in earnest.

    Returns:
        The dataset; it may be empty, if all records are withheld.

    Raises:
        SourceError: A date or a sex is not in standard form.
        ShapeError: A field of the schema has no column.
    """
    if any(field.name not in columns.fields for field in schema.fields):
        raise ShapeError("encode: a field of the schema has no column")
    normalised = [normalise_column(columns.fields[f.name], f) for f in schema.fields]  # (1)
    fields_present = _count_present(normalised, len(columns))  # (2)
    is_sent = fields_present >= max(1, schema.minimum_fields)
    tokens, row_of_record = draw_tokens(np.flatnonzero(is_sent), random_bytes)  # (3)

    rows = np.zeros((len(tokens), schema.length_bits // 8), np.uint8)
    for field, column in zip(schema.fields, normalised, strict=True):  # (4)
        filters = _field_filters(column, field, project_secret, epoch, schema.length_bits)
        add_field(rows, filters, column.codes[row_of_record])
    encodings = _harden(rows, schema.hardening)  # (5)

    return EncodedDataset(
        encodings=encodings,
        tokens=tokens,
        row_of_record=row_of_record,
        withheld_rows=np.flatnonzero(~is_sent),
        fill=fill_statistics(encodings),
        presence={
            field.name: _presence(column)
            for field, column in zip(schema.fields, normalised, strict=True)
        },
    )


def _field_filters(
    column: NormalisedColumn,
    field: FieldSchema,
    project_secret: Secret,
    epoch: int,
    length_bits: int,
) -> ByteArray:
    qgrams = split_column(column, field.kind)
    key = qgram_key(project_secret, epoch, field.name)
    positions = bit_positions(key, qgrams.vocabulary, field.bits_per_qgram, length_bits)
    return value_filters(qgrams, positions, length_bits)


def _harden(rows: ByteArray, level: Hardening) -> EncodingMatrix:
    """The encodings at the agreement's level; a level without a case here fails the type check."""
    match level:
        case Hardening.RESEARCH:
            return EncodingMatrix(rows)
        case _:
            assert_never(level)


def _count_present(columns: list[NormalisedColumn], n_records: int) -> IntArray:
    counts = np.zeros(n_records, np.int64)
    for column in columns:
        counts += column.codes != MISSING
    return counts


def _presence(column: NormalisedColumn) -> Presence:
    present = int(np.count_nonzero(column.codes != MISSING))
    return Presence(present, len(column) - present)
