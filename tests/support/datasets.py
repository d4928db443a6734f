"""Datasets for tests: random encodings and tokens, packed as an agent packs them."""

from dataclasses import dataclass

import numpy as np

from linkage.agreement.model import Agreement
from linkage.arrays import TOKEN_BYTES, BlockingTokens, EncodingMatrix, RecordTokens
from linkage.crypto.digests import content_digest
from linkage.exchange.chunks import ChunkLayout, Records, pack_chunk
from linkage.exchange.manifest import Manifest
from linkage.ids import AgencyId, DatasetId


@dataclass(frozen=True, slots=True)
class MadeDataset:
    """A dataset as its agency holds it: `payloads` has one for each chunk."""

    manifest: Manifest
    payloads: tuple[bytes, ...]
    tokens: RecordTokens
    encodings: EncodingMatrix

    @property
    def id(self) -> DatasetId:
        """The dataset's name."""
        return self.manifest.dataset_id()


def make_dataset(
    agreement: Agreement,
    agency: str,
    *,
    seed: int,
    record_count: int = 20,
    records_per_chunk: int = 8,
    people: int = 30,
    blocking: BlockingTokens | None = None,
) -> MadeDataset:
    """A dataset under the agreement, of people drawn from a small population.

    The same person has the same encoding wherever it is drawn, and strangers' encodings are far
    apart, so who should match whom is not in doubt.

    Args:
        agreement: Gives schema, epoch and the length of an encoding.
        agency: Whose dataset.
        seed: Another seed gives other tokens and another draw.
        record_count: At most `people`.
        records_per_chunk: In every chunk but the last.
        people: Size of the population.
        blocking: The records' blocking tokens, if the agreement has rules for them.
    """
    encoding_bytes = agreement.schema.encoding_bytes
    rng = np.random.default_rng(seed)
    everyone = np.random.default_rng(0).integers(0, 256, (people, encoding_bytes), dtype=np.uint8)
    tokens = RecordTokens(rng.integers(0, 256, (record_count, TOKEN_BYTES), dtype=np.uint8))
    encodings = EncodingMatrix(everyone[rng.permutation(people)[:record_count]])
    layout = ChunkLayout(record_count, agreement.schema.sent_bytes, records_per_chunk)
    made = Records(tokens, encodings, blocking)
    payloads = tuple(pack_chunk(made, which) for which in layout.slices())
    manifest = Manifest(
        agreement=agreement.digest,
        agency=AgencyId(agency),
        schema=agreement.schema_digest,
        software="tests 1.0; encoding 2",
        epoch=agreement.project.epoch,
        record_count=record_count,
        encoding_bytes=layout.sent_bytes,
        records_per_chunk=records_per_chunk,
        chunk_digests=tuple(content_digest(payload) for payload in payloads),
    )
    return MadeDataset(manifest, payloads, tokens, encodings)
