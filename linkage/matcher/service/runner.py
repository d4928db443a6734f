"""Runner: does the match runs that were asked for, one after the other, in a thread of its own.

All that touches the store is handed to the store's thread, a chunk at a time, so that callers are
answered while a run is loaded. A run that fails is logged and marked; the server lives on.

Datasets are numbered in ascending order of agencies, as in `Agreement.agencies`.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Protocol, TypeVar

from linkage.agreement.model import Agreement
from linkage.arrays import RecordTokens
from linkage.errors import LimitError, LinkageError, StoreError
from linkage.exchange.chunks import unpack_dataset
from linkage.exchange.match_key_pages import pack_match_keys
from linkage.ids import AgencyId, GroupId, RunId
from linkage.matcher.blocked import pairs_compared
from linkage.matcher.execute.interface import Executor
from linkage.matcher.forecast import forecast, peak_mebibytes, probe
from linkage.matcher.issue.match_keys import issue_match_keys
from linkage.matcher.model.clusters import Clusters
from linkage.matcher.model.datasets import Dataset
from linkage.matcher.model.explained import Explained
from linkage.matcher.run import match
from linkage.matcher.service.explanation_table import pack_explanations
from linkage.matcher.service.runs import RunPlan, Runs
from linkage.matcher.store.interface import RunOutcome, StoredDataset
from linkage.observe.emit import emit
from linkage.observe.events import RUN_FAILED, RUN_FORECAST, RUN_STEP_DONE, RUN_TOOK
from linkage.reasons import STORE_UNAVAILABLE

T = TypeVar("T")


class OnStoreThread(Protocol):
    """Does work in the store's thread, and gives what it gave or raises what it raised."""

    def __call__(self, work: Callable[[], T], /) -> T:
        """Waits for it."""


class Runner:
    """Works through the queue; `run_once` is called from one thread at a time.

    Args:
        runs: The queue.
        executor: Where the work on records is done.
        on_store_thread: How to reach the store.
    """

    def __init__(self, runs: Runs, executor: Executor, on_store_thread: OnStoreThread) -> None:
        self._runs = runs
        self._executor = executor
        self._on_store_thread = on_store_thread

    def run_once(self) -> bool:
        """Does the next run, whatever becomes of it.

        Returns:
            Whether to call again at once; if not, there is nothing to do, or the store can't take
            a result just now.
        """
        try:
            plan = self._on_store_thread(self._runs.claim)
        except StoreError:  # logged by the store
            return False
        if plan is None:
            return False
        try:
            steps = _Steps(plan.run)
            outcome = self._match(plan, steps)
            self._on_store_thread(partial(self._runs.finish, plan.run, outcome))
            steps.done("store")
        except Exception as error:  # noqa: BLE001 - no run may take the server along
            return self._note_failure(plan, error)
        return True

    def _match(self, plan: RunPlan, steps: "_Steps") -> RunOutcome:
        """The run, done, and what it leaves."""
        datasets, tokens = zip(*(self._load(plan, one) for one in plan.datasets), strict=True)
        steps.done("load")
        agreement, compared = plan.agreement, steps.note_compared
        with self._forecast(plan, datasets):
            result = match(datasets, agreement.schema, agreement.policy, self._executor, compared)
        steps.done("cluster")
        outcome = RunOutcome(
            tables=_issue(agreement, result.clusters, tokens),
            report=result.report,
            explanations=_explain(agreement, result.explained, tokens),
        )
        steps.done("issue")
        return outcome

    @contextmanager
    def _forecast(self, plan: RunPlan, datasets: Sequence[Dataset]) -> Iterator[None]:
        """Logs what the run will take before it starts, and what it took beside that."""
        agreement = plan.agreement
        counts = [len(dataset.encodings) for dataset in datasets]
        pair_ns = probe(self._executor, agreement.schema.length_bits)
        expected = forecast(
            counts,
            agreement.schema,
            agreement.policy,
            self._executor.worker_count,
            pair_ns,
            pairs_compared(datasets, agreement.policy),
        )
        emit(
            RUN_FORECAST,
            run=plan.run,
            pair_count=expected.pair_count,
            expected_milliseconds=expected.milliseconds,
            expected_mebibytes=expected.mebibytes,
        )
        started = time.monotonic()
        yield
        emit(
            RUN_TOOK,
            run=plan.run,
            pair_count=expected.pair_count,
            expected_milliseconds=expected.milliseconds,
            expected_mebibytes=expected.mebibytes,
            milliseconds=round((time.monotonic() - started) * 1000),
            mebibytes=peak_mebibytes(),
        )

    def _load(self, plan: RunPlan, stored: StoredDataset) -> tuple[Dataset, RecordTokens]:
        agreement = plan.agreement
        rule_count = agreement.schema.rule_count
        records = unpack_dataset(self._payloads(stored), stored.layout, rule_count)
        once = agreement.party(stored.agency).holds_each_person_once
        return Dataset(stored.agency, records.encodings, once, records.blocking), records.tokens

    def _payloads(self, stored: StoredDataset) -> Iterator[bytes]:
        for index, _ in enumerate(stored.layout.slices()):
            yield self._on_store_thread(partial(self._runs.read_chunk, stored.dataset, index))

    def _note_failure(self, plan: RunPlan, error: Exception) -> bool:
        """Logs the failure, but not what it says: that could quote what was worked on."""
        code = error.reason.code if isinstance(error, LinkageError) else ""
        emit(RUN_FAILED, run=plan.run, error_type=type(error).__name__, reason=code)
        if code == STORE_UNAVAILABLE.code:
            return False  # no fault of the run: it is still marked as running, so it comes next
        with suppress(StoreError):  # the same
            self._on_store_thread(
                partial(self._runs.fail, plan.run, for_good=isinstance(error, LimitError))
            )
            return True
        return False


