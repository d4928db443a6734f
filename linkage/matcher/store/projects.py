"""Agreements, amendments that wait for signatures, and the signatures, in SQL."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection, Table, delete, insert, literal, select, union

from linkage.agreement.model import Agreement
from linkage.errors import StoreError
from linkage.ids import AgencyId, Digest, ProjectId
from linkage.matcher.store.connect import Database
from linkage.matcher.store.interface import StoredProject
from linkage.matcher.store.schema import (
    AGREEMENTS,
    AMENDMENT_SIGNATURES,
    AMENDMENTS,
    SIGNATURES,
    seconds,
)


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
        return self._find(AGREEMENTS, project)

    def find_amendment(self, project: ProjectId) -> StoredProject | None:
        """See `ProjectStore`."""
        return self._find(AMENDMENTS, project)

    def open(self, agreement: Agreement, at: datetime) -> None:
        """See `ProjectStore`."""
        with self._database.transaction() as connection:
            _insert(connection, AGREEMENTS, agreement, at)

    def amend(self, amendment: Agreement, at: datetime) -> None:
        """See `ProjectStore`."""
        project = amendment.project.id
        with self._database.transaction() as connection:
            connection.execute(delete(AMENDMENTS).where(AMENDMENTS.c.project == project))
            _insert(connection, AMENDMENTS, amendment, at)

    def signed_by(self, agreement: Digest) -> tuple[AgencyId, ...]:
        """See `ProjectStore`."""
        own, amended = SIGNATURES.c, AMENDMENT_SIGNATURES.c
        agencies = union(
            select(own.agency).where(own.agreement == agreement),
            select(amended.agency).where(amended.amendment == agreement),
        )
        with self._database.transaction() as connection:
            return tuple(sorted(AgencyId(agency) for agency in connection.scalars(agencies)))

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

    def sign_amendment(
        self,
        amendment: Digest,
        agency: AgencyId,
        signature: bytes,
        at: datetime,
        *,
        is_last: bool,
    ) -> None:
        """See `ProjectStore`."""
        with self._database.transaction() as connection:
            connection.execute(
                insert(AMENDMENT_SIGNATURES).values(
                    amendment=amendment,
                    agency=agency,
                    signature=signature,
                    signed_at=seconds(at),
                )
            )
            if is_last:
                _put_in_force(connection, amendment)
        if is_last:
            self._database.scrub()
            with suppress(StoreError):  # logged; their keys are gone, and each opening sweeps again
                self._sweep()

    def _find(self, table: Table, project: ProjectId) -> StoredProject | None:
        query = select(table.c.digest, table.c.epoch).where(table.c.project == project)
        with self._database.transaction() as connection:
            row = connection.execute(query).one_or_none()
        return StoredProject(Digest(row.digest), row.epoch) if row else None


def _insert(connection: Connection, table: Table, agreement: Agreement, at: datetime) -> None:
    connection.execute(
        insert(table).values(
            digest=agreement.digest,
            project=agreement.project.id,
            epoch=agreement.project.epoch,
            canonical=agreement.canonical,
            opened_at=seconds(at),
        )
    )


def _put_in_force(connection: Connection, amendment: Digest) -> None:
    """Moves an amendment, with its signatures, to where the agreement is that it amends."""
    row, signed = AMENDMENTS.c, AMENDMENT_SIGNATURES.c
    project = select(row.project).where(row.digest == amendment).scalar_subquery()
    connection.execute(delete(AGREEMENTS).where(AGREEMENTS.c.project == project))
    connection.execute(
        insert(AGREEMENTS).from_select(
            [column.name for column in AMENDMENTS.columns],
            select(AMENDMENTS).where(row.digest == amendment),
        )
    )
    connection.execute(
        insert(SIGNATURES).from_select(
            ["agreement", "agency", "signature", "signed_at"],
            select(literal(amendment), signed.agency, signed.signature, signed.signed_at).where(
                signed.amendment == amendment
            ),
        )
    )
    connection.execute(delete(AMENDMENTS).where(row.digest == amendment))
