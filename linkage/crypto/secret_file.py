"""Secrets in files: the only way that a program is given one.

The path may lie on a disk, or be a systemd credential; the file belongs to one owner and nobody
else may read it.
"""

import os
import stat
from pathlib import Path
from typing import Final

from linkage.crypto.secret import SECRET_BYTES, Secret
from linkage.errors import ConfigError, ExitCode, Reason
from linkage.files import create_durably

SECRET_FILE_UNREADABLE: Final = Reason(
    "SECRET_FILE_UNREADABLE",
    "The secret file {file} can't be read: {cause}.",
    "Check the path in the configuration; `init` makes the file where there is none. A lost one "
    "can't be made again: what it sealed is lost with it.",
    ExitCode.CONFIGURATION,
)
SECRET_FILE_EXPOSED: Final = Reason(
    "SECRET_FILE_EXPOSED",
    "The secret file {file} is not this user's alone: others own it or may read it.",
    "Give it to this user (`chown`), run `chmod 600` on it, and consider whether somebody has read "
    "it.",
    ExitCode.CONFIGURATION,
)
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def read_secret_file(path: Path) -> bytes:
    """The content of a file that only its owner can read.

    Raises:
        ConfigError: It is missing, unreadable, or open to others.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & _OTHERS:
                raise ConfigError(SECRET_FILE_EXPOSED, file=str(path))
            return file.read()
    except OSError as error:
        cause = error.strerror or "unknown"
        raise ConfigError(SECRET_FILE_UNREADABLE, file=str(path), cause=cause) from None


def read_key_file(path: Path) -> Secret:
    """The 32-byte key in a file that `create_secret_file` wrote.

    Raises:
        ConfigError: It can't be read, or has another length.
    """
    content = read_secret_file(path)
    if len(content) != SECRET_BYTES:
        cause = f"it has {len(content)} bytes instead of {SECRET_BYTES}"
        raise ConfigError(SECRET_FILE_UNREADABLE, file=str(path), cause=cause)
    return Secret(content)


def create_secret_file(path: Path, content: bytes) -> None:
    """A new file for its owner only, durably.

    Raises:
        FileExistsError: There is one already; it is left as it is.
    """
    create_durably(path, content)
