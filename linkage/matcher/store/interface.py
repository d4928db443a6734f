"""The seam between service and store: what is kept, and each change that is made to it.

Every method is one transaction: it happens whole and is on the disk when the method returns, or it
raises a `StoreError` and has not happened. A store decides nothing: who may do what, and when, is
the service's. Calls come from one thread at a time.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from linkage.agreement.model import Agreement
from linkage.exchange.ceremony import CeremonyMessage, CeremonyStep
from linkage.exchange.chunks import ChunkLayout
from linkage.exchange.manifest import Manifest
from linkage.exchange.report import RunReport
from linkage.exchange.runs import RunState, RunView
from linkage.ids import AgencyId, DatasetId, Digest, GroupId, ProjectId, RunId


@dataclass(frozen=True, slots=True)
class StoredProject:
    """An agreement of a project."""

    agreement: Digest
    epoch: int


@dataclass(frozen=True, slots=True)
class StoredDataset:
    """A dataset that was opened.

    Attributes:
        software: what made its encodings; empty where that was not yet asked for.
        committed: whether it is complete and closed.
    """

    dataset: DatasetId
    agreement: Digest
    agency: AgencyId
    software: str
    layout: ChunkLayout
    committed: bool


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """What the manifest says of one chunk, and whether it has arrived."""

    digest: Digest
    arrived: bool


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run, the agreement that it is under, and what parties may see of it."""

    agreement: Digest
    view: RunView


@dataclass(frozen=True, slots=True, repr=False)
class RunOutcome:
    """What a run leaves to be kept.

    Attributes:
        tables: packed match keys, for each agency and each of its recipient groups.
        report: the run's account of itself.
        explanations: pages for each agency, at least one; none where nothing can be explained.
    """

    tables: Mapping[tuple[AgencyId, GroupId], bytes]
    report: RunReport
    explanations: Mapping[AgencyId, Sequence[bytes]]

    def __repr__(self) -> str:
        return f"RunOutcome({len(self.tables)} tables)"


class ProjectStore(Protocol):
    """The agreement of each project, perhaps an amendment to it, and who has signed them."""

    def find(self, project: ProjectId) -> StoredProject | None:
        """The project's agreement: what is kept, is kept under this one."""

    def find_amendment(self, project: ProjectId) -> StoredProject | None:
        """The agreement that takes its place as soon as all have signed."""

    def open(self, agreement: Agreement, at: datetime) -> None:
        """Keeps the first agreement of a project."""

    def amend(self, amendment: Agreement, at: datetime) -> None:
        """Keeps an amendment, in the place of one that not all have signed; erases no data."""

    def signed_by(self, agreement: Digest) -> tuple[AgencyId, ...]:
        """Who has signed, ascending."""

    def sign(self, agreement: Digest, agency: AgencyId, signature: bytes, at: datetime) -> None:
        """Keeps the signature of an agency that has not signed yet."""

    def sign_amendment(
        self,
        amendment: Digest,
        agency: AgencyId,
        signature: bytes,
        at: datetime,
        *,
        is_last: bool,
    ) -> None:
        """The same for an amendment.

        With the last signature it becomes the project's agreement, and all that was kept under the
        one before is erased, keys first.
        """


class CeremonyStore(Protocol):
    """Messages of the key ceremony."""

    def find(
        self, agreement: Digest, sender: AgencyId, step: CeremonyStep, recipient: AgencyId | None
    ) -> CeremonyMessage | None:
        """The message in this place."""

    def readable_by(self, agreement: Digest, reader: AgencyId) -> tuple[CeremonyMessage, ...]:
        """Messages to all, and those to or from the reader, always in the same order."""

    def keep(self, agreement: Digest, message: CeremonyMessage, at: datetime) -> None:
        """Keeps a message in a place that is empty."""


