"""Reports and explanations for tests: made up, with every part that there can be."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from linkage.exchange.report import (
    Estimate,
    EvidenceBar,
    PairQuality,
    Quality,
    RunReport,
    SegmentWeight,
    Verdict,
)
from linkage.ids import AgencyId, GroupId
from linkage.matcher.model.explained import Explained
from linkage.matcher.store.interface import RunOutcome

QUALITY = Quality(
    matches=Estimate(1234.4, 1190.0, 1280.5),
    precision=Estimate(0.99, 0.985, 0.994),
    recall=Estimate(0.96, 0.941, 0.972),
    accepted=1201,
    candidate_recall=0.998,
)
WARNING = "Households seem to share addresses: estimates are less sure."


def make_report(pairs: Sequence[tuple[str, str]] = (("council", "police"),)) -> RunReport:
    """A report with estimates for these pairs of agencies."""
    return RunReport(
        threshold=0.83,
        overall=QUALITY,
        pairs=tuple(PairQuality(AgencyId(one), AgencyId(other), QUALITY) for one, other in pairs),
        bars=tuple(
            EvidenceBar(float(start), 10 ** max(0, -start // 2), 4.5 if start > 0 else 0.0)
            for start in range(-8, 8)
        ),
        weights=(
            SegmentWeight("given_name", "equal, rare", 7.25),
            SegmentWeight("given_name", "unlike", -3.5),
            SegmentWeight("birth_date", "equal, common", 6.0),
        ),
        warnings=(WARNING,),
    )


def make_outcome(
    tables: Mapping[tuple[AgencyId, GroupId], bytes],
    explanations: Mapping[AgencyId, Sequence[bytes]] | None = None,
    report: RunReport | None = None,
) -> RunOutcome:
    """What a run leaves, with these match keys."""
    return RunOutcome(tables, report or make_report(), explanations or {})


def make_explained(
    left: int, right: int, pairs: Iterable[tuple[int, int, Sequence[Verdict]]]
) -> Explained:
    """Accepted pairs of two datasets: left row, right row and verdicts of each."""
    rows = list(pairs)
    return Explained(
        left,
        right,
        np.array([row for row, _, _ in rows], np.int32),
        np.array([row for _, row, _ in rows], np.int32),
        np.array([verdicts for _, _, verdicts in rows], np.uint8),
    )
