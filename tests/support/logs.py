"""The matcher's log in tests: set up as the matcher does, read back line by line."""

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from linkage.matcher.config import LogConfig
from linkage.matcher.telemetry import start_logging
from linkage.observe.emit import LOGGER


@dataclass(frozen=True, slots=True)
class MatcherLog:
    """What has been logged so far."""

    stream: io.StringIO

    def text(self) -> str:
        """Everything."""
        return self.stream.getvalue()

    def lines(self, event: str | None = None) -> list[dict[str, object]]:
        """The lines, parsed; those of one event if it is named."""
        parsed = [json.loads(line) for line in self.text().splitlines()]
        return [line for line in parsed if event in (None, line["event"])]


@contextmanager
def logging_to_memory(config: LogConfig) -> Iterator[MatcherLog]:
    """Logs as the matcher does within the block; puts everything back afterwards."""
    root, own = logging.getLogger(), logging.getLogger(LOGGER)
    before = list(root.handlers), root.level, own.level
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    raises, show = logging.raiseExceptions, warnings.showwarning
    log = MatcherLog(io.StringIO())
    start_logging(config, log.stream)
    try:
        yield log
    finally:
        logging.captureWarnings(capture=False)
        warnings.showwarning = show
        logging.raiseExceptions = raises
        sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
        root.handlers[:], root_level, own_level = before
        root.setLevel(root_level)
        own.setLevel(own_level)
