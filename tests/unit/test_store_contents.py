"""What the store keeps, in the database and in sealed files, and what becomes of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC

from linkage.arrays import MatchKeys
from linkage.crypto.digests import content_digest
from linkage.crypto.secret import Secret
from linkage.errors import StoreError
from linkage.exchange.match_key_pages import ENTRIES_PER_PAGE, ENTRY_BYTES, pack_match_keys
from linkage.exchange.report import RunReport
from linkage.exchange.runs import ResultTable, RunState
from linkage.ids import AgencyId, GroupId, RunId
from linkage.matcher.store.interface import StoredProject
from linkage.matcher.store.sql_store import SqlStore, open_store
from tests.support.agreements import World, make_agreement
from tests.support.datasets import MadeDataset, make_dataset
from tests.support.reports import WARNING, make_outcome, make_report

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
RUN = RunId("a" * 64)
POLICE = AgencyId("police")
GROUP = GroupId("everyone")
KEYS = {(POLICE, GROUP): bytes(ENTRY_BYTES)}
PAGE_BYTES = 4096
PAGE_RESERVE_BYTES = 80
WAL_HEADER_BYTES = 32
WAL_FRAME_HEADER_BYTES = 24
CANARY = b"\xca\x1a\x17\x0f\xfe\xed\xbe\xac\x0b\x1e\x5e\xa1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def key() -> Secret:
    return Secret.generate()


@pytest.fixture
def world() -> World:
    return make_agreement()


@pytest.fixture
def store(folder: Path, key: Secret, world: World) -> Iterator[SqlStore]:
    store = open_store(folder, key)
    store.projects.open(world.agreement, NOON)
    yield store
    store.close()


@pytest.fixture
def made(world: World) -> MadeDataset:
    return make_dataset(world.agreement, "police", seed=1)


def keep(store: SqlStore, made: MadeDataset) -> None:
    store.datasets.open(made.manifest, NOON, replaces=None)
    for position, payload in enumerate(made.payloads):
        store.datasets.put_chunk(made.id, position, payload, NOON)


def test_chunks_come_back_as_they_were_put(
    store: SqlStore, made: MadeDataset, folder: Path, key: Secret
) -> None:
    keep(store, made)
    assert store.datasets.missing_chunks(made.id) == ()
    store.close()
    store = open_store(folder, key)
    for position, payload in enumerate(made.payloads):
        assert store.datasets.read_chunk(made.id, position) == payload
    store.close()


def test_nothing_that_was_sent_lies_in_plain_in_any_file(
    store: SqlStore, made: MadeDataset, world: World, folder: Path
) -> None:
    payloads = [CANARY * (len(payload) // len(CANARY)) for payload in made.payloads]
    store.datasets.open(made.manifest, NOON, replaces=None)
    for position, payload in enumerate(payloads):
        store.datasets.put_chunk(made.id, position, payload, NOON)
    store.projects.sign(world.agreement.digest, POLICE, CANARY, NOON)
    store.runs.queue(RUN, world.agreement.digest, NOON)
    store.runs.hold(RUN, make_outcome({(POLICE, GROUP): CANARY * 8}), NOON)
    in_log = plain_in(folder, CANARY, made.id.encode(), b"police", b"CREATE TABLE", b"SQLite")
    store.close()
    in_file = plain_in(folder, CANARY, made.id.encode(), b"police", b"CREATE TABLE", b"SQLite")
    assert in_log == in_file == []


def plain_in(folder: Path, *patterns: bytes) -> list[tuple[Path, bytes]]:
    """Where a pattern stands in a file's content; the same in hexadecimal counts too."""
    sought = [*patterns, *(pattern.hex().encode() for pattern in patterns)]
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [(file, one) for file in files for one in sought if one in file.read_bytes()]


def test_two_stores_of_the_same_content_differ_in_every_sealed_file(
    store: SqlStore, made: MadeDataset, world: World, folder: Path, key: Secret, tmp_path: Path
) -> None:
    keep(store, made)
    other = open_store(tmp_path / "other", key)
    other.projects.open(world.agreement, NOON)
    keep(other, made)
    other.close()
    ours = [path.read_bytes()[13:] for path in sorted(folder.rglob("*.sealed"))]
    theirs = [path.read_bytes()[13:] for path in sorted((tmp_path / "other").rglob("*.sealed"))]
    assert len(ours) == len(theirs) == len(made.payloads)
    assert not set(ours) & set(theirs)


