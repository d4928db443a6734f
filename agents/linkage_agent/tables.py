"""Tables: content data joined to match keys, given to partners or shown in the own picture."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from linkage.agreement.model import Attribute
from linkage.errors import ConfigError, ExitCode, Reason, SourceError, StateError
from linkage.ids import AgencyId, FieldName, GroupId, RunId
from linkage_agent.columns import StringColumns
from linkage_agent.config import PictureConfig, TableConfig
from linkage_agent.job import NO_RESULT, Job
from linkage_agent.picture.clauses import clauses_for, own_attributes, table_clause
from linkage_agent.picture.publish import PicturePaths, make_picture
from linkage_agent.picture.sealed_table import Delivery, read_table, write_table
from linkage_agent.picture.table import AgencyRows, AttributeRows, attribute_rows
from linkage_agent.sources.extract import read_attributes

TABLE_NOT_CONFIGURED: Final = Reason(
    "TABLE_NOT_CONFIGURED",
    "The configuration has no [[tables]] entry for the recipient {recipient}.",
    "Add one: which column of the extract is which attribute, and where the table goes.",
    ExitCode.CONFIGURATION,
)
TABLE_EXTRACT_CHANGED: Final = Reason(
    "TABLE_EXTRACT_CHANGED",
    "The extract is no longer the one whose records were sent.",
    "Put the extract that was sent back in its place: in another one, a row id may be somebody "
    "else's.",
    ExitCode.BAD_DATA,
)
PICTURE_NOT_CONFIGURED: Final = Reason(
    "PICTURE_NOT_CONFIGURED",
    "The configuration has no [picture] table, or the agreement lets nobody give this agency one.",
    "Add [picture] to the configuration of an agency that the agreement names as a recipient.",
    ExitCode.CONFIGURATION,
)


def give_table(job: Job, recipient: AgencyId, today: dt.date) -> Path:
    """Seals this agency's table to a recipient; gives the file.

    Raises:
        LinkageError: The agreement or the configuration has no such table, the extract is no
            longer the one that was sent, or a value is not one of those agreed.
    """
    config = _table_config(job, recipient)
    clause = table_clause(job.agreement, job.agency, recipient)
    rows = _rows(job, clause.attributes, clause.group, config.columns)
    delivery = Delivery(job.agreement, _result_run(job), job.agency, recipient)
    write_table(config.file, delivery, rows, job.identity.signing, today)
    return config.file


def draw_picture(job: Job, today: dt.date) -> PicturePaths:
    """Joins the partners' tables to this agency's own rows and publishes the picture.

    Raises:
        LinkageError: A table is missing or not what its sender sealed, or as for `give_table`.
    """
    config = _picture_config(job)
    group = clauses_for(job.agreement, job.agency)[0].group
    run = _result_run(job)
    attributes = own_attributes(job.agreement, job.agency, group, tuple(config.columns))
    own = AgencyRows(job.agency, group, _rows(job, attributes, group, config.columns))
    opening = job.identity.opening
    partners = [read_table(path, job.agreement, run, job.agency, opening) for path in config.tables]
    return make_picture(job.agreement, run, own, partners, config.folder, today)


def _rows(
    job: Job, attributes: tuple[Attribute, ...], group: GroupId, columns: Mapping[str, str]
) -> AttributeRows:
    read = read_attributes(job.config.source, columns)
    sent = job.spool.load()
    if sent is None or read.content != sent.summary.source:
        raise SourceError(TABLE_EXTRACT_CHANGED)
    fields = {FieldName(name): column for name, column in read.columns.items()}
    return attribute_rows(attributes, job.row_keys(group), StringColumns(read.row_ids, fields))


def _result_run(job: Job) -> RunId:
    run = job.result_run()
    if run is None:
        raise StateError(NO_RESULT)
    return run


def _table_config(job: Job, recipient: AgencyId) -> TableConfig:
    for table in job.config.tables:
        if table.recipient == recipient:
            return table
    raise ConfigError(TABLE_NOT_CONFIGURED, recipient=recipient)


def _picture_config(job: Job) -> PictureConfig:
    if job.config.picture is None or not clauses_for(job.agreement, job.agency):
        raise ConfigError(PICTURE_NOT_CONFIGURED)
    return job.config.picture
