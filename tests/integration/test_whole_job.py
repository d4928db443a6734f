"""The whole job, from enrolment to the picture, in each of the ways in which it can be done."""

import signal
from contextlib import ExitStack
from pathlib import Path

import pytest

from benchmarks.demo.world import PICTURE_MAKER, World
from benchmarks.population.agencies import AGENCIES, Content
from linkage.errors import ExitCode
from tests.support.full_disks import no_file_may_grow
from tests.support.region import (
    Outcome,
    agent,
    all_until_done,
    approve_automatically,
    check_results,
    copy_world,
    daemon,
    daemon_log,
    every,
    logged,
    output_rows,
    received_datasets,
    rows,
    serving,
    sign_all,
    until_done,
    wait_until,
    write_rows,
)

pytestmark = pytest.mark.timeout(300)

OTHERS = ("council", "hospital", "school")
TABLE_SENDERS = ("police", "hospital", "school")


def waits(outcome: Outcome, step: str, what: str) -> bool:
    """Whether a command ended since the job waits at this step, and says what to do."""
    return (
        outcome.code == ExitCode.WAITING
        and f"{step:<8} waiting: " in outcome.err
        and what in outcome.err
        and "\nNext: " in outcome.err
        and not outcome.out
    )


def test_agencies_link_their_records_step_by_step(enrolled: World, tmp_path: Path) -> None:
    world = copy_world(enrolled, tmp_path / "region")
    with serving(world):
        sign_one_by_one(world)
        make_secret_and_preview(world)
        approve_and_send(world)
        match_and_release(world)
        with no_file_may_grow():
            full = agent(world, "police", "fetch")
        assert full.code == ExitCode.TRY_LATER
        assert "\nSTATE_UNWRITABLE: " in full.err
        all_until_done(world, "fetch")
        for agency in TABLE_SENDERS:
            assert not agent(world, agency, "table", "--recipient", PICTURE_MAKER).code
        shown = agent(world, PICTURE_MAKER, "picture", "--json").facts
        check_results(world)
        check_that_matches_are_explained(world)
        assert Path(shown["page"]).read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
        assert Path(shown["figures"]).read_text(encoding="utf-8").count("\n") > len(AGENCIES)
        check_that_nothing_changes_if_done_again(world)


def sign_one_by_one(world: World) -> None:
    digest = agent(world, "police", "check", "--json").facts["agreement"]
    assert waits(agent(world, "police", "preview"), "sign", "this agency has not signed")
    wrong = agent(world, "police", "sign", "--digest", digest[::-1])
    assert wrong.code == ExitCode.USAGE
    assert digest in wrong.err.replace("\n", "")
    assert agent(world, "police", "sign", "--digest", digest).out == f"Signed: {digest}\n"
    assert waits(
        agent(world, "police", "preview"), "sign", "not signed by council, hospital, school"
    )
    checked = agent(world, "council", "check")
    assert not checked.code
    assert f"Digest      {digest}" in checked.out
    assert "Signed by   police\n" in checked.out
    for agency in OTHERS:
        assert not agent(world, agency, "sign", "--digest", digest).code


def make_secret_and_preview(world: World) -> None:
    first = agent(world, "police", "preview", "--json")
    assert first.code == ExitCode.WAITING
    assert first.facts == {
        "state": "waiting",
        "step": "secret",
        "for": "agencies",
        "what": "the key ceremony waits for council, hospital, school",
    }
    assert waits(agent(world, "police", "preview"), "secret", "waits for council, hospital, school")
    for outcome in every(world, "run").values():  # it waits for the others, but not for a person
        assert waits(outcome, "approve", "nobody has approved the dataset")
    assert received_datasets(world) == set()


def approve_and_send(world: World) -> None:
    """A person at a terminal, and three by the dataset's name; nothing is sent before."""
    assert waits(agent(world, "police", "send"), "approve", "nobody has approved the dataset")
    page = world.folder / "preview.html"
    shown = agent(world, "police", "preview", "--page", page)
    assert "What leaves:" in shown.out
    assert page.exists()
    refused = agent(world, "police", "approve", "upload", answer="n")
    assert (refused.code, received_datasets(world)) == (ExitCode.WAITING, set())
    assert "Not approved" in refused.err
    approved = agent(world, "police", "approve", "upload", answer="y")
    assert "What leaves:" in approved.out
    assert not approved.code
    assert not agent(world, "police", "send").code
    assert waits(agent(world, "police", "fetch"), "match", "3 of 4 agencies have not sent")
    early = agent(world, "police", "approve", "release", "--yes")
    assert early.code == ExitCode.WAITING
    assert early.err.startswith("DATASETS_MISSING: ")
    for agency in OTHERS:
        dataset = agent(world, agency, "preview", "--json").facts["dataset"]
        assert not agent(world, agency, "approve", "upload", dataset).code
        assert agent(world, agency, "send", "--json").facts == {"state": "sent", "dataset": dataset}
    assert len(received_datasets(world)) == len(AGENCIES)


