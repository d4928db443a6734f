"""Encodings: the table of what is attacked, from people to bits.

A new one is a line here. Plain ones are the controls: the attacks have to break them.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import partial
from math import log1p
from typing import Final, TypeAlias

import numpy as np

from benchmarks.attacks import hardenings
from linkage.agreement.schema import (
    MAX_BITS_PER_TOKEN,
    RECORD_SEGMENT,
    EncodingSchema,
    FieldSchema,
    Reveals,
    Segment,
    TokenWeight,
)
from linkage.arrays import ByteArray, EncodingMatrix, FloatArray, IntArray
from linkage.crypto.secret import Secret
from linkage_agent.columns import StringColumns
from linkage_agent.pii.encode import encode

EPOCH: Final = 1
FILL_WITHIN: Final = 0.005
"""How near the mean fill has to be to the one wanted; tokens set whole numbers of bits."""
FILL_TRIES: Final = 8

Harden: TypeAlias = Callable[[ByteArray, int], ByteArray]
"""From encodings and the seed of its secret to hardened encodings."""


class Standing(Enum):
    """What is said of an encoding."""

    CONTROL = auto()
    """It is plain: attacks have to break it."""
    CLAIMED = auto()
    """It is to withstand: a broken gate fails the run."""
    COMPARED = auto()
    """Its figures are shown beside the others."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """One way from people to bits.

    Attributes:
        reveals: the level whose schema is taken.
        fill: the share of bits that a mean record is to set; None as the schema has it.
        record_fill: least and most of any record, before hardening; others are not sent.
        harden: what is done to encodings; None leaves them plain.
    """

    name: str
    standing: Standing
    reveals: Reveals
    fill: float | None = None
    record_fill: tuple[float, float] = (0.0, 1.0)
    harden: Harden | None = None


ENCODINGS: Final = (
    Encoding("record-likeness, research", Standing.CONTROL, Reveals.RECORD_LIKENESS),
    Encoding("group-likeness, research", Standing.CONTROL, Reveals.GROUP_LIKENESS),
    Encoding("field-likeness, research", Standing.CONTROL, Reveals.FIELD_LIKENESS),
    Encoding(
        "record-likeness, diffused t = 6",
        Standing.CLAIMED,
        Reveals.RECORD_LIKENESS,
        fill=0.46,
        record_fill=(0.30, 0.60),  # sparser ones have little to hide behind
        harden=lambda rows, seed: hardenings.diffused(rows, 6, seed),
    ),
    Encoding(
        "record-likeness, XOR-folded",
        Standing.COMPARED,
        Reveals.RECORD_LIKENESS,
        harden=hardenings.folded,
    ),
    Encoding(
        "record-likeness, Rule 90",
        Standing.COMPARED,
        Reveals.RECORD_LIKENESS,
        harden=hardenings.rule_90,
    ),
)


@dataclass(frozen=True, slots=True, repr=False)
class Encoded:
    """What people became.

    Attributes:
        matrix: the encodings.
        row_of_record: (n_records,) int64: whose each is; people with too few values have none.
        schema: as it was used, with the bits that give the wanted fill.
        segments: the filters that can be told apart.
        fill: mean share of bits set before hardening, over all filters.
        withheld: people who are not sent.
    """

    matrix: EncodingMatrix
    row_of_record: IntArray
    schema: EncodingSchema
    segments: Sequence[Segment]
    fill: float
    withheld: int

    def __repr__(self) -> str:
        return f"Encoded({self.matrix!r})"


def encode_people(
    people: StringColumns, proposed: EncodingSchema, encoding: Encoding, seed: int
) -> Encoded:
    """What an agency sends of people, under the secret of a seed.

    Args:
        people: a column for each field of the schema.
        proposed: what `schema suggest` proposes at the encoding's level.
        encoding: how.
        seed: of the secret and of the order.
    """
    schema = proposed if encoding.fill is None else _filled(proposed, people, encoding.fill)
    rows, row_of_record = _plain(people, schema, seed)
    least, most = encoding.record_fill
    fills = _fills(rows)
    is_sent = (fills >= least) & (fills <= most)
    rows, row_of_record = rows[is_sent], row_of_record[is_sent]
    segments: Sequence[Segment] = schema.segments()
    if encoding.harden is not None:
        rows = encoding.harden(rows, seed)
        whole = replace(segments[0], name=RECORD_SEGMENT, byte_count=rows.shape[1])
        segments = (whole,)
    return Encoded(
        matrix=EncodingMatrix(rows),
        row_of_record=row_of_record,
        schema=schema,
        segments=segments,
        fill=float(fills[is_sent].mean()),
        withheld=len(people) - len(row_of_record),
    )


def _plain(people: StringColumns, schema: EncodingSchema, seed: int) -> tuple[ByteArray, IntArray]:
    secret = Secret(hashlib.sha256(f"benchmark/{seed}".encode()).digest())
    made = encode(people, schema, secret, EPOCH, np.random.default_rng(seed).bytes)
    return made.encodings.rows, made.row_of_record


def _fills(rows: ByteArray) -> FloatArray:
    """(n_records,) float64: share of bits set."""
    fills: FloatArray = np.bitwise_count(rows).mean(axis=1) / 8
    return fills


def _filled(schema: EncodingSchema, people: StringColumns, fill: float) -> EncodingSchema:
    """The schema with all its bits a token scaled by one factor, so that filters are so full."""
    scale = 1.0
    for _ in range(FILL_TRIES):
        scaled = replace(schema, fields=tuple(map(partial(_scaled, scale), schema.fields)))
        found = float(_fills(_plain(people, scaled, seed=0)[0]).mean())
        if abs(found - fill) < FILL_WITHIN:
            break
        scale *= log1p(-fill) / log1p(-found)
    return scaled


def _scaled(scale: float, field: FieldSchema) -> FieldSchema:
    tokens = tuple(
        TokenWeight(kind, min(max(round(scale * bits), 1), MAX_BITS_PER_TOKEN))
        for kind, bits in field.tokens
    )
    return replace(field, tokens=tokens)
