"""Faults in the agent's own code whose texts quote data: nothing of them is shown or logged."""

import datetime as dt
import io
import logging
import multiprocessing
import secrets
import sys
import threading
from collections.abc import Callable
from typing import NoReturn

import pytest

from linkage.errors import ExitCode, SourceError
from linkage.observe.emit import LOGGER
from linkage_agent import cli, daemon, job
from linkage_agent.sources.mapping import plan_attributes
from linkage_agent.sources.reading import receive
from linkage_agent.steps import Progress, Step
from tests.privacy.agencies import Agencies
from tests.privacy.faults import ERRORS, chain, failing_child, raising
from tests.privacy.search import Search

IN_PREVIEW = (
    "linkage_agent.session.load_identity",
    "linkage_agent.job.read_extract",
    "linkage_agent.sources.extract.read_in_child",
    "linkage_agent.pii.encode.encode",
    "linkage_agent.pii.encode.normalise_column",
    "linkage_agent.pii.encode.split_column",
    "linkage_agent.pii.encode.bit_positions",
    "linkage_agent.pii.encode.add_tokens",
    "linkage_agent.pii.encode.add_field",
    "linkage_agent.job.summarise",
    "linkage_agent.spool.pack_chunk",
    "linkage_agent.preview.make_preview",
)


@pytest.fixture
def preview(desk: Agencies, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """`linkage-agent preview` in this process; what comes before encoding is taken as done."""
    desk.keys("police").put("project-secret", secrets.token_bytes(32))
    monkeypatch.setattr(job.Job, "_signed", lambda _: Progress(Step.SIGN))
    monkeypatch.setattr(job.Job, "_make_secret", lambda _: Progress(Step.SECRET))
    command = ["linkage-agent", "preview", "--config", str(desk.config_file("police"))]
    monkeypatch.setattr(sys, "argv", command)

    def run() -> int:
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert isinstance(ended.value.code, int)
        return ended.value.code

    return run


def test_without_a_fault_the_command_succeeds(
    preview: Callable[[], int], capfd: pytest.CaptureFixture[str], canary_search: Search
) -> None:
    assert preview() == ExitCode.DONE
    printed = capfd.readouterr()
    assert "Would be sent" in printed.out
    assert not canary_search.names_in((printed.out + printed.err).encode())


@pytest.mark.parametrize("place", IN_PREVIEW)
def test_fault_anywhere_in_a_command_is_told_by_type_and_place_alone(
    preview: Callable[[], int], place: str, capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, canary_search: Search,
) -> None:  # fmt: skip
    monkeypatch.setattr(place, raising(chain))
    assert preview() == ExitCode.INTERNAL
    printed = capfd.readouterr()
    assert "ValueError" in printed.err
    assert not canary_search.names_in((printed.out + printed.err).encode())


@pytest.mark.parametrize("kind", ERRORS)
def test_fault_of_any_kind_is_told_by_type_and_place_alone(
    preview: Callable[[], int], kind: str, capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, canary_search: Search,
) -> None:  # fmt: skip
    monkeypatch.setattr("linkage_agent.pii.encode.split_column", raising(ERRORS[kind]))
    assert preview() == ExitCode.INTERNAL
    printed = capfd.readouterr()
    assert type(ERRORS[kind]()).__name__ in printed.err
    assert not canary_search.names_in((printed.out + printed.err).encode())


@pytest.mark.parametrize("kind", [kind for kind in ERRORS if kind != "panic"])
def test_daemon_logs_a_fault_by_its_type_alone(
    desk: Agencies, kind: str, monkeypatch: pytest.MonkeyPatch, canary_search: Search
) -> None:
    stop, log = threading.Event(), io.StringIO()
    handler = logging.StreamHandler(log)
    handler.setFormatter(daemon.JsonLines())

    def fail(*_: object) -> NoReturn:
        stop.set()
        error = ERRORS[kind]()
        raise error

    monkeypatch.setattr(daemon, "open_session", fail)
    logger = logging.getLogger(LOGGER)
    monkeypatch.setattr(logger, "handlers", [handler])
    monkeypatch.setattr(logger, "level", logging.INFO)
    daemon.serve(desk.config_file("police"), stop)
    assert type(ERRORS[kind]()).__name__ in log.getvalue()
    assert not canary_search.names_in(log.getvalue().encode())


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("read_records", "decoding"),
        ("read_records", "system"),
        ("read_file", "chain"),
        ("read_file", "panic"),
        ("send_reading", "chain"),
        ("send_reading", "panic"),
    ],
)
def test_fault_in_the_reading_child_is_told_by_type_alone(
    desk: Agencies, place: str, kind: str, capfd: pytest.CaptureFixture[str], canary_search: Search
) -> None:
    plan = plan_attributes(desk.config("police").source, {}, dt.datetime.now(dt.UTC).date())
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=failing_child, args=(place, kind, sender, plan))
    with receiver:
        process.start()
        sender.close()
        with pytest.raises((SourceError, EOFError)) as caught:
            receive(receiver)
        process.join()
    printed = capfd.readouterr()
    shown = f"{caught.value!r} {caught.value}{printed.out}{printed.err}"
    assert not canary_search.names_in(shown.encode())
    assert process.exitcode == ExitCode.INTERNAL or isinstance(caught.value, SourceError)