def match_and_release(world: World) -> None:
    until_done(world, "police", "approve", "release", "--yes")
    assert waits(
        agent(world, "police", "fetch"),
        "release",
        "release not approved by council, hospital, school",
    )
    assert waits(
        agent(world, "council", "fetch"), "release", "nobody here has approved the release"
    )
    assert agent(world, "council", "picture").err.startswith("NO_RESULT: ")
    assert agent(world, "council", "explain", "1").err.startswith("NO_RESULT: ")
    facts = agent(world, "police", "status", "--json").facts
    assert facts["signed_by"] == "council, hospital, police, school"
    assert [facts[name] for name in ("project_secret", "upload", "run", "records")] == [
        "made",
        "sent",
        "held",
        str(len(rows(world, "police"))),
    ]
    assert facts["release_approved_by"] == "police"
    check_that_estimates_come_before_approval(world)
    for agency in OTHERS:
        approved = agent(world, agency, "approve", "release", answer="y")
        assert not approved.code
        assert "Of 100 accepted pairs " in approved.out


def check_that_estimates_come_before_approval(world: World) -> None:
    shown = agent(world, "council", "approve", "release", "--json")
    assert shown.code == ExitCode.WAITING
    assert "Nobody is here to be asked" in shown.err
    report = shown.facts["report"]
    assert report["overall"]["accepted"] > 0
    assert sorted(pair["agencies"] for pair in report["pairs"]) == [
        ["council", "hospital"],
        ["council", "police"],
        ["council", "school"],
    ]
    approved_by = agent(world, "council", "status", "--json").facts["release_approved_by"]
    assert approved_by == "police"


def check_that_matches_are_explained(world: World) -> None:
    """To police, of the first row that shares a key: exactly the agencies that share it."""
    keys = {name: {key for _, key in output_rows(world, name)[1:] if key} for name in AGENCIES}
    row_id, sharing = next(
        (row_id, [name for name in sorted(OTHERS) if key in keys[name]])
        for row_id, key in output_rows(world, "police")[1:]
        if any(key in keys[name] for name in OTHERS)
    )
    told = agent(world, "police", "explain", row_id, "--json").facts
    assert [partner["agency"] for partner in told["partners"]] == sharing
    assert all(list(partner["evidence"]) == told["segments"] for partner in told["partners"])
    lines = agent(world, "police", "explain", row_id).out.splitlines()
    assert lines[0] == f"A record of {sharing[0]}"
    unknown = agent(world, "police", "explain", "nobody-of-this-id")
    assert unknown.code == ExitCode.BAD_DATA
    assert unknown.err.startswith("NO_SUCH_ROW: ")
    assert "nobody-of-this-id" not in unknown.err


def outputs(world: World) -> dict[Path, bytes]:
    """The files that the job was done for."""
    files = [
        *map(world.match_keys, AGENCIES),
        *(world.folder / PICTURE_MAKER / "picture").iterdir(),
    ]
    return {file: file.read_bytes() for file in files}


def check_that_nothing_changes_if_done_again(world: World) -> None:
    before = outputs(world), agent(world, "police", "status", "--json").facts
    agreement, dataset = before[1]["agreement"], before[1]["dataset"]
    assert world.agreement.read_text(encoding="utf-8").count(
        agent(world, "police", "init", "--json").facts["card"]
    )
    for again in (
        ("sign", "--digest", agreement),
        ("approve", "upload", dataset),
        ("send",),
        ("approve", "release", "--yes"),
        ("fetch",),
        ("run", "--no-wait"),
        ("table", "--recipient", PICTURE_MAKER),
    ):
        outcome = agent(world, "police", *again)
        assert outcome.code == ExitCode.DONE, outcome
    world.match_keys("police").unlink()
    done = {"state": "done", "match_keys_file": str(world.match_keys("police"))}
    assert agent(world, "police", "fetch", "--json").facts == done
    assert agent(world, "police", "preview", "--json").facts["dataset"] == dataset
    assert not agent(world, PICTURE_MAKER, "picture").code
    assert (outputs(world), agent(world, "police", "status", "--json").facts) == before


def test_run_does_the_whole_job_at_all_agencies_at_once(enrolled: World, tmp_path: Path) -> None:
    world = copy_world(enrolled, tmp_path / "region")
    approve_automatically(world, "upload", "release")
    with serving(world):
        sign_all(world)
        early = agent(world, "police", "run", "--no-wait", "--json")
        assert (early.code, early.facts["step"]) == (ExitCode.WAITING, "secret")
        for agency, outcome in every(world, "run", "--json").items():
            done = {"state": "done", "match_keys_file": str(world.match_keys(agency))}
            assert outcome.code == ExitCode.DONE, outcome
            assert outcome.facts == done
        check_results(world)
        before = {agency: world.match_keys(agency).read_bytes() for agency in AGENCIES}
        assert {outcome.code for outcome in every(world, "run").values()} == {ExitCode.DONE}
        assert {agency: world.match_keys(agency).read_bytes() for agency in AGENCIES} == before


