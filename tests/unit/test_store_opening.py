"""Opening the matcher's store: its folder, its key, its releases, and what a crash left."""

import shutil
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlcipher3 import dbapi2

from linkage.crypto.secret import Secret
from linkage.errors import StoreError
from linkage.matcher.store.connect import open_database
from linkage.matcher.store.schema import METADATA
from linkage.matcher.store.sql_store import SqlStore, open_store
from tests.support.agreements import make_agreement
from tests.support.datasets import make_dataset

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def key() -> Secret:
    return Secret.generate()


@pytest.fixture
def store(folder: Path, key: Secret) -> Iterator[SqlStore]:
    store = open_store(folder, key)
    yield store
    store.close()


def reason_of_opening(folder: Path, key: Secret) -> str:
    with pytest.raises(StoreError) as caught:
        open_store(folder, key)
    assert str(folder) in caught.value.message
    return caught.value.reason.code


def test_only_the_owner_can_read_the_store(store: SqlStore, folder: Path) -> None:
    fill(store)
    modes = {
        stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.rglob("*")] if path.is_dir()
    }
    assert modes == {0o700}
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert {path.suffix for path in files} >= {".db", ".db-wal", ".sealed"}


def test_folder_that_others_can_enter_is_refused(folder: Path, key: Secret) -> None:
    folder.mkdir(0o750)
    assert reason_of_opening(folder, key) == "STORE_EXPOSED"


@pytest.mark.parametrize("wrong_key", [Secret(bytes(32)), Secret(b"short"), Secret(b"")])
def test_wrong_key_is_named_as_such(folder: Path, key: Secret, wrong_key: Secret) -> None:
    open_store(folder, key).close()
    assert reason_of_opening(folder, wrong_key) == "STORE_KEY_WRONG"
    open_store(folder, key).close()


def test_wrong_key_prints_nothing(
    folder: Path, key: Secret, capfd: pytest.CaptureFixture[str]
) -> None:
    open_store(folder, key).close()
    reason_of_opening(folder, Secret.generate())
    assert capfd.readouterr() == ("", "")


def test_key_shows_in_no_error(folder: Path, key: Secret) -> None:
    open_store(folder, key).close()
    wrong_key = Secret.generate()
    with pytest.raises(StoreError) as caught:
        open_store(folder, wrong_key)
    shown: BaseException | None = caught.value
    while shown is not None:
        assert wrong_key.reveal().hex() not in f"{shown!r} {shown} {vars(shown)}".lower()
        shown = shown.__context__


def test_second_matcher_is_kept_out(store: SqlStore, folder: Path, key: Secret) -> None:
    assert reason_of_opening(folder, key) == "STORE_IN_USE"
    fill(store)  # the first one goes on undisturbed


def test_closed_store_can_be_opened_again(folder: Path, key: Secret) -> None:
    for _ in range(3):
        open_store(folder, key).close()


def test_refused_opening_leaves_nothing_locked(folder: Path, key: Secret) -> None:
    open_store(folder, key).close()
    reason_of_opening(folder, Secret.generate())
    open_store(folder, key).close()


def test_folder_that_is_a_file_is_named(folder: Path, key: Secret) -> None:
    folder.touch(0o600)
    assert reason_of_opening(folder, key) == "STORE_UNUSABLE"


def test_folder_without_a_parent_is_named(folder: Path, key: Secret) -> None:
    assert reason_of_opening(folder / "deeper", key) == "STORE_UNUSABLE"


def test_sealed_files_without_their_database_are_left_alone(folder: Path, key: Secret) -> None:
    store = open_store(folder, key)
    fill(store)
    store.close()
    (folder / "matcher.db").rename(folder / "elsewhere")
    before = sorted(folder.rglob("*.sealed"))
    assert reason_of_opening(folder, key) == "STORE_INCOMPLETE"
    assert sorted(folder.rglob("*.sealed")) == before != []
    (folder / "elsewhere").rename(folder / "matcher.db")
    open_store(folder, key).close()
    assert sorted(folder.rglob("*.sealed")) == before


def test_database_of_a_newer_release_is_refused_and_left_as_it_is(
    folder: Path, key: Secret
) -> None:
    open_store(folder, key).close()
    change(folder, key, "UPDATE alembic_version SET version_num = '9999'")
    before = (folder / "matcher.db").read_bytes()
    assert reason_of_opening(folder, key) == "STORE_TOO_NEW"
    assert (folder / "matcher.db").read_bytes() == before


