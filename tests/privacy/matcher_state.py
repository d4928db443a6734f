"""All that a matcher holds, laid open: its memory, its files, its database without encryption."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, TypeAlias

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from benchmarks.population.agencies import AGENCIES
from linkage.crypto.secret import Secret
from linkage.crypto.secret_file import read_key_file
from linkage.ids import AgencyId
from linkage.matcher.config import MatcherConfig
from linkage.matcher.store.connect import open_database
from linkage.matcher.store.schema import METADATA
from linkage.matcher.store.sql_store import open_store
from tests.privacy.agencies import Agencies
from tests.privacy.memory import descendants, has_mapped, memory_of, standing_still
from tests.privacy.search import Search

_SHARED_WITH_WORKERS: Final = "memfd:linkage"
"""What the matcher and its workers call the memory in which encodings are."""
_PAGE_BYTES: Final = 4096
_RESERVED_BYTES: Final = 80
"""At the end of each page: 16 of the initialisation vector, 64 of an HMAC-SHA-512."""
_IV_BYTES: Final = 16
_SALT_BYTES: Final = 16
"""Stand at the start of the first page, which is not encrypted there."""
_LOG_HEAD_BYTES: Final = 32
_FRAME_HEAD_BYTES: Final = 24
_POLL_SECONDS: Final = 0.005


Memory: TypeAlias = dict[str, list[bytes]]
"""The mappings of each process."""


Findings: TypeAlias = dict[tuple[str, str], frozenset[str]]
"""What a search has found, by moment and place; places where it found nothing are there too."""


def look_into_processes(pid: int, moment: str, search: Search, findings: Findings) -> None:
    """Searches the memory of the matcher and its workers."""
    workers = descendants(pid)
    with standing_still([pid, *workers]):
        copied = _copy(pid, workers)
    _search(copied, moment, search, findings)


def look_into_files(config: MatcherConfig, moment: str, search: Search, findings: Findings) -> None:
    """Searches the files as they lie there, and the database's pages with encryption taken off."""
    files = files_below(config.state_folder)
    findings[moment, "files"] = search.names_in_any(files)
    pages = database_pages(config.state_folder, read_key_file(config.store_key_file))
    findings[moment, "database pages"] = search.names_in_any(pages)


def files_below(folder: Path) -> Iterator[bytes]:
    """The name and the content of each file."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)).encode() + b"\n" + path.read_bytes()


def database_pages(folder: Path, key: Secret) -> Iterator[bytes]:
    """Every page of the database and of its write-ahead log, free and overwritten ones included.

    Source: SQLCipher 4's format: AES-256-CBC, the vector behind the page's content.
    """
    content = (folder / "matcher.db").read_bytes()
    for start in range(0, len(content), _PAGE_BYTES):
        yield _decrypted(content[start : start + _PAGE_BYTES], key, 0 if start else _SALT_BYTES)
    log = folder / "matcher.db-wal"
    content = log.read_bytes() if log.exists() else b""
    frame_bytes = _FRAME_HEAD_BYTES + _PAGE_BYTES
    for start in range(_LOG_HEAD_BYTES, len(content) - frame_bytes + 1, frame_bytes):
        page_number = int.from_bytes(content[start : start + 4], "big")
        page = content[start + _FRAME_HEAD_BYTES : start + frame_bytes]
        yield _decrypted(page, key, _SALT_BYTES if page_number == 1 else 0)


def stored_content(folder: Path, key: Secret, jobs: Iterable[Agencies]) -> Iterator[bytes]:
    """What is kept in a store's folder: every cell of its database, every sealed file opened."""
    database = open_database(folder / "matcher.db", key)
    with database.transaction() as connection:
        for table in METADATA.sorted_tables:
            for row in connection.execute(table.select()):
                yield from (cell if isinstance(cell, bytes) else str(cell).encode() for cell in row)
    database.close()
    with closing(open_store(folder, key)) as store:
        for job in jobs:
            for agency in AGENCIES:
                dataset = job.dataset(agency)
                for index in range(len(dataset.manifest.chunk_digests)):
                    yield store.datasets.read_chunk(dataset.id, index)
                for group in job.agreement.groups_of(AgencyId(agency)):
                    yield store.runs.read_page(
                        job.result_run(agency), AgencyId(agency), group.id, 0
                    )


@contextmanager
def watched_run(
    pid: int, searches: tuple[Search, Search], findings: tuple[Findings, Findings]
) -> Iterator[None]:
    """Searches all memory once, in the middle of the match run that goes on during the block.

    Args:
        pid: The matcher's.
        searches: For what must not be there, and for what has to be.
        findings: What each of them finds; nothing is added if no run was seen.
    """
    stop = threading.Event()
    copied: list[Memory] = []

    def watch() -> None:
        while not copied and not stop.wait(_POLL_SECONDS):
            workers = descendants(pid)
            if _at_work(workers):
                with standing_still([pid, *workers]):
                    if _at_work(workers):  # still
                        copied.append(_copy(pid, workers))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    for memory in copied:
        for search, found in zip(searches, findings, strict=True):
            _search(memory, "run", search, found)


def _at_work(workers: list[int]) -> bool:
    return any(has_mapped(worker, _SHARED_WITH_WORKERS) for worker in workers)


def _copy(pid: int, workers: list[int]) -> Memory:
    return {"server": list(memory_of(pid))} | {
        f"worker {number}": list(memory_of(worker)) for number, worker in enumerate(workers)
    }


def _search(memory: Memory, moment: str, search: Search, findings: Findings) -> None:
    for process, mappings in memory.items():
        findings[moment, f"memory of {process}"] = search.names_in_any(mappings)


def _decrypted(page: bytes, key: Secret, clear_bytes: int) -> bytes:
    end = _PAGE_BYTES - _RESERVED_BYTES
    vector = page[end : end + _IV_BYTES]
    decryptor = Cipher(algorithms.AES(key.reveal()), modes.CBC(vector)).decryptor()
    return decryptor.update(page[clear_bytes:end]) + decryptor.finalize()
