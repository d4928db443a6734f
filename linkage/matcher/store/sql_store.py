"""The matcher's store on this machine: an encrypted database with sealed files beside it.

folder/
  lock            held by the one matcher that has it open
  matcher.db      rows and keys, encrypted under the store's key
  datasets/<dataset>/<position>.sealed
  results/<run>/<agency>.<group>.<page>.sealed     match keys
  results/<run>/<agency>.<page>.sealed             explanations
"""

import shutil
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from sqlalchemy import insert, select, update

from linkage.crypto.secret import SECRET_BYTES, Secret
from linkage.errors import StoreError
from linkage.matcher.store.ceremony import SqlCeremony
from linkage.matcher.store.connect import Database, open_database
from linkage.matcher.store.datasets import SqlDatasets
from linkage.matcher.store.failures import (
    STORE_INCOMPLETE,
    STORE_KEY_WRONG,
    failures_as_reasons,
)
from linkage.matcher.store.folder import FolderLock, lock_folder
from linkage.matcher.store.projects import SqlProjects
from linkage.matcher.store.runs import SqlRuns
from linkage.matcher.store.schema import DATASETS, PROBES, RUNS
from linkage.matcher.store.sealed_files import SealedFiles

LEAST_FREE_BYTES: Final = 64 << 20
"""With less room left the store calls itself unwritable: what needs little can still end."""

_DATABASE: Final = "matcher.db"
_DATASETS: Final = "datasets"
_RESULTS: Final = "results"
_PROBE: Final = 1


class SqlStore:
    """The `Store` of a folder; `open_store` makes it."""

    def __init__(self, lock: FolderLock, database: Database, least_free_bytes: int) -> None:
        self._lock = lock
        self._database = database
        self._least_free_bytes = least_free_bytes
        self._is_closed = False
        self._dataset_files = SealedFiles(lock.folder / _DATASETS)
        self._result_files = SealedFiles(lock.folder / _RESULTS)
        self.projects = SqlProjects(database, self.sweep)
        self.ceremony = SqlCeremony(database)
        self.datasets = SqlDatasets(database, self._dataset_files)
        self.runs = SqlRuns(database, self._result_files)

    def sweep(self) -> None:
        """Removes sealed files that no row holds a key for."""
        with self._database.transaction() as connection:
            datasets = frozenset(connection.scalars(select(DATASETS.c.id)))
            runs = frozenset(connection.scalars(select(RUNS.c.id).where(RUNS.c.key.is_not(None))))
        self._dataset_files.sweep(datasets)
        self._result_files.sweep(runs)

    def is_writable(self) -> bool:
        """See `Store`."""
        try:
            spare_bytes = self._spare_bytes()
            with self._database.transaction() as connection:
                written = connection.execute(
                    update(PROBES).where(PROBES.c.id == _PROBE).values(writes=PROBES.c.writes + 1)
                )
                if not written.rowcount:
                    connection.execute(insert(PROBES).values(id=_PROBE, writes=1))
        except StoreError:  # logged where it was raised
            return False
        return spare_bytes >= 0

    def free_bytes(self) -> int:
        """See `Store`."""
        return max(0, self._spare_bytes())

    def close(self) -> None:
        """See `Store`."""
        if self._is_closed:
            return
        with ExitStack() as undo:
            undo.callback(self.leave)
            with suppress(StoreError):  # logged; then the next end in order does it
                self.runs.end_in_order()

    def leave(self) -> None:
        """Closes the store for one who has only read: what runs it has, stand as they stood."""
        if self._is_closed:
            return
        self._is_closed = True
        with ExitStack() as undo:
            undo.callback(self._lock.release)
            undo.callback(self._database.close)

    def _spare_bytes(self) -> int:
        """Free room less what is to stay free; below zero if there is less."""
        with failures_as_reasons():
            free = shutil.disk_usage(self._lock.folder).free
        return free - self._least_free_bytes


def open_store(folder: Path, key: Secret, *, least_free_bytes: int = LEAST_FREE_BYTES) -> SqlStore:
    """The store in a folder, made if there is none; what a crash left there is cleared away.

    Args:
        folder: On a local disk; absent, or closed to other users (mode 0700).
        key: 32 random bytes, always the same for this folder.
        least_free_bytes: With less room on its disk the store calls itself unwritable.

    Raises:
        StoreError: The reason says what the operator has to mend.
    """
    if len(key) != SECRET_BYTES:
        raise StoreError(STORE_KEY_WRONG, folder=str(folder))
    with ExitStack() as undo:
        lock = lock_folder(folder)
        undo.callback(lock.release)
        _check_complete(folder)
        database = open_database(folder / _DATABASE, key)
        undo.callback(database.close)
        store = SqlStore(lock, database, least_free_bytes)
        store.sweep()
        undo.pop_all()
    return store


def _check_complete(folder: Path) -> None:
    """Refuses sealed files without a database: a new one would have none of their keys.

    The sweep would then remove them for good, though all that went wrong may be a backup that was
    restored in part.
    """
    database = folder / _DATABASE
    with failures_as_reasons():
        if database.exists() and database.stat().st_size:
            return
        owners = [*folder.glob(f"{_DATASETS}/*"), *folder.glob(f"{_RESULTS}/*")]
    if owners:
        raise StoreError(STORE_INCOMPLETE, folder=str(folder), folder_count=len(owners))
