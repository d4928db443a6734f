"""Daemon: the job, moved on again and again until it is told to stop.

Each pass reads configuration and agreement anew, so an amended one is taken up without a restart.
A pass that fails is logged and tried again: what waits for a person goes on waiting, what the
network broke goes on where it was. Nothing is sent that nobody approved, daemon or not.
"""

import datetime as dt
import json
import logging
import sys
import threading
import time
from pathlib import Path
from typing import Final

from linkage.errors import LinkageError
from linkage.observe import events
from linkage.observe.emit import LOGGER, emit
from linkage_agent.config import load_config
from linkage_agent.session import open_session
from linkage_agent.steps import Progress

PAUSE_WITHOUT_CONFIG_SECONDS: Final = 30.0


def serve(config_file: Path, stop: threading.Event) -> None:
    """Moves the job on until the event is set; returns soon after."""
    emit(events.AGENT_STARTED)
    last: Progress | None = None
    while not stop.is_set():
        pause = PAUSE_WITHOUT_CONFIG_SECONDS
        try:
            pause = load_config(config_file).poll_seconds
            last = _report(_pass(config_file), last)
        except LinkageError as error:
            last = None
            emit(events.STEP_FAILED, reason=error.reason.code)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not end the service
            last = None
            emit(events.STEP_FAILED, reason="INTERNAL", error_type=type(error).__name__)
        stop.wait(pause)
    emit(events.AGENT_STOPPED)


def _pass(config_file: Path) -> Progress:
    session = open_session(config_file, dt.datetime.now(dt.UTC).date())
    with session.working() as job:
        return job.advance()


def _report(progress: Progress, last: Progress | None) -> Progress:
    """Logs where the job stands, if that has changed."""
    if progress != last:
        event = events.STEP_WAITING if progress.waiting else events.STEP_DONE
        emit(event, step=progress.step.value)
    return progress


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, event and the event's allow-listed fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The line. A record that is not one of our events gives its logger's name alone."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))
        line = {"time": moment, "level": record.levelname.lower()}
        if record.name == LOGGER:
            return json.dumps(line | {"event": record.msg} | record.__dict__["fields"])
        return json.dumps(line | {"logger": record.name})


def configure_logging() -> None:
    """Sends events to standard error; once, before anything else (grpc/grpc #43421)."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