@pytest.mark.parametrize("damage", ["changed", "cut short", "emptied", "swapped", "gone"])
def test_chunk_that_cannot_be_read_counts_as_not_arrived(
    store: SqlStore, made: MadeDataset, folder: Path, damage: str
) -> None:
    keep(store, made)
    store.datasets.commit(made.id, b"signature", NOON)
    store.runs.queue(RUN, made.manifest.agreement, NOON)
    file, other = (folder / "datasets" / made.id / f"{index}.sealed" for index in (1, 0))
    sealed = file.read_bytes()
    match damage:
        case "changed":
            file.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
        case "cut short":
            file.write_bytes(sealed[:-1])
        case "emptied":
            file.write_bytes(b"")
        case "swapped":
            file.write_bytes(other.read_bytes())
        case _:
            file.unlink()

    with pytest.raises(StoreError) as caught:
        store.datasets.read_chunk(made.id, 1)
    assert caught.value.reason.code == "STORE_CORRUPT"
    assert store.datasets.missing_chunks(made.id) == (1,)
    assert store.datasets.committed(made.manifest.agreement) == ()
    assert store.runs.find(RUN) is None

    store.datasets.put_chunk(made.id, 1, made.payloads[1], NOON)
    assert store.datasets.read_chunk(made.id, 1) == made.payloads[1]


def test_chunk_of_another_dataset_does_not_pass_for_this_ones(
    store: SqlStore, made: MadeDataset, world: World, folder: Path
) -> None:
    keep(store, made)
    other = make_dataset(world.agreement, "council", seed=2)
    keep(store, other)
    datasets = folder / "datasets"
    (datasets / made.id / "0.sealed").write_bytes((datasets / other.id / "0.sealed").read_bytes())
    with pytest.raises(StoreError):
        store.datasets.read_chunk(made.id, 0)


def test_file_without_a_row_is_not_a_chunk_that_arrived(
    store: SqlStore, made: MadeDataset, folder: Path, key: Secret
) -> None:
    # As a kill between the file's rename and the database's commit leaves it, and one before.
    store.datasets.open(made.manifest, NOON, replaces=None)
    dataset_key = store.datasets._key(made.id)
    store.datasets._files.write(made.id, "0", dataset_key, made.payloads[0])
    (folder / "datasets" / made.id / ".1.sealed.99.new").write_bytes(b"\x01 half of a sealed file")
    store.close()

    store = open_store(folder, key)
    assert names(folder / "datasets" / made.id) == ["0.sealed"]
    assert store.datasets.missing_chunks(made.id) == tuple(range(len(made.payloads)))
    for position, payload in enumerate(made.payloads):
        store.datasets.put_chunk(made.id, position, payload, NOON)
        assert store.datasets.read_chunk(made.id, position) == payload
    store.close()


def test_replaced_dataset_leaves_neither_files_nor_key(
    store: SqlStore, made: MadeDataset, world: World, folder: Path, key: Secret
) -> None:
    keep(store, made)
    destroyed_key = store.datasets._key(made.id)
    assert destroyed_key.reveal() in decrypted(folder, key)
    other = make_dataset(world.agreement, "police", seed=2)
    store.datasets.open(other.manifest, NOON, replaces=made.id)
    assert store.datasets.find(made.id) is None
    assert names(folder / "datasets") == []
    assert destroyed_key.reveal() not in decrypted(folder, key)


def test_same_dataset_again_after_another_has_a_new_key(
    store: SqlStore, made: MadeDataset, world: World
) -> None:
    other = make_dataset(world.agreement, "police", seed=2)
    keep(store, made)
    before = store.datasets._key(made.id)
    store.datasets.open(other.manifest, NOON, replaces=made.id)
    store.datasets.open(made.manifest, NOON, replaces=other.id)
    assert store.datasets._key(made.id) != before
    assert store.datasets.missing_chunks(made.id) == tuple(range(len(made.payloads)))


def test_files_that_could_not_be_removed_go_at_the_next_opening(
    store: SqlStore, made: MadeDataset, world: World, folder: Path, key: Secret
) -> None:
    keep(store, made)
    kept_aside = folder / "aside"
    (folder / "datasets" / made.id).rename(kept_aside)
    other = make_dataset(world.agreement, "police", seed=2)
    store.datasets.open(other.manifest, NOON, replaces=made.id)
    kept_aside.rename(folder / "datasets" / made.id)
    store.close()
    open_store(folder, key).close()
    assert names(folder / "datasets") == []


