"""Making a picture: the one way from tables to a published page.

1. the agreement is in force; 2. the tables may be joined, by its clauses; 3. join; 4. disclosure
control; 5. write. The person-level table of step 3 never leaves this function.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from linkage.agreement.model import Agreement
from linkage.arrays import has_duplicate_rows
from linkage.errors import ConfigError, RequestError
from linkage.ids import AgencyId, RunId
from linkage_agent.output import write_output
from linkage_agent.picture import reasons
from linkage_agent.picture.clauses import clauses_for, require_in_force, table_clause
from linkage_agent.picture.figures_csv import figures_csv
from linkage_agent.picture.join import join_tables
from linkage_agent.picture.overlap import count_overlap
from linkage_agent.picture.page import Imprint, render_page
from linkage_agent.picture.table import AgencyRows


@dataclass(frozen=True, slots=True)
class PicturePaths:
    """Where a picture lies: the page for people, the figures for programs."""

    page: Path
    figures: Path


def make_picture(
    agreement: Agreement,
    run: RunId,
    own: AgencyRows,
    partners: Sequence[AgencyRows],
    folder: Path,
    today: dt.date,
) -> PicturePaths:
    """Joins the tables and writes `picture.html` and `picture.csv`, mode 0600, into the folder.

    Args:
        agreement: Whose disclosure rule holds.
        run: Whose match keys the tables carry.
        own: The rows of the agency that makes the picture.
        partners: The rows that `read_table` gave, one of each partner.
        folder: Made if need be; an earlier picture in it is replaced.
        today: In UTC; printed on the page.

    Raises:
        StateError: The agreement is not in force.
        ConfigError: There is no partner, one stands twice, or the groups differ.
        AccessError: The agreement has no table from a partner to this agency.
        RequestError: A table's rows contradict the agreement.
        StoreError: The files can't be written.
    """
    require_in_force(agreement, today)  # (1)
    _check_joinable(agreement, own, partners)  # (2)
    people = join_tables([own, *partners])  # (3)
    overlap = count_overlap(people, agreement.disclosure)  # (4)
    given = {table.agency for table in partners}
    imprint = Imprint(
        made_by=own.agency,
        title=agreement.project.title,
        project=agreement.project.id,
        digest=agreement.digest,
        run=run,
        day=today,
        keep_days=agreement.retention.picture_days,
        names={party.id: party.name for party in agreement.parties},
        absent=_absent(agreement, own, given),
    )
    paths = PicturePaths(folder / "picture.html", folder / "picture.csv")
    write_output(paths.figures, figures_csv(overlap).encode())  # (5)
    write_output(paths.page, render_page(overlap, imprint).encode())
    return paths


def _check_joinable(agreement: Agreement, own: AgencyRows, partners: Sequence[AgencyRows]) -> None:
    if not partners:
        raise ConfigError(reasons.NO_TABLES)
    seen = {own.agency}
    for table in partners:
        if table.agency in seen:
            raise ConfigError(reasons.TABLE_TWICE, agency=table.agency)
        seen.add(table.agency)
        table_clause(agreement, table.agency, own.agency)
        if table.group != own.group:
            raise ConfigError(
                reasons.OTHER_GROUP, agency=table.agency, group=table.group, expected=own.group
            )
    for table in (own, *partners):
        once = agreement.party(table.agency).holds_each_person_once
        if once and has_duplicate_rows(table.rows.keys):
            raise RequestError(reasons.PERSON_REPEATED, agency=table.agency)


def _absent(agreement: Agreement, own: AgencyRows, given: set[AgencyId]) -> tuple[AgencyId, ...]:
    """The agencies that the agreement lets give a table of this group, and that have not."""
    could = {c.sender for c in clauses_for(agreement, own.agency) if c.group == own.group}
    return tuple(sorted(could - given))
