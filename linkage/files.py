"""Files that are there whole or not at all, whatever is killed or full."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

PRIVATE_FILE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
"""Never a file or a link that somebody else has put there."""


def make_private_folder(folder: Path) -> None:
    """The folder, and those above it that are missing, for its owner only; no matter if it exists.

    Raises:
        OSError: It can't be made, or is no folder.
    """
    if not folder.is_dir():
        make_private_folder(folder.parent)
        folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)


def write_atomically(path: Path, content: bytes) -> None:
    """The content under this name, durably, readable by its owner only.

    The sequence: (1) a new file beside it; (2) its bytes on the disk; (3) renamed over the old;
    (4) the rename on the disk. A reader sees the old content or the new, and after this returns a
    power cut does not bring the old back.

    Raises:
        OSError: Nothing was changed.
    """
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    try:
        descriptor = os.open(fresh, _NEW, PRIVATE_FILE)  # (1)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # (2)
        fresh.replace(path)  # (3)
    except BaseException:
        with suppress(OSError):
            fresh.unlink()
        raise
    sync_folder(path.parent)  # (4)


def create_durably(path: Path, content: bytes) -> None:
    """A new file with this content, durably, for its owner only: whole or not at all.

    Raises:
        FileExistsError: There is one already; it is left as it is.
        OSError: It can't be written; nothing is there.
    """
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    write_atomically(fresh, content)
    try:
        os.link(fresh, path)  # unlike a rename, never over another file
    finally:
        fresh.unlink()
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """What was created, renamed or removed in the folder, on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
