"""The agency's extract: the child reads it, the parent gets text columns.

1. The mapping is checked and becomes a plan: what to read, and nothing else.
2. A child process is spawned, not forked, so it shares no memory with this one, which holds keys.
3. The child reads the file and answers over a one-way pipe.
4. Its answer becomes columns, or an error. A child that ends early is an error too.
"""

import datetime as dt
import multiprocessing
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from linkage.agreement.schema import FieldKind
from linkage.errors import SourceError
from linkage.ids import Digest, FieldName
from linkage_agent.columns import MISSING, StringColumn, StringColumns
from linkage_agent.config import SourceConfig
from linkage_agent.sources import child
from linkage_agent.sources.mapping import plan_attributes, plan_fields
from linkage_agent.sources.plan import ReadPlan
from linkage_agent.sources.reading import ColumnReading, Reading, receive
from linkage_agent.sources.reasons import READER_DIED


@dataclass(frozen=True, slots=True)
class FieldReport:
    """How complete a field is.

    Attributes:
        present: records with a value.
        missing: records without one, or with one of the `missing_values`.
        invalid: records whose value is no date, or no declared code; it counts as missing later.
        invalid_lines: the lines in which the first such records start, from 1, at most 20.
        absent: whether the agency says that it does not hold the field; all records miss it.
    """

    present: int
    missing: int
    invalid: int
    invalid_lines: tuple[int, ...]
    absent: bool


@dataclass(frozen=True, slots=True)
class ReadReport:
    """How complete an extract is: for the agency's own eyes, the counts may be small."""

    records: int
    fields: dict[FieldName, FieldReport]


@dataclass(frozen=True, slots=True)
class Extract:
    """The identifiers of an extract; `content` is the SHA-256 of the file they came from."""

    columns: StringColumns
    report: ReadReport
    content: Digest


@dataclass(frozen=True, slots=True, repr=False)
class AttributeColumns:
    """Columns of content data, for the picture.

    Attributes:
        row_ids: the agency's own identifier of each record, unique, in the order of the file.
        columns: by attribute, the texts of the extract without surrounding space.
        content: SHA-256 of the file they came from.
    """

    row_ids: tuple[str, ...]
    columns: dict[str, StringColumn]
    content: Digest

    def __len__(self) -> int:
        return len(self.row_ids)

    def __repr__(self) -> str:
        return f"AttributeColumns({len(self)} records, {len(self.columns)} attributes)"


def read_extract(
    source: SourceConfig,
    kinds: Mapping[FieldName, FieldKind],
    *,
    needed: Collection[FieldName] = (),
    today: dt.date | None = None,
) -> Extract:
    """The identifiers of an extract, each as its kind demands: ISO dates, sex by declared codes.

    A field that the agency does not hold is missing in every record.

    Args:
        source: Where the extract is and how it maps to the agreement's fields.
        kinds: The fields of the agreement's encoding schema, in its order.
        needed: Those of them without which the agreement lets no record be sent: to say of one
            that the agency does not hold it is a fault.
        today: A later date is invalid; the present day (UTC) unless given.

    Raises:
        DocumentError: The mapping has faults; all of them are listed.
        SourceError: The extract is not what the mapping says, or can't be read.
    """
    plan = plan_fields(source, kinds, today or _today(), needed)
    reading = read_in_child(plan)
    row_ids = tuple(reading.row_ids)
    held = dict(zip((column.name for column in plan.columns), reading.columns, strict=True))
    fields = {name: held.get(name) or _absent(len(row_ids)) for name in kinds}
    report = ReadReport(
        records=len(row_ids),
        fields={
            name: _report(column, len(row_ids), absent=name not in held)
            for name, column in fields.items()
        },
    )
    columns = StringColumns(row_ids, {name: _column(column) for name, column in fields.items()})
    return Extract(columns, report, Digest(reading.content))


def read_attributes(source: SourceConfig, columns: Mapping[str, str]) -> AttributeColumns:
    """Content data of an extract, as text.

    Args:
        source: Where the extract is; its fields are not read.
        columns: Attribute to the name of its column in the extract; may be empty.

    Raises:
        DocumentError: The description of the extract has faults; all of them are listed.
        SourceError: The extract is not what the mapping says, or can't be read.
    """
    reading = read_in_child(plan_attributes(source, columns, _today()))
    return AttributeColumns(
        row_ids=tuple(reading.row_ids),
        columns={
            name: _column(column) for name, column in zip(columns, reading.columns, strict=True)
        },
        content=Digest(reading.content),
    )


def read_in_child(plan: ReadPlan) -> Reading:
    """What a child process reads by the plan.

    Raises:
        SourceError: The file is not what the plan says, or the child ended early.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(
        target=child.main, args=(sender, plan), name="extract-reader", daemon=True
    )
    with receiver:
        process.start()
        sender.close()  # else the end of the child would not close the pipe
        try:
            return receive(receiver)
        except (EOFError, OSError):
            process.join()
            status = process.exitcode or 0
            raise SourceError(READER_DIED, file=plan.file, status=status) from None
        finally:
            process.kill()
            process.join()
            process.close()


def _absent(records: int) -> ColumnReading:
    """What would be read of a field that the agency does not hold."""
    codes = np.full(records, MISSING, np.int32)
    return ColumnReading(codes.tobytes(), distinct=[], missing=records, invalid=0, invalid_lines=[])


def _column(reading: ColumnReading) -> StringColumn:
    return StringColumn(np.frombuffer(reading.codes, np.int32), tuple(reading.distinct))


def _report(reading: ColumnReading, records: int, *, absent: bool) -> FieldReport:
    return FieldReport(
        present=records - reading.missing - reading.invalid,
        missing=reading.missing,
        invalid=reading.invalid,
        invalid_lines=tuple(reading.invalid_lines),
        absent=absent,
    )


def _today() -> dt.date:
    return dt.datetime.now(tz=dt.UTC).date()
