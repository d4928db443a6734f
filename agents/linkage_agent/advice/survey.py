"""All columns of an extract, before anybody has said what is in it.

How the file is written is told from its beginning. Then the child that reads extracts reads all of
it, as strictly as ever.
"""

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from linkage.errors import ExitCode, Reason, SourceError
from linkage_agent.advice.beginning import Beginning, looks_like_data, read_beginning
from linkage_agent.advice.headers import Vocabulary
from linkage_agent.advice.interface import Meaning
from linkage_agent.columns import StringColumn
from linkage_agent.config import Charset
from linkage_agent.sources.extract import read_in_child
from linkage_agent.sources.plan import ColumnPlan, ReadPlan
from linkage_agent.sources.reading import Reading
from linkage_agent.sources.reasons import ROW_ID_MISSING, ROW_ID_REPEATED, UNDECODABLE

MAX_TRIES: Final = 3
"""Columns that are tried as the one that tells all records apart; each costs a reading."""

HEADER_IS_DATA: Final = Reason(
    "SOURCE_HEADER_IS_DATA",
    "The first line of {file} looks like a record, not like names of columns.",
    "Export the file again with a first line of column names. Its present first line is not shown,"
    " since it may be a person.",
    ExitCode.BAD_DATA,
)


@dataclass(frozen=True, slots=True, repr=False)
class Survey:
    """Everything in an extract, and how it is written.

    Attributes:
        columns: the texts of each column with a name of its own, in the order of the file.
        row_id_column: a column that tells all records apart.
        unnamed: columns without a name, or with one that another has too; they are not read.
    """

    columns: dict[str, StringColumn]
    charset: Charset
    delimiter: str
    row_id_column: str
    unnamed: int

    def __repr__(self) -> str:
        return f"Survey({len(self.columns)} columns)"


def survey_extract(
    file: Path,
    *,
    charset: Charset | None = None,
    delimiter: str | None = None,
    row_id_column: str | None = None,
) -> Survey:
    """All columns of an extract.

    Args:
        file: the extract.
        charset: found if not given.
        delimiter: found if not given.
        row_id_column: the column that tells records apart; found if not given.

    Raises:
        SourceError: It can't be read, its first line is a record, or no column tells its records
            apart, without which the agent can't join the result to them.
    """
    beginning = read_beginning(file, charset, delimiter)
    vocabulary = Vocabulary()
    if looks_like_data(beginning, vocabulary):
        raise SourceError(HEADER_IS_DATA, file=str(file))
    names = beginning.names()
    tried = [row_id_column] if row_id_column else _may_be_row_ids(beginning, vocabulary)
    try:
        reading, row_id = _read(_plan(file, beginning), tried)
    except SourceError as error:
        if error.reason is UNDECODABLE and charset is None and beginning.charset is Charset.UTF_8:
            return survey_extract(
                file,
                charset=Charset.WINDOWS_1252,
                delimiter=delimiter,
                row_id_column=row_id_column,
            )
        raise
    columns = {
        name: StringColumn(np.frombuffer(column.codes, np.int32), tuple(column.distinct))
        for name, column in zip(names, reading.columns, strict=True)
    }
    unnamed = len(beginning.header) - len(names)
    return Survey(columns, beginning.charset, beginning.delimiter, row_id, unnamed)


def _may_be_row_ids(beginning: Beginning, vocabulary: Vocabulary) -> list[str]:
    """The columns that tell the first rows apart, those that are named for it first."""

    def rank(name: str) -> int:
        meaning = vocabulary.read(name).meaning
        return 0 if meaning is Meaning.ROW_ID else 1 if meaning is None else 2

    unique = [
        name
        for name in beginning.names()
        if _is_unique(beginning.values(beginning.header.index(name)))
    ]
    # Without any, the first column is tried for the sake of the error, which names two lines.
    return sorted(unique, key=rank)[:MAX_TRIES] or list(beginning.header[:1])


def _is_unique(values: list[str]) -> bool:
    return all(values) and len(set(values)) == len(values)


def _plan(file: Path, beginning: Beginning) -> ReadPlan:
    """Every column that has a name of its own, as text; the row id is yet to be named."""
    return ReadPlan(
        file=str(file),
        charset=beginning.charset.value,
        delimiter=beginning.delimiter,
        row_id_header="",
        missing_values=frozenset(),
        columns=tuple(ColumnPlan(name, name) for name in beginning.names()),
        latest_date=dt.date.max,
    )


def _read(plan: ReadPlan, tried: list[str]) -> tuple[Reading, str]:
    """What is read with the first of the columns that tells all records apart, and which it is."""
    *others, last = tried or [""]
    for row_id in others:
        try:
            return read_in_child(replace(plan, row_id_header=row_id)), row_id
        except SourceError as error:
            if error.reason not in {ROW_ID_MISSING, ROW_ID_REPEATED}:
                raise
    return read_in_child(replace(plan, row_id_header=last)), last
