"""The agent's job, step by step, against the matcher's real services."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from linkage.crypto.secret import Secret
from linkage.errors import AccessError, LinkageError, RequestError, SourceError
from linkage.exchange.manifest import Manifest
from linkage.exchange.match_key_pages import ENTRY_BYTES
from linkage.exchange.runs import ResultTable, RunView
from linkage.ids import AgencyId, DatasetId, Digest, FieldName, GroupId, RunId
from linkage.matcher.execute.local import LocalExecutor
from linkage.matcher.service.clock import SystemClock
from linkage.matcher.service.runner import Runner
from linkage_agent.config import AgentConfig, FieldSource
from linkage_agent.job import Job
from linkage_agent.keys.identity import Identity
from linkage_agent.keys.vault import Vault
from linkage_agent.spool import Spool
from linkage_agent.standing import standing
from linkage_agent.steps import Step, Waiting
from tests.support.agreements import World, make_agreement
from tests.support.direct_transport import DirectTransport
from tests.support.services import ServedProject, started_services

COUNCIL, POLICE = AgencyId("council"), AgencyId("police")
BIRTH = FieldName("birth_date")
DAY_FIRST, YEAR_FIRST = "DD/MM/YYYY", "YYYY-MM-DD"
PEOPLE = [(f"Anna{chr(97 + i)}", f"Smith{chr(97 + i)}", f"{i + 10}/03/1980") for i in range(12)]


@pytest.fixture(scope="module")
def world() -> World:
    return make_agreement((COUNCIL, POLICE), at_least="0.8")


@pytest.fixture(scope="module")
def executor() -> Iterator[LocalExecutor]:
    with LocalExecutor(1) as executor:
        yield executor


@pytest.fixture
def matcher(world: World, tmp_path: Path) -> Iterator[ServedProject]:
    with started_services(world, tmp_path / "matcher", Secret.generate(), SystemClock()) as matcher:
        yield matcher


def write_extract(file: Path, people: list[tuple[str, str, str]], first_id: int = 1) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(["ref", "forename", "surname", "dob"])
        writer.writerows((first_id + row, *person) for row, person in enumerate(people))


def make_config(folder: Path, agency: AgencyId, approval: str = "ask") -> AgentConfig:
    nowhere = folder / "unused"
    fields = {
        "given_name": {"column": "forename"},
        "family_name": {"column": "surname"},
        "birth_date": {"column": "dob", "date_formats": (DAY_FIRST,)},
    }
    document = {
        "agency": agency,
        "agreement_file": nowhere,
        "state_folder": folder / "state",
        "vault_key_file": nowhere,
        "match_keys_file": folder / "match-keys.csv",
        "matcher": {
            "address": "localhost:1",
            "ca_certificate_file": nowhere,
            "certificate_file": nowhere,
            "private_key_file": nowhere,
        },
        "source": {
            "file": folder / "extract.csv",
            "charset": "utf-8",
            "row_id_column": "ref",
            "fields": fields,
        },
        "approval": {"upload": approval, "release": approval},
    }
    return AgentConfig.model_validate(document)


def make_job(matcher: ServedProject, agency: AgencyId, folder: Path, approval: str = "ask") -> Job:
    (folder / agency).mkdir()
    config = make_config(folder / agency, agency, approval)
    write_extract(config.source.file, PEOPLE)
    world, key = matcher.world, Secret(bytes(32))
    return Job(
        config=config,
        agreement=world.agreement,
        identity=Identity(world.signing_keys[agency], world.opening_keys[agency]),
        vault=Vault.open(config.state_folder / "keys", key, "keys"),
        spool=Spool(Vault.open(config.state_folder / "spool", key, "spool")),
        transport=DirectTransport(matcher, agency),
    )


def advance_all(jobs: list[Job], last: Step) -> None:
    """Lets all go on until they are done with a step, or wait for a person or the matcher."""
    for _ in range(6):
        reached = [job.advance(last) for job in jobs]
        if not any(progress.waiting is Waiting.AGENCIES for progress in reached):
            return


@pytest.fixture
def jobs(matcher: ServedProject, tmp_path: Path) -> list[Job]:
    """A job of each agency, its extract encoded, waiting for approval."""
    jobs = [make_job(matcher, agency, tmp_path) for agency in (COUNCIL, POLICE)]
    for job in jobs:
        job.sign()
    advance_all(jobs, Step.ENCODE)
    return jobs


def dataset_of(job: Job) -> DatasetId:
    dataset = job.spool.load()
    assert dataset is not None
    return dataset.id


def bring_to_held(jobs: list[Job], executor: LocalExecutor) -> None:
    for job in jobs:
        job.approve_upload(dataset_of(job))
    advance_all(jobs, Step.MATCH)
    transport = jobs[0].transport
    assert isinstance(transport, DirectTransport)
    assert Runner(transport.matcher.runs, executor, lambda work: work()).run_once()


def test_two_agencies_end_with_the_same_keys_for_the_same_people(
    jobs: list[Job], executor: LocalExecutor
) -> None:
    bring_to_held(jobs, executor)
    for job in jobs:
        job.approve_release(job.held_result()[0])
    advance_all(jobs, Step.FETCH)
    files = [job.config.match_keys_file.read_text(encoding="utf-8") for job in jobs]
    assert files[0] == files[1]
    assert len(set(files[0].splitlines())) == len(PEOPLE) + 1


def test_nothing_is_sent_before_a_person_approved_exactly_that(jobs: list[Job]) -> None:
    progress = jobs[0].advance()
    assert (progress.step, progress.waiting) == (Step.APPROVE, Waiting.PERSON)
    with pytest.raises(SourceError, match="NOT_PREVIEWED"):
        jobs[0].approve_upload(DatasetId("0" * 64))
    with pytest.raises(RequestError):
        jobs[0].transport.dataset_status(dataset_of(jobs[0]))


def test_changed_extract_is_encoded_anew_until_it_is_approved(jobs: list[Job]) -> None:
    job = jobs[0]
    before = dataset_of(job)
    assert job.advance(Step.ENCODE).waiting is None
    assert dataset_of(job) == before
    write_extract(job.config.source.file, PEOPLE[:6])
    job.advance(Step.ENCODE)
    changed = dataset_of(job)
    assert changed != before
    job.approve_upload(changed)
    write_extract(job.config.source.file, PEOPLE)
    job.advance(Step.ENCODE)
    assert dataset_of(job) == changed
    job.withdraw_approval_if_stale()
    job.advance(Step.ENCODE)
    assert dataset_of(job) != changed
    assert not job.is_approved(job._spooled())


def test_mended_mapping_is_encoded_anew(jobs: list[Job]) -> None:
    job = jobs[0]
    before = dataset_of(job)
    wrong = {"birth_date": FieldSource(column="dob", date_formats=(YEAR_FIRST,))}
    source = job.config.source
    broken = source.model_copy(update={"fields": {**source.fields, **wrong}})
    misread = replace(job, config=job.config.model_copy(update={"source": broken}))
    misread.advance(Step.ENCODE)
    assert misread._spooled().summary.fields[BIRTH].invalid == len(PEOPLE)
    job.advance(Step.ENCODE)
    assert job._spooled().summary.fields[BIRTH].present == len(PEOPLE)
    assert dataset_of(job) != before


def test_committed_dataset_keeps_its_rows_whatever_changes(jobs: list[Job]) -> None:
    job = jobs[0]
    job.approve_upload(dataset_of(job))
    job.advance(Step.SEND)
    committed = dataset_of(job)
    write_extract(job.config.source.file, PEOPLE[:6])
    job.withdraw_approval_if_stale()
    job.advance(Step.ENCODE)
    assert dataset_of(job) == committed


def test_spool_keeps_nothing_of_what_was_replaced(jobs: list[Job]) -> None:
    job = jobs[0]
    folder = job.spool.vault.folder
    (folder / ".left-by-a-kill.new").write_bytes(b"x")
    write_extract(job.config.source.file, PEOPLE[:6])
    job.advance(Step.ENCODE)
    names = sorted(path.name for path in folder.iterdir())
    one = dataset_of(job)
    assert names == sorted(f"{n}.sealed" for n in ("dataset", f"rows-{one}", f"chunk-{one}-00000"))


@dataclass(frozen=True, slots=True)
class Renaming(DirectTransport):
    """A matcher that wants another dataset's name signed."""

    def open_dataset(self, manifest: Manifest) -> DatasetId:
        DirectTransport.open_dataset(self, manifest)
        return DatasetId("ab" * 32)


