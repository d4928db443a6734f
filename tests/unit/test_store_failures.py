"""A store whose disk is full, whose database is locked or damaged, and whose process is killed."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from linkage.crypto.secret import Secret
from linkage.errors import StoreError
from linkage.exchange.match_key_pages import ENTRY_BYTES
from linkage.exchange.runs import RunState
from linkage.ids import AgencyId, GroupId, RunId
from linkage.matcher.store.schema import METADATA
from linkage.matcher.store.sql_store import SqlStore, open_store
from tests.support.agreements import World, make_agreement
from tests.support.datasets import MadeDataset, make_dataset
from tests.support.full_disks import Disk, no_file_may_grow, small_disk
from tests.support.reports import make_outcome

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
RUN = RunId("a" * 64)
POLICE = AgencyId("police")
GROUP = GroupId("everyone")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with small_disk(tmp_path) as disk:
        yield disk


@pytest.fixture
def key() -> Secret:
    return Secret.generate()


@pytest.fixture
def world() -> World:
    return make_agreement()


@pytest.fixture
def store(disk: Disk, key: Secret, world: World) -> Iterator[SqlStore]:
    store = open_store(disk.folder / "store", key, least_free_bytes=0)
    store.projects.open(world.agreement, NOON)
    yield store
    store.close()


@pytest.fixture
def made(world: World) -> MadeDataset:
    return make_dataset(world.agreement, "police", seed=1, record_count=30, records_per_chunk=3)


def is_refused(act: Callable[[], object]) -> bool:
    """Whether the store says that it is unavailable; anything else it may say is a failure."""
    try:
        act()
    except StoreError as error:
        assert error.reason.code == "STORE_UNAVAILABLE"  # noqa: PT017 - both ends are expected
        return True
    return False


def test_nothing_acknowledged_is_lost_when_the_disk_fills_up(
    disk: Disk, key: Secret, made: MadeDataset, store: SqlStore
) -> None:
    store.datasets.open(made.manifest, NOON, replaces=None)
    store.datasets.put_chunk(made.id, 0, made.payloads[0], NOON)
    with disk.filled():
        assert is_refused(lambda: store.datasets.put_chunk(made.id, 1, made.payloads[1], NOON))
        assert store.datasets.missing_chunks(made.id) == tuple(range(1, 10))
        assert store.datasets.read_chunk(made.id, 0) == made.payloads[0]
    for position in range(1, 10):
        store.datasets.put_chunk(made.id, position, made.payloads[position], NOON)
    store.close()
    with closing(open_store(disk.folder / "store", key)) as again:
        for position, payload in enumerate(made.payloads):
            assert again.datasets.read_chunk(made.id, position) == payload


def test_every_change_on_a_full_disk_happens_later_or_not_at_all(
    disk: Disk, world: World, made: MadeDataset, store: SqlStore
) -> None:
    digest = world.agreement.digest
    keys = {(POLICE, GROUP): bytes(ENTRY_BYTES)}
    changes: list[Callable[[], object]] = [
        lambda: store.projects.sign(digest, POLICE, bytes(5000), NOON),
        lambda: store.datasets.open(made.manifest, NOON, replaces=None),
        lambda: store.datasets.commit(made.id, bytes(5000), NOON),
        lambda: store.runs.queue(RUN, digest, NOON),
        lambda: store.runs.hold(RUN, make_outcome(keys), NOON),
        lambda: store.runs.approve(RUN, POLICE, bytes(5000), RunState.HELD, NOON),
    ]
    for change in changes:
        before = picture(store, world, made)
        with disk.filled():
            # A change may still find room in what the database's log already takes up.
            refused = is_refused(change)
        if refused:
            assert picture(store, world, made) == before
            change()
        assert picture(store, world, made) != before
    assert store.runs.read_page(RUN, POLICE, GROUP, 0) == bytes(ENTRY_BYTES)


def picture(store: SqlStore, world: World, made: MadeDataset) -> object:
    """All that the changes change."""
    signed_by = store.projects.signed_by(world.agreement.digest)
    return signed_by, store.datasets.find(made.id), store.runs.find(RUN)


def test_store_says_that_a_full_disk_makes_it_unwritable(store: SqlStore) -> None:
    assert store.is_writable()
    with no_file_may_grow():
        assert not store.is_writable()
    assert store.is_writable()


def test_result_that_found_no_room_takes_none(disk: Disk, world: World, store: SqlStore) -> None:
    store.runs.queue(RUN, world.agreement.digest, NOON)
    tables = {(POLICE, GroupId(f"group{n}")): bytes(1 << 20) for n in range(6)}
    with disk.filled():
        assert is_refused(lambda: store.runs.hold(RUN, make_outcome(tables), NOON))
        assert list((disk.folder / "store" / "results").iterdir()) == []
    stored = store.runs.find(RUN)
    assert stored is not None
    assert stored.view.state is RunState.QUEUED


def test_store_on_a_full_disk_is_not_opened_and_not_harmed(
    disk: Disk, key: Secret, world: World, store: SqlStore
) -> None:
    store.close()
    with no_file_may_grow():
        assert is_refused(lambda: open_store(disk.folder / "store", key))
    with closing(open_store(disk.folder / "store", key)) as again:
        assert again.projects.find(world.agreement.project.id) is not None


def test_locked_database_is_a_reason_to_try_again(
    disk: Disk, key: Secret, world: World, store: SqlStore
) -> None:
    with closing(shell(disk, key)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert is_refused(lambda: store.projects.sign(world.agreement.digest, POLICE, b"s", NOON))
        other.rollback()
    store.projects.sign(world.agreement.digest, POLICE, b"s", NOON)
    assert store.projects.signed_by(world.agreement.digest) == (POLICE,)


def test_folder_that_vanishes_is_a_reason_to_try_again(
    disk: Disk, made: MadeDataset, store: SqlStore
) -> None:
    store.datasets.open(made.manifest, NOON, replaces=None)
    datasets, aside = disk.folder / "store" / "datasets", disk.folder / "aside"
    datasets.rename(aside)
    assert is_refused(lambda: store.datasets.put_chunk(made.id, 0, made.payloads[0], NOON))
    aside.rename(datasets)
    store.datasets.put_chunk(made.id, 0, made.payloads[0], NOON)


def test_damaged_page_is_found_and_named(disk: Disk, key: Secret, store: SqlStore) -> None:
    store.close()
    file = disk.folder / "store" / "matcher.db"
    sound = file.read_bytes()
    codes = set()
    for start in range(0, len(sound), 4096):
        damaged = bytearray(sound)
        damaged[start + 2000] ^= 1
        file.write_bytes(damaged)
        try:
            with closing(open_store(disk.folder / "store", key)) as again:
                everything(again)
        except StoreError as error:
            codes.add(error.reason.code)
    assert codes == {"STORE_KEY_WRONG", "STORE_CORRUPT"}
    file.write_bytes(sound)
    open_store(disk.folder / "store", key).close()


def test_failure_is_logged_by_name_only(
    world: World, store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    with no_file_may_grow():
        assert is_refused(
            lambda: store.projects.sign(world.agreement.digest, POLICE, b"canary", NOON)
        )
    [record] = caplog.records
    assert record.getMessage() == "store-failed"
    fields = vars(record)["fields"]
    assert fields["reason"] == "STORE_UNAVAILABLE"
    assert fields["error_type"].startswith("SQLITE_")
    assert set(fields) == {"reason", "error_type"}


UPLOADER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from linkage.crypto.secret import Secret
from linkage.ids import DatasetId
from linkage.matcher.store.sql_store import open_store

folder, dataset = Path(sys.argv[1]), DatasetId(sys.argv[2])
store = open_store(folder, Secret(bytes.fromhex(sys.stdin.readline())))
for position in store.datasets.missing_chunks(dataset):
    payload = bytes([position % 256]) * 100_000
    store.datasets.put_chunk(dataset, position, payload, datetime.now(UTC))
    print(position, flush=True)
"""


