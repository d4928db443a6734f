"""Sealed files: what is too large for the database, under keys that only the database holds.

Each owner (a dataset, a result) has a folder and a key of its own. A file is there whole or not at
all, and its content is bound to where it lies: it can't stand in for another one.
"""

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

from linkage.crypto.digests import frame
from linkage.crypto.sealing import UnsealError, seal, unseal
from linkage.crypto.secret import Secret
from linkage.errors import StoreError
from linkage.files import sync_folder, write_atomically
from linkage.matcher.store.failures import failure, failures_as_reasons
from linkage.matcher.store.folder import make_folder
from linkage.reasons import STORE_CORRUPT

_SEALED: Final = ".sealed"


class SealedFiles:
    """The sealed files below one folder.

    Args:
        root: Its name says what kind of content it holds, and is part of what is bound.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        with failures_as_reasons():
            make_folder(root)

    def write(self, owner: str, name: str, key: Secret, content: bytes) -> None:
        """Keeps the content; when this returns it is on the disk.

        Raises:
            StoreError: It is not kept. A file of that name that was there before still is.
        """
        sealed = seal(key, content, self._context(owner, name))
        with failures_as_reasons():
            make_folder(self._root / owner)
            write_atomically(self._file(owner, name), sealed)

    def read(self, owner: str, name: str, key: Secret) -> bytes:
        """The content.

        Raises:
            StoreError: `STORE_CORRUPT` if the file is gone or is not what was written,
                `STORE_UNAVAILABLE` if the disk refuses.
        """
        with failures_as_reasons():
            try:
                sealed = self._file(owner, name).read_bytes()
                return unseal(key, sealed, self._context(owner, name))
            except FileNotFoundError:
                raise failure(STORE_CORRUPT, "FileNotFoundError") from None
            except UnsealError:
                raise failure(STORE_CORRUPT, "UnsealError") from None

    def destroy(self, owner: str) -> None:
        """Removes all files of an owner whose key has been destroyed.

        They are unreadable already, so a disk that refuses is logged and nothing more: `sweep`
        tries again when the store is next opened.
        """
        with suppress(StoreError), failures_as_reasons():
            if (self._root / owner).exists():
                shutil.rmtree(self._root / owner)
                sync_folder(self._root)

    def sweep(self, owners: frozenset[str]) -> None:
        """Removes what a crash or a fault left: half-written files, and all but these owners'."""
        with failures_as_reasons():
            for folder in list(self._root.iterdir()):
                if folder.name not in owners:
                    self.destroy(folder.name)
                    continue
                for file in list(folder.iterdir()):
                    if file.suffix != _SEALED:
                        file.unlink()

    def _file(self, owner: str, name: str) -> Path:
        return self._root / owner / f"{name}{_SEALED}"

    def _context(self, owner: str, name: str) -> bytes:
        return frame("linkage/store/sealed/v1", self._root.name, owner, name)
