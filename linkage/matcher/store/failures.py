"""What fails in a store, as reasons: nothing that a driver or the system says gets further.

Faults of the disk and of the database become `STORE_UNAVAILABLE` (try again) or `STORE_CORRUPT`.
A statement that is wrong in itself is a fault in this program and stays what it is.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlcipher3 import dbapi2

from linkage.errors import ExitCode, Reason, StoreError
from linkage.observe.emit import emit
from linkage.observe.events import STORE_FAILED
from linkage.reasons import STORE_CORRUPT, STORE_UNAVAILABLE

STORE_UNUSABLE: Final = Reason(
    "STORE_UNUSABLE",
    "The store's folder {folder} can't be used: {cause}.",
    "Check that the folder is on a local disk and belongs to the matcher's user, who can write in "
    "it and has room there.",
    ExitCode.CONFIGURATION,
)
STORE_EXPOSED: Final = Reason(
    "STORE_EXPOSED",
    "The store's folder {folder} is open to other users of this machine.",
    "Check who had access, then take it away: chmod 700 {folder}",
    ExitCode.CONFIGURATION,
)
STORE_IN_USE: Final = Reason(
    "STORE_IN_USE",
    "Another matcher is using the store in {folder}.",
    "Stop the other one, or give this one a folder of its own.",
    ExitCode.CONFIGURATION,
)
STORE_KEY_WRONG: Final = Reason(
    "STORE_KEY_WRONG",
    "The store in {folder} does not open with this key.",
    "Point the configuration at the key that the store was made with. If there never was another, "
    "the database file is damaged: restore the folder from a backup.",
    ExitCode.CONFIGURATION,
)
STORE_TOO_NEW: Final = Reason(
    "STORE_TOO_NEW",
    "The store in {folder} was written by a newer release of the matcher.",
    "Install that release again; a store never goes back to an older form.",
    ExitCode.CONFIGURATION,
)
STORE_INCOMPLETE: Final = Reason(
    "STORE_INCOMPLETE",
    "The store in {folder} has {folder_count} folder(s) of sealed files, but no database.",
    "Restore the database: it holds the keys. If it is lost for good, move the sealed files away; "
    "nobody can open them.",
    ExitCode.CONFIGURATION,
)
SQLITE_UNSOUND: Final = Reason(
    "SQLITE_UNSOUND",
    "This installation has SQLite {found}; releases before {least} can lose what was stored.",
    "Install a newer release of the sqlcipher3 package.",
    ExitCode.CONFIGURATION,
)

_DAMAGED: Final = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_HINDERED: Final = (
    "SQLITE_BUSY",
    "SQLITE_CANTOPEN",
    "SQLITE_FULL",
    "SQLITE_IOERR",
    "SQLITE_LOCKED",
    "SQLITE_PERM",
    "SQLITE_PROTOCOL",
    "SQLITE_READONLY",
)


@contextmanager
def failures_as_reasons() -> Iterator[None]:
    """Turns faults of disk and database within its block into `StoreError`s, and logs them.

    Raises:
        StoreError: `STORE_UNAVAILABLE` or `STORE_CORRUPT`.
    """
    try:
        yield
    except OSError as error:
        raise failure(STORE_UNAVAILABLE, errno.errorcode.get(error.errno or 0, "OSError")) from None
    except (DBAPIError, dbapi2.Error) as error:
        fault = database_fault(error)
        if fault.startswith(_DAMAGED):
            raise failure(STORE_CORRUPT, fault) from None
        if fault.startswith(_HINDERED):
            raise failure(STORE_UNAVAILABLE, fault) from None
        raise


def failure(reason: Reason, fault: str) -> StoreError:
    """The error to raise; logged here, as its cause goes no further.

    Args:
        reason: What callers are told.
        fault: What the operator is told: the system's or the database's name for it.
    """
    emit(STORE_FAILED, reason=reason.code, error_type=fault)
    return StoreError(reason)


def database_fault(error: BaseException) -> str:
    """SQLite's name for what went wrong, such as `SQLITE_FULL`; empty if it gives none."""
    own = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(own, "sqlite_errorname", ""))
