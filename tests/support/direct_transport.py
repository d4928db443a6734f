"""A matcher that agents reach without a network: its real services, called directly.

`DirectTransport` is a `Transport`; tests/protocol asks the same of the one over gRPC.
"""

from dataclasses import dataclass

from linkage.exchange.ceremony import CeremonyMessage
from linkage.exchange.manifest import Manifest
from linkage.exchange.project import AgreementStatus, DatasetStatus
from linkage.exchange.runs import MatchExplanation, RunState, RunView
from linkage.ids import AgencyId, DatasetId, GroupId, RunId
from linkage.matcher.service.projects import Caller
from tests.support.services import ServedProject


@dataclass(frozen=True, slots=True)
class DirectTransport:
    """One agency's way to the services."""

    matcher: ServedProject
    agency: AgencyId

    @property
    def _caller(self) -> Caller:
        return self.matcher.caller(self.agency)

    def agreement_status(self) -> AgreementStatus:
        return self.matcher.projects.status(self.matcher.world.agreement)

    def put_signature(self, signature: bytes) -> None:
        self.matcher.projects.sign(self._caller, self.matcher.world.agreement, signature)

    def put_ceremony_message(self, message: CeremonyMessage) -> None:
        self.matcher.ceremony.put(self._caller, self.matcher.world.agreement, message)

    def ceremony_messages(self) -> tuple[CeremonyMessage, ...]:
        return self.matcher.ceremony.list(self._caller, self.matcher.world.agreement)

    def open_dataset(self, manifest: Manifest) -> DatasetId:
        return self.matcher.uploads.open(self._caller, self.matcher.world.agreement, manifest)

    def put_chunk(self, dataset: DatasetId, index: int, payload: bytes) -> None:
        agreement = self.matcher.world.agreement
        self.matcher.uploads.put_chunk(self._caller, agreement, dataset, index, payload)

    def dataset_status(self, dataset: DatasetId) -> DatasetStatus:
        return self.matcher.uploads.query(self._caller, self.matcher.world.agreement, dataset)

    def commit_dataset(self, dataset: DatasetId, signature: bytes) -> None:
        agreement = self.matcher.world.agreement
        self.matcher.uploads.commit(self._caller, agreement, dataset, signature)

    def request_run(self) -> RunId:
        return self.matcher.runs.request(self._caller, self.matcher.world.agreement)

    def run_view(self, run: RunId) -> RunView:
        return self.matcher.runs.get(self._caller, self.matcher.world.agreement, run)

    def approve_release(self, run: RunId, signature: bytes) -> RunState:
        agreement = self.matcher.world.agreement
        return self.matcher.runs.approve(self._caller, agreement, run, signature)

    def refuse_release(self, run: RunId) -> RunState:
        return self.matcher.runs.refuse(self._caller, self.matcher.world.agreement, run)

    def match_key_page(self, run: RunId, group: GroupId, page: int) -> tuple[bytes, int]:
        agreement = self.matcher.world.agreement
        return self.matcher.results.fetch(self._caller, agreement, run, group, page)

    def explain_match(self, run: RunId, token: bytes) -> MatchExplanation:
        agreement = self.matcher.world.agreement
        return self.matcher.explanations.explain(self._caller, agreement, run, token)
