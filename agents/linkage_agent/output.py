"""Writing what people asked for: whole or not at all, readable by its owner only."""

from pathlib import Path
from typing import Final

from linkage.errors import ExitCode, Reason, StoreError
from linkage.files import make_private_folder, write_atomically

OUTPUT_UNWRITABLE: Final = Reason(
    "OUTPUT_UNWRITABLE",
    "The file {file} can't be written: {cause}.",
    "An older file of this name is untouched. Make room or mend the path or the permissions, then "
    "run the command again.",
    ExitCode.TRY_LATER,
)


def write_output(path: Path, content: bytes) -> None:
    """The content under this name, mode 0600, in a folder that is made if need be.

    Raises:
        StoreError: It can't be written; an older file stays.
    """
    try:
        make_private_folder(path.parent)
        write_atomically(path, content)
    except OSError as error:
        cause = error.strerror or "unknown"
        raise StoreError(OUTPUT_UNWRITABLE, file=str(path), cause=cause) from None
