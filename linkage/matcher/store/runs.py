"""Match runs in SQL, their match keys and explanations in sealed files.

A result is there when its run's row says so, which is written with the key of its files after the
files are on the disk. A refused result is destroyed by deleting that key, and then the files.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from sqlalchemy import Connection, case, delete, insert, select, update

from linkage.crypto.digests import content_digest
from linkage.crypto.secret import Secret
from linkage.errors import StoreError
from linkage.exchange.match_key_pages import page, page_count
from linkage.exchange.report import RunReport
from linkage.exchange.runs import ResultTable, RunState, RunView
from linkage.ids import AgencyId, Digest, GroupId, RunId
from linkage.matcher.store.connect import Database
from linkage.matcher.store.interface import RunOutcome, StoredRun
from linkage.matcher.store.report_text import read_report, write_report
from linkage.matcher.store.schema import (
    APPROVALS,
    EXPLANATION_TABLES,
    REPORTS,
    RESULT_TABLES,
    RUNS,
    seconds,
)
from linkage.matcher.store.sealed_files import SealedFiles


class SqlRuns:
    """The `RunStore` of a database and a folder of sealed files."""

    def __init__(self, database: Database, files: SealedFiles) -> None:
        self._database = database
        self._files = files

    def find(self, run: RunId) -> StoredRun | None:
        """See `RunStore`."""
        with self._database.transaction() as connection:
            row = connection.execute(select(RUNS).where(RUNS.c.id == run)).one_or_none()
            if row is None:
                return None
            view = RunView(
                run=run,
                state=RunState(row.state),
                tables=_tables(connection, run),
                approved_by=_approved_by(connection, run),
            )
            return StoredRun(Digest(row.agreement), view)

    def queue(self, run: RunId, agreement: Digest, at: datetime) -> None:
        """See `RunStore`."""
        with self._database.transaction() as connection:
            connection.execute(
                insert(RUNS).values(
                    id=run,
                    agreement=agreement,
                    state=RunState.QUEUED,
                    failure_count=0,
                    requested_at=seconds(at),
                )
            )

    def next_waiting(self, agreements: Collection[Digest]) -> RunId | None:
        """See `RunStore`."""
        query = (
            select(RUNS.c.id)
            .where(
                RUNS.c.agreement.in_(agreements),
                RUNS.c.state.in_((RunState.RUNNING, RunState.QUEUED)),
            )
            .order_by(
                case((RUNS.c.state == RunState.RUNNING, 0), else_=1),
                RUNS.c.cut_off_count,
                RUNS.c.requested_at,
                RUNS.c.id,
            )
            .limit(1)
        )
        with self._database.transaction() as connection:
            return next((RunId(run) for run in connection.scalars(query)), None)

    def set_state(self, run: RunId, state: RunState) -> None:
        """See `RunStore`."""
        with self._database.transaction() as connection:
            connection.execute(update(RUNS).where(RUNS.c.id == run).values(state=state))

    def count_failure(self, run: RunId, limit: int) -> RunState | None:
        """See `RunStore`."""
        count = select(RUNS.c.failure_count).where(RUNS.c.id == run)
        with self._database.transaction() as connection:
            before = connection.execute(count).scalar_one_or_none()
            if before is None:
                return None
            state = RunState.FAILED if before + 1 >= limit else RunState.QUEUED
            connection.execute(
                update(RUNS).where(RUNS.c.id == run).values(failure_count=before + 1, state=state)
            )
        return state

    def begin_again(self, limit: int) -> tuple[RunId, ...]:
        """See `RunStore`."""
        run = RUNS.c
        unfinished = (RunState.QUEUED, RunState.RUNNING, RunState.FAILED)
        given_up = select(run.id).where(run.state == RunState.FAILED).order_by(run.id)
        with self._database.transaction() as connection:
            connection.execute(
                update(RUNS)
                .where(run.state == RunState.RUNNING)
                .values(cut_off_count=run.cut_off_count + 1)
            )
            state = case((run.cut_off_count >= limit, RunState.FAILED), else_=RunState.QUEUED)
            connection.execute(
                update(RUNS).where(run.state.in_(unfinished)).values(state=state, failure_count=0)
            )
            return tuple(RunId(one) for one in connection.scalars(given_up))

    def end_in_order(self) -> None:
        """Queues a run under way, and forgets how often runs were cut off (see `Store.close`)."""
        with self._database.transaction() as connection:
            connection.execute(
                update(RUNS).where(RUNS.c.state == RunState.RUNNING).values(state=RunState.QUEUED)
            )
            connection.execute(update(RUNS).values(cut_off_count=0))

    def hold(self, run: RunId, outcome: RunOutcome, at: datetime) -> None:
        """See `RunStore`."""
        key = Secret.generate()
        try:
            for name, content in _files(outcome):
                self._files.write(run, name, key, content)
        except StoreError:
            self._files.destroy(run)  # under a key that nobody will have
            raise
        with self._database.transaction() as connection:
            connection.execute(
                update(RUNS)
                .where(RUNS.c.id == run)
                .values(state=RunState.HELD, key=key.reveal(), held_at=seconds(at))
            )
            connection.execute(insert(RESULT_TABLES), list(_rows(run, outcome.tables)))
            report = write_report(outcome.report)
            connection.execute(insert(REPORTS).values(run=run, content=report))
            for agency, pages in outcome.explanations.items():
                connection.execute(
                    insert(EXPLANATION_TABLES).values(run=run, agency=agency, page_count=len(pages))
                )

    def approve(
        self, run: RunId, agency: AgencyId, signature: bytes, state: RunState, at: datetime
    ) -> None:
        """See `RunStore`."""
        with self._database.transaction() as connection:
            connection.execute(
                insert(APPROVALS).values(
                    run=run, agency=agency, signature=signature, approved_at=seconds(at)
                )
            )
            connection.execute(update(RUNS).where(RUNS.c.id == run).values(state=state))

    def refuse(self, run: RunId, agency: AgencyId) -> None:
        """See `RunStore`."""
        with self._database.transaction() as connection:
            connection.execute(
                update(RUNS)
                .where(RUNS.c.id == run)
                .values(state=RunState.REFUSED, refused_by=agency, key=None)
            )
            connection.execute(delete(REPORTS).where(REPORTS.c.run == run))
            connection.execute(delete(EXPLANATION_TABLES).where(EXPLANATION_TABLES.c.run == run))
        self._database.scrub()
        self._files.destroy(run)

    def page_count(self, run: RunId, agency: AgencyId, group: GroupId) -> int:
        """See `RunStore`."""
        table = RESULT_TABLES.c
        query = select(table.page_count).where(
            table.run == run, table.agency == agency, table.group == group
        )
        with self._database.transaction() as connection:
            return connection.execute(query).scalar_one_or_none() or 0

    def read_page(self, run: RunId, agency: AgencyId, group: GroupId, index: int) -> bytes:
        """See `RunStore`."""
        return self._read(run, _file_name(agency, group, index))

    def report(self, run: RunId) -> RunReport | None:
        """See `RunStore`."""
        query = select(REPORTS.c.content).where(REPORTS.c.run == run)
        with self._database.transaction() as connection:
            content = connection.execute(query).scalar_one_or_none()
        return None if content is None else read_report(content)

    def explanation_page_count(self, run: RunId, agency: AgencyId) -> int:
        """See `RunStore`."""
        table = EXPLANATION_TABLES.c
        query = select(table.page_count).where(table.run == run, table.agency == agency)
        with self._database.transaction() as connection:
            return connection.execute(query).scalar_one_or_none() or 0

    def read_explanation_page(self, run: RunId, agency: AgencyId, index: int) -> bytes:
        """See `RunStore`."""
        return self._read(run, _explanation_file_name(agency, index))

    def _read(self, run: RunId, name: str) -> bytes:
        with self._database.transaction() as connection:
            key = connection.execute(select(RUNS.c.key).where(RUNS.c.id == run)).scalar_one()
        return self._files.read(run, name, Secret(key))


def _files(outcome: RunOutcome) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file that a result is kept in."""
    for (agency, group), content in outcome.tables.items():
        for index in range(page_count(len(content))):
            yield _file_name(agency, group, index), page(content, index)
    for agency, pages in outcome.explanations.items():
        for index, content in enumerate(pages):
            yield _explanation_file_name(agency, index), content


