"""A match run as agencies see it, and the digest that a release approval signs."""

from dataclasses import dataclass
from enum import StrEnum

from linkage.crypto.digests import digest
from linkage.ids import AgencyId, DatasetId, Digest, GroupId, RunId


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
class RunView:
    """What any party may know of a run.

    Attributes:
        tables: empty until the run is held; ascending.
        approved_by: ascending.
    """

    run: RunId
    state: RunState
    tables: tuple[ResultTable, ...]
    approved_by: tuple[AgencyId, ...]


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
