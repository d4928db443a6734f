"""The store's folder: readable by the matcher's user only, and used by one matcher at a time."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from linkage.errors import StoreError
from linkage.files import PRIVATE_FILE, PRIVATE_FOLDER, sync_folder
from linkage.matcher.store.failures import STORE_EXPOSED, STORE_IN_USE, STORE_UNUSABLE

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_LOCK_FILE: Final = "lock"


class FolderLock:
    """A folder that no other matcher can open; the system lets go of it if this one dies."""

    def __init__(self, folder: Path, file: BinaryIO) -> None:
        self.folder = folder
        self._file = file

    def release(self) -> None:
        """Lets others open the folder."""
        self._file.close()


def lock_folder(folder: Path) -> FolderLock:
    """The folder, made if there is none, locked.

    Raises:
        StoreError: It is in use, open to other users, or can't be used at all.
    """
    with _faults_named(folder):
        make_folder(folder)
        if folder.stat().st_mode & _OTHERS:
            raise StoreError(STORE_EXPOSED, folder=str(folder))
        flags = os.O_CREAT | os.O_RDWR
        file = os.fdopen(os.open(folder / _LOCK_FILE, flags, PRIVATE_FILE), "rb")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise StoreError(STORE_IN_USE, folder=str(folder)) from None
    return FolderLock(folder, file)


def make_folder(folder: Path) -> None:
    """Makes a folder that only its owner can enter, and its name durable, if there is none."""
    try:
        folder.mkdir(PRIVATE_FOLDER)
    except FileExistsError:
        return
    sync_folder(folder.parent)


@contextmanager
def _faults_named(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        cause = error.strerror or "unknown"
        raise StoreError(STORE_UNUSABLE, folder=str(folder), cause=cause) from None