def test_agency_signs_no_dataset_but_its_own(jobs: list[Job], matcher: ServedProject) -> None:
    job = replace(jobs[0], transport=Renaming(matcher, COUNCIL))
    job.approve_upload(dataset_of(job))
    with pytest.raises(RequestError, match="DATASET_MISNAMED"):
        job.advance(Step.SEND)
    assert not jobs[0].transport.dataset_status(dataset_of(job)).committed


@dataclass(frozen=True, slots=True)
class Swapping(DirectTransport):
    """A matcher that gives other match keys after the approval; `consistently` in its view too."""

    consistently: bool = True

    def match_key_page(self, run: RunId, group: GroupId, page: int) -> tuple[bytes, int]:
        content, pages = DirectTransport.match_key_page(self, run, group, page)
        entries = [content[i : i + ENTRY_BYTES] for i in range(0, len(content), ENTRY_BYTES)]
        keys = [entry[16:] for entry in entries]
        turned = keys[1:] + keys[:1]
        swapped = (e[:16] + key for e, key in zip(entries, turned, strict=True))
        return b"".join(swapped), pages

    def run_view(self, run: RunId) -> RunView:
        view = DirectTransport.run_view(self, run)
        if not self.consistently:
            return view
        tables = tuple(ResultTable(t.agency, t.group, Digest("1" * 64)) for t in view.tables)
        return replace(view, tables=tables)


@pytest.mark.parametrize("consistently", [False, True])
def test_other_keys_than_the_approved_ones_are_refused(
    jobs: list[Job], matcher: ServedProject, executor: LocalExecutor, *, consistently: bool
) -> None:
    bring_to_held(jobs, executor)
    for job in jobs:
        job.approve_release(job.held_result()[0])
    cheated = replace(jobs[0], transport=Swapping(matcher, COUNCIL, consistently))
    with pytest.raises(AccessError, match="RESULT_ALTERED"):
        cheated.advance()
    assert not cheated.config.match_keys_file.exists()
    jobs[0].advance()
    assert jobs[0].config.match_keys_file.exists()


def test_standing_is_told_without_asking_for_a_run(jobs: list[Job]) -> None:
    for job in jobs:
        job.approve_upload(dataset_of(job))
        job.advance(Step.SEND)
    facts = standing(jobs[0])
    assert (facts["upload"], facts["run"]) == ("sent", "not asked for by this agency yet")


def test_extract_without_any_usable_row_is_told(matcher: ServedProject, tmp_path: Path) -> None:
    jobs = [make_job(matcher, agency, tmp_path) for agency in (COUNCIL, POLICE)]
    for job in jobs:
        job.sign()
        write_extract(job.config.source.file, [("", "", "")] * 3)
    with pytest.raises(LinkageError, match="NOTHING_TO_SEND"):
        advance_all(jobs, Step.ENCODE)
