"""Release: what a person is shown before approving that a result goes out.

How good the result is expected to be, in words that need no statistics. All of it is the matcher's
estimate, since nobody knows who is who; only the accepted pairs are counted.
"""

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from linkage.agreement.model import Agreement
from linkage.exchange.report import Estimate, Quality
from linkage.exchange.runs import ReportView, RunView
from linkage.ids import Digest

_NO_REPORT: Final = "The matcher does not say how good this result is."
_NOT_ESTIMATED: Final = (
    "The agreement fixes a Dice coefficient, so it is not estimated how good this result is."
)
_INTERVALS: Final = (
    "Estimated without knowing who is who; what is between holds the truth nine times in ten."
)
_NO_MATCHES: Final = 0.5
"""Fewer expected matches than this round to none."""

Document: TypeAlias = dict[str, object]
"""A part of what is printed with `--json`."""


def release_lines(agreement: Agreement, view: RunView, result: Digest) -> Iterator[str]:
    """What an approval lets go, to whom, and how good it is expected to be; for a terminal."""
    yield f"Result {result} of run {view.run}"
    for group in agreement.recipient_groups:
        yield f"  goes to {group.id}: {', '.join(group.agencies)}"
    yield from _quality_lines(view.report)


def release_document(agreement: Agreement, view: RunView, result: Digest) -> Document:
    """The same for programs; shares are from 0 to 1."""
    return {
        "run": view.run,
        "result": result,
        "goes_to": {group.id: list(group.agencies) for group in agreement.recipient_groups},
        "report": _report_document(view.report) if view.report else None,
    }


def _quality_lines(report: ReportView | None) -> Iterator[str]:
    if report is None:
        yield _NO_REPORT
        return
    if report.overall is None:
        yield _NOT_ESTIMATED
        yield _row("Coefficient that a pair had to reach", f"{report.threshold:.4g}")
    else:
        yield _row("Expected quality", "estimate", "between")
        yield from _block("All agencies", report.overall)
        for pair in report.pairs:
            yield from _block(f"{pair.left} and {pair.right}", pair.quality)
        yield _row("Match probability that a pair had to reach", f"{report.threshold:.4g}")
        yield from _sentences(report.overall)
    yield from (f"Warning: {warning}" for warning in report.warnings)


def _block(name: str, quality: Quality) -> Iterator[str]:
    yield f"  {name}"
    yield _estimate("pairs that are one person (matches)", quality.matches, _count)
    yield _row("    pairs accepted (counted)", _count(quality.accepted))
    yield _estimate("share of accepted pairs that are right", quality.precision, _share)
    yield _estimate("share of matches that are accepted", quality.recall, _share)
    yield _row("    share of matches looked at closely", _share(quality.candidate_recall))


def _estimate(name: str, estimate: Estimate, shown: Callable[[float], str]) -> str:
    interval = f"{shown(estimate.low)} and {shown(estimate.high)}"
    return _row(f"    {name}", shown(estimate.value), interval)


def _row(name: str, value: str, interval: str = "") -> str:
    return f"{name:<44}{value:>10}   {interval}".rstrip()


def _sentences(quality: Quality) -> Iterator[str]:
    if quality.accepted:
        yield _of_100("accepted pairs", quality.precision, "wrong")
    else:
        yield "No pair is accepted: nobody is found to be known to two agencies."
    if quality.matches.value >= _NO_MATCHES:
        yield _of_100("pairs that are one person", quality.recall, "missed")
    yield _INTERVALS


def _of_100(pairs: str, good: Estimate, fate: str) -> str:
    """A sentence on those that are not good."""
    value, low, high = (_few(100 * (1 - each)) for each in (good.value, good.high, good.low))
    number = (
        "almost none is" if value == "0" else f"about {value} {'is' if value == '1' else 'are'}"
    )
    return f"Of 100 {pairs} {number} expected to be {fate} (between {low} and {high})."


def _few(number: float) -> str:
    """With one decimal where that says something."""
    text = f"{max(0.0, number):.1f}" if number < 10 else f"{number:.0f}"
    return text.removesuffix(".0")


def _count(number: float) -> str:
    return f"{round(number):,}"


def _share(share: float) -> str:
    """In per cent; only the whole is called 100."""
    text = f"{100 * share:.1f} %"
    return "> 99.9 %" if text == "100.0 %" and share < 1 else text


def _report_document(report: ReportView) -> Document:
    return {
        "threshold": report.threshold,
        "overall": _quality_document(report.overall) if report.overall else None,
        "pairs": [
            {"agencies": [pair.left, pair.right], **_quality_document(pair.quality)}
            for pair in report.pairs
        ],
        "warnings": list(report.warnings),
    }


def _quality_document(quality: Quality) -> Document:
    estimates = {
        "matches": quality.matches,
        "precision": quality.precision,
        "recall": quality.recall,
    }
    return {
        **{
            name: {"value": estimate.value, "low": estimate.low, "high": estimate.high}
            for name, estimate in estimates.items()
        },
        "accepted": quality.accepted,
        "candidate_recall": quality.candidate_recall,
    }
