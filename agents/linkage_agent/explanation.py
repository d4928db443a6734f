"""Explanation: in coarse words, why one of this agency's records stands with others' records.

The agency names its own row; what is asked of the matcher is the row's record token. The answer
names no record of another agency, and holds no value and no score.
"""

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

import numpy as np

from linkage.agreement.schema import Reveals
from linkage.errors import ExitCode, Reason, SourceError, StateError
from linkage.exchange.report import Verdict
from linkage.exchange.runs import MatchExplanation
from linkage_agent.job import NO_RESULT, Job

NO_SUCH_ROW: Final = Reason(
    "NO_SUCH_ROW",
    "Among the {record_count} records that this agency sent, none has this row id.",
    "Give a row id as it stands in the extract that was sent. A row that was withheld was matched "
    "with nothing.",
    ExitCode.BAD_DATA,
)

WORDS: Final[Mapping[Verdict, str]] = {
    Verdict.STRONGLY_FOR: "strongly for",
    Verdict.FOR: "for",
    Verdict.NEUTRAL: "says nothing",
    Verdict.AGAINST: "against",
    Verdict.MISSING: "missing",
}
_ALONE: Final = "No record of an agency that shares match keys with this one is judged this person."
_ONE_SEGMENT: Final = (
    "The agreement gives the matcher one filter a record: it can't tell one field from another."
)

Document: TypeAlias = dict[str, object]


def explain_row(job: Job, row_id: str) -> MatchExplanation:
    """What spoke for and against each record that a row of this agency's stands with.

    Raises:
        StateError: This agency has no match keys yet.
        SourceError: No record was sent of a row of this id.
        LinkageError: The matcher refuses, or can't be asked.
    """
    run, dataset = job.result_run(), job.spool.load()
    if run is None or dataset is None:
        raise StateError(NO_RESULT)
    rows = job.spool.rows(dataset)
    row = rows.row_ids.index(row_id) if row_id in rows.row_ids else -1
    [records] = np.nonzero(rows.row_of_record == row)
    if not len(records):
        raise SourceError(NO_SUCH_ROW, record_count=len(rows.row_of_record))
    token = job.spool.tokens(dataset)[records[0]].tobytes()
    return job.transport.explain_match(run, token)


def explanation_lines(explanation: MatchExplanation, reveals: Reveals) -> Iterator[str]:
    """The explanation for a terminal: a block for each partner."""
    is_whole = reveals is Reveals.RECORD_LIKENESS
    if not explanation.partners:
        yield _ALONE
    for partner in explanation.partners:
        yield f"A record of {partner.agency}"
        for segment, verdict in zip(explanation.segments, partner.verdicts, strict=True):
            name = "the record as a whole" if is_whole else segment
            yield f"  {name:<32}  {WORDS[verdict]}"
    if is_whole:
        yield _ONE_SEGMENT


def explanation_document(explanation: MatchExplanation, reveals: Reveals) -> Document:
    """The same for programs."""
    return {
        "matcher_sees": reveals,
        "segments": list(explanation.segments),
        "partners": [
            {
                "agency": partner.agency,
                "evidence": {
                    segment: WORDS[verdict]
                    for segment, verdict in zip(explanation.segments, partner.verdicts, strict=True)
                },
            }
            for partner in explanation.partners
        ],
    }
