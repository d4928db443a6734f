"""Projects: which agreements this matcher serves, who is a party, and whether one is in force.

An agreement that all have signed is not undone by a text that they have not: an amendment waits
beside it, open for signatures only. The last signature puts it in the place of the one before, in
one transaction with the erasure of all that was kept under that one, also if the amendment's period
begins later.
"""

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
from linkage.observe.events import AGREEMENT_AMENDED, AGREEMENT_SIGNED, PROJECT_OPENED
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
        self._agreements: dict[ProjectId, dict[Digest, Agreement]] = {}

    def open(self, agreement: Agreement) -> None:
        """Serves the agreement from now on; called at each start, newest first.

        The first agreement of a project is its agreement. One of a higher epoch is an amendment:
        it waits until all have signed it, in the place of an amendment that waited before. The
        agreement that it amends is served if it is opened too; else its data are only kept.

        An agreement that the store does not hold is passed over if a newer one is served: it has
        been amended.

        Raises:
            StateError: Another agreement was opened before, and the epoch has not risen.
        """
        project = agreement.project
        served = self._agreements.setdefault(project.id, {})
        present = self._store.projects.find(project.id)
        stored = [one for one in (present, self._store.projects.find_amendment(project.id)) if one]
        newest = max(stored, key=lambda one: one.epoch, default=None)
        if newest is None:
            self._store.projects.open(agreement, self._clock.now())
        elif agreement.digest not in (one.agreement for one in stored):
            if project.epoch < newest.epoch and newest.agreement in served:
                return
            if project.epoch <= newest.epoch:
                raise StateError(
                    EPOCH_NOT_RAISED,
                    project=project.id,
                    epoch=project.epoch,
                    stored_epoch=newest.epoch,
                )
            self._store.projects.amend(agreement, self._clock.now())
        served[agreement.digest] = agreement
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
        served = self._agreements.get(ref.project, {}).values()
        own = {one.digest: one for one in served if _is_party(caller, one)}
        if not own:
            raise AccessError(NO_SUCH_PROJECT)
        agreement = own.get(ref.agreement)
        if agreement is None:
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
        opened = (one for served in self._agreements.values() for one in served.values())
        return {one.digest: one for one in opened if self.status(one).live}

    def sign(self, caller: Caller, agreement: Agreement, signature: bytes) -> AgreementStatus:
        """Records that the caller has signed; the first valid signature stays.

        The last one of an amendment ends the agreement before it, and erases what was kept there.

        Raises:
            AccessError: It is not the caller's signature under this agreement.
        """
        statement = acceptance(agreement.digest, caller.agency)
        check_signature(agreement, caller.agency, signature, statement)
        if caller.agency not in self._store.projects.signed_by(agreement.digest):
            self._keep_signature(caller, agreement, signature)
            emit(AGREEMENT_SIGNED, agency=caller.agency, project=agreement.project.id)
        return self.status(agreement)

    def _keep_signature(self, caller: Caller, agreement: Agreement, signature: bytes) -> None:
        projects, project, now = self._store.projects, agreement.project.id, self._clock.now()
        amendment = projects.find_amendment(project)
        if amendment is None or amendment.agreement != agreement.digest:
            projects.sign(agreement.digest, caller.agency, signature, now)
            return
        signed_by = {*projects.signed_by(agreement.digest), caller.agency}
        is_last = signed_by.issuperset(agreement.agencies)
        projects.sign_amendment(agreement.digest, caller.agency, signature, now, is_last=is_last)
        if is_last:
            self._agreements[project] = {agreement.digest: agreement}
            emit(AGREEMENT_AMENDED, project=project)


def _is_party(caller: Caller, agreement: Agreement) -> bool:
    is_in_domain = caller.trust_domain == agreement.linkage_unit.trust_domain
    return is_in_domain and caller.agency in agreement.agencies
