"""Spool: what this agency is about to send, byte for byte, sealed on its own disk.

What a person approves, what is uploaded and what is sent again after a kill are all read from here,
so they can't differ. Beside it stays what is never sent: which row of the extract each record is.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from typing import Final

import numpy as np

from linkage.agreement.model import Agreement
from linkage.arrays import TOKEN_BYTES, BlockingTokens, ByteArray, IntArray
from linkage.crypto.digests import content_digest
from linkage.exchange.chunks import ChunkLayout, Records, pack_chunk
from linkage.exchange.manifest import Manifest
from linkage.ids import AgencyId, DatasetId, Digest, FieldName
from linkage_agent.encoded import EncodedDataset
from linkage_agent.keys.vault import Vault
from linkage_agent.pii.versions import software
from linkage_agent.sources.extract import Extract

_DATASET: Final = "dataset"
_ROWS: Final = "rows"


@dataclass(frozen=True, slots=True)
class FieldCounts:
    """How many rows have a field.

    Attributes:
        invalid: could not be read as the mapping says, or failed the field's check.
        absent: whether the configuration says that the agency does not hold the field.
    """

    present: int
    missing: int
    invalid: int
    absent: bool


@dataclass(frozen=True, slots=True)
class FillCounts:
    """Share of bits set in the filters of a segment, in per mille; empty ones do not count."""

    mean: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class BucketCounts:
    """What one blocking rule comes to.

    Attributes:
        records: those with a token under it.
        buckets: distinct tokens.
        smallest: records of the rarest; 0 if there are none.
    """

    records: int
    buckets: int
    smallest: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of an extract: numbers only.

    Attributes:
        source: digest of the extract's bytes.
        mapping: digest of how the configuration says to read it.
        withheld: rows that are not sent: too few fields, or one that they must have is missing.
        fill: of each segment by its name, in the order of the encoding.
        buckets: of each blocking rule.
        fewest_alike: of the records with a blocking token, the fewest that have all in common.
    """

    source: Digest
    mapping: Digest
    rows_read: int
    withheld: int
    fields: Mapping[FieldName, FieldCounts]
    fill: Mapping[str, FillCounts]
    buckets: tuple[BucketCounts, ...] = ()
    fewest_alike: int = 0


@dataclass(frozen=True, slots=True)
class SpooledDataset:
    """A dataset ready to be sent."""

    manifest: Manifest
    summary: Summary

    @property
    def id(self) -> DatasetId:
        """The dataset's name: what a person approves."""
        return self.manifest.dataset_id()


@dataclass(frozen=True, slots=True, repr=False)
class SpooledRows:
    """Which row of the extract each record is.

    Attributes:
        row_ids: the agency's own ids of all rows, in the order of the extract.
        row_of_record: (n_records,) int64; index into `row_ids` of each record, in the order in
            which they are sent. Rows that no record points to were withheld.
    """

    row_ids: tuple[str, ...]
    row_of_record: IntArray

    def __repr__(self) -> str:
        return f"SpooledRows({len(self.row_ids)} rows, {len(self.row_of_record)} sent)"


