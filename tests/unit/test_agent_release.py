"""What a person is shown before a release: estimates in words, and what a program gets of them."""

from dataclasses import replace

import pytest

from linkage.exchange.report import Estimate, Quality, RunReport
from linkage.exchange.runs import RunState, RunView, report_for
from linkage.ids import AgencyId, Digest, RunId
from linkage_agent.release import release_document, release_lines
from tests.support.agreements import make_agreement
from tests.support.reports import QUALITY, WARNING, make_report

AGREEMENT = make_agreement().agreement
POLICE = AgencyId("police")
RUN, RESULT = RunId("ab" * 32), Digest("cd" * 32)
NOTHING = Quality(
    matches=Estimate(0.0, 0.0, 2.4),
    precision=Estimate(1.0, 0.0, 1.0),
    recall=Estimate(1.0, 0.0, 1.0),
    accepted=0,
    candidate_recall=1.0,
)


def view_of(report: RunReport | None) -> RunView:
    seen = report_for(POLICE, report) if report else None
    return RunView(RUN, RunState.HELD, (), (), seen)


def shown(report: RunReport | None) -> str:
    return "\n".join(release_lines(AGREEMENT, view_of(report), RESULT))


def overall(**changes: object) -> RunReport:
    quality: Quality = replace(QUALITY, **changes)  # type: ignore[arg-type]  # fields by name
    return replace(make_report(()), overall=quality)


def test_every_estimate_stands_with_its_interval() -> None:
    text = shown(make_report())
    assert f"Result {RESULT} of run {RUN}" in text
    assert "goes to everyone: police, council" in text
    rows = [" ".join(line.split()) for line in text.splitlines()]
    for block in ("All agencies", "council and police"):
        at = rows.index(block)
        assert rows[at + 1 : at + 6] == [
            "pairs that are one person (matches) 1,234 1,190 and 1,280",
            "pairs accepted (counted) 1,201",
            "share of accepted pairs that are right 99.0 % 98.5 % and 99.4 %",
            "share of matches that are accepted 96.0 % 94.1 % and 97.2 %",
            "share of matches looked at closely 99.8 %",
        ]
    assert "Match probability that a pair had to reach 0.83" in rows
    assert f"Warning: {WARNING}" in rows


def test_quality_is_told_in_sentences_that_need_no_statistics() -> None:
    text = shown(make_report())
    assert "Of 100 accepted pairs about 1 is expected to be wrong (between 0.6 and 1.5)." in text
    assert (
        "Of 100 pairs that are one person about 4 are expected to be missed (between 2.8 and 5.9)."
        in text
    )


def test_lines_fit_a_terminal() -> None:
    digests, *lines = shown(make_report()).splitlines()
    assert RESULT in digests
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize(
    ("precision", "sentence"),
    [
        (Estimate(1.0, 0.999, 1.0), "almost none is expected to be wrong (between 0 and 0.1)"),
        (Estimate(0.75, 0.5, 0.9), "about 25 are expected to be wrong (between 10 and 50)"),
        (Estimate(0.977, 0.97, 0.98), "about 2.3 are expected to be wrong (between 2 and 3)"),
    ],
)
def test_sentence_is_as_fine_as_the_number(precision: Estimate, sentence: str) -> None:
    assert f"Of 100 accepted pairs {sentence}." in shown(overall(precision=precision))


def test_share_is_called_whole_only_if_it_is() -> None:
    text = shown(overall(precision=Estimate(0.9999, 0.9998, 1.0)))
    assert "> 99.9 %   > 99.9 % and 100.0 %" in text


def test_result_without_a_match_is_told_as_that() -> None:
    text = shown(replace(make_report(()), overall=NOTHING))
    assert "No pair is accepted: nobody is found to be known to two agencies." in text
    assert "Of 100" not in text


def test_fixed_coefficient_is_told_to_leave_quality_unknown() -> None:
    text = shown(RunReport(0.8, None, (), (), (), ()))
    assert "it is not estimated how good this result is" in text
    assert "Coefficient that a pair had to reach" in text
    assert "Of 100" not in text


def test_matcher_that_tells_nothing_is_told_of() -> None:
    assert "does not say how good" in shown(None)
    assert release_document(AGREEMENT, view_of(None), RESULT)["report"] is None


def test_programs_get_the_same_numbers() -> None:
    document = release_document(AGREEMENT, view_of(make_report()), RESULT)
    assert (document["run"], document["result"]) == (RUN, RESULT)
    assert document["goes_to"] == {"everyone": ["police", "council"]}
    quality = {
        "matches": {"value": 1234.4, "low": 1190.0, "high": 1280.5},
        "precision": {"value": 0.99, "low": 0.985, "high": 0.994},
        "recall": {"value": 0.96, "low": 0.941, "high": 0.972},
        "accepted": 1201,
        "candidate_recall": 0.998,
    }
    assert document["report"] == {
        "threshold": 0.83,
        "overall": quality,
        "pairs": [{"agencies": ["council", "police"], **quality}],
        "warnings": [WARNING],
    }
