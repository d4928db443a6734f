"""The matcher's database: one encrypted SQLite file, one connection, one transaction at a time.

Opening it, in order:
(1) refuse a SQLite that is known to lose commits;
(2) make the file readable by its owner only, before anything is in it;
(3) hand over the key as a statement on the new connection, never as part of a URL;
(4) ask for durability: a commit is on the disk before the call that made it returns;
(5) read the first page, which fails under a wrong key;
(6) refuse a newer release's tables, and bring an older one's up to date, all or nothing.
"""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool
from sqlcipher3 import dbapi2

from linkage.crypto.secret import Secret
from linkage.errors import StoreError
from linkage.files import PRIVATE_FILE
from linkage.matcher.store.failures import (
    SQLITE_UNSOUND,
    STORE_KEY_WRONG,
    STORE_TOO_NEW,
    database_fault,
    failures_as_reasons,
)

LEAST_SQLITE: Final = (3, 51, 3)
"""Releases from 3.7.0 to 3.51.2 lose commits when two checkpoints race."""
BUSY_TIMEOUT_SECONDS: Final = 1.0
"""The folder's lock keeps other matchers out, so only an operator's shell can be in the way."""

_MIGRATIONS: Final = "linkage.matcher.store:migrations"
_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # with a log: every commit waits until it is on the disk
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",  # no temporary file ever holds rows in plain
    "PRAGMA secure_delete = ON",  # deleted cells are overwritten
)


class Database:
    """The open database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction: committed and on the disk at the end of the block, or undone whole.

        Raises:
            StoreError: It could not be; nothing of it has happened.
        """
        with failures_as_reasons(), self._engine.begin() as connection:
            yield connection

    def scrub(self) -> None:
        """Takes what was deleted out of the write-ahead log too, by emptying it.

        Deleted cells are overwritten in their pages, but older copies of these pages stay in the
        log until it starts again. A disk that refuses is logged and nothing more: what was deleted
        is, and the log is emptied when the store is next closed or scrubbed.
        """
        with (
            suppress(StoreError),
            failures_as_reasons(),
            # Not `connect()`, which would begin a transaction: a checkpoint can't run in one.
            closing(self._engine.raw_connection()) as connection,
        ):
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Closes the connection; the write-ahead log is folded into the file."""
        self._engine.dispose()


def open_database(file: Path, key: Secret) -> Database:
    """The database in a file, made if there is none, with this release's tables.

    Args:
        file: In a folder that only the matcher's user can enter.
        key: 32 random bytes.

    Raises:
        StoreError: The key is wrong, the database is a newer release's, SQLite is too old, or the
            disk refuses.
    """
    _check_sqlite()  # (1)
    with failures_as_reasons():
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, PRIVATE_FILE))  # (2)

    engine = create_engine(
        "sqlite+pysqlite://",
        module=dbapi2,
        creator=partial(_connect, file, key),
        poolclass=StaticPool,
        hide_parameters=True,
    )
    event.listen(engine, "begin", _begin)
    try:
        _check_key(engine, file)  # (5)
        _migrate(engine, file)  # (6)
    except BaseException:
        engine.dispose()
        raise
    return Database(engine)


def _connect(file: Path, key: Secret) -> dbapi2.Connection:
    connection = dbapi2.connect(
        file,
        timeout=BUSY_TIMEOUT_SECONDS,
        isolation_level=None,  # transactions begin where `_begin` says, also for DDL
        check_same_thread=False,  # calls come from one thread, but not the one that opens
    )
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")  # it would write to standard error
        connection.execute(f"PRAGMA key = \"x'{key.reveal().hex()}'\"")  # (3)
        for pragma in _PRAGMAS:  # (4)
            connection.execute(pragma)
    except BaseException:
        connection.close()
        raise
    return connection


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _check_sqlite() -> None:
    if dbapi2.sqlite_version_info < LEAST_SQLITE:
        least = ".".join(map(str, LEAST_SQLITE))
        raise StoreError(SQLITE_UNSOUND, found=dbapi2.sqlite_version, least=least)


def _check_key(engine: Engine, file: Path) -> None:
    with failures_as_reasons():
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
        except DBAPIError as error:
            if database_fault(error) == "SQLITE_NOTADB":
                raise StoreError(STORE_KEY_WRONG, folder=str(file.parent)) from None
            raise


def _migrate(engine: Engine, file: Path) -> None:
    config = Config()
    config.set_main_option("script_location", _MIGRATIONS)
    known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
    with failures_as_reasons(), engine.begin() as connection:
        present = MigrationContext.configure(connection).get_current_heads()
        if not known.issuperset(present):
            raise StoreError(STORE_TOO_NEW, folder=str(file.parent))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
