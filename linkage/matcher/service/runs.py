"""Match runs: asked for by the agencies, done by the runner, released by the agencies.

    queued -> running -> held -> released
       ^         |         +---> refused
       +---------+-> failed

A run that has failed is queued again at the next start. If the process ends while a run is under
way, that too is taken up by the next start, but not for ever: a run that ends the process each time
(it takes more memory than there is, say) would keep the matcher from serving anyone. After
`MAX_CUT_OFFS` times it is failed, and stays so over further starts, until the operator has mended
the cause, stopped the matcher in order (SIGTERM) and started it again.

A run is held until every party, as a data owner, has signed the digest of its result. One refusal
ends it, and the result is destroyed.
"""

from dataclasses import dataclass, replace
from typing import Final

from linkage.agreement.model import Agreement
from linkage.agreement.statements import release_approval
from linkage.errors import AccessError, RequestError, StateError
from linkage.exchange.runs import RunState, RunView, report_for, result_digest, run_id
from linkage.ids import DatasetId, RunId
from linkage.matcher.service.clock import Clock
from linkage.matcher.service.projects import Caller, Projects
from linkage.matcher.service.signed import check_signature
from linkage.matcher.store.interface import RunOutcome, Store, StoredDataset
from linkage.observe.emit import emit
from linkage.observe.events import (
    RELEASE_APPROVED,
    RUN_FAILED,
    RUN_HELD,
    RUN_QUEUED,
    RUN_REFUSED,
    RUN_RELEASED,
    RUN_STARTED,
)
from linkage.reasons import (
    DATASETS_MISSING,
    INVALID_REQUEST,
    NOT_ALLOWED,
    RESULT_HELD,
    WRONG_STATE,
)