def test_chunks_acknowledged_before_a_kill_are_there_after_it(tmp_path: Path, key: Secret) -> None:
    world = make_agreement()
    made = make_dataset(
        world.agreement, "police", seed=1, record_count=600, records_per_chunk=1, people=600
    )
    with closing(open_store(tmp_path / "store", key)) as store:
        store.projects.open(world.agreement, NOON)
        store.datasets.open(made.manifest, NOON, replaces=None)
    acknowledged: set[int] = set()
    for acknowledgements in (1, 20):
        uploader = subprocess.Popen(
            [sys.executable, "-c", UPLOADER, str(tmp_path / "store"), made.id],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert uploader.stdin is not None
        assert uploader.stdout is not None
        uploader.stdin.write(key.reveal().hex() + "\n")
        uploader.stdin.flush()
        acknowledged.update(int(uploader.stdout.readline()) for _ in range(acknowledgements))
        uploader.send_signal(signal.SIGKILL)
        acknowledged.update(int(line) for line in uploader.stdout if line.endswith("\n"))
        assert uploader.wait() == -signal.SIGKILL
    with closing(open_store(tmp_path / "store", key)) as store:
        assert not acknowledged & set(store.datasets.missing_chunks(made.id))
        for position in acknowledged:
            expected = bytes([position % 256]) * 100_000
            assert store.datasets.read_chunk(made.id, position) == expected


def everything(store: SqlStore) -> None:
    """Reads every table."""
    with store._database.transaction() as connection:
        for table in METADATA.sorted_tables:
            connection.execute(table.select()).all()


def shell(disk: Disk, key: Secret) -> dbapi2.Connection:
    """The database, as an operator opens it with a tool of their own."""
    connection = dbapi2.connect(disk.folder / "store" / "matcher.db", isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{key.reveal().hex()}'\"")
    return connection
