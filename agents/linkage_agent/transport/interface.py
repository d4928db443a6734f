"""Transport: what an agent asks of the matcher, in domain types.

Every call may be made again: the matcher takes the same content twice as once. All raise
LinkageErrors: the matcher's own, or `PEER_...` when it could not be asked.
"""

from typing import Protocol

from linkage.exchange.ceremony import CeremonyMessage
from linkage.exchange.manifest import Manifest
from linkage.exchange.project import AgreementStatus, DatasetStatus
from linkage.exchange.runs import MatchExplanation, RunState, RunView
from linkage.ids import DatasetId, GroupId, RunId


class Transport(Protocol):
    """The matcher, for one agency and one project."""

    def agreement_status(self) -> AgreementStatus:
        """Who has signed the agreement."""
        ...

    def put_signature(self, signature: bytes) -> None:
        """Signs up to the agreement."""
        ...

    def put_ceremony_message(self, message: CeremonyMessage) -> None:
        """Puts a message on the ceremony's board."""
        ...

    def ceremony_messages(self) -> tuple[CeremonyMessage, ...]:
        """All messages on the board that this agency may read."""
        ...

    def open_dataset(self, manifest: Manifest) -> DatasetId:
        """Announces a dataset."""
        ...

    def put_chunk(self, dataset: DatasetId, index: int, payload: bytes) -> None:
        """Sends one chunk; returns when the matcher has it on disk."""
        ...

    def dataset_status(self, dataset: DatasetId) -> DatasetStatus:
        """What has arrived."""
        ...

    def commit_dataset(self, dataset: DatasetId, signature: bytes) -> None:
        """Closes a dataset."""
        ...

    def request_run(self) -> RunId:
        """Asks for the match run."""
        ...

    def run_view(self, run: RunId) -> RunView:
        """Where a run stands."""
        ...

    def approve_release(self, run: RunId, signature: bytes) -> RunState:
        """Approves a run's release."""
        ...

    def refuse_release(self, run: RunId) -> RunState:
        """Refuses a run's release, for good."""
        ...

    def match_key_page(self, run: RunId, group: GroupId, page: int) -> tuple[bytes, int]:
        """One page of this agency's match keys, and how many pages there are."""
        ...

    def explain_match(self, run: RunId, token: bytes) -> MatchExplanation:
        """What spoke for and against each record that one of this agency's stands with.

        Args:
            run: Released.
            token: The record's, 16 bytes.
        """
        ...
