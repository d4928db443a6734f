"""A match run as agencies see it, and the digest that a release approval signs."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from linkage.crypto.digests import digest
from linkage.exchange.report import PairQuality, Quality, RunReport, Verdict
from linkage.ids import AgencyId, DatasetId, Digest, GroupId, RunId

MAX_PARTNERS: Final = 1000
"""Partners of a record that are explained: with 64 verdicts each, far below a message's limit."""


class RunState(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    HELD = "held"
    RELEASED = "released"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, order=True)
class ResultTable:
    """One agency's match keys for one recipient group: the digest of their bytes."""

    agency: AgencyId
    group: GroupId
    content: Digest


@dataclass(frozen=True, slots=True)
class ReportView:
    """What one agency may know of a run's report.

    Attributes:
        threshold: as in `RunReport`.
        overall: as in `RunReport`.
        pairs: those that the agency is one of.
        warnings: as in `RunReport`.
    """

    threshold: float
    overall: Quality | None
    pairs: tuple[PairQuality, ...]
    warnings: tuple[str, ...]


def report_for(agency: AgencyId, report: RunReport) -> ReportView:
    """The part of a run's report that leaves the matcher for an agency."""
    own = tuple(pair for pair in report.pairs if agency in (pair.left, pair.right))
    return ReportView(report.threshold, report.overall, own, report.warnings)


@dataclass(frozen=True, slots=True)
class RunView:
    """What a party may know of a run.

    Attributes:
        tables: empty until the run is held; ascending.
        approved_by: ascending.
        report: None while there is no result.
    """

    run: RunId
    state: RunState
    tables: tuple[ResultTable, ...]
    approved_by: tuple[AgencyId, ...]
    report: ReportView | None = None


@dataclass(frozen=True, slots=True)
class ExplainedPartner:
    """Another agency's record that is judged one person with a record, and why.

    Attributes:
        verdicts: one for each segment.
    """

    agency: AgencyId
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class MatchExplanation:
    """Why a record of an agency stands with others.

    Attributes:
        segments: their names, in the order of the agreement.
        partners: in ascending order of agencies, at most `MAX_PARTNERS`.
    """

    segments: tuple[str, ...]
    partners: tuple[ExplainedPartner, ...]


def run_id(agreement: Digest, datasets: tuple[DatasetId, ...]) -> RunId:
    """The run's name: what goes into it, so that every agency asking means the same run.

    Args:
        agreement: digest of the agreement.
        datasets: one for each agency, in ascending order of agencies.
    """
    return RunId(digest("linkage/run/v1", agreement, *datasets))


def result_digest(run: RunId, tables: tuple[ResultTable, ...]) -> Digest:
    """What all parties approve: every table of the result, in ascending order."""
    parts = (part for t in sorted(tables) for part in (t.agency, t.group, t.content))
    return digest("linkage/result/v1", run, *parts)
