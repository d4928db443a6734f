"""The matcher's log: events and allowed fields, and never a word of anything else."""

import asyncio
import gc
import json
import logging
import threading
import warnings
from collections.abc import Iterator

import pytest

from linkage.matcher.config import LogConfig, LogFormat, LogLevel
from linkage.observe.emit import emit
from linkage.observe.events import CALL_DONE, CALL_FAILED, DATASET_OPENED, SERVER_STARTED
from tests.support.logs import MatcherLog, logging_to_memory

CANARY = "Canary-Otterbourne"


@pytest.fixture
def log() -> Iterator[MatcherLog]:
    with logging_to_memory(LogConfig(level=LogLevel.DEBUG)) as made:
        yield made


def fail(surname: str) -> None:
    raise ValueError(f"no such person: {surname}")


def test_event_is_one_line_with_its_fields(log: MatcherLog) -> None:
    emit(DATASET_OPENED, agency="police", record_count=4321)
    [line] = log.lines()
    assert line.pop("time")
    assert line == {
        "level": "info",
        "event": "dataset-opened",
        "agency": "police",
        "record_count": 4321,
    }


def test_small_count_is_blurred(log: MatcherLog) -> None:
    emit(DATASET_OPENED, record_count=9, pair_count=99)
    emit(DATASET_OPENED, record_count=10, pair_count=100)
    small, large = log.lines()
    assert (small["record_count"], small["pair_count"]) == ("<10", "<100")
    assert (large["record_count"], large["pair_count"]) == (10, 100)


def test_failure_that_is_being_handled_shows_type_and_frames_but_not_what_it_says(
    log: MatcherLog,
) -> None:
    try:
        fail(CANARY)
    except ValueError:
        emit(CALL_FAILED, method="unknown")
    [line] = log.lines("call-failed")
    assert line["error_type"] == "ValueError"
    assert str(line["frames"]).endswith(" fail")
    assert CANARY not in log.text()


def test_type_that_an_event_names_itself_is_kept(log: MatcherLog) -> None:
    try:
        fail(CANARY)
    except ValueError:
        emit(CALL_FAILED, error_type="SQLITE_FULL")
    assert log.lines()[0]["error_type"] == "SQLITE_FULL"


def test_library_is_cut_down_to_where_it_spoke(log: MatcherLog) -> None:
    library = logging.getLogger("some.library")
    library.info("not even this")
    library.warning("parameters: %s", CANARY, extra={"fields": {"surname": CANARY}})
    try:
        fail(CANARY)
    except ValueError:
        library.exception("failed on %s", CANARY, stack_info=True)
    first, second = log.lines("other")
    assert first["logger"] == "some.library"
    assert str(first["place"]).startswith("test_matcher_telemetry:")
    assert second["error_type"] == "ValueError"
    assert CANARY not in log.text()


def test_own_logger_is_no_way_round_the_events(log: MatcherLog) -> None:
    logging.getLogger("linkage").warning(CANARY)
    logging.getLogger("linkage.matcher").warning(CANARY, extra={"fields": {"agency": CANARY}})
    assert [line["event"] for line in log.lines()] == ["other", "other"]
    assert CANARY not in log.text()


def test_faulty_log_call_is_silent(log: MatcherLog, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = (CANARY,)
    logging.getLogger("some.library").warning("%d and %d", *arguments)
    assert len(log.lines("other")) == 1
    assert CANARY not in log.text() + capsys.readouterr().err


def test_warning_shows_no_text(log: MatcherLog) -> None:
    warnings.warn(CANARY, stacklevel=1)
    [line] = log.lines()
    assert line["logger"] == "py.warnings"
    assert CANARY not in log.text()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_thread_that_dies_shows_frames_only(
    log: MatcherLog, capsys: pytest.CaptureFixture[str]
) -> None:
    thread = threading.Thread(target=fail, args=(CANARY,))
    thread.start()
    thread.join()
    [line] = log.lines("other")
    assert line["error_type"] == "ValueError"
    assert str(line["frames"]).endswith(" fail")
    assert CANARY not in log.text() + capsys.readouterr().err


def test_task_that_nobody_waits_for_shows_frames_only(
    log: MatcherLog, capsys: pytest.CaptureFixture[str]
) -> None:
    async def forget() -> None:
        task = asyncio.create_task(asyncio.to_thread(fail, CANARY))
        await asyncio.sleep(0.1)
        del task
        gc.collect()

    asyncio.run(forget())
    [line] = log.lines("other")
    assert line["error_type"] == "ValueError"
    assert CANARY not in log.text() + capsys.readouterr().err


def test_level_decides_what_is_logged() -> None:
    with logging_to_memory(LogConfig(level=LogLevel.WARNING)) as log:
        emit(CALL_DONE)
        emit(SERVER_STARTED, port=1)
        emit(CALL_FAILED)
    assert [line["event"] for line in log.lines()] == ["call-failed"]


def test_text_says_the_same_as_json() -> None:
    with logging_to_memory(LogConfig(format=LogFormat.TEXT)) as log:
        emit(SERVER_STARTED, port=7443)
        logging.getLogger("some.library").error(CANARY)
    first, second = log.text().splitlines()
    assert first.endswith("level=info event=server-started port=7443")
    assert "event=other logger=some.library" in second
    assert CANARY not in log.text()
    with pytest.raises(json.JSONDecodeError):
        log.lines()