class DatasetStore(Protocol):
    """Datasets and their chunks."""

    def find(self, dataset: DatasetId) -> StoredDataset | None:
        """The dataset of this name."""

    def of_agency(self, agreement: Digest, agency: AgencyId) -> StoredDataset | None:
        """The agency's dataset under the agreement; there is at most one."""

    def committed(self, agreement: Digest) -> tuple[StoredDataset, ...]:
        """All committed datasets, in ascending order of agencies."""

    def open(self, manifest: Manifest, at: datetime, *, replaces: DatasetId | None) -> None:
        """Begins a dataset; the one that it replaces is destroyed, its key first."""

    def chunk(self, dataset: DatasetId, position: int) -> StoredChunk | None:
        """What is known of a chunk; None if the dataset has none at this position."""

    def put_chunk(self, dataset: DatasetId, position: int, payload: bytes, at: datetime) -> None:
        """Keeps a chunk, sealed; one that was there before is written again."""

    def read_chunk(self, dataset: DatasetId, position: int) -> bytes:
        """A chunk's payload.

        Raises:
            StoreError: With `STORE_CORRUPT` the chunk has become one that has not arrived, the
                dataset is open again, and a run over it that has no result is gone: so the agency
                sends just this chunk again, and everything takes its course.
        """

    def missing_chunks(self, dataset: DatasetId) -> tuple[int, ...]:
        """Positions of the chunks that have not arrived, ascending."""

    def commit(self, dataset: DatasetId, signature: bytes, at: datetime) -> None:
        """Closes the dataset."""


class RunStore(Protocol):
    """Match runs, their results and approvals."""

    def find(self, run: RunId) -> StoredRun | None:
        """The run of this name."""

    def queue(self, run: RunId, agreement: Digest, at: datetime) -> None:
        """A new run, waiting."""

    def next_waiting(self, agreements: Collection[Digest]) -> RunId | None:
        """The run under one of these agreements that has waited longest.

        One that is marked as running comes first: there is one runner, so if it asks for work,
        what it last worked on was cut off. Those in which the process has ended come last, so that
        one which ends it each time keeps no other waiting.
        """

    def set_state(self, run: RunId, state: RunState) -> None:
        """Where the run stands now."""

    def count_failure(self, run: RunId, limit: int) -> RunState | None:
        """Queues the run again, or marks it as failed if it has now failed `limit` times.

        Returns:
            Its new state; None if the run is gone.
        """

    def begin_again(self, limit: int) -> tuple[RunId, ...]:
        """Queues all runs that were cut off or have failed, with no failure counted.

        One that is marked as running was cut off by the end of the process, which is counted until
        the store is closed in order. After `limit` times it is marked as failed, and stays so.

        Returns:
            The runs that are marked as failed.
        """

    def hold(self, run: RunId, outcome: RunOutcome, at: datetime) -> None:
        """Keeps what the run leaves, sealed, and marks the run as held."""

    def approve(
        self, run: RunId, agency: AgencyId, signature: bytes, state: RunState, at: datetime
    ) -> None:
        """Keeps the approval of an agency that has given none; the run then stands as given."""

    def refuse(self, run: RunId, agency: AgencyId) -> None:
        """Marks the run as refused and destroys its result, the key first."""

    def page_count(self, run: RunId, agency: AgencyId, group: GroupId) -> int:
        """How many pages of match keys there are for an agency and a group; 0 if none."""

    def read_page(self, run: RunId, agency: AgencyId, group: GroupId, page: int) -> bytes:
        """One page of match keys."""

    def report(self, run: RunId) -> RunReport | None:
        """The run's account of itself; None if it has no result, or one from before reports."""

    def explanation_page_count(self, run: RunId, agency: AgencyId) -> int:
        """How many pages of explanations there are for an agency; 0 if none were kept."""

    def read_explanation_page(self, run: RunId, agency: AgencyId, page: int) -> bytes:
        """One page of explanations."""


class Store(Protocol):
    """Everything that a matcher keeps."""

    @property
    def projects(self) -> ProjectStore:
        """Agreements."""

    @property
    def ceremony(self) -> CeremonyStore:
        """The key ceremony."""

    @property
    def datasets(self) -> DatasetStore:
        """Datasets."""

    @property
    def runs(self) -> RunStore:
        """Match runs."""

    def is_writable(self) -> bool:
        """Whether something can be stored just now, found out by doing so, and room is left."""

    def free_bytes(self) -> int:
        """How much can be stored before no room is left, as `is_writable` understands it."""

    def close(self) -> None:
        """Lets go of everything; the store is not used afterwards.

        Whoever closes it ends in order: a run under way is queued, and no run is held to account
        any longer for earlier ends of the process.
        """
