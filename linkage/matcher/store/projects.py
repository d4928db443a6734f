"""Agreements in force and their signatures, in SQL."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import delete, insert, select

from linkage.agreement.model import Agreement
from linkage.ids import AgencyId, Digest, ProjectId
from linkage.matcher.store.connect import Database
from linkage.matcher.store.interface import StoredProject
from linkage.matcher.store.schema import AGREEMENTS, SIGNATURES, seconds


class SqlProjects:
    """The `ProjectStore` of a database.

    Args:
        database: Where rows are.
        sweep: Removes the files of datasets and runs that are no longer in the database.
    """

    def __init__(self, database: Database, sweep: Callable[[], None]) -> None:
        self._database = database
        self._sweep = sweep

    def find(self, project: ProjectId) -> StoredProject | None:
        """See `ProjectStore`."""
        query = select(AGREEMENTS.c.digest, AGREEMENTS.c.epoch).where(
            AGREEMENTS.c.project == project
        )
        with self._database.transaction() as connection:
            row = connection.execute(query).one_or_none()
        return StoredProject(Digest(row.digest), row.epoch) if row else None

    def open(self, agreement: Agreement, at: datetime) -> None:
        """See `ProjectStore`."""
        project = agreement.project
        with self._database.transaction() as connection:
            erased = connection.execute(
                delete(AGREEMENTS).where(AGREEMENTS.c.project == project.id)
            ).rowcount
            connection.execute(
                insert(AGREEMENTS).values(
                    digest=agreement.digest,
                    project=project.id,
                    epoch=project.epoch,
                    canonical=agreement.canonical,
                    opened_at=seconds(at),
                )
            )
        if erased:
            self._database.scrub()
            self._sweep()

    def signed_by(self, agreement: Digest) -> tuple[AgencyId, ...]:
        """See `ProjectStore`."""
        query = (
            select(SIGNATURES.c.agency)
            .where(SIGNATURES.c.agreement == agreement)
            .order_by(SIGNATURES.c.agency)
        )
        with self._database.transaction() as connection:
            return tuple(AgencyId(agency) for agency in connection.scalars(query))

    def sign(self, agreement: Digest, agency: AgencyId, signature: bytes, at: datetime) -> None:
        """See `ProjectStore`."""
        with self._database.transaction() as connection:
            connection.execute(
                insert(SIGNATURES).values(
                    agreement=agreement,
                    agency=agency,
                    signature=signature,
                    signed_at=seconds(at),
                )
            )
