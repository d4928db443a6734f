"""The report's numbers as text: for a terminal, and for the page's tables."""

import math
from collections.abc import Iterator
from typing import Final

from linkage.exchange.report import Estimate, Quality, RunReport
from linkage.matcher.report.found import FoundReport

COLUMNS: Final = ("matches", "accepted", "precision", "recall", "looked at")
"""Of a table of qualities, after the name."""

_WIDTHS: Final = (26, 26, 11, 25, 25, 9)
"""In letters, of the name and of `COLUMNS`."""


def report_lines(found: FoundReport) -> Iterator[str]:
    """The numbers for a terminal."""
    yield f"Run        {found.run}, {found.state}"
    yield f"Threshold  {threshold_text(found.report)}"
    rows = list(quality_rows(found.report))
    for row in (("", *COLUMNS), *rows) if rows else ():
        yield "".join(cell.ljust(wide) for cell, wide in zip(row, _WIDTHS, strict=True)).rstrip()
    yield from (f"Warning: {warning}" for warning in found.report.warnings)


def threshold_text(report: RunReport) -> str:
    """What a pair had to reach, in words."""
    if report.overall is None:
        return (
            f"a Dice coefficient of {report.threshold:.4g}, as the agreement fixes it: nothing is "
            "estimated"
        )
    return f"a match probability of {report.threshold:.4g}"


def quality_rows(report: RunReport) -> Iterator[tuple[str, ...]]:
    """Name and `COLUMNS` of all pairs of agencies together, and of each."""
    if report.overall is not None:
        yield "all agencies", *_cells(report.overall)
    for pair in report.pairs:
        yield f"{pair.left} and {pair.right}", *_cells(pair.quality)


def log_odds(probability: float) -> float:
    """Natural logarithm of the odds; infinite for 0 and 1."""
    if probability <= 0:
        return -math.inf
    return math.inf if probability >= 1 else math.log(probability / (1 - probability))


def _cells(quality: Quality) -> tuple[str, ...]:
    matches = quality.matches
    return (
        f"{matches.value:,.0f} ({matches.low:,.0f} to {matches.high:,.0f})",
        f"{quality.accepted:,}",
        _share(quality.precision),
        _share(quality.recall),
        f"{quality.candidate_recall:.4f}",
    )


def _share(estimate: Estimate) -> str:
    return f"{estimate.value:.4f} ({estimate.low:.3f} to {estimate.high:.3f})"
