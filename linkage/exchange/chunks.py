"""Chunks: a dataset's records as bytes. Tokens first, then encodings, in the same order."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from linkage.arrays import TOKEN_BYTES, EncodingMatrix, RecordTokens
from linkage.exchange.manifest import MAX_CHUNK_BYTES


@dataclass(frozen=True, slots=True)
class ChunkLayout:
    """How many records go into one chunk."""

    record_count: int
    encoding_bytes: int
    records_per_chunk: int

    @classmethod
    def of(cls, record_count: int, encoding_bytes: int) -> "ChunkLayout":
        """The layout with the largest chunks that are allowed."""
        return cls(record_count, encoding_bytes, MAX_CHUNK_BYTES // (TOKEN_BYTES + encoding_bytes))

    def slices(self) -> Iterator[slice]:
        """Each chunk's records."""
        for start in range(0, self.record_count, self.records_per_chunk):
            yield slice(start, min(start + self.records_per_chunk, self.record_count))


def pack_chunk(tokens: RecordTokens, encodings: EncodingMatrix, records: slice) -> bytes:
    """The payload of one chunk."""
    return tokens.rows[records].tobytes() + encodings.rows[records].tobytes()


def unpack_dataset(
    payloads: Iterator[bytes], layout: ChunkLayout
) -> tuple[RecordTokens, EncodingMatrix]:
    """Tokens and encodings of a whole dataset, from its chunks in order.

    Raises:
        ValueError: A chunk has another size than the layout says.
        ShapeError: A token occurs twice.
    """
    tokens = np.empty((layout.record_count, TOKEN_BYTES), dtype=np.uint8)
    encodings = np.empty((layout.record_count, layout.encoding_bytes), dtype=np.uint8)
    for records, payload in zip(layout.slices(), payloads, strict=True):
        count = records.stop - records.start
        flat = np.frombuffer(payload, dtype=np.uint8)
        if flat.size != count * (TOKEN_BYTES + layout.encoding_bytes):
            raise ValueError(f"a chunk has {flat.size} bytes for {count} records")
        tokens[records] = flat[: count * TOKEN_BYTES].reshape(count, TOKEN_BYTES)
        encodings[records] = flat[count * TOKEN_BYTES :].reshape(count, layout.encoding_bytes)
    return RecordTokens(tokens), EncodingMatrix(encodings)
