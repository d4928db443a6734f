"""Uploads: a dataset's way in, from the manifest that names it to the signature that closes it."""

from linkage.agreement.model import Agreement
from linkage.agreement.statements import commitment
from linkage.arrays import TOKEN_BYTES, has_duplicate_rows
from linkage.crypto.digests import content_digest
from linkage.errors import LimitError, RequestError, StateError, StoreError
from linkage.exchange.chunks import ChunkLayout, unpack_labels
from linkage.exchange.manifest import Manifest
from linkage.exchange.project import DatasetStatus
from linkage.ids import DatasetId
from linkage.matcher.service.clock import Clock
from linkage.matcher.service.projects import Caller
from linkage.matcher.service.signed import check_signature
from linkage.matcher.store.interface import Store, StoredDataset
from linkage.observe.emit import emit
from linkage.observe.events import DATASET_COMMITTED, DATASET_OPENED
from linkage.reasons import (
    CHUNK_CORRUPT,
    EPOCH_MISMATCH,
    INVALID_REQUEST,
    LIMIT_EXCEEDED,
    REQUEST_CONFLICT,
    SCHEMA_MISMATCH,
    STORE_UNAVAILABLE,
    UPLOAD_INCOMPLETE,
    WRONG_STATE,
)


class Uploads:
    """The datasets of all projects."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def open(self, caller: Caller, agreement: Agreement, manifest: Manifest) -> DatasetId:
        """Begins, or goes on with, the upload of the dataset that the manifest names.

        A dataset that the agency had begun and not committed is destroyed: it has one at a time.

        Raises:
            RequestError: The manifest does not fit the agreement, or the agency has committed
                another dataset.
            LimitError: There is no room for all of it.
        """
        _check_manifest(caller, agreement, manifest)
        dataset = manifest.dataset_id()
        present = self._store.datasets.of_agency(agreement.digest, caller.agency)
        if present is not None and present.dataset == dataset:
            return dataset
        if present is not None and present.committed:
            raise RequestError(REQUEST_CONFLICT, what="another committed dataset of this agency")
        free_bytes = self._store.free_bytes()
        if manifest.payload_bytes > free_bytes:
            raise LimitError(LIMIT_EXCEEDED, what="bytes in a dataset", limit=free_bytes)
        replaces = present.dataset if present else None
        self._store.datasets.open(manifest, self._clock.now(), replaces=replaces)
        emit(
            DATASET_OPENED,
            agency=caller.agency,
            project=agreement.project.id,
            dataset=dataset,
            record_count=manifest.record_count,
            chunk_count=len(manifest.chunk_digests),
        )
        return dataset

    def put_chunk(
        self, caller: Caller, agreement: Agreement, dataset: DatasetId, index: int, payload: bytes
    ) -> None:
        """Keeps a chunk; when this returns it is on the disk. The same one again changes nothing.

        Raises:
            RequestError: The dataset has no such chunk, or its bytes are others than announced.
            StateError: The bytes are others, and the dataset is committed.
            StoreError: The room that others' uploads have left is too small.
        """
        present = self._own(caller, agreement, dataset)
        chunk = self._store.datasets.chunk(dataset, index)
        if chunk is None:
            raise RequestError(INVALID_REQUEST, what="the dataset has no chunk of this number")
        if content_digest(payload) != chunk.digest:
            if present.committed:
                raise StateError(WRONG_STATE, what="the dataset is committed")
            raise RequestError(CHUNK_CORRUPT, chunk=index)
        if len(payload) != _chunk_bytes(present.layout, index):
            raise RequestError(INVALID_REQUEST, what="a chunk has another size than announced")
        if not chunk.arrived:
            # Several datasets can each have found room when they were opened, and not all together.
            if len(payload) > self._store.free_bytes():
                raise StoreError(STORE_UNAVAILABLE)
            self._store.datasets.put_chunk(dataset, index, payload, self._clock.now())

    def query(self, caller: Caller, agreement: Agreement, dataset: DatasetId) -> DatasetStatus:
        """What has arrived of the caller's dataset.

        Raises:
            RequestError: The caller has no such dataset.
        """
        present = self._own(caller, agreement, dataset)
        return DatasetStatus(present.committed, self._store.datasets.missing_chunks(dataset))

    def commit(
        self, caller: Caller, agreement: Agreement, dataset: DatasetId, signature: bytes
    ) -> None:
        """Closes the dataset, for good; from now on it takes part in the match run.

        Raises:
            RequestError: The caller has no such dataset, two of its records have one token, or its
                blocking tokens tell more than was agreed.
            AccessError: The caller has not signed that this is its dataset.
            StateError: Chunks are missing.
        """
        present = self._own(caller, agreement, dataset)
        statement = commitment(agreement.digest, caller.agency, dataset)
        check_signature(agreement, caller.agency, signature, statement)
        if present.committed:
            return
        missing = self._store.datasets.missing_chunks(dataset)
        if missing:
            raise StateError(UPLOAD_INCOMPLETE, missing_count=len(missing))
        self._check_records(agreement, present)
        self._store.datasets.commit(dataset, signature, self._clock.now())
        emit(
            DATASET_COMMITTED,
            agency=caller.agency,
            project=agreement.project.id,
            dataset=dataset,
            record_count=present.layout.record_count,
        )

    def _own(self, caller: Caller, agreement: Agreement, dataset: DatasetId) -> StoredDataset:
        """The caller's dataset; another agency's gives the same answer as one that is not there."""
        present = self._store.datasets.of_agency(agreement.digest, caller.agency)
        if present is None or present.dataset != dataset:
            raise RequestError(INVALID_REQUEST, what="no such dataset")
        return present

    def _check_records(self, agreement: Agreement, present: StoredDataset) -> None:
        schema, chunks = agreement.schema, range(len(list(present.layout.slices())))
        payloads = (self._store.datasets.read_chunk(present.dataset, index) for index in chunks)
        labels = unpack_labels(payloads, present.layout, schema.rule_count)
        if has_duplicate_rows(labels.tokens):
            raise RequestError(INVALID_REQUEST, what="two records of the dataset have one token")
        if labels.blocking is None or schema.blocking is None:
            return
        if 0 < labels.blocking.fewest_alike < schema.blocking.smallest_bucket:
            raise RequestError(INVALID_REQUEST, what="blocking tokens are rarer than agreed")


def _chunk_bytes(layout: ChunkLayout, index: int) -> int:
    before = index * layout.records_per_chunk
    record_count = min(layout.records_per_chunk, layout.record_count - before)
    return record_count * (TOKEN_BYTES + layout.sent_bytes)


def _check_manifest(caller: Caller, agreement: Agreement, manifest: Manifest) -> None:
    if (manifest.agreement, manifest.agency) != (agreement.digest, caller.agency):
        raise RequestError(INVALID_REQUEST, what="the manifest is not this caller's")
    if manifest.schema != agreement.schema_digest:
        raise RequestError(SCHEMA_MISMATCH)
    if manifest.epoch != agreement.project.epoch:
        raise RequestError(EPOCH_MISMATCH)
    if manifest.encoding_bytes != agreement.schema.sent_bytes:
        raise RequestError(INVALID_REQUEST, what="encodings have another length than agreed")