def test_changed_extract_is_not_sent_before_it_is_approved_anew(
    prepared: World, tmp_path: Path
) -> None:
    world = copy_world(prepared, tmp_path / "region")
    with serving(world):
        approved = agent(world, "police", "preview", "--json").facts
        assert not agent(world, "police", "approve", "upload", approved["dataset"]).code
        add_row(world, "police")
        assert agent(world, "police", "send", "--json").facts["dataset"] == approved["dataset"]
        assert received_datasets(world) == {approved["dataset"]}
        assert agent(world, "police", "preview", "--json").facts == approved

        old = agent(world, "council", "preview", "--json").facts
        assert not agent(world, "council", "approve", "upload", old["dataset"]).code
        add_row(world, "council")
        new = agent(world, "council", "preview", "--json").facts
        assert new["records"] == old["records"] + 1
        assert waits(agent(world, "council", "send"), "approve", new["dataset"])
        stale = agent(world, "council", "approve", "upload", old["dataset"])
        assert stale.code == ExitCode.BAD_DATA
        assert stale.err.startswith("NOT_PREVIEWED: ")
        assert received_datasets(world) == {approved["dataset"]}
        assert not agent(world, "council", "approve", "upload", new["dataset"]).code
        assert agent(world, "council", "send", "--json").facts["dataset"] == new["dataset"]
        assert received_datasets(world) == {approved["dataset"], new["dataset"]}


def add_row(world: World, agency: str) -> None:
    """One more row in an agency's extract: its last again, under another row id."""
    people = rows(world, agency)
    row_id = AGENCIES[agency].header(Content.RECORD_ID)
    write_rows(world, agency, [*people, people[-1] | {row_id: "another"}])


def test_refused_release_gives_nobody_match_keys(prepared: World, tmp_path: Path) -> None:
    world = copy_world(prepared, tmp_path / "region")
    approve_automatically(world, "upload")
    with serving(world):
        assert {outcome.code for outcome in every(world, "send").values()} == {ExitCode.DONE}
        until_done(world, "police", "approve", "release", "--yes")
        assert agent(world, "council", "refuse", answer="n").code == ExitCode.WAITING
        assert not agent(world, "council", "refuse", answer="y").code
        for outcome in every(world, "fetch").values():
            assert outcome.code == ExitCode.NOT_ALLOWED
            assert outcome.err.startswith("sign     done")
            assert "\nRUN_REFUSED: " in outcome.err
        assert not any(world.match_keys(agency).exists() for agency in AGENCIES)


def test_daemons_do_the_whole_job_and_end_when_told(enrolled: World, tmp_path: Path) -> None:
    world = copy_world(enrolled, tmp_path / "region")
    approve_automatically(world, "upload", "release")
    logs = [daemon_log(world, agency) for agency in AGENCIES]
    with serving(world), ExitStack() as stack:
        daemons = [stack.enter_context(daemon(world, agency)) for agency in AGENCIES]
        wait_until(lambda: all(logged(log, "step-waiting") for log in logs), "daemons begin")
        sign_all(world)
        wait_until(lambda: all(logged(log, "step-done") for log in logs), "daemons are done")
        for process in daemons:
            process.send_signal(signal.SIGTERM)
        assert [process.wait() for process in daemons] == [ExitCode.DONE] * len(AGENCIES)
    check_results(world)
    for log in logs:
        assert [line["step"] for line in logged(log, "step-done")] == ["fetch"]
        assert not logged(log, "step-failed")
        assert logged(log, "agent-stopped")


def test_daemon_sends_nothing_until_a_person_approves(prepared: World, tmp_path: Path) -> None:
    world = copy_world(prepared, tmp_path / "region")
    log = daemon_log(world, "police")

    def is_waiting_at(step: str) -> bool:
        return step in {line["step"] for line in logged(log, "step-waiting")}

    with serving(world), daemon(world, "police") as process:
        wait_until(lambda: is_waiting_at("approve"), "the daemon asks")
        facts = agent(world, "police", "status", "--json").facts
        assert facts["upload"] == "not approved yet"
        assert received_datasets(world) == set()
        assert not agent(world, "police", "approve", "upload", facts["dataset"]).code
        wait_until(lambda: is_waiting_at("match"), "the daemon sends")
        assert received_datasets(world) == {facts["dataset"]}
        process.send_signal(signal.SIGTERM)
        assert process.wait() == ExitCode.DONE
