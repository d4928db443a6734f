"""Every event that is logged. A line in a log is one of these, never free text."""

import logging
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Event:
    """A kind of event: a name that stays, and how much it matters."""

    name: str
    level: int = logging.INFO


SERVER_STARTED: Final = Event("server-started")
SERVER_STOPPED: Final = Event("server-stopped")
PROJECT_OPENED: Final = Event("project-opened")
CALL_DONE: Final = Event("call-done", logging.DEBUG)
CALL_REFUSED: Final = Event("call-refused", logging.WARNING)
CALL_FAILED: Final = Event("call-failed", logging.ERROR)
AGREEMENT_SIGNED: Final = Event("agreement-signed")
AGREEMENT_AMENDED: Final = Event("agreement-amended", logging.WARNING)
"""An amendment has taken over: what was kept under the older agreement is erased."""
CEREMONY_MESSAGE_KEPT: Final = Event("ceremony-message-kept")
DATASET_OPENED: Final = Event("dataset-opened")
DATASET_COMMITTED: Final = Event("dataset-committed")
RUN_QUEUED: Final = Event("run-queued")
RUN_STARTED: Final = Event("run-started")
RUN_FORECAST: Final = Event("run-forecast")
"""What the run is expected to take."""
RUN_TOOK: Final = Event("run-took")
"""The same beside what it took."""
RUN_STEP_DONE: Final = Event("run-step-done")
"""Part of it, and how long that took."""
RUN_HELD: Final = Event("run-held")
RUN_FAILED: Final = Event("run-failed", logging.ERROR)
RUN_RELEASED: Final = Event("run-released")
RUN_REFUSED: Final = Event("run-refused", logging.WARNING)
RELEASE_APPROVED: Final = Event("release-approved")
MATCH_EXPLAINED: Final = Event("match-explained")
STORE_FAILED: Final = Event("store-failed", logging.ERROR)

AGENT_STARTED: Final = Event("agent-started")
AGENT_STOPPED: Final = Event("agent-stopped")
STEP_DONE: Final = Event("step-done")
STEP_WAITING: Final = Event("step-waiting")
STEP_FAILED: Final = Event("step-failed", logging.ERROR)
