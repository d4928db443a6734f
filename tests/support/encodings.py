"""Encodings and policies for tests of the match run."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from linkage.agreement.model import Accept, Candidates, MatchPolicy
from linkage.agreement.schema import EncodingSchema, FieldKind, Reveals, TokenKind
from linkage.arrays import EncodingMatrix
from linkage.ids import AgencyId
from linkage.matcher.model.datasets import Dataset
from tests.support.columns import make_field, make_schema


def encodings_of(rows: Sequence[int], length_bits: int) -> EncodingMatrix:
    """Encodings given as integers; the highest bit comes first."""
    content = b"".join(row.to_bytes(length_bits // 8) for row in rows)
    return EncodingMatrix(np.frombuffer(content, np.uint8).reshape(-1, length_bits // 8).copy())


def random_encodings(
    rng: np.random.Generator, count: int, length_bits: int, fill: float = 0.34
) -> EncodingMatrix:
    """Encodings whose bits are set independently."""
    return EncodingMatrix(np.packbits(rng.random((count, length_bits)) < fill, axis=1))


def blurred(
    rng: np.random.Generator, encodings: EncodingMatrix, share: float = 0.05
) -> EncodingMatrix:
    """The same people seen with errors, in another order: a share of the bits is flipped."""
    flips = np.packbits(rng.random((len(encodings), encodings.length_bits)) < share, axis=1)
    return EncodingMatrix((encodings.rows ^ flips)[rng.permutation(len(encodings))])


def datasets_of(
    encodings: Sequence[EncodingMatrix], once: Sequence[bool] | None = None
) -> tuple[Dataset, ...]:
    """A dataset for each matrix, of agencies `agency-0`, `agency-1` …"""
    flags = once or [True] * len(encodings)
    return tuple(
        Dataset(AgencyId(f"agency-{number}"), matrix, flag)
        for number, (matrix, flag) in enumerate(zip(encodings, flags, strict=True))
    )


def dice_policy(threshold: str) -> MatchPolicy:
    """All pairs, by Dice coefficient."""
    return MatchPolicy(Accept.DICE, Decimal(threshold), Candidates.ALL_PAIRS)


def plain_schema(segment_count: int, length_bits: int) -> EncodingSchema:
    """A schema of so many filters; what is in them does not matter where they are made up."""
    fields = [
        make_field(f"field_{number}", FieldKind.CODE, {TokenKind.WHOLE: 8})
        for number in range(segment_count)
    ]
    return make_schema(*fields, reveals=Reveals.FIELD_LIKENESS, length_bits=length_bits)


def ignore(_compared: int, _of: int) -> None:
    """For runs whose progress is of no interest."""
