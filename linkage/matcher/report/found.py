"""Finding a run's report in the store of a matcher that is stopped."""

import re
from dataclasses import dataclass
from typing import Final

from linkage.crypto.secret_file import read_key_file
from linkage.errors import ExitCode, Reason, RequestError
from linkage.exchange.report import RunReport
from linkage.exchange.runs import RunState
from linkage.ids import RunId
from linkage.matcher.config import MatcherConfig
from linkage.matcher.store.sql_store import open_store

NO_REPORT: Final = Reason(
    "NO_REPORT",
    "The store holds no report of a run of this name.",
    "Give the run's full name, 64 characters: `run-held` in the matcher's log has it, and so has "
    "`linkage-agent approve release`. A refused result is destroyed together with its report.",
    ExitCode.BAD_DATA,
)

_RUN: Final = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class FoundReport:
    """A run's report, and where the run stands."""

    run: RunId
    state: RunState
    report: RunReport


def find_report(config: MatcherConfig, run: str) -> FoundReport:
    """The report of a run; changes nothing in the store.

    Raises:
        RequestError: There is none.
        StoreError: The store can't be opened: a matcher may be using it.
        ConfigError: The store's key can't be read.
    """
    key = read_key_file(config.store_key_file)
    if not _RUN.fullmatch(run) or not config.state_folder.exists():
        raise RequestError(NO_REPORT)
    store = open_store(config.state_folder, key)
    try:
        stored, report = store.runs.find(RunId(run)), store.runs.report(RunId(run))
    finally:
        store.leave()
    if stored is None or report is None:
        raise RequestError(NO_REPORT)
    return FoundReport(RunId(run), stored.view.state, report)
