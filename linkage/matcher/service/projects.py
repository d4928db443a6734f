"""Projects: which agreements this matcher serves, who is a party, and whether one is in force."""

from dataclasses import dataclass
from typing import Final

from linkage.agreement.model import Agreement
from linkage.agreement.statements import acceptance
from linkage.errors import AccessError, ExitCode, Reason, RequestError, StateError
from linkage.exchange.project import AgreementStatus, ProjectRef
from linkage.ids import AgencyId, Digest, ProjectId
from linkage.matcher.service.clock import Clock
from linkage.matcher.service.signed import check_signature
from linkage.matcher.store.interface import Store
from linkage.observe.emit import emit
from linkage.observe.events import AGREEMENT_SIGNED, PROJECT_OPENED
from linkage.reasons import AGREEMENT_MISMATCH, AGREEMENT_NOT_LIVE, NO_SUCH_PROJECT

EPOCH_NOT_RAISED: Final = Reason(
    "EPOCH_NOT_RAISED",
    "The store holds another agreement for the project {project}, of epoch {stored_epoch}; the "
    "one to be opened is of epoch {epoch}.",
    "Open the agreement that was opened before. If it has been amended, raise project.epoch in it "
    "and have all parties sign: what the matcher holds under the old one is then erased.",
    ExitCode.CONFIGURATION,
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as the certificate says."""

    trust_domain: str
    agency: AgencyId


class Projects:
    """The agreements that the operator has opened."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._agreements: dict[ProjectId, Agreement] = {}

    def open(self, agreement: Agreement) -> None:
        """Serves the project from now on; called at each start.

        An agreement of a higher epoch than before takes the place of the one before, and whatever
        was kept under that one (signatures, messages, datasets, results) is erased.

        Raises:
            StateError: Another agreement was opened before, and the epoch has not risen.
        """
        project = agreement.project
        stored = self._store.projects.find(project.id)
        if stored is None or stored.agreement != agreement.digest:
            if stored is not None and project.epoch <= stored.epoch:
                raise StateError(
                    EPOCH_NOT_RAISED,
                    project=project.id,
                    epoch=project.epoch,
                    stored_epoch=stored.epoch,
                )
            self._store.projects.open(agreement, self._clock.now())
        self._agreements[project.id] = agreement
        emit(PROJECT_OPENED, project=project.id)

    def agreement_for(self, caller: Caller, ref: ProjectRef, *, must_be_live: bool) -> Agreement:
        """The agreement under which the caller may act.

        A project that does not exist, is not the caller's, or belongs to another trust domain
        gives one and the same answer: outsiders do not learn which projects there are.

        Args:
            caller: Who calls.
            ref: What the request names.
            must_be_live: Whether all parties must have signed and today be in the period.

        Raises:
            AccessError: There is no such project for this caller.
            RequestError: The caller has another agreement in mind.
            StateError: It is not in force.
        """
        agreement = self._agreements.get(ref.project)
        if (
            agreement is None
            or caller.agency not in agreement.agencies
            or caller.trust_domain != agreement.linkage_unit.trust_domain
        ):
            raise AccessError(NO_SUCH_PROJECT)
        if ref.agreement != agreement.digest:
            raise RequestError(AGREEMENT_MISMATCH)
        if must_be_live:
            status = self.status(agreement)
            if not status.live:
                missing_count = len(agreement.parties) - len(status.signed_by)
                raise StateError(AGREEMENT_NOT_LIVE, missing_count=missing_count)
        return agreement

    def status(self, agreement: Agreement) -> AgreementStatus:
        """Who has signed, and whether the agreement is in force at this moment."""
        signed_by = self._store.projects.signed_by(agreement.digest)
        is_current = agreement.is_current(self._clock.now().date())
        return AgreementStatus(signed_by, live=is_current and signed_by == agreement.agencies)

    def live_agreements(self) -> dict[Digest, Agreement]:
        """All agreements that are in force at this moment, by digest."""
        opened = self._agreements.values()
        return {one.digest: one for one in opened if self.status(one).live}

    def sign(self, caller: Caller, agreement: Agreement, signature: bytes) -> AgreementStatus:
        """Records that the caller has signed; the first valid signature stays.

        Raises:
            AccessError: It is not the caller's signature under this agreement.
        """
        statement = acceptance(agreement.digest, caller.agency)
        check_signature(agreement, caller.agency, signature, statement)
        if caller.agency not in self._store.projects.signed_by(agreement.digest):
            now = self._clock.now()
            self._store.projects.sign(agreement.digest, caller.agency, signature, now)
            emit(AGREEMENT_SIGNED, agency=caller.agency, project=agreement.project.id)
        return self.status(agreement)
