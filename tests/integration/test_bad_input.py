"""Whatever goes wrong at an agency is explained with a next step, loses nothing, and can be mended.

One matcher serves all of it. Every test works on a copy of the agencies' folders, and every command
is checked for names of people by `agent` itself.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from benchmarks.demo.world import World
from benchmarks.population.agencies import AGENCIES, Content
from linkage.errors import ExitCode
from tests.support import faults
from tests.support.agreements import make_agreement
from tests.support.full_disks import no_file_may_grow, small_disk
from tests.support.region import (
    CANARIES,
    Outcome,
    agent,
    change,
    copy_agencies,
    copy_world,
    forget_enrolment,
    rows,
    serving,
    write_rows,
)

pytestmark = pytest.mark.timeout(300)

POLICE = AGENCIES["police"]
PREVIEW = ("preview", "--json")
OTHERS_PROJECT = "night-shelters"

Making = Callable[[World], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def served(prepared: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A matcher that serves the agencies' project, and another one of strangers."""
    world = copy_world(prepared, tmp_path_factory.mktemp("served") / "region")
    theirs = make_agreement(
        ("charity", "landlord"), project=OTHERS_PROJECT, trust_domain=faults.TRUST_DOMAIN
    )
    (world.folder / "theirs.toml").write_text(theirs.toml, encoding="utf-8")
    change(world.matcher_config, '"../agreement.toml"', '"../agreement.toml", "../theirs.toml"')
    with serving(world):
        yield world


@pytest.fixture
def site(served: World, tmp_path: Path) -> World:
    """The agencies' folders: keys, secret and spool are there, nothing is approved."""
    return copy_agencies(served, tmp_path / "region")


def check_explained(outcome: Outcome, code: ExitCode, reason: str, says: str = "") -> None:
    """The command ended as documented, and said what is wrong and what to do next."""
    assert outcome.code == code, outcome
    lines = outcome.err.splitlines()
    assert any(line.startswith(f"{reason}: ") for line in lines), outcome
    assert says in outcome.err
    assert lines[-1].startswith("Next: ")
    assert not outcome.out


