"""Explanations: in coarse words, why a record stands with others, for the agency that it is of.

Told only to the agency whose record it is, only after the release, and only of agencies that are
in a recipient group with it: tables hold nothing else (`explanation_table`).
"""

from functools import partial
from itertools import islice

from linkage.agreement.model import Agreement
from linkage.errors import AccessError, RequestError
from linkage.exchange.match_key_pages import ENTRY_BYTES
from linkage.exchange.runs import MAX_PARTNERS, ExplainedPartner, MatchExplanation
from linkage.ids import AgencyId, GroupId, RunId
from linkage.matcher.service.explanation_table import entries_of, explained_partners
from linkage.matcher.service.projects import Caller
from linkage.matcher.service.runs import Runs, check_released
from linkage.matcher.store.interface import Store
from linkage.observe.emit import emit
from linkage.observe.events import MATCH_EXPLAINED
from linkage.reasons import INVALID_REQUEST, NOT_ALLOWED


class Explanations:
    """What spoke for the released matches of all projects."""

    def __init__(self, store: Store, runs: Runs) -> None:
        self._store = store
        self._runs = runs

    def explain(
        self, caller: Caller, agreement: Agreement, run: RunId, token: bytes
    ) -> MatchExplanation:
        """What spoke for and against each record that one of the caller's stands with.

        A token that nobody has and one of another agency's record give the same answer.

        Raises:
            RequestError: There is no such run, or the caller has no such record in it.
            AccessError: The release was refused, or the agreement lets nothing be explained.
            StateError: The run has no result yet, or it is held.
        """
        check_released(agreement, self._runs.get(caller, agreement, run))
        groups = agreement.groups_of(caller.agency)
        if not groups:
            raise AccessError(NOT_ALLOWED, what="explanations to an agency in no recipient group")
        page_count = self._store.runs.explanation_page_count(run, caller.agency)
        if not page_count:
            raise AccessError(NOT_ALLOWED, what="explanations where it fixes a Dice coefficient")
        if not self._has_record(run, caller.agency, groups[0].id, token):
            raise RequestError(INVALID_REQUEST, what="no such record")
        segments = tuple(segment.name for segment in agreement.schema.segments())
        read_page = partial(self._store.runs.read_explanation_page, run, caller.agency)
        found = explained_partners(token, len(segments), page_count, read_page)
        partners = tuple(
            ExplainedPartner(agreement.agencies[number], verdicts)
            for number, verdicts in islice(found, MAX_PARTNERS)
        )
        emit(MATCH_EXPLAINED, agency=caller.agency, project=agreement.project.id, run=run)
        return MatchExplanation(segments, partners)

    def _has_record(self, run: RunId, agency: AgencyId, group: GroupId, token: bytes) -> bool:
        """Whether the token is in the agency's match keys, which hold all its records."""
        page_count = self._store.runs.page_count(run, agency, group)
        read_page = partial(self._store.runs.read_page, run, agency, group)
        return next(entries_of(token, ENTRY_BYTES, page_count, read_page), None) is not None
