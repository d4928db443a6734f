"""The reading child: opens the extract, reads it, answers over the pipe.

It is told a plan and nothing else: no key, no address, no configuration. It answers once and ends;
whatever goes wrong in it leaves as a reason and facts, never as an exception's text.
"""

import contextlib
import csv
import gc
import io
import signal
import stat
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from linkage.errors import ExitCode, SourceError
from linkage_agent.sources.plan import MAX_VALUE_CHARACTERS, ReadPlan
from linkage_agent.sources.reading import Reading, send_failure, send_reading
from linkage_agent.sources.reasons import NOT_A_FILE, READER_FAILED, UNREADABLE


def main(connection: Connection, plan: ReadPlan) -> None:
    """What the child does from start to end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches both; the parent ends this one
    gc.disable()  # a child makes no cycles worth collecting, and looking for them costs a fifth
    csv.field_size_limit(MAX_VALUE_CHARACTERS)
    try:
        with connection, contextlib.suppress(BrokenPipeError):  # the parent has gone
            _answer(connection, plan)
    except BaseException:  # noqa: BLE001 - what starts processes would print its text
        sys.exit(ExitCode.INTERNAL)


def _answer(connection: Connection, plan: ReadPlan) -> None:
    try:
        reading = read_file(plan)
    except SourceError as error:
        send_failure(connection, error)
    except Exception as error:  # noqa: BLE001 - its text may quote the file; its kind may not
        kind = type(error).__name__
        send_failure(connection, SourceError(READER_FAILED, file=plan.file, kind=kind))
    else:
        send_reading(connection, reading)


def read_file(plan: ReadPlan) -> Reading:
    """Opens and reads the file that the plan names.

    Raises:
        SourceError: It can't be opened or read, or is not what the plan says.
    """
    try:
        if not stat.S_ISREG(
            Path(plan.file).stat().st_mode
        ):  # opening a pipe would wait for a writer
            raise SourceError(NOT_A_FILE, file=plan.file)
        # Compiled code: the child loads it, and the parent, which names this module, does not.
        from linkage_agent.sources.records import read_records  # noqa: PLC0415

        with io.FileIO(plan.file) as file:
            return read_records(file, plan)
    except OSError as error:
        cause = error.strerror or "unknown"
        raise SourceError(UNREADABLE, file=plan.file, cause=cause) from None
