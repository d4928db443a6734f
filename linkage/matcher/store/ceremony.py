"""Messages of the key ceremony, in SQL."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, or_, select

from linkage.exchange.ceremony import CeremonyMessage, CeremonyStep
from linkage.ids import AgencyId, Digest
from linkage.matcher.store.connect import Database
from linkage.matcher.store.schema import CEREMONY_MESSAGES, seconds

_TO_ALL = ""


class SqlCeremony:
    """The `CeremonyStore` of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(
        self, agreement: Digest, sender: AgencyId, step: CeremonyStep, recipient: AgencyId | None
    ) -> CeremonyMessage | None:
        """See `CeremonyStore`."""
        table = CEREMONY_MESSAGES.c
        query = select(CEREMONY_MESSAGES).where(
            table.agreement == agreement,
            table.sender == sender,
            table.step == step,
            table.recipient == (recipient or _TO_ALL),
        )
        with self._database.transaction() as connection:
            row = connection.execute(query).one_or_none()
        return _message(row) if row else None

    def readable_by(self, agreement: Digest, reader: AgencyId) -> tuple[CeremonyMessage, ...]:
        """See `CeremonyStore`."""
        table = CEREMONY_MESSAGES.c
        query = (
            select(CEREMONY_MESSAGES)
            .where(
                table.agreement == agreement,
                or_(table.recipient.in_((_TO_ALL, reader)), table.sender == reader),
            )
            .order_by(table.step, table.sender, table.recipient)
        )
        with self._database.transaction() as connection:
            return tuple(_message(row) for row in connection.execute(query))

    def keep(self, agreement: Digest, message: CeremonyMessage, at: datetime) -> None:
        """See `CeremonyStore`."""
        with self._database.transaction() as connection:
            connection.execute(
                insert(CEREMONY_MESSAGES).values(
                    agreement=agreement,
                    step=message.step,
                    sender=message.sender,
                    recipient=message.recipient or _TO_ALL,
                    body=message.body,
                    signature=message.signature,
                    kept_at=seconds(at),
                )
            )


def _message(row: Row[Any]) -> CeremonyMessage:
    return CeremonyMessage(
        sender=AgencyId(row.sender),
        recipient=AgencyId(row.recipient) if row.recipient else None,
        step=CeremonyStep(row.step),
        body=row.body,
        signature=row.signature,
    )