def test_last_signature_of_an_amendment_erases_what_was_kept_under_the_one_before(
    store: SqlStore, made: MadeDataset, world: World, folder: Path, key: Secret
) -> None:
    keep(store, made)
    destroyed_key = store.datasets._key(made.id)
    store.projects.sign(world.agreement.digest, POLICE, b"signature", NOON)
    store.runs.queue(RUN, world.agreement.digest, NOON)
    store.runs.hold(RUN, make_outcome(KEYS), NOON)
    amended = make_agreement(keys_of=world, epoch=2).agreement
    store.projects.amend(amended, NOON)
    store.projects.sign_amendment(amended.digest, POLICE, b"signature", NOON, is_last=False)
    assert store.projects.signed_by(world.agreement.digest) == (POLICE,)
    assert store.datasets.read_chunk(made.id, 0) == made.payloads[0]
    assert store.runs.read_page(RUN, POLICE, GROUP, 0) == bytes(ENTRY_BYTES)

    council = AgencyId("council")
    store.projects.sign_amendment(amended.digest, council, b"signature", NOON, is_last=True)
    assert store.projects.find(amended.project.id) == StoredProject(amended.digest, 2)
    assert store.projects.find_amendment(amended.project.id) is None
    assert store.projects.signed_by(amended.digest) == (council, POLICE)
    assert store.projects.signed_by(world.agreement.digest) == ()
    assert destroyed_key.reveal() not in decrypted(folder, key)
    assert store.datasets.find(made.id) is None
    assert store.runs.find(RUN) is None
    assert names(folder / "datasets") == names(folder / "results") == []


def test_other_projects_are_untouched_by_an_amendment(store: SqlStore, made: MadeDataset) -> None:
    keep(store, made)
    other = make_agreement(project="other").agreement
    amended = make_agreement(project="other", epoch=2).agreement
    store.projects.open(other, NOON)
    store.projects.amend(amended, NOON)
    store.projects.sign_amendment(amended.digest, POLICE, b"signature", NOON, is_last=True)
    assert store.datasets.read_chunk(made.id, 0) == made.payloads[0]


def test_amendment_takes_the_place_of_one_that_waits(store: SqlStore, world: World) -> None:
    second, third = (make_agreement(keys_of=world, epoch=epoch).agreement for epoch in (2, 3))
    store.projects.amend(second, NOON)
    store.projects.sign_amendment(second.digest, POLICE, b"signature", NOON, is_last=False)
    store.projects.amend(third, NOON)
    project = world.agreement.project.id
    assert store.projects.find_amendment(project) == StoredProject(third.digest, 3)
    assert store.projects.find(project) == StoredProject(world.agreement.digest, 1)
    assert store.projects.signed_by(second.digest) == store.projects.signed_by(third.digest) == ()


def test_run_in_which_the_process_ended_keeps_no_other_waiting(
    store: SqlStore, world: World
) -> None:
    other = RunId("b" * 64)
    agreement = world.agreement.digest
    store.runs.queue(RUN, agreement, NOON)
    store.runs.queue(other, agreement, NOON + timedelta(hours=1))
    assert store.runs.next_waiting([agreement]) == RUN
    store.runs.set_state(RUN, RunState.RUNNING)
    assert store.runs.begin_again(limit=2) == ()
    assert store.runs.next_waiting([agreement]) == other


def test_result_is_kept_page_by_page(store: SqlStore, world: World) -> None:
    rng = np.random.default_rng(3)
    made = make_dataset(world.agreement, "police", seed=3, record_count=20)
    small = pack_match_keys(MatchKeys(made.tokens, rng.integers(0, 256, (20, 16), dtype=np.uint8)))
    large = rng.bytes(ENTRY_BYTES * (ENTRIES_PER_PAGE + 1))
    tables = {(POLICE, GROUP): large, (POLICE, GroupId("alone")): small}
    store.runs.queue(RUN, world.agreement.digest, NOON)
    store.runs.hold(RUN, make_outcome(tables), NOON)
    stored = store.runs.find(RUN)
    assert stored is not None
    assert stored.view.state is RunState.HELD
    assert stored.view.tables == (
        ResultTable(POLICE, GroupId("alone"), content_digest(small)),
        ResultTable(POLICE, GROUP, content_digest(large)),
    )
    assert store.runs.page_count(RUN, POLICE, GROUP) == 2
    assert store.runs.page_count(RUN, POLICE, GroupId("nobody")) == 0
    pages = [store.runs.read_page(RUN, POLICE, GROUP, index) for index in (0, 1)]
    assert b"".join(pages) == large
    assert store.runs.read_page(RUN, POLICE, GroupId("alone"), 0) == small


