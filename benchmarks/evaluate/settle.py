"""Settling: from a part of an agreement to a whole one, and how each agency's file is read for it.

Nothing of the truth is looked at. What is filled in, and what that takes for granted, is told in
remarks.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.evaluate.agreement import MATCHING, complete_agreement, encoding_defaults
from benchmarks.evaluate.fields import (
    LocatedField,
    complete_fields,
    locate_fields,
    suggest_fields,
)
from benchmarks.evaluate.folder import RECORD_COLUMN, DataFolder
from benchmarks.evaluate.project import ProjectFile, Table
from benchmarks.evaluate.reasons import AGENCY_WITHOUT_FIELDS, PROJECT_INVALID
from benchmarks.evaluate.survey import CHARSET, DELIMITER, Surveyed
from linkage.agreement.model import Agreement
from linkage.agreement.schema import Reveals
from linkage.errors import ConfigError, DocumentError, Problem
from linkage.ids import AgencyId, FieldName
from linkage_agent.columns import MISSING, StringColumn, StringColumns
from linkage_agent.config import SourceConfig
from linkage_agent.sources.extract import Extract, read_extract
from linkage_agent.sources.mapping import check_mapping


@dataclass(frozen=True, slots=True)
class Settled:
    """What a linkage needs to know before it reads the files.

    Attributes:
        schema: the agreement's clauses on which the linkage hangs, and where each field is.
        sources: how each agency reads its file, for the fields that it has; in ascending order.
        remarks: what was filled in or taken for granted.
    """

    title: str
    agreement: Agreement
    schema: Mapping[str, Any]
    sources: Mapping[AgencyId, SourceConfig]
    remarks: tuple[str, ...]

    def read(self) -> tuple[dict[AgencyId, StringColumns], tuple[str, ...]]:
        """Every agency's records with a column for each field, and remarks about unreadable values.

        Raises:
            SourceError: A file is not what was expected.
        """
        kinds = {field.name: field.kind for field in self.agreement.schema.fields}
        extracts = {}
        remarks: list[str] = []
        for agency, source in self.sources.items():
            read = read_extract(source, {n: k for n, k in kinds.items() if n in source.fields})
            extracts[agency] = _with_all(read.columns, kinds)
            remarks += _invalid(agency, read)
        return extracts, tuple(remarks)


def settle(
    project: ProjectFile,
    file: Path,
    folder: DataFolder,
    surveyed: Mapping[AgencyId, Surveyed],
    reveals: Reveals | None,
) -> Settled:
    """A whole agreement, and how the files are read.

    Args:
        project: What was given.
        file: Names it in errors.
        folder: Has the files.
        surveyed: What is in them.
        reveals: What the matcher gets; as the project says unless given.

    Raises:
        DocumentError: What was given has faults; all of them are listed.
        ConfigError: A field has no columns, or an agency no fields.
    """
    given, level = _at_level(project, reveals)
    today = dt.datetime.now(tz=dt.UTC).date()
    find = locate_fields if given.fields else suggest_fields
    fields = find(given, surveyed, level, today)
    sources = {agency: _source(agency, folder, each, fields) for agency, each in surveyed.items()}
    _refuse_faults(file, given, sources, fields)
    tables = complete_fields(fields, surveyed, level)
    encoding = {**encoding_defaults(level, len(tables)), **given.encoding}
    parties = {
        AgencyId(party.id): party.holds_each_person_once is True for party in given.parties
    } or dict.fromkeys(folder.agencies, False)
    return Settled(
        title=str(given.project.get("title", folder.path.resolve().name)),
        agreement=complete_agreement(given, file, parties, encoding, tables),
        schema={
            "encoding": encoding,
            "fields": tables,
            "matching": {**MATCHING, **given.matching},
            "parties": parties,
            "columns": {agency: _shown(source) for agency, source in sources.items()},
        },
        sources=sources,
        remarks=tuple(_remarks(given, surveyed, fields)),
    )


def _at_level(project: ProjectFile, wanted: Reveals | None) -> tuple[ProjectFile, Reveals]:
    """The project at a level of what the matcher gets, and the level.

    What fits the project's own level only is taken out of it at another one: the length of the
    filters, and groups where there are none.
    """
    said = project.encoding.get("reveals")
    own = Reveals(said) if said in set(Reveals) else Reveals.FIELD_LIKENESS
    if wanted is None or wanted is own:
        return project, own
    encoding = {key: each for key, each in project.encoding.items() if key != "length_bits"}
    fields = tuple(
        entry if wanted is Reveals.GROUP_LIKENESS else entry.model_copy(update={"group": None})
        for entry in project.fields
    )
    update = {"encoding": {**encoding, "reveals": wanted.value}, "fields": fields}
    return project.model_copy(update=update), wanted


def _source(
    agency: AgencyId, folder: DataFolder, surveyed: Surveyed, fields: Sequence[LocatedField]
) -> SourceConfig:
    """How an agency reads its file, as its agent's configuration would say it."""
    held = {field.entry.name: field.sources[agency] for field in fields if agency in field.sources}
    if not held:
        raise ConfigError(AGENCY_WITHOUT_FIELDS, agency=agency)
    return SourceConfig(
        file=folder.agencies[agency],
        charset=CHARSET,
        delimiter=DELIMITER,
        row_id_column=RECORD_COLUMN,
        missing_values=surveyed.profile.missing_values,
        fields=held,
    )


