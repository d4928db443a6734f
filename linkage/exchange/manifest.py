"""Manifest: what a dataset is. Its digest names the dataset and is what a person approves."""

import re
from dataclasses import dataclass
from typing import Final

from linkage.arrays import TOKEN_BYTES
from linkage.crypto.digests import digest
from linkage.ids import AgencyId, DatasetId, Digest

MAX_CHUNK_BYTES: Final = 1 << 20
"""Large enough for 500 MB/s over mutual TLS, small enough to be one unary call that is retried."""
MAX_CHUNKS: Final = 16_384
"""16 GiB, or 119 million records of 1,024 bits."""
_SOFTWARE: Final = re.compile(r"[ -~]{1,200}")
"""Printable ASCII, so that an operator's screen shows it as it is."""


class ManifestError(ValueError):
    """A manifest contradicts itself. The text says how, and holds only numbers."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A dataset's description.

    Attributes:
        agreement: digest of the agreement that it is sent under.
        schema: digest of the encoding schema.
        software: what made the encodings, with its versions; 1 to 200 printable ASCII characters.
        encoding_bytes: length of one encoding, and of the record's blocking tokens if it has any.
        records_per_chunk: records in every chunk but the last, which has the rest.
        chunk_digests: SHA-256 of each chunk's payload, in order.
    """

    agreement: Digest
    agency: AgencyId
    schema: Digest
    software: str
    epoch: int
    record_count: int
    encoding_bytes: int
    records_per_chunk: int
    chunk_digests: tuple[Digest, ...]

    def __post_init__(self) -> None:
        if not _SOFTWARE.fullmatch(self.software):
            raise ManifestError("a manifest does not say in printable ASCII what made it")
        if self.record_count < 1 or self.records_per_chunk < 1 or self.encoding_bytes < 1:
            raise ManifestError("a manifest counts something as less than one")
        if self.records_per_chunk * self.record_bytes > MAX_CHUNK_BYTES:
            raise ManifestError(f"a chunk would be larger than {MAX_CHUNK_BYTES} bytes")
        chunks = -(-self.record_count // self.records_per_chunk)
        if len(self.chunk_digests) != chunks or chunks > MAX_CHUNKS:
            raise ManifestError(f"{len(self.chunk_digests)} chunk digests for {chunks} chunks")

    @property
    def record_bytes(self) -> int:
        """What one record takes in a chunk: its tokens and its encoding."""
        return TOKEN_BYTES + self.encoding_bytes

    @property
    def payload_bytes(self) -> int:
        """What the whole dataset takes."""
        return self.record_count * self.record_bytes

    def records_in(self, index: int) -> int:
        """How many records the chunk at this position holds."""
        return min(self.records_per_chunk, self.record_count - index * self.records_per_chunk)

    def dataset_id(self) -> DatasetId:
        """The dataset's name: a digest over everything above."""
        return DatasetId(
            digest(
                "linkage/manifest/v2",
                self.agreement,
                self.agency,
                self.schema,
                self.software,
                self.epoch,
                self.record_count,
                self.encoding_bytes,
                self.records_per_chunk,
                *self.chunk_digests,
            )
        )
