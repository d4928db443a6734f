"""Datasets in SQL, their chunks in sealed files.

A chunk has arrived when its row says so, which is written after its file is on the disk. A dataset
is destroyed by deleting its row, which holds the only copy of its key, and then its files.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from linkage.crypto.secret import Secret
from linkage.errors import StoreError
from linkage.exchange.chunks import ChunkLayout
from linkage.exchange.manifest import Manifest
from linkage.exchange.runs import RunState
from linkage.ids import AgencyId, DatasetId, Digest
from linkage.matcher.store.connect import Database
from linkage.matcher.store.interface import StoredChunk, StoredDataset
from linkage.matcher.store.schema import CHUNKS, DATASETS, RUNS, seconds
from linkage.matcher.store.sealed_files import SealedFiles
from linkage.reasons import STORE_CORRUPT

_WITHOUT_RESULT = (RunState.QUEUED, RunState.RUNNING, RunState.FAILED)


class SqlDatasets:
    """The `DatasetStore` of a database and a folder of sealed files."""

    def __init__(self, database: Database, files: SealedFiles) -> None:
        self._database = database
        self._files = files

    def find(self, dataset: DatasetId) -> StoredDataset | None:
        """See `DatasetStore`."""
        query = select(DATASETS).where(DATASETS.c.id == dataset)
        with self._database.transaction() as connection:
            return next(map(_dataset, connection.execute(query)), None)

    def of_agency(self, agreement: Digest, agency: AgencyId) -> StoredDataset | None:
        """See `DatasetStore`."""
        query = select(DATASETS).where(
            DATASETS.c.agreement == agreement, DATASETS.c.agency == agency
        )
        with self._database.transaction() as connection:
            return next(map(_dataset, connection.execute(query)), None)

    def committed(self, agreement: Digest) -> tuple[StoredDataset, ...]:
        """See `DatasetStore`."""
        query = (
            select(DATASETS)
            .where(DATASETS.c.agreement == agreement, DATASETS.c.committed_at.is_not(None))
            .order_by(DATASETS.c.agency)
        )
        with self._database.transaction() as connection:
            return tuple(map(_dataset, connection.execute(query)))

    def open(self, manifest: Manifest, at: datetime, *, replaces: DatasetId | None) -> None:
        """See `DatasetStore`."""
        dataset = manifest.dataset_id()
        with self._database.transaction() as connection:
            if replaces:
                connection.execute(delete(DATASETS).where(DATASETS.c.id == replaces))
            connection.execute(
                insert(DATASETS).values(
                    id=dataset,
                    agreement=manifest.agreement,
                    agency=manifest.agency,
                    software=manifest.software,
                    record_count=manifest.record_count,
                    encoding_bytes=manifest.encoding_bytes,
                    records_per_chunk=manifest.records_per_chunk,
                    key=Secret.generate().reveal(),
                    opened_at=seconds(at),
                )
            )
            connection.execute(
                insert(CHUNKS),
                [
                    {"dataset": dataset, "position": position, "digest": digest}
                    for position, digest in enumerate(manifest.chunk_digests)
                ],
            )
        if replaces:
            self._database.scrub()
            self._files.destroy(replaces)

    def chunk(self, dataset: DatasetId, position: int) -> StoredChunk | None:
        """See `DatasetStore`."""
        query = select(CHUNKS).where(CHUNKS.c.dataset == dataset, CHUNKS.c.position == position)
        with self._database.transaction() as connection:
            row = connection.execute(query).one_or_none()
        return StoredChunk(Digest(row.digest), arrived=row.stored_at is not None) if row else None

    def put_chunk(self, dataset: DatasetId, position: int, payload: bytes, at: datetime) -> None:
        """See `DatasetStore`."""
        self._files.write(dataset, str(position), self._key(dataset), payload)
        with self._database.transaction() as connection:
            _set_stored_at(connection, dataset, position, seconds(at))

    def read_chunk(self, dataset: DatasetId, position: int) -> bytes:
        """See `DatasetStore`."""
        try:
            return self._files.read(dataset, str(position), self._key(dataset))
        except StoreError as error:
            if error.reason is STORE_CORRUPT:
                self._take_back(dataset, position)
            raise

    def missing_chunks(self, dataset: DatasetId) -> tuple[int, ...]:
        """See `DatasetStore`."""
        query = (
            select(CHUNKS.c.position)
            .where(CHUNKS.c.dataset == dataset, CHUNKS.c.stored_at.is_(None))
            .order_by(CHUNKS.c.position)
        )
        with self._database.transaction() as connection:
            return tuple(connection.scalars(query))

    def commit(self, dataset: DatasetId, signature: bytes, at: datetime) -> None:
        """See `DatasetStore`."""
        with self._database.transaction() as connection:
            connection.execute(
                update(DATASETS)
                .where(DATASETS.c.id == dataset)
                .values(signature=signature, committed_at=seconds(at))
            )

    def _key(self, dataset: DatasetId) -> Secret:
        with self._database.transaction() as connection:
            query = select(DATASETS.c.key).where(DATASETS.c.id == dataset)
            return Secret(connection.execute(query).scalar_one())

    def _take_back(self, dataset: DatasetId, position: int) -> None:
        """Records a chunk that can't be read as one that has not arrived."""
        agreement = select(DATASETS.c.agreement).where(DATASETS.c.id == dataset).scalar_subquery()
        with self._database.transaction() as connection:
            _set_stored_at(connection, dataset, position, None)
            connection.execute(
                update(DATASETS)
                .where(DATASETS.c.id == dataset)
                .values(signature=None, committed_at=None)
            )
            connection.execute(
                delete(RUNS).where(RUNS.c.agreement == agreement, RUNS.c.state.in_(_WITHOUT_RESULT))
            )


def _set_stored_at(
    connection: Connection, dataset: DatasetId, position: int, at: int | None
) -> None:
    connection.execute(
        update(CHUNKS)
        .where(CHUNKS.c.dataset == dataset, CHUNKS.c.position == position)
        .values(stored_at=at)
    )


def _dataset(row: Row[Any]) -> StoredDataset:
    return StoredDataset(
        dataset=DatasetId(row.id),
        agreement=Digest(row.agreement),
        agency=AgencyId(row.agency),
        software=row.software,
        layout=ChunkLayout(row.record_count, row.encoding_bytes, row.records_per_chunk),
        committed=row.committed_at is not None,
    )