MAX_FAILURES: Final = 3
"""A run that failed so often waits until the operator starts the matcher again."""
MAX_CUT_OFFS: Final = 20
"""A run in which the process was killed so often, with no orderly stop between, is taken for the
cause. Many, so that power cuts and an operator's kills are not; few enough for a loop to end."""


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What the runner needs to begin; `datasets` are in ascending order of agencies."""

    run: RunId
    agreement: Agreement
    datasets: tuple[StoredDataset, ...]


class Runs:
    """The match runs of all projects; what the runner asks for is at the end."""

    def __init__(self, store: Store, clock: Clock, projects: Projects) -> None:
        self._store = store
        self._clock = clock
        self._projects = projects

    def request(self, caller: Caller, agreement: Agreement) -> RunId:
        """Asks for the run over all parties' datasets. Whoever asks, and however often: one run.

        Raises:
            StateError: Not all parties have committed their dataset.
        """
        datasets = self._store.datasets.committed(agreement.digest)
        party_count = len(agreement.parties)
        if len(datasets) < party_count:
            missing_count = party_count - len(datasets)
            raise StateError(DATASETS_MISSING, missing_count=missing_count, party_count=party_count)
        run = run_id(agreement.digest, tuple(present.dataset for present in datasets))
        if self._store.runs.find(run) is None:
            self._store.runs.queue(run, agreement.digest, self._clock.now())
            emit(RUN_QUEUED, agency=caller.agency, project=agreement.project.id, run=run)
        return run

    def get(self, caller: Caller, agreement: Agreement, run: RunId) -> RunView:
        """Where the run stands, and what the caller may know of its quality.

        Raises:
            RequestError: There is no such run under this agreement.
        """
        stored = self._store.runs.find(run)
        if stored is None or stored.agreement != agreement.digest:
            raise RequestError(INVALID_REQUEST, what="no such run")
        report = self._store.runs.report(run)
        if report is None:
            return stored.view
        return replace(stored.view, report=report_for(caller.agency, report))

    def approve(
        self, caller: Caller, agreement: Agreement, run: RunId, signature: bytes
    ) -> RunState:
        """Records that the caller lets the result go; with the last party's it is released.

        Raises:
            RequestError: There is no such run.
            StateError: The run has no result to approve.
            AccessError: It is not the caller's signature over this result.
        """
        view = self.get(caller, agreement, run)
        if view.state not in (RunState.HELD, RunState.RELEASED):
            raise StateError(WRONG_STATE, what=f"the run is {view.state}")
        result = result_digest(run, view.tables)
        statement = release_approval(agreement.digest, caller.agency, run, result)
        check_signature(agreement, caller.agency, signature, statement)
        if caller.agency in view.approved_by:
            return view.state
        approved_by = {*view.approved_by, caller.agency}
        is_last = approved_by.issuperset(agreement.agencies)
        state = RunState.RELEASED if is_last else RunState.HELD
        self._store.runs.approve(run, caller.agency, signature, state, self._clock.now())
        emit(RELEASE_APPROVED, agency=caller.agency, project=agreement.project.id, run=run)
        if state is RunState.RELEASED:
            emit(RUN_RELEASED, project=agreement.project.id, run=run)
        return state

    def refuse(self, caller: Caller, agreement: Agreement, run: RunId) -> RunState:
        """Refuses the release, for good, and destroys the result; an approval does not prevent it.

        Raises:
            RequestError: There is no such run.
            StateError: The run has no result yet, or it has been released.
        """
        view = self.get(caller, agreement, run)
        if view.state is RunState.REFUSED:
            return view.state
        if view.state is not RunState.HELD:
            raise StateError(WRONG_STATE, what=f"the run is {view.state}")
        self._store.runs.refuse(run, caller.agency)
        emit(RUN_REFUSED, agency=caller.agency, project=agreement.project.id, run=run)
        return RunState.REFUSED

    def recover(self) -> None:
        """Queues what was cut off or has failed: at start, when the operator has mended it.

        What was cut off by the end of the process `MAX_CUT_OFFS` times is logged and left.
        """
        for run in self._store.runs.begin_again(MAX_CUT_OFFS):
            emit(RUN_FAILED, run=run, error_type="ProcessEnded")

    def claim(self) -> RunPlan | None:
        """The run to work on next, now marked as running.

        Returns:
            None if there is none under an agreement in force, or its result could not be stored.
        """
        agreements = self._projects.live_agreements()
        run = self._store.runs.next_waiting(agreements)
        stored = self._store.runs.find(run) if run else None
        if run is None or stored is None or not self._store.is_writable():
            return None
        self._store.runs.set_state(run, RunState.RUNNING)
        agreement = agreements[stored.agreement]
        emit(RUN_STARTED, project=agreement.project.id, run=run)
        return RunPlan(run, agreement, self._store.datasets.committed(agreement.digest))

    def read_chunk(self, dataset: DatasetId, index: int) -> bytes:
        """A chunk of one of the run's datasets.

        Raises:
            StoreError: With `STORE_CORRUPT` the run is gone: the chunk has to be sent again.
        """
        return self._store.datasets.read_chunk(dataset, index)

    def finish(self, run: RunId, outcome: RunOutcome) -> None:
        """Keeps the result, and holds it until all parties have approved.

        The result of a run that is gone, because all have signed an amendment, is not kept.

        Args:
            run: As claimed.
            outcome: What it leaves.
        """
        if self._store.runs.find(run) is None:
            return
        self._store.runs.hold(run, outcome, self._clock.now())
        emit(RUN_HELD, run=run)

    def fail(self, run: RunId, *, for_good: bool) -> RunState | None:
        """Counts a failure.

        Args:
            run: As claimed.
            for_good: Whether the same would happen again.

        Returns:
            Where the run stands now; None if it is gone.
        """
        return self._store.runs.count_failure(run, 1 if for_good else MAX_FAILURES)


def check_released(agreement: Agreement, view: RunView) -> None:
    """Refuses whoever asks for what only a released run gives.

    Raises:
        AccessError: The release was refused.
        StateError: The run has no result yet, or it is held.
    """
    match view.state:
        case RunState.RELEASED:
            return
        case RunState.HELD:
            raise StateError(
                RESULT_HELD,
                missing_count=len(agreement.parties) - len(view.approved_by),
                party_count=len(agreement.parties),
            )
        case RunState.REFUSED:
            raise AccessError(NOT_ALLOWED, what="a party has refused the release")
        case RunState.QUEUED | RunState.RUNNING | RunState.FAILED:
            raise StateError(WRONG_STATE, what=f"the run is {view.state}")
