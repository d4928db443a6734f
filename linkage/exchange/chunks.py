"""Chunks: a dataset's records as bytes. Tokens, then encodings, then blocking tokens, in one order.

Blocking tokens only where the encoding schema has rules for them. PROTOCOL.md section 7.1.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from linkage.arrays import (
    BLOCKING_TOKEN_BYTES,
    TOKEN_BYTES,
    BlockingTokens,
    ByteArray,
    EncodingMatrix,
    RecordTokens,
    ShortArray,
)
from linkage.exchange.manifest import MAX_CHUNK_BYTES


@dataclass(frozen=True, slots=True)
class ChunkLayout:
    """How many records go into one chunk.

    Attributes:
        sent_bytes: of a record beside its token, as the manifest's `encoding_bytes`.
    """

    record_count: int
    sent_bytes: int
    records_per_chunk: int

    @classmethod
    def of(cls, record_count: int, sent_bytes: int) -> "ChunkLayout":
        """The layout with the largest chunks that are allowed."""
        return cls(record_count, sent_bytes, MAX_CHUNK_BYTES // (TOKEN_BYTES + sent_bytes))

    def slices(self) -> Iterator[slice]:
        """Each chunk's records."""
        for start in range(0, self.record_count, self.records_per_chunk):
            yield slice(start, min(start + self.records_per_chunk, self.record_count))


class Records(NamedTuple):
    """A dataset as it is sent.

    Attributes:
        blocking: None where the encoding schema has no rules for it.
    """

    tokens: RecordTokens
    encodings: EncodingMatrix
    blocking: BlockingTokens | None


class Labels(NamedTuple):
    """A dataset without its encodings; whether tokens are distinct is not looked at."""

    tokens: ByteArray
    blocking: BlockingTokens | None


def pack_chunk(records: Records, which: slice) -> bytes:
    """The payload of one chunk."""
    blocking = records.blocking.rows[which].astype(">u2").tobytes() if records.blocking else b""
    return records.tokens.rows[which].tobytes() + records.encodings.rows[which].tobytes() + blocking


def unpack_dataset(payloads: Iterator[bytes], layout: ChunkLayout, rule_count: int) -> Records:
    """A whole dataset, from its chunks in order.

    Args:
        payloads: all chunks.
        layout: how the dataset is cut into them.
        rule_count: blocking tokens of a record.

    Raises:
        ValueError: A chunk has another size than the layout says.
        ShapeError: A token occurs twice.
    """
    encoding_bytes = layout.sent_bytes - BLOCKING_TOKEN_BYTES * rule_count
    encodings = np.empty((layout.record_count, encoding_bytes), dtype=np.uint8)
    labels = _unpack(payloads, layout, rule_count, encodings)
    return Records(RecordTokens(labels.tokens), EncodingMatrix(encodings), labels.blocking)


def unpack_labels(payloads: Iterator[bytes], layout: ChunkLayout, rule_count: int) -> Labels:
    """The same without the encodings, so in little memory."""
    return _unpack(payloads, layout, rule_count, None)


def _unpack(
    payloads: Iterator[bytes], layout: ChunkLayout, rule_count: int, encodings: ByteArray | None
) -> Labels:
    tokens = np.empty((layout.record_count, TOKEN_BYTES), dtype=np.uint8)
    blocking: ShortArray = np.empty((layout.record_count, rule_count), dtype=np.uint16)
    blocking_bytes = BLOCKING_TOKEN_BYTES * rule_count
    for records, payload in zip(layout.slices(), payloads, strict=True):
        count = records.stop - records.start
        flat = np.frombuffer(payload, dtype=np.uint8)
        if flat.size != count * (TOKEN_BYTES + layout.sent_bytes):
            raise ValueError(f"a chunk has {flat.size} bytes for {count} records")
        own, coded, rest = np.split(
            flat, [count * TOKEN_BYTES, count * (TOKEN_BYTES + layout.sent_bytes - blocking_bytes)]
        )
        tokens[records] = own.reshape(count, TOKEN_BYTES)
        blocking[records] = rest.view(">u2").reshape(count, rule_count)
        if encodings is not None:
            encodings[records] = coded.reshape(count, -1)
    return Labels(tokens, BlockingTokens(blocking) if rule_count else None)