def _file_name(agency: AgencyId, group: GroupId, index: int) -> str:
    return f"{agency}.{group}.{index}"  # unambiguous: names hold no full stop


def _explanation_file_name(agency: AgencyId, index: int) -> str:
    return f"{agency}.{index}"


def _tables(connection: Connection, run: RunId) -> tuple[ResultTable, ...]:
    table = RESULT_TABLES.c
    query = select(table.agency, table.group, table.digest).where(table.run == run)
    rows = connection.execute(query.order_by(table.agency, table.group))
    return tuple(
        ResultTable(AgencyId(agency), GroupId(group), Digest(content))
        for agency, group, content in rows
    )


def _approved_by(connection: Connection, run: RunId) -> tuple[AgencyId, ...]:
    query = select(APPROVALS.c.agency).where(APPROVALS.c.run == run).order_by(APPROVALS.c.agency)
    return tuple(AgencyId(agency) for agency in connection.scalars(query))


def _rows(
    run: RunId, tables: Mapping[tuple[AgencyId, GroupId], bytes]
) -> Iterator[dict[str, str | int]]:
    for (agency, group), content in tables.items():
        yield {
            "run": run,
            "agency": agency,
            "group": group,
            "digest": content_digest(content),
            "page_count": page_count(len(content)),
        }