def test_database_that_was_cut_off_in_its_making_is_made_again(folder: Path, key: Secret) -> None:
    folder.mkdir(0o700)
    (folder / "matcher.db").touch(0o600)
    open_store(folder, key).close()


def test_migrations_make_the_tables_that_the_schema_says(tmp_path: Path, key: Secret) -> None:
    database = open_database(tmp_path / "matcher.db", key)
    with database.transaction() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    database.close()


def test_store_of_the_first_release_is_brought_up_to_date_with_what_it_holds(
    folder: Path, key: Secret
) -> None:
    store = open_store(folder, key)
    fill(store)
    store.close()
    up_to_date = tables(folder, key)
    for statement in (
        "DROP TABLE explanation_tables",
        "DROP TABLE reports",
        "DROP TABLE amendment_signatures",
        "DROP TABLE amendments",
        "ALTER TABLE runs DROP COLUMN cut_off_count",
        "ALTER TABLE datasets DROP COLUMN software",
        "UPDATE alembic_version SET version_num = '0001'",
    ):
        change(folder, key, statement)
    kept = sorted(folder.rglob("*.sealed"))
    open_store(folder, key).close()
    assert tables(folder, key) == up_to_date
    assert sorted(folder.rglob("*.sealed")) == kept != []


def test_migration_that_fails_leaves_nothing_of_it(folder: Path, key: Secret) -> None:
    open_store(folder, key).close()
    # The step can make its first table again, but not its second.
    change(folder, key, "DELETE FROM alembic_version")
    change(folder, key, "DROP TABLE agreements")
    before = tables(folder, key)
    with pytest.raises(Exception, match="already exists"):
        open_store(folder, key)
    assert tables(folder, key) == before


def test_sqlite_that_loses_commits_is_refused(
    folder: Path, key: Secret, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dbapi2, "sqlite_version_info", (3, 51, 2))
    with pytest.raises(StoreError) as caught:
        open_store(folder, key)
    assert caught.value.reason.code == "SQLITE_UNSOUND"


def test_what_a_crash_left_without_a_row_is_cleared_away(folder: Path, key: Secret) -> None:
    store = open_store(folder, key)
    fill(store)
    store.close()
    kept = sorted(folder.rglob("*.sealed"))
    shutil.copytree(kept[0].parent, folder / "datasets" / ("f" * 64))
    shutil.copytree(kept[0].parent, folder / "results" / ("f" * 64))
    open_store(folder, key).close()
    assert sorted(folder.rglob("*.sealed")) == kept


def test_store_is_writable_until_its_disk_runs_short(folder: Path, key: Secret) -> None:
    store = open_store(folder, key, least_free_bytes=0)
    assert store.is_writable()
    assert store.is_writable()
    assert 0 < store.free_bytes() <= shutil.disk_usage(folder).total
    store.close()
    free = shutil.disk_usage(folder).free
    store = open_store(folder, key, least_free_bytes=2 * free)
    assert not store.is_writable()
    assert store.free_bytes() == 0
    store.close()


def test_closing_folds_the_log_into_the_database(folder: Path, key: Secret) -> None:
    store = open_store(folder, key)
    fill(store)
    assert (folder / "matcher.db-wal").stat().st_size
    store.close()
    assert sorted(path.name for path in folder.iterdir()) == [
        "datasets",
        "lock",
        "matcher.db",
        "results",
    ]


def fill(store: SqlStore) -> None:
    world = make_agreement()
    made = make_dataset(world.agreement, "police", seed=1)
    store.projects.open(world.agreement, NOON)
    store.datasets.open(made.manifest, NOON, replaces=None)
    for position, payload in enumerate(made.payloads):
        store.datasets.put_chunk(made.id, position, payload, NOON)


def change(folder: Path, key: Secret, statement: str) -> None:
    connection = connect_raw(folder, key)
    connection.execute(statement)
    connection.commit()
    connection.close()


def tables(folder: Path, key: Secret) -> list[object]:
    connection = connect_raw(folder, key)
    found = connection.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall()
    connection.close()
    return list(found)


def connect_raw(folder: Path, key: Secret) -> dbapi2.Connection:
    connection = dbapi2.connect(folder / "matcher.db")
    connection.execute(f"PRAGMA key = \"x'{key.reveal().hex()}'\"")
    return connection
