"""Whether an extract fits a schema, field by field: for the agency's own eyes, before it sends.

Counts are exact and may be small; they are not for partners.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np

from linkage.agreement.reader import Problems, TableReader
from linkage.agreement.schema import (
    CheckRule,
    FieldKind,
    FieldSchema,
    MissingRule,
    Transliteration,
)
from linkage.documents import parse_toml, read_document
from linkage.errors import DocumentError, ExitCode, Reason
from linkage.ids import AgencyId, FieldName
from linkage_agent.advice.interface import ColumnProfile, Columns
from linkage_agent.advice.mapping import map_columns
from linkage_agent.advice.meanings import TRAITS
from linkage_agent.advice.placeholders import without_placeholders
from linkage_agent.advice.profile import profile_columns
from linkage_agent.advice.standard_form import standard_column
from linkage_agent.columns import MISSING, StringColumn
from linkage_agent.config import ABSENT_HINT
from linkage_agent.pii.normalise import normalise_column

READABLE: Final = 0.95
"""Share of the values that should be readable as their kind; slips are rarer."""
USELESS: Final = 0.5
"""Below this share of readable values, a column is not what the field asks for."""

SCHEMA_INVALID: Final = Reason(
    "SCHEMA_INVALID",
    "The fields in {file} have {problem_count} fault(s).",
    "Give an agreement, or a file with its [[fields]]: each with a name and a kind.",
    ExitCode.CONFIGURATION,
)
SCHEMA_UNREADABLE: Final = Reason(
    "SCHEMA_UNREADABLE",
    "The schema {file} can't be read: {cause}.",
    "Check the path, that the file is UTF-8 text and that it is TOML.",
    ExitCode.CONFIGURATION,
)
EXTRACT_UNFIT: Final = Reason(
    "SCHEMA_EXTRACT_UNFIT",
    "The extract does not fit {unfit_count} of the schema's {field_count} fields.",
    "Name the columns of the export for the fields, or mend what is said about them.",
    ExitCode.BAD_DATA,
)


class Verdict(StrEnum):
    """Whether a column is what a field asks for."""

    FITS = "fits"
    LOOK = "look at it"
    UNFIT = "does not fit"


@dataclass(frozen=True, slots=True)
class FieldFit:
    """How a field fares with an extract.

    Attributes:
        column: the one that it is taken to be; None if there is none.
        present: records with a value.
        unreadable: of these, values that can't be read as the field's kind.
        failed: of these, values whose check digits are wrong.
        distinct: different values that can be used.
        remarks: what a person should look at.
    """

    name: FieldName
    kind: FieldKind
    column: str | None
    records: int
    present: int
    unreadable: int
    failed: int
    distinct: int
    remarks: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """Whether the column is what the field asks for."""
        usable = self.present - self.unreadable - self.failed
        if self.column is None or usable < USELESS * self.present or not usable:
            return Verdict.UNFIT
        return Verdict.LOOK if self.remarks else Verdict.FITS


def load_fields(path: Path) -> tuple[FieldSchema, ...]:
    """Name, kind and check rule of the fields in an agreement, a draft of one, or a schema alone.

    Raises:
        DocumentError: The fields have faults; all of them are listed.
        ConfigError: The file can't be read or is not TOML.
    """
    document = parse_toml(read_document(path, SCHEMA_UNREADABLE), str(path), SCHEMA_UNREADABLE)
    problems = Problems()
    fields = tuple(
        _read_field(table)
        for table in TableReader(document, "", problems).tables("fields", least=1)
    )
    if found := problems.all():
        raise DocumentError(SCHEMA_INVALID, found, file=str(path))
    return fields


def check_extract(
    fields: Sequence[FieldSchema], columns: Columns, today: dt.date | None = None
) -> tuple[FieldFit, ...]:
    """How each field fares with an extract.

    Args:
        fields: of the agreement.
        columns: the extract's texts, by header.
        today: a later date can't be; the present day (UTC) unless given.
    """
    profile = profile_columns(AgencyId("this"), columns, today=today)
    known = without_placeholders(columns, profile.missing_values)
    sources = map_columns(fields, profile)
    profiles = {column.name: column for column in profile.columns}
    records = len(next(iter(columns.values()), ()))
    return tuple(
        _fit(field, profiles[source.column], known, today)
        if (source := sources.get(field.name))
        else _absent(field, records)
        for field in fields
    )


def _read_field(table: TableReader) -> FieldSchema:
    kind = table.choice("kind", FieldKind)
    return FieldSchema(
        name=FieldName(table.name("name")),
        kind=kind,
        purpose="",
        tokens=(),
        missing=MissingRule.NEUTRAL,
        group=None,
        check=table.choice("check", CheckRule) if table.holds("check") else CheckRule.NONE,
    )


def _absent(field: FieldSchema, records: int) -> FieldFit:
    remark = f"no column is called so, or holds a {field.kind} that can be read; {ABSENT_HINT}"
    return FieldFit(field.name, field.kind, None, records, 0, 0, 0, 0, (remark,))


def _fit(
    field: FieldSchema,
    column: ColumnProfile,
    known: Mapping[str, StringColumn],
    today: dt.date | None,
) -> FieldFit:
    texts = known[column.name]
    standard = standard_column(texts, field.kind, column.date_formats, column.sex_coding, today)
    normal = normalise_column(standard, field, Transliteration.ANYASCII)
    present = _present(texts)
    unreadable = present - _present(standard)
    distinct = len(np.unique(normal.codes[normal.codes != MISSING]))
    remarks = list(column.warnings)
    if unreadable > (1 - READABLE) * present:
        remarks.append(f"many values can't be read as a {field.kind}")
    if normal.failed > (1 - READABLE) * present:
        remarks.append("many numbers have wrong check digits")
    trait = TRAITS.get(column.meaning)
    if trait is not None and len({trait.kind, field.kind, FieldKind.CODE}) == 3:
        remarks.append(f"it looks like a {column.meaning}, not like a {field.kind}")
    return FieldFit(
        name=field.name,
        kind=field.kind,
        column=column.name,
        records=len(texts),
        present=present,
        unreadable=unreadable,
        failed=normal.failed,
        distinct=distinct,
        remarks=tuple(remarks),
    )


def _present(column: StringColumn) -> int:
    return int(np.count_nonzero(column.codes != MISSING))
