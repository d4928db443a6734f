"""Files that are there whole or not at all, whatever is killed or full."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

PRIVATE_FILE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


def make_private_folder(folder: Path) -> None:
    """The folder, with those above it, readable by its owner only; no matter if it is there."""
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)


def write_atomically(path: Path, content: bytes) -> None:
    """The content under this name, durably, readable by its owner only.

    The sequence: (1) a new file beside it; (2) its bytes on the disk; (3) renamed over the old;
    (4) the rename on the disk. A reader sees the old content or the new, and after this returns a
    power cut does not bring the old back.

    Raises:
        OSError: Nothing was changed.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
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


def sync_folder(folder: Path) -> None:
    """What was created, renamed or removed in the folder, on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