def kept(world: World) -> dict[str, bytes]:
    """What the police's agent keeps: every file of its state folder."""
    folder = world.folder / "police" / "state"
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong, and how it is told.

    Attributes:
        name: what is wrong.
        make: makes it so within a block.
        says: words of the error's text that name the cause.
    """

    name: str
    make: Making
    code: ExitCode
    reason: str
    says: str = ""


def extract_fault(name: str, spoil: Callable[[bytes], bytes], reason: str, says: str) -> Fault:
    return Fault(name, partial(faults.spoilt, spoil=spoil), ExitCode.BAD_DATA, reason, says)


FAULTS = (
    extract_fault("column missing", faults.without_column, "SOURCE_COLUMNS_MISSING", "SURNAME"),
    extract_fault(
        "header missing", faults.without_header, "SOURCE_COLUMNS_MISSING", "10 column(s)"
    ),
    extract_fault(
        "undecodable", faults.with_undecodable_byte, "SOURCE_UNDECODABLE", "utf-8 in line 2"
    ),
    extract_fault("empty", lambda _: b"", "SOURCE_EMPTY", "is empty"),
    extract_fault("no records", faults.header_alone, "SOURCE_NO_RECORDS", "no records"),
    extract_fault("field too many", faults.with_field_too_many, "SOURCE_ROW_WIDTH", "line 2 "),
    Fault(
        "agreement edited",
        partial(faults.in_agreement, old="Confirms; weighs little.", new="Confirms."),
        ExitCode.BAD_DATA,
        "AGREEMENT_MISMATCH",
    ),
    Fault("agreement over", faults.agreement_over, ExitCode.NOT_ALLOWED, "OUTSIDE_PERIOD"),
    Fault(
        "agreement of strangers",
        partial(faults.in_agreement, old="evershire-violence-reduction", new=OTHERS_PROJECT),
        ExitCode.NOT_ALLOWED,
        "NO_SUCH_PROJECT",
    ),
    Fault(
        "agreement unknown to the matcher",
        partial(faults.in_agreement, old="evershire-violence-reduction", new="never-opened"),
        ExitCode.NOT_ALLOWED,
        "NO_SUCH_PROJECT",
    ),
    Fault(
        "not a party",
        partial(faults.saying, old='agency = "police"', new='agency = "charity"'),
        ExitCode.CONFIGURATION,
        "NOT_A_PARTY",
        "charity",
    ),
    Fault("card of another", faults.with_anothers_card, ExitCode.CONFIGURATION, "CARD_MISMATCH"),
    Fault(
        "certificate of a stranger to the project",
        partial(faults.showing, tls=faults.of_charity),
        ExitCode.NOT_ALLOWED,
        "NO_SUCH_PROJECT",
    ),
    Fault(
        "certificate of nobody",
        partial(faults.showing, tls=faults.of_nobody),
        ExitCode.NOT_ALLOWED,
        "UNAUTHENTICATED",
    ),
    Fault(
        "certificate expired",
        partial(faults.showing, tls=faults.expired),
        ExitCode.TRY_LATER,
        "PEER_UNREACHABLE",
        "certificate expired on",
    ),
    Fault(
        "certificate of an unknown authority",
        partial(faults.showing, tls=faults.of_stranger),
        ExitCode.TRY_LATER,
        "PEER_UNREACHABLE",
        "the matcher refuses this agency's certificate",
    ),
    Fault(
        "matcher of an unknown authority",
        faults.trusting_a_stranger,
        ExitCode.TRY_LATER,
        "PEER_UNREACHABLE",
        "not one that matcher.ca_certificate_file vouches for",
    ),
    Fault(
        "matcher stopped",
        faults.matcher_stopped,
        ExitCode.TRY_LATER,
        "PEER_UNREACHABLE",
        "connection refused",
    ),
    Fault(
        "vault key exposed",
        partial(faults.exposed, name="vault.key"),
        ExitCode.CONFIGURATION,
        "SECRET_FILE_EXPOSED",
        "vault.key",
    ),
    Fault(
        "TLS key exposed",
        partial(faults.exposed, name="agent.key"),
        ExitCode.CONFIGURATION,
        "SECRET_FILE_EXPOSED",
        "agent.key",
    ),
    Fault("another vault key", faults.other_key, ExitCode.INTERNAL, "VAULT_CORRUPT", "identity"),
    Fault(
        "spool damaged", faults.damaged_spool, ExitCode.INTERNAL, "VAULT_CORRUPT", "dataset.sealed"
    ),
    Fault("another agent at work", faults.busy, ExitCode.TRY_LATER, "AGENT_BUSY"),
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault_is_explained_and_the_second_try_succeeds(site: World, fault: Fault) -> None:
    before = kept(site)
    with fault.make(site):
        check_explained(agent(site, "police", "preview"), fault.code, fault.reason, fault.says)
    assert before.items() <= kept(site).items()
    again = agent(site, "police", *PREVIEW)
    assert again.code == ExitCode.DONE, again


def test_full_disk_loses_nothing_and_the_second_try_succeeds(site: World, tmp_path: Path) -> None:
    state = tmp_path / "disk"
    state.mkdir()
    before = agent(site, "police", *PREVIEW).facts
    with small_disk(state) as disk:
        shutil.copytree(site.folder / "police" / "state", state, dirs_exist_ok=True)
        (state / "lock").unlink()
        change(site.agent_config("police"), '"state"', f'"{state}"')
        people = rows(site, "police")
        another = people[0] | {POLICE.header(Content.RECORD_ID): "another"}
        write_rows(site, "police", [*people, another])
        with disk.filled():
            for _ in range(2):
                outcome = agent(site, "police", "preview")
                check_explained(outcome, ExitCode.TRY_LATER, "STATE_UNWRITABLE")
        after = agent(site, "police", *PREVIEW).facts
        assert after["records"] == before["records"] + 1


def test_enrolment_on_a_full_disk_can_be_done_again(site: World) -> None:
    forget_enrolment(site, "police")
    with no_file_may_grow():
        check_explained(agent(site, "police", "init"), ExitCode.TRY_LATER, "STATE_UNWRITABLE")
    made = agent(site, "police", "init", "--json").facts
    assert agent(site, "police", "init", "--json").facts == made


def test_every_fault_of_a_configuration_is_listed_with_its_place(site: World) -> None:
    config = site.agent_config("police")
    with ExitStack() as stack:
        for old, new in (
            ('charset = "utf-8"', f'charset = "{CANARIES["police"][0]}"'),
            ("poll_seconds = 0.5", "poll_seconds = 0"),
            ('upload = "ask"', 'uplaod = "ask"'),
            ('column = "DOB"', "column = 7"),
            ('delimiter = ","', 'delimiter = ",,"'),
        ):
            stack.enter_context(faults.saying(site, old, new))
        outcome = agent(site, "police", "preview")
        says = f"The configuration {config} has 6 fault(s)."
        check_explained(outcome, ExitCode.CONFIGURATION, "CONFIG_INVALID", says)
        places = [line.strip().split(": ")[0] for line in outcome.err.splitlines()[1:-1]]
        assert sorted(places) == [
            "approval.uplaod",
            "approval.upload",
            "poll_seconds",
            "source.charset",
            "source.delimiter",
            "source.fields.date_of_birth.column",
        ]
    assert not agent(site, "police", *PREVIEW).code


def test_mended_mapping_is_encoded_anew(site: World) -> None:
    """Nobody has approved what a wrong mapping made of the extract, so it is not kept."""
    right = agent(site, "police", *PREVIEW).facts
    with faults.saying(site, '"DD/MM/YYYY"', '"YYYY-MM-DD"'):
        wrong = agent(site, "police", *PREVIEW).facts
        assert wrong["dataset"] != right["dataset"]
    assert agent(site, "police", *PREVIEW).facts["dataset"] != wrong["dataset"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("preview", "--colour"), "No such option: --colour"),
        (("perview",), "No such command 'perview'"),
        (("table",), "Missing option '--recipient'"),
    ],
)
def test_wrong_command_line_is_explained(
    site: World, arguments: tuple[str, ...], says: str
) -> None:
    outcome = agent(site, "police", *arguments)
    assert outcome.code == ExitCode.USAGE
    assert says in outcome.err
    assert "--help" in outcome.err


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"agency = ", "TOML: "),
        (b'agency = "\xff"', "it is not UTF-8"),
        (None, "No such file or directory"),
    ],
    ids=["no TOML", "no text", "no file"],
)
def test_configuration_that_is_none_is_refused(
    site: World, content: bytes | None, says: str
) -> None:
    config = site.agent_config("police")
    config.unlink()
    if content is not None:
        config.write_bytes(content)
    check_explained(
        agent(site, "police", "preview"), ExitCode.CONFIGURATION, "CONFIG_UNREADABLE", says
    )
