"""The workplace of a run: what measurements share, made once and kept on disk or in memory."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np

from benchmarks.speed.partners import make_partners
from benchmarks.speed.people import make_people, read_people, sources
from benchmarks.speed.schemas import FILL, LENGTH_BITS, agreed_schema
from linkage.agreement.schema import EncodingSchema
from linkage.arrays import ByteArray, EncodingMatrix
from linkage.crypto.secret import Secret
from linkage_agent.columns import StringColumns
from linkage_agent.encoded import EncodedDataset
from linkage_agent.pii.encode import encode

SEED: Final = 1
EPOCH: Final = 1
DIFFUSED_OF: Final = 10
"""Bits of which each diffused bit is the sum; from four on, half of the bits are set whatever the
fill was. Source: Armknecht, Heng, Schnell (2023)."""

Both: TypeAlias = tuple[EncodingMatrix, EncodingMatrix]
"""The encodings of the two agencies."""


@dataclass(slots=True)
class Workplace:
    """Where a run keeps what it made.

    Attributes:
        folder: for files.
        quick: whether less data will do.
    """

    folder: Path
    quick: bool
    _columns: dict[int, tuple[StringColumns, StringColumns]] = field(default_factory=dict)
    _encodings: dict[tuple[int, int, float], Both] = field(default_factory=dict)

    def people(self, records: int) -> Path:
        """The folder with both agencies' extracts.

        Raises:
            ToolError: They could not be made.
        """
        folder = self.folder / f"people-{records}"
        make_people(folder, records, SEED)
        return folder

    def partners(self, count: int, records: int) -> Path:
        """The folder with the extracts of so many agencies.

        Raises:
            ToolError: They could not be made.
        """
        folder = self.folder / f"partners-{count}-{records}"
        make_partners(folder, count, records, SEED)
        return folder

    def columns(self, records: int) -> tuple[StringColumns, StringColumns]:
        """Both agencies' identifiers, as their agents read them."""
        if records not in self._columns:
            first, second = map(read_people, sources(self.people(records)).values())
            self._columns[records] = (first, second)
        return self._columns[records]

    def encodings(self, records: int, length_bits: int = LENGTH_BITS, fill: float = FILL) -> Both:
        """Both agencies' encodings by an agreement's schema."""
        key = (records, length_bits, fill)
        if key not in self._encodings:
            schema = agreed_schema(length_bits, fill)
            first, second = (encoded(each, schema).encodings for each in self.columns(records))
            self._encodings[key] = (first, second)
        return self._encodings[key]

    def diffused(self, records: int) -> Both:
        """The usual encodings with every bit replaced by the sum of ten."""
        first, second = self.encodings(records)
        return diffused(first.rows), diffused(second.rows)


def encoded(columns: StringColumns, schema: EncodingSchema) -> EncodedDataset:
    """What an agent makes of an extract; secret and tokens are the same in every run."""
    secret = Secret(hashlib.sha256(f"benchmark/{SEED}".encode()).digest())
    return encode(columns, schema, secret, EPOCH, np.random.default_rng(SEED).bytes)


def diffused(rows: ByteArray) -> EncodingMatrix:
    """Encodings each bit of which is the sum of `DIFFUSED_OF` bits, the same for all records.

    Args:
        rows: (n_records, n_bytes) uint8.
    """
    length_bits = rows.shape[1] * 8
    rng = np.random.default_rng(SEED)
    bits = np.unpackbits(rows, axis=1)
    sums = np.zeros_like(bits)
    for _ in range(DIFFUSED_OF):
        sums ^= bits[:, rng.permutation(length_bits)]
    return EncodingMatrix(np.packbits(sums, axis=1))
