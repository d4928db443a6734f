"""The process that reads: what crosses to its parent, and what happens when it ends early."""

import csv
import hashlib
import io
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from linkage.agreement.schema import FieldKind
from linkage.errors import SourceError
from linkage.ids import FieldName
from linkage_agent.config import Charset, FieldSource, SourceConfig
from linkage_agent.sources import child
from linkage_agent.sources import reasons as why
from linkage_agent.sources.extract import read_extract, read_in_child
from linkage_agent.sources.plan import MAX_VALUE_CHARACTERS, ColumnPlan, ReadPlan
from linkage_agent.sources.reading import receive
from linkage_agent.sources.records import read_records
from tests.unit.test_sources_nasty import HEAD, OTHER, PERSON, PLAN, shown

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

NAME = FieldName("name")
KINDS = {NAME: FieldKind.GIVEN_NAME}


def source(file: Path) -> SourceConfig:
    return SourceConfig(
        file=file,
        charset=Charset.UTF_8,
        row_id_column="id",
        fields={"name": FieldSource(column="name")},
    )


@pytest.fixture
def large_file(tmp_path: Path) -> Path:
    """A file that takes a while to read, and whose answer fills the pipe."""
    file = tmp_path / "large.csv"
    with file.open("w") as out:
        out.write("id,name\n")
        out.writelines(f"{row},Zephyrine {row}\n" for row in range(100_000))
    return file


def test_all_text_crosses_unchanged(tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    names = ["Zoë", "\U0001d518\u2028x", 'two\nlines "quoted"', "\x01\x7f\ufffe", "e\u0301", "é"]
    with file.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([["id", "name"], *enumerate(names)])
    extract = read_extract(source(file), KINDS)
    assert extract.columns.fields[NAME].distinct == tuple(names)
    assert extract.columns.row_ids == tuple("012345")
    assert extract.content == hashlib.sha256(file.read_bytes()).hexdigest()


def test_refusal_crosses_with_its_reason_and_facts(tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    file.write_bytes(HEAD + OTHER + PERSON.replace(b",F", b",F,F"))
    with pytest.raises(SourceError) as caught:
        read_in_child(replace(PLAN, file=str(file)))
    assert caught.value.reason is why.ROW_WIDTH
    assert caught.value.facts == {"file": str(file), "line": 3, "found": 6, "expected": 5}
    assert "Quillfeather" not in shown(caught.value)


def test_value_of_the_greatest_length_is_read_and_a_longer_one_refused(tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    longest = "Z" * MAX_VALUE_CHARACTERS
    file.write_text(f"id,name\n1,Anna\n2,{longest}\n")
    assert read_extract(source(file), KINDS).columns.fields[NAME].distinct == ("Anna", longest)
    file.write_text(f"id,name\n1,Anna\n2,{longest}Z\n")
    with pytest.raises(SourceError) as caught:
        read_extract(source(file), KINDS)
    assert caught.value.reason is why.VALUE_TOO_LONG
    assert caught.value.facts["line"] == 3
    assert "ZZZ" not in shown(caught.value)


def test_fault_inside_the_child_crosses_without_its_text(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "extract.csv"
    file.write_bytes(HEAD + PERSON)
    plan = replace(PLAN, file=str(file), charset="Quillfeather")  # Python's error would quote it
    with pytest.raises(SourceError) as caught:
        read_in_child(plan)
    assert caught.value.reason is why.READER_FAILED
    assert caught.value.facts["kind"] == "LookupError"
    assert "Quillfeather" not in shown(caught.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc for the file being read")
def test_killed_child_is_an_error_and_a_second_try_succeeds(large_file: Path) -> None:
    killer = threading.Thread(target=kill_reader_of, args=(large_file,))
    killer.start()
    with pytest.raises(SourceError) as caught:
        read_extract(source(large_file), KINDS)
    killer.join()
    assert caught.value.reason is why.READER_DIED
    assert caught.value.facts["status"] == -signal.SIGKILL
    assert "Zephyrine" not in "".join(traceback.format_exception(caught.value))
    assert len(read_extract(source(large_file), KINDS).columns) == 100_000


def kill_reader_of(file: Path) -> None:
    while not (readers := [pid for pid in child_processes() if has_open(pid, file)]):
        time.sleep(0.002)
    os.kill(readers[0], signal.SIGKILL)


def child_processes() -> list[int]:
    return [process.pid for process in multiprocessing.active_children() if process.pid]


def has_open(pid: int, file: Path) -> bool:
    try:
        return any(link.readlink() == file for link in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:  # it closed one meanwhile
        return False


def test_child_that_ends_in_the_middle_of_its_answer_is_noticed() -> None:
    receiver, sender = multiprocessing.get_context("spawn").Pipe(duplex=False)
    with receiver:
        with sender:
            os.write(sender.fileno(), (100).to_bytes(4, "big") + b"{")
        with pytest.raises(OSError, match="end of file"):
            receive(receiver)


def test_child_ends_quietly_when_its_parent_has_gone(
    large_file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    plan = ReadPlan(
        str(large_file),
        "utf-8",
        ",",
        "id",
        frozenset(),
        (ColumnPlan("n", "name"),),
        PLAN.latest_date,
    )
    process = context.Process(target=child.main, args=(sender, plan))
    process.start()
    sender.close()
    receiver.close()
    process.join()
    assert process.exitcode == 0
    assert capfd.readouterr() == ("", "")


def test_child_loads_neither_keys_nor_what_it_has_no_use_for() -> None:
    names = "linkage_agent.sources.child, linkage_agent.sources.records, sys"
    code = f"import {names}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    loaded = {module.partition(".")[0] for module in done.stdout.split()}
    assert not loaded & {"pandas", "pydantic", "cryptography", "grpc", "typer"}


class ChangingFile(io.FileIO):
    """A file that another program writes to each time that it is rewound."""

    def __init__(self, path: Path, contents: Iterator[bytes]) -> None:
        super().__init__(path)
        self._path = path
        self._contents = contents

    def seek(self, offset: int, whence: int = 0, /) -> int:
        before = self._path.stat()
        self._path.write_bytes(next(self._contents))
        os.utime(self._path, ns=(before.st_atime_ns, before.st_mtime_ns))
        return super().seek(offset, whence)


@pytest.mark.parametrize(
    "later",
    [
        HEAD + PERSON.replace(b"Zeph", b"Xeph") + OTHER,
        HEAD + PERSON.replace(b"Zeph", b"Z\xffph") + OTHER,
    ],
    ids=["other letters", "bytes that are no text"],
)
def test_file_that_changes_between_the_passes_is_refused_even_if_its_time_does_not(
    later: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "extract.csv"
    file.write_bytes(now := HEAD + PERSON + OTHER)
    plan = replace(PLAN, file=str(file))
    changing = ChangingFile(file, iter([now, later]))
    with changing, pytest.raises(SourceError) as caught:
        read_records(changing, plan)
    assert caught.value.reason is why.CHANGED
    assert "Quillfeather" not in shown(caught.value)


def test_file_that_grows_after_it_was_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    file.write_bytes(HEAD + PERSON)

    class GrowingFile(io.FileIO):
        """A file that another program appends to once its end was seen for the second time."""

        def readinto(self, buffer: "WriteableBuffer", /) -> int:
            size = super().readinto(buffer) or 0
            if not size:
                with file.open("ab") as out:
                    out.write(OTHER)
            return size

    with GrowingFile(file) as growing, pytest.raises(SourceError) as caught:
        read_records(growing, replace(PLAN, file=str(file)))
    assert caught.value.reason is why.CHANGED