def _refuse_faults(
    file: Path,
    project: ProjectFile,
    sources: Mapping[AgencyId, SourceConfig],
    fields: Sequence[LocatedField],
) -> None:
    """Refuses hints that hint at nothing, and date formats and codes that are none."""
    kinds = {FieldName(field.entry.name): field.kind for field in fields}
    problems = []
    for agency, hints in project.columns.items():
        if agency not in sources:
            problems.append(Problem(f"columns.{agency}", "is not an agency that is linked"))
        problems += [
            Problem(f"columns.{agency}.{name}", "is not a field that is linked by")
            for name in hints
            if name not in kinds
        ]
    for agency, source in sources.items():
        held = {name: kind for name, kind in kinds.items() if name in source.fields}
        problems += [
            Problem(fault.path.replace("source.fields", f"columns.{agency}", 1), fault.what)
            for fault in check_mapping(source, held)
        ]
    if problems:
        raise DocumentError(PROJECT_INVALID, tuple(problems), file=str(file))


def _with_all(columns: StringColumns, names: Iterable[FieldName]) -> StringColumns:
    """The columns with those that the agency lacks, which are missing throughout."""
    absent = StringColumn(np.full(len(columns), MISSING, np.int32), ())
    return StringColumns(
        columns.row_ids, {name: columns.fields.get(name, absent) for name in names}
    )


def _invalid(agency: AgencyId, extract: Extract) -> Iterator[str]:
    for name, field in extract.report.fields.items():
        if field.invalid:
            yield (
                f"{field.invalid:,} of {agency}'s {extract.report.records:,} values of {name}"
                " can't be read and count as missing."
            )


def _remarks(
    project: ProjectFile, surveyed: Mapping[AgencyId, Surveyed], fields: Sequence[LocatedField]
) -> Iterator[str]:
    told = {party.id for party in project.parties if party.holds_each_person_once is not None}
    if taken := [agency for agency in surveyed if agency not in told]:
        yield f"Allowed for, as it is not said: {', '.join(taken)} may hold a person twice."
    if not project.fields:
        yield "The fields are those that linkage-agent schema suggest proposes."
    for field in fields:
        if lacking := [agency for agency in surveyed if agency not in field.sources]:
            yield f"No column for {field.entry.name}, so missing throughout: {', '.join(lacking)}."


def _shown(source: SourceConfig) -> Table:
    """Where each field is, for the figures' document."""
    return {
        name: {"column": field.column, "date_formats": list(field.date_formats)}
        for name, field in source.fields.items()
    }
