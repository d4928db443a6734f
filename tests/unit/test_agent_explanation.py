"""`linkage-agent explain`: an agency's own row, and what spoke for its partners, in words."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from linkage.agreement.schema import Reveals
from linkage.arrays import TOKEN_BYTES, MatchKeys, RecordTokens
from linkage.crypto.secret import Secret
from linkage.errors import SourceError, StateError
from linkage.exchange.match_key_pages import pack_match_keys
from linkage.exchange.report import Verdict
from linkage.exchange.runs import ExplainedPartner, MatchExplanation
from linkage.ids import AgencyId, GroupId
from linkage.matcher.service.clock import SystemClock
from linkage.matcher.service.explanation_table import pack_explanations
from linkage_agent.explanation import (
    WORDS,
    explain_row,
    explanation_document,
    explanation_lines,
)
from linkage_agent.job import Job
from linkage_agent.steps import Step
from tests.support.agreements import GROUP, World, make_agreement
from tests.support.reports import make_explained, make_outcome
from tests.support.services import ServedProject, started_services
from tests.unit.test_agent_job import PEOPLE, advance_all, dataset_of, make_job, write_extract

COUNCIL, POLICE = AgencyId("council"), AgencyId("police")
NAMES = ("given_name", "family_name", "birth_date")
WORDS_OF_FIRST = (Verdict.STRONGLY_FOR, Verdict.AGAINST, Verdict.MISSING)
WITHHELD = ("", "", "")


@pytest.fixture(scope="module")
def world() -> World:
    return make_agreement((COUNCIL, POLICE), reveals="field-likeness", accept="balance")


@pytest.fixture
def matcher(world: World, tmp_path: Path) -> Iterator[ServedProject]:
    with started_services(world, tmp_path / "matcher", Secret.generate(), SystemClock()) as matcher:
        yield matcher


@pytest.fixture
def jobs(matcher: ServedProject, tmp_path: Path) -> list[Job]:
    """A job of each agency, its dataset sent; the last row of each extract was withheld."""
    jobs = [make_job(matcher, agency, tmp_path, "automatic") for agency in (COUNCIL, POLICE)]
    for job in jobs:
        write_extract(job.config.source.file, [*PEOPLE, WITHHELD])
        job.sign()
    advance_all(jobs, Step.SEND)
    return jobs


def release(matcher: ServedProject, jobs: list[Job]) -> None:
    """A released run in which the first rows of both extracts are one person, and no others."""
    run = matcher.runs.request(matcher.caller(COUNCIL), matcher.world.agreement)
    assert matcher.runs.claim() is not None
    tokens = [RecordTokens(job.spool.tokens(job._spooled())) for job in jobs]
    first = [record_of_row(job, 0) for job in jobs]
    explained = [make_explained(0, 1, [(first[0], first[1], WORDS_OF_FIRST)])]
    rng = np.random.default_rng(0)
    keys = rng.integers(0, 256, (len(PEOPLE), TOKEN_BYTES), dtype=np.uint8)
    tables = {
        (job.agency, GroupId(GROUP)): pack_match_keys(MatchKeys(own, keys))
        for job, own in zip(jobs, tokens, strict=True)
    }
    explanations = {
        job.agency: pack_explanations(explained, tokens[n], n, {1 - n}, len(NAMES))
        for n, job in enumerate(jobs)
    }
    matcher.runs.finish(run, make_outcome(tables, explanations))
    advance_all(jobs, Step.FETCH)


def record_of_row(job: Job, row: int) -> int:
    rows = job.spool.rows(job._spooled()).row_of_record
    return int(np.flatnonzero(rows == row)[0])


def test_agency_asks_by_its_own_row_id(matcher: ServedProject, jobs: list[Job]) -> None:
    release(matcher, jobs)
    for job, partner in zip(jobs, (POLICE, COUNCIL), strict=True):
        assert explain_row(job, "1") == MatchExplanation(
            NAMES, (ExplainedPartner(partner, WORDS_OF_FIRST),)
        )
        assert explain_row(job, "2") == MatchExplanation(NAMES, ())


def test_row_that_was_not_sent_is_told_without_repeating_it(
    matcher: ServedProject, jobs: list[Job]
) -> None:
    release(matcher, jobs)
    for row_id in (str(len(PEOPLE) + 1), "Canary-Otterbourne"):
        with pytest.raises(SourceError) as caught:
            explain_row(jobs[0], row_id)
        assert caught.value.reason.code == "NO_SUCH_ROW"
        assert caught.value.facts == {"record_count": len(PEOPLE)}


def test_nothing_can_be_asked_before_the_match_keys_are_here(jobs: list[Job]) -> None:
    assert dataset_of(jobs[0])
    with pytest.raises(StateError, match="NO_RESULT"):
        explain_row(jobs[0], "1")


def test_partners_are_shown_one_by_one_with_a_word_for_each_field() -> None:
    partners = (
        ExplainedPartner(COUNCIL, WORDS_OF_FIRST),
        ExplainedPartner(POLICE, (Verdict.NEUTRAL, Verdict.FOR, Verdict.FOR)),
    )
    explanation = MatchExplanation(NAMES, partners)
    lines = [
        " ".join(line.split()) for line in explanation_lines(explanation, Reveals.FIELD_LIKENESS)
    ]
    assert lines == [
        "A record of council",
        "given_name strongly for",
        "family_name against",
        "birth_date missing",
        "A record of police",
        "given_name says nothing",
        "family_name for",
        "birth_date for",
    ]
    document = explanation_document(explanation, Reveals.FIELD_LIKENESS)
    assert document == {
        "matcher_sees": "field-likeness",
        "segments": list(NAMES),
        "partners": [
            {
                "agency": partner.agency,
                "evidence": {
                    name: WORDS[verdict]
                    for name, verdict in zip(NAMES, partner.verdicts, strict=True)
                },
            }
            for partner in partners
        ],
    }


def test_one_filter_a_record_is_told_to_know_no_fields() -> None:
    partner = ExplainedPartner(POLICE, (Verdict.STRONGLY_FOR,))
    explanation = MatchExplanation(("record",), (partner,))
    lines = list(explanation_lines(explanation, Reveals.RECORD_LIKENESS))
    assert lines[1].split() == ["the", "record", "as", "a", "whole", "strongly", "for"]
    assert "can't tell one field from another" in lines[-1]


def test_record_that_stands_alone_is_told_so() -> None:
    [line] = explanation_lines(MatchExplanation(NAMES, ()), Reveals.FIELD_LIKENESS)
    assert line.startswith("No record of an agency")


def test_every_verdict_has_a_word() -> None:
    assert WORDS.keys() == set(Verdict)
    assert len(set(WORDS.values())) == len(Verdict)
