"""Results: the match keys of the caller's own records, once all parties have let them go."""

from linkage.agreement.model import Agreement
from linkage.errors import AccessError, RequestError
from linkage.ids import GroupId, RunId
from linkage.matcher.service.projects import Caller
from linkage.matcher.service.runs import Runs, check_released
from linkage.matcher.store.interface import Store
from linkage.reasons import INVALID_REQUEST, NOT_ALLOWED


class Results:
    """The released results of all projects."""

    def __init__(self, store: Store, runs: Runs) -> None:
        self._store = store
        self._runs = runs

    def fetch(
        self, caller: Caller, agreement: Agreement, run: RunId, group: GroupId, page: int
    ) -> tuple[bytes, int]:
        """One page of the caller's match keys for a recipient group, and how many pages there are.

        Raises:
            RequestError: There is no such run or page.
            AccessError: The caller is not in the group, or the release was refused.
            StateError: The run has no result yet, or it is held.
        """
        view = self._runs.get(caller, agreement, run)
        if group not in (own.id for own in agreement.groups_of(caller.agency)):
            raise AccessError(NOT_ALLOWED, what="match keys of a group that the caller is not in")
        check_released(agreement, view)
        page_count = self._store.runs.page_count(run, caller.agency, group)
        if page not in range(page_count):
            raise RequestError(INVALID_REQUEST, what="the table has no page of this number")
        return self._store.runs.read_page(run, caller.agency, group, page), page_count
