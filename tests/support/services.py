"""A matcher without its network: its services over a real store, and what agencies do with them.

    with started_services(world, folder, key, clock) as matcher:
        matcher.sign_all()
        matcher.upload_all()
        matcher.runs.request(matcher.caller("police"), world.agreement)

Leaving the block stops it; entering another on the same folder starts it again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from linkage.agreement.statements import acceptance, commitment, release_approval
from linkage.crypto.secret import Secret
from linkage.exchange.project import AgreementStatus, ProjectRef
from linkage.exchange.runs import RunState, result_digest
from linkage.ids import AgencyId, DatasetId, RunId
from linkage.matcher.service.ceremony import Ceremony
from linkage.matcher.service.clock import Clock
from linkage.matcher.service.explanations import Explanations
from linkage.matcher.service.projects import Caller, Projects
from linkage.matcher.service.results import Results
from linkage.matcher.service.runs import Runs
from linkage.matcher.service.uploads import Uploads
from linkage.matcher.store.sql_store import SqlStore, open_store
from tests.support.agreements import World
from tests.support.datasets import MadeDataset, make_dataset


@dataclass(frozen=True, slots=True)
class ServedProject:
    """One start of the services, for one project."""

    world: World
    store: SqlStore
    projects: Projects
    ceremony: Ceremony
    uploads: Uploads
    runs: Runs
    results: Results
    explanations: Explanations

    def caller(self, agency: str) -> Caller:
        """The agency, as its certificate names it."""
        return Caller(self.world.agreement.linkage_unit.trust_domain, AgencyId(agency))

    @property
    def ref(self) -> ProjectRef:
        """What requests name."""
        return ProjectRef(self.world.agreement.project.id, self.world.agreement.digest)

    def sign(self, agency: str) -> AgreementStatus:
        """The agency signs up to the agreement."""
        agreement = self.world.agreement
        statement = acceptance(agreement.digest, AgencyId(agency))
        return self.projects.sign(self.caller(agency), agreement, self._sign(agency, statement))

    def open(self, made: MadeDataset) -> DatasetId:
        """The dataset's agency begins its upload."""
        caller = self.caller(made.manifest.agency)
        return self.uploads.open(caller, self.world.agreement, made.manifest)

    def put_chunk(self, made: MadeDataset, index: int) -> None:
        """The dataset's agency sends one chunk."""
        caller = self.caller(made.manifest.agency)
        payload = made.payloads[index]
        self.uploads.put_chunk(caller, self.world.agreement, made.id, index, payload)

    def missing_chunks(self, made: MadeDataset) -> tuple[int, ...]:
        """The dataset's agency asks what to send."""
        caller = self.caller(made.manifest.agency)
        return self.uploads.query(caller, self.world.agreement, made.id).missing_chunks

    def commit(self, made: MadeDataset) -> None:
        """The dataset's agency closes it."""
        agency = made.manifest.agency
        statement = commitment(self.world.agreement.digest, agency, made.id)
        self.uploads.commit(
            self.caller(agency), self.world.agreement, made.id, self._sign(agency, statement)
        )

    def upload(self, made: MadeDataset) -> None:
        """All of that, sending only what is missing."""
        self.open(made)
        for index in self.missing_chunks(made):
            self.put_chunk(made, index)
        self.commit(made)

    def upload_all(self) -> None:
        """Every party uploads its dataset."""
        for agency in self.world.agreement.agencies:
            self.upload(dataset_of(self.world, agency))

    def sign_all(self) -> None:
        """Every party signs up to the agreement."""
        for agency in self.world.agreement.agencies:
            self.sign(agency)

    def approve(self, agency: str, run: RunId) -> RunState:
        """The agency lets the result go that it sees."""
        agreement, caller = self.world.agreement, self.caller(agency)
        tables = self.runs.get(caller, agreement, run).tables
        statement = release_approval(
            agreement.digest, caller.agency, run, result_digest(run, tables)
        )
        return self.runs.approve(caller, agreement, run, self._sign(agency, statement))

    def _sign(self, agency: str, statement: bytes) -> bytes:
        return self.world.signing_keys[AgencyId(agency)].sign(statement)


def dataset_of(world: World, agency: AgencyId) -> MadeDataset:
    """A party's dataset; always the same one for the same agreement."""
    seed = world.agreement.agencies.index(agency)
    return make_dataset(world.agreement, agency, seed=seed)


@contextmanager
def started_services(
    world: World, folder: Path, key: Secret, clock: Clock, *, least_free_bytes: int = 0
) -> Iterator[ServedProject]:
    """A matcher as the server starts it: store, services, recovery, the project opened."""
    store = open_store(folder, key, least_free_bytes=least_free_bytes)
    try:
        projects = Projects(store, clock)
        projects.open(world.agreement)
        runs = Runs(store, clock, projects)
        runs.recover()
        yield ServedProject(
            world=world,
            store=store,
            projects=projects,
            ceremony=Ceremony(store, clock),
            uploads=Uploads(store, clock),
            runs=runs,
            results=Results(store, runs),
            explanations=Explanations(store, runs),
        )
    finally:
        store.close()