@dataclass(frozen=True, slots=True)
class Spool:
    """The dataset of one agency under one agreement."""

    vault: Vault

    def write(
        self,
        encoded: EncodedDataset,
        row_ids: Sequence[str],
        agreement: Agreement,
        agency: AgencyId,
        summary: Summary,
    ) -> SpooledDataset:
        """Keeps a dataset in the place of an older one; done when its description is on disk.

        Raises:
            StoreError: It can't be written; the older one stays.
        """
        layout = ChunkLayout.of(len(encoded), agreement.schema.sent_bytes)
        manifest = Manifest(
            agreement=agreement.digest,
            agency=agency,
            schema=agreement.schema_digest,
            software=software(),
            epoch=agreement.project.epoch,
            record_count=layout.record_count,
            encoding_bytes=layout.sent_bytes,
            records_per_chunk=layout.records_per_chunk,
            chunk_digests=tuple(map(content_digest, _payloads(encoded, layout))),
        )
        dataset = SpooledDataset(manifest, summary)
        # Packed twice, as it costs little: all payloads at once would be all records once more.
        for index, payload in enumerate(_payloads(encoded, layout)):
            self.vault.put(_chunk(dataset.id, index), payload)
        rows = {"row_ids": list(row_ids), "row_of_record": encoded.row_of_record.tolist()}
        self.vault.put(f"{_ROWS}-{dataset.id}", json.dumps(rows).encode())
        self.vault.put(_DATASET, json.dumps(asdict(dataset)).encode())
        chunks = (_chunk(dataset.id, index) for index in range(len(manifest.chunk_digests)))
        self.vault.keep_only([_DATASET, f"{_ROWS}-{dataset.id}", *chunks])
        return dataset

    def load(self) -> SpooledDataset | None:
        """The dataset that is ready, or None."""
        content = self.vault.get(_DATASET)
        if content is None:
            return None
        document = json.loads(content)
        manifest = document["manifest"] | {
            "chunk_digests": tuple(document["manifest"]["chunk_digests"])
        }
        fields = {
            FieldName(name): FieldCounts(**counts)
            for name, counts in document["summary"]["fields"].items()
        }
        fill = {
            segment: FillCounts(**counts) for segment, counts in document["summary"]["fill"].items()
        }
        buckets = tuple(BucketCounts(**counts) for counts in document["summary"].get("buckets", ()))
        summary = document["summary"] | {"fields": fields, "fill": fill, "buckets": buckets}
        return SpooledDataset(Manifest(**manifest), Summary(**summary))

    def payload(self, dataset: SpooledDataset, index: int) -> bytes:
        """One chunk's exact bytes."""
        return self._entry(_chunk(dataset.id, index))

    def rows(self, dataset: SpooledDataset) -> SpooledRows:
        """Which row of the extract each record is."""
        document = json.loads(self._entry(f"{_ROWS}-{dataset.id}"))
        return SpooledRows(
            tuple(document["row_ids"]), np.array(document["row_of_record"], dtype=np.int64)
        )

    def tokens(self, dataset: SpooledDataset) -> ByteArray:
        """(n_records, 16) uint8: the records' tokens, in the order of sending."""
        manifest = dataset.manifest
        parts = [
            np.frombuffer(
                self.payload(dataset, index), np.uint8, manifest.records_in(index) * TOKEN_BYTES
            )
            for index in range(len(manifest.chunk_digests))
        ]
        return np.concatenate(parts).reshape(-1, TOKEN_BYTES)

    def _entry(self, name: str) -> bytes:
        content = self.vault.get(name)
        if content is None:
            raise self.vault.damaged(name)
        return content


def summarise(extract: Extract, encoded: EncodedDataset, mapping: Digest) -> Summary:
    """What became of an extract read by this mapping, in numbers."""
    read = extract.report.fields
    return Summary(
        source=extract.content,
        mapping=mapping,
        rows_read=len(extract.columns),
        withheld=len(encoded.withheld_rows),
        # To the encoder, what the sources could not read is missing like the rest.
        fields={
            name: FieldCounts(
                present=field.present,
                missing=field.missing - field.failed - read[name].invalid,
                invalid=field.failed + read[name].invalid,
                absent=read[name].absent,
            )
            for name, field in encoded.presence.items()
        },
        fill={
            segment: FillCounts(*(round(1000 * share) for share in astuple(fill)))
            for segment, fill in encoded.fill.items()
        },
        buckets=bucket_counts(encoded.blocking) if encoded.blocking else (),
        fewest_alike=encoded.blocking.fewest_alike if encoded.blocking else 0,
    )


def bucket_counts(tokens: BlockingTokens) -> tuple[BucketCounts, ...]:
    """What each rule comes to."""
    counted = (np.unique(column[column > 0], return_counts=True)[1] for column in tokens.rows.T)
    return tuple(
        BucketCounts(int(counts.sum()), len(counts), int(counts.min(initial=counts.sum())))
        for counts in counted
    )


def _payloads(encoded: EncodedDataset, layout: ChunkLayout) -> Iterator[bytes]:
    """The payload of each chunk."""
    records = Records(encoded.tokens, encoded.encodings, encoded.blocking)
    for which in layout.slices():
        yield pack_chunk(records, which)


def _chunk(dataset: DatasetId, index: int) -> str:
    return f"chunk-{dataset}-{index:05}"
