"""The data folder: a CSV file for each agency, who is who, and subgroups if they are asked for.

    <agency>.csv     `record_id` and the agency's columns
    truth.csv        `agency,record_id,person_id`; a record without a line is a person of its own
    subgroups.csv    `agency,record_id` and any columns; what to tell apart in the figures

The lists, as truth and subgroups are called here, may have their columns in any order.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from benchmarks.evaluate.reasons import (
    AGENCY_MISSING,
    FOLDER_UNREADABLE,
    LIST_COLUMNS,
    LIST_ROW,
    LIST_UNREADABLE,
    SUBGROUPS_TOO_FINE,
    TOO_FEW_AGENCIES,
    TRUTH_MISSING,
)
from benchmarks.evaluate.truth import Truth
from linkage.arrays import IntArray
from linkage.errors import ConfigError, SourceError
from linkage.ids import AgencyId, is_name

TRUTH_FILE: Final = "truth.csv"
SUBGROUPS_FILE: Final = "subgroups.csv"
AGENCY_COLUMN: Final = "agency"
RECORD_COLUMN: Final = "record_id"
PERSON_COLUMN: Final = "person_id"
MAX_SUBGROUPS: Final = 64
"""Of one column: more are no table that anyone reads, and mostly a column of ids."""

RowIds = Mapping[AgencyId, Sequence[str]]
"""Each agency's record ids, in the order in which records are numbered."""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """A folder that was looked into.

    Attributes:
        agencies: those to be linked, in ascending order, each with its file.
        others: agencies with a file that are not to be linked; lists may speak of them.
    """

    path: Path
    agencies: Mapping[AgencyId, Path]
    others: frozenset[AgencyId]


@dataclass(frozen=True, slots=True, repr=False)
class Division:
    """One column of subgroups.

    Attributes:
        name: its header.
        values: what it says, in ascending order; "" for records of which it says nothing.
        codes: (n_records,) int64: index into `values`.
    """

    name: str
    values: tuple[str, ...]
    codes: IntArray

    def __repr__(self) -> str:
        return f"Division({len(self.values)} values, {len(self.codes)} records)"


class _Row(NamedTuple):
    """A row of a list: the line it starts in, the record it speaks of, all its values."""

    line: int
    record: int
    values: list[str]


def open_folder(path: Path, parties: Sequence[AgencyId]) -> DataFolder:
    """Which agencies a folder has.

    Args:
        path: The folder.
        parties: Those to be linked; all that are there if none is named.

    Raises:
        ConfigError: It can't be read, or lacks an agency or the truth.
    """
    try:
        found = [entry for entry in path.iterdir() if entry.suffix == ".csv"]
    except OSError as error:
        cause = error.strerror or "unknown"
        raise ConfigError(FOLDER_UNREADABLE, folder=str(path), cause=cause) from None
    files = {
        AgencyId(file.stem): file
        for file in found
        if file.name not in {TRUTH_FILE, SUBGROUPS_FILE} and is_name(file.stem)
    }
    for agency in parties:
        if agency not in files:
            raise ConfigError(AGENCY_MISSING, folder=str(path), agency=agency)
    linked = sorted(parties or files)
    if len(linked) < 2:
        raise ConfigError(TOO_FEW_AGENCIES, folder=str(path), found=len(linked))
    if not (path / TRUTH_FILE).is_file():
        raise ConfigError(TRUTH_MISSING, folder=str(path))
    return DataFolder(
        path, {agency: files[agency] for agency in linked}, frozenset(files).difference(linked)
    )


def read_truth(folder: DataFolder, row_ids: RowIds) -> Truth:
    """Who the records are.

    Raises:
        SourceError: The list is not what it should be.
    """
    file = folder.path / TRUTH_FILE
    header, rows = _open_list(file, folder, row_ids, PERSON_COLUMN)
    place = header.index(PERSON_COLUMN)
    counts = [len(ids) for ids in row_ids.values()]
    people = np.arange(sum(counts), dtype=np.int64)
    number_of: dict[str, int] = {}
    for row in rows:
        person = row.values[place].strip()
        if not person:
            raise SourceError(LIST_ROW, file=str(file), line=row.line, what="it has no person_id")
        people[row.record] = number_of.setdefault(person, len(people) + len(number_of))
    agencies = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    return Truth(agencies, np.unique(people, return_inverse=True)[1].astype(np.int64))


def read_subgroups(folder: DataFolder, row_ids: RowIds) -> tuple[Division, ...]:
    """How the records are to be told apart; nothing where the folder has no such list.

    Raises:
        SourceError: The list is not what it should be.
    """
    file = folder.path / SUBGROUPS_FILE
    if not file.is_file():
        return ()
    header, rows = _open_list(file, folder, row_ids)
    record_count = sum(map(len, row_ids.values()))
    columns = [[""] * record_count for _ in header]
    for row in rows:
        for column, value in zip(columns, row.values, strict=True):
            column[row.record] = value.strip()
    return tuple(
        _division(file, header, number, column)
        for number, column in enumerate(columns)
        if header[number] not in {AGENCY_COLUMN, RECORD_COLUMN}
    )


def _division(file: Path, header: list[str], number: int, column: list[str]) -> Division:
    values, codes = np.unique(np.array(column, dtype=np.str_), return_inverse=True)
    if len(values) > MAX_SUBGROUPS:
        raise SourceError(
            SUBGROUPS_TOO_FINE,
            file=str(file),
            column=number + 1,
            found=len(values),
            limit=MAX_SUBGROUPS,
        )
    return Division(header[number], tuple(map(str, values)), codes.astype(np.int64))


def _open_list(
    file: Path, folder: DataFolder, row_ids: RowIds, *columns: str
) -> tuple[list[str], Iterator[_Row]]:
    """The header of a list and its rows; those those about agencies not linked are left out."""
    needed = (AGENCY_COLUMN, RECORD_COLUMN, *columns)
    rows = _read_rows(file)
    header = [name.strip() for name in next(rows, (1, []))[1]]
    missing = ", ".join(name for name in needed if name not in header)
    if missing or len(set(header)) < len(header):
        raise SourceError(
            LIST_COLUMNS, file=str(file), missing=missing or "nothing", needed=", ".join(needed)
        )
    return header, _keyed(file, rows, header, folder, row_ids)


def _keyed(
    file: Path,
    rows: Iterator[tuple[int, list[str]]],
    header: list[str],
    folder: DataFolder,
    row_ids: RowIds,
) -> Iterator[_Row]:
    numbers: dict[str, dict[str, int]] = {}
    record_count = 0
    for linked, ids in row_ids.items():
        numbers[linked] = {row_id: record_count + row for row, row_id in enumerate(ids)}
        record_count += len(ids)
    is_named = bytearray(record_count)
    agency_place, record_place = header.index(AGENCY_COLUMN), header.index(RECORD_COLUMN)
    for line, row in rows:
        if len(row) != len(header):
            raise _wrong(file, line, "it has another number of values than the first line")
        agency = row[agency_place].strip()
        if agency in folder.others:
            continue
        if agency not in numbers:
            raise _wrong(file, line, "its agency has no file here")
        record = numbers[agency].get(row[record_place].strip())
        if record is None:
            raise _wrong(file, line, "its agency's file has no such record_id")
        if is_named[record]:
            raise _wrong(file, line, "an earlier line names the same record")
        is_named[record] = True
        yield _Row(line, record, row)


def _read_rows(file: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV file, the first one included, each with the line that it starts in."""
    line = 1
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.reader(text, strict=True)
            for row in reader:
                if row:
                    yield line, row
                line = reader.line_num + 1
    except OSError as error:
        cause = error.strerror or "unknown"
    except UnicodeDecodeError:
        cause = "it is not UTF-8"
    except csv.Error:
        cause = f"the row that starts in line {line} is wrongly quoted"
    else:
        return
    raise SourceError(LIST_UNREADABLE, file=str(file), cause=cause)


def _wrong(file: Path, line: int, what: str) -> SourceError:
    return SourceError(LIST_ROW, file=str(file), line=line, what=what)