def test_report_and_explanations_come_back_as_they_were_kept(
    store: SqlStore, world: World, folder: Path, key: Secret
) -> None:
    store.runs.queue(RUN, world.agreement.digest, NOON)
    assert store.runs.report(RUN) is None
    report, pages = make_report(), (b"first page", b"second page")
    store.runs.hold(RUN, make_outcome(KEYS, {POLICE: pages}, report), NOON)
    store.close()
    store = open_store(folder, key)
    assert store.runs.report(RUN) == report
    assert store.runs.explanation_page_count(RUN, POLICE) == 2
    assert store.runs.explanation_page_count(RUN, AgencyId("council")) == 0
    assert tuple(store.runs.read_explanation_page(RUN, POLICE, index) for index in (0, 1)) == pages
    store.close()


def test_report_that_estimates_nothing_comes_back_so(store: SqlStore, world: World) -> None:
    store.runs.queue(RUN, world.agreement.digest, NOON)
    report = RunReport(0.8, None, (), (), (), ())
    store.runs.hold(RUN, make_outcome(KEYS, report=report), NOON)
    assert store.runs.report(RUN) == report


def test_refused_result_leaves_neither_files_nor_key_nor_report(
    store: SqlStore, world: World, folder: Path, key: Secret
) -> None:
    store.runs.queue(RUN, world.agreement.digest, NOON)
    store.runs.hold(RUN, make_outcome(KEYS, {POLICE: [b"page"]}), NOON)
    store.close()
    store = open_store(folder, key)
    assert names(folder / "results") == [RUN]
    assert WARNING.encode() in decrypted(folder, key)
    store.runs.refuse(RUN, POLICE)
    assert names(folder / "results") == []
    assert store.runs.report(RUN) is None
    assert store.runs.explanation_page_count(RUN, POLICE) == 0
    assert WARNING.encode() not in decrypted(folder, key)
    store.close()


def test_result_that_a_kill_left_unfinished_is_cleared_away(
    store: SqlStore, world: World, folder: Path, key: Secret
) -> None:
    store.runs.queue(RUN, world.agreement.digest, NOON)
    store.runs._files.write(RUN, "police.everyone.0", Secret.generate(), bytes(ENTRY_BYTES))
    store.close()
    store = open_store(folder, key)
    assert names(folder / "results") == []
    store.runs.hold(RUN, make_outcome(KEYS), NOON)
    assert store.runs.read_page(RUN, POLICE, GROUP, 0) == bytes(ENTRY_BYTES)
    store.close()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def decrypted(folder: Path, key: Secret) -> bytes:
    """Every page of the database and of its log without encryption, free ones and old ones too.

    Source: sqlcipher.net/design: AES-256-CBC with a random IV in each page's reserved end.
    """
    database, log = folder / "matcher.db", folder / "matcher.db-wal"
    frames = log.read_bytes()[WAL_HEADER_BYTES:] if log.exists() else b""
    stride = WAL_FRAME_HEADER_BYTES + PAGE_BYTES
    pages = [
        *pieces(database.read_bytes(), PAGE_BYTES),
        *(frame[WAL_FRAME_HEADER_BYTES:] for frame in pieces(frames, stride)),
    ]
    plain = b"".join(decrypted_page(page, key) for page in pages)
    assert b"CREATE TABLE datasets" in plain, "pages were not decrypted"
    return plain


def decrypted_page(page: bytes, key: Secret) -> bytes:
    body, iv = page[:-PAGE_RESERVE_BYTES], page[-PAGE_RESERVE_BYTES:][:16]
    # The first page starts with a salt instead of ciphertext: of the rest, block by block, only
    # the first block hangs on where one begins.
    decryptor = Cipher(AES256(key.reveal()), CBC(iv)).decryptor()
    return decryptor.update(body) + decryptor.finalize()


def pieces(content: bytes, size: int) -> list[bytes]:
    return [content[start : start + size] for start in range(0, len(content), size)]
