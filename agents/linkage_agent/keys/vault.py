"""Vault: the agent's small secrets and facts, each sealed in a file of its own.

Every entry is bound to its name and to what it belongs to (an agreement, or the agency itself), so
that one can't be put in another's place.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from linkage.crypto.digests import derive, frame
from linkage.crypto.sealing import UnsealError, seal, unseal
from linkage.crypto.secret import Secret
from linkage.errors import ExitCode, Reason, StoreError
from linkage.files import make_private_folder, write_atomically

VAULT_CORRUPT: Final = Reason(
    "VAULT_CORRUPT",
    "The sealed file {file} was changed or removed, or the vault key is another.",
    "Check vault_key_file; if it is right, restore the state folder from its backup.",
    ExitCode.INTERNAL,
)
STATE_UNWRITABLE: Final = Reason(
    "STATE_UNWRITABLE",
    "The state folder can't be written or read at {file}: {cause}.",
    "Nothing is lost. Make room or mend the permissions, then run the command again.",
    ExitCode.TRY_LATER,
)


@dataclass(frozen=True, slots=True)
class Vault:
    """Sealed entries in one folder.

    Attributes:
        folder: holds a file for each entry.
        key: seals all of them; derived from the agent's vault key for this folder's purpose.
    """

    folder: Path
    key: Secret

    @classmethod
    def open(cls, folder: Path, vault_key: Secret, purpose: str) -> "Vault":
        """The vault in a folder, made if there is none; `purpose` binds all its entries."""
        try:
            make_private_folder(folder)
        except OSError as error:
            raise _unwritable(folder, error) from None
        return cls(folder, derive(vault_key, "linkage/agent-vault/v1", purpose))

    def get(self, name: str) -> bytes | None:
        """An entry, or None if there is none.

        Raises:
            StoreError: It can't be read or unsealed.
        """
        path = self._path(name)
        try:
            sealed = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unwritable(path, error) from None
        try:
            return unseal(self.key, sealed, self._context(name))
        except UnsealError:
            raise self.damaged(name) from None

    def put(self, name: str, content: bytes) -> None:
        """Keeps an entry, durably, in the place of an older one.

        Raises:
            StoreError: It can't be written; the older entry stays.
        """
        path = self._path(name)
        try:
            write_atomically(path, seal(self.key, content, self._context(name)))
        except OSError as error:
            raise _unwritable(path, error) from None

    def remove(self, name: str) -> None:
        """Removes an entry, no matter if there is one.

        Raises:
            StoreError: It can't be removed.
        """
        path = self._path(name)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(path, error) from None

    def keep_only(self, names: Iterable[str]) -> None:
        """Removes all other entries, and what a kill in the middle of writing left behind.

        Raises:
            StoreError: Something can't be removed.
        """
        kept = {self._path(name).name for name in names}
        for path in self.folder.iterdir():
            if path.name not in kept:
                try:
                    path.unlink(missing_ok=True)
                except OSError as error:
                    raise _unwritable(path, error) from None

    def damaged(self, name: str) -> StoreError:
        """The error for an entry that is not what was put there, or is gone."""
        return StoreError(VAULT_CORRUPT, file=str(self._path(name)))

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.sealed"

    @staticmethod
    def _context(name: str) -> bytes:
        return frame("linkage/agent-vault-entry/v1", name)


def _unwritable(path: Path, error: OSError) -> StoreError:
    return StoreError(STATE_UNWRITABLE, file=str(path), cause=error.strerror or "unknown")
