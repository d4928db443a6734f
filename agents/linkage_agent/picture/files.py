"""Writing what this package makes: whole or not at all, readable by its owner only."""

from pathlib import Path

from linkage.errors import StoreError
from linkage.files import make_private_folder, write_atomically
from linkage_agent.picture import reasons


def write_file(path: Path, content: bytes) -> None:
    """The content under this name, mode 0600, in a folder that is made if need be.

    Raises:
        StoreError: It can't be written; the disk may be full.
    """
    try:
        make_private_folder(path.parent)
        write_atomically(path, content)
    except OSError as error:
        cause = error.strerror or "unknown"
        raise StoreError(reasons.FILE_NOT_WRITTEN, file=str(path), cause=cause) from None