class _Steps:
    """Logs how long each step of a run took: load, compare, cluster, issue, store.

    Comparing ends with the last block, so what is learned from the pairs counts as clustering.
    """

    def __init__(self, run: RunId) -> None:
        self._run = run
        self._since = time.monotonic()
        self._compared = 0.0

    def note_compared(self, _compared: int, _pair_count: int) -> None:
        """A block was compared. Nobody is told how far a run is: agencies see its state only."""
        self._compared = time.monotonic()

    def done(self, step: str) -> None:
        """A step has ended; the next begins."""
        if self._compared:
            compared, self._compared = self._compared, 0.0
            self._log("compare", compared)
        self._log(step, time.monotonic())

    def _log(self, step: str, now: float) -> None:
        milliseconds = round((now - self._since) * 1000)
        emit(RUN_STEP_DONE, run=self._run, step=step, milliseconds=milliseconds)
        self._since = now


def _issue(
    agreement: Agreement, clusters: Clusters, tokens: Sequence[RecordTokens]
) -> dict[tuple[AgencyId, GroupId], bytes]:
    """The packed match keys of each agency for each of its recipient groups."""
    tables = {}
    for group in agreement.recipient_groups:
        members = [agreement.agencies.index(agency) for agency in group.agencies]
        keys = issue_match_keys(clusters, tokens, members, os.urandom)
        for agency, own in zip(group.agencies, keys, strict=True):
            tables[agency, group.id] = pack_match_keys(own)
    return tables


def _explain(
    agreement: Agreement, explained: Sequence[Explained], tokens: Sequence[RecordTokens]
) -> dict[AgencyId, tuple[bytes, ...]]:
    """What each agency may later ask for: of its own records, and of its groups' other members."""
    if not explained:  # a fixed Dice coefficient says nothing of what spoke for a pair
        return {}
    segment_count = len(agreement.schema.segments())
    tables = {}
    for number, agency in enumerate(agreement.agencies):
        groups = agreement.groups_of(agency)
        partners = {agreement.agencies.index(one) for group in groups for one in group.agencies}
        if groups:
            tables[agency] = pack_explanations(
                explained, tokens[number], number, partners - {number}, segment_count
            )
    return tables
