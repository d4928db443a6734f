"""Where the matcher's log goes: standard error, one line an event, and never a word of data.

What `observe.emit` writes is passed on as it is: an event and allow-listed fields. Whatever else
reaches `logging` (libraries, warnings, exceptions that nobody caught) is cut down to where it comes
from, since its text may quote anything. An exception shows as its type and its frames, without
message and without locals.

Workers and gRPC's core log nothing: the core's lines name peers, and bypass `logging`.
"""

import datetime as dt
import logging
import sys
import threading
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, Final, TextIO

import structlog

from linkage.matcher.config import LogConfig, LogFormat
from linkage.observe.emit import LOGGER

MAX_FRAMES: Final = 20
"""The innermost are kept: they say where it happened."""
OTHER: Final = "other"
"""The event's name for whatever is not one of ours."""
UNCAUGHT: Final = f"{LOGGER}.uncaught"

EventDict = MutableMapping[str, Any]


def start_logging(config: LogConfig, stream: TextIO | None = None) -> None:
    """Makes this process log to the stream (by default standard error), and nowhere else.

    Called once, first: changing handlers while gRPC's threads run can deadlock (grpc #43421).
    """
    renderer = (
        structlog.processors.JSONRenderer()
        if config.format is LogFormat.JSON
        else structlog.processors.LogfmtRenderer(key_order=["time", "level", "event"])
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[only_allowed], processors=[renderer], use_get_message=False
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(LOGGER).setLevel(config.level.number)
    logging.captureWarnings(capture=True)
    logging.raiseExceptions = False  # a faulty log call would print its arguments
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda args: _log_uncaught(
        args.exc_type, args.exc_value, args.exc_traceback
    )
    sys.unraisablehook = lambda args: _log_uncaught(
        args.exc_type, args.exc_value, args.exc_traceback
    )


def only_allowed(_logger: object, _method: str, event: EventDict) -> EventDict:
    """What may be said of a log record: a structlog processor."""
    record: logging.LogRecord = event["_record"]
    line: EventDict = {
        "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(),
        "level": record.levelname.lower(),
    }
    fields = getattr(record, "fields", None)
    if record.name == LOGGER and isinstance(fields, dict):
        line.update(event=record.msg, **fields)
    else:
        place = f"{record.module}:{record.lineno}"
        line.update(event=OTHER, logger=record.name, place=place)
    if record.levelno >= logging.ERROR:
        # An event of ours carries no exception; one is being handled if it reports a failure.
        error_type, _, trace = record.exc_info or sys.exc_info()
        if error_type is not None:
            line.setdefault("error_type", error_type.__name__)
            line["frames"] = frames(trace)
    return line


def frames(trace: TracebackType | None) -> str:
    """The innermost frames of a traceback, outermost first: module, line and function of each."""
    walked = [
        f"{frame.f_globals.get('__name__', '?')}:{line} {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(trace)
    ]
    return " > ".join(walked[-MAX_FRAMES:])


def _log_uncaught(
    error_type: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    if issubclass(error_type, KeyboardInterrupt | SystemExit):
        return
    exc_info = (error_type, error or error_type(), trace)
    logging.getLogger(UNCAUGHT).error("uncaught", exc_info=exc_info)
