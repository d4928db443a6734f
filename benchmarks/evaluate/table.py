"""An evaluation as text for a terminal."""

from collections.abc import Iterator, Sequence
from statistics import fmean

from benchmarks.evaluate.aligned import aligned
from benchmarks.evaluate.results import Estimate, Evaluation, Figures, Outcome


def table(evaluation: Evaluation) -> str:
    """The figures, as means over the seeds, with the range of F1 where there are several."""
    return "\n\n".join(_blocks(evaluation))


def _blocks(evaluation: Evaluation) -> Iterator[str]:
    yield "\n".join(_head(evaluation))
    yield aligned(_figures(evaluation.outcomes))
    yield "\n".join(_notes(evaluation))
    if evaluation.outcomes[0].subgroups:
        yield aligned(_subgroups(evaluation.outcomes), left=2)


def _head(evaluation: Evaluation) -> Iterator[str]:
    records = ", ".join(f"{agency} {count:,}" for agency, count in evaluation.records.items())
    yield f"{evaluation.title}: {records} records"
    fields = ", ".join(
        f"{field['name']} ({field['kind']})" for field in evaluation.schema["fields"]
    )
    yield f"Linked by {fields}; {evaluation.reveals}."
    withheld = {agency: count for agency, count in evaluation.withheld.items() if count}
    if withheld:
        listed = ", ".join(f"{agency} {count:,}" for agency, count in withheld.items())
        yield f"Not sent, since too few fields are known: {listed}."
    yield from evaluation.remarks


def _figures(outcomes: Sequence[Outcome]) -> list[list[str]]:
    rows = [
        ["", "precision", "recall", "F1", "threshold", "F1 of seeds"],
        _line("label-free", [outcome.label_free for outcome in outcomes]),
        _line("best", [outcome.best for outcome in outcomes]),
    ]
    return rows if len(outcomes) > 1 else [row[:-1] for row in rows]


def _line(name: str, figures: Sequence[Figures]) -> list[str]:
    f1 = [each.f1 for each in figures]
    return [
        name,
        f"{fmean(each.precision for each in figures):.4f}",
        f"{fmean(each.recall for each in figures):.4f}",
        f"{fmean(f1):.4f}",
        f"{fmean(each.threshold for each in figures):.4f}",
        f"{min(f1):.4f}-{max(f1):.4f}",
    ]


def _notes(evaluation: Evaluation) -> Iterator[str]:
    outcome = evaluation.outcomes[0]
    several = len(evaluation.outcomes) > 1
    if several:
        yield f"Of seed {outcome.seed}:"
    yield from (f"warning    {warning}" for warning in outcome.warnings)
    if outcome.estimated is not None:
        yield from _estimate(outcome, outcome.estimated)
    if (found := outcome.clusters) is not None:
        yield (
            f"clusters   {found.count:,} of two or more records, the largest has {found.largest:,};"
            f" B-cubed precision {found.b_cubed.precision:.4f}, recall {found.b_cubed.recall:.4f},"
            f" F1 {found.b_cubed.f1:.4f}"
        )
        yield (
            f"people     {found.people:,} have two or more records;"
            f" {found.exactly_right:.2%} of these are exactly one cluster"
        )
        if (pairs := found.duplicates) is not None:
            yield (
                f"duplicates inside agencies: precision {pairs.precision:.4f}, recall"
                f" {pairs.recall:.4f}, F1 {pairs.f1:.4f}"
            )
    yield f"candidates hold {outcome.candidate_recall:.4f} of the true matches"
    steps = {"reading": evaluation.reading_seconds, **outcome.seconds}
    listed = ", ".join(f"{name} {seconds:.1f}" for name, seconds in steps.items())
    yield f"seconds    {sum(steps.values()):.1f} ({listed})"
    if evaluation.peak_memory_mib is not None:
        yield f"memory     {evaluation.peak_memory_mib:,.0f} MiB at most, all processes together"


def _estimate(outcome: Outcome, found: Estimate) -> Iterator[str]:
    (least, most), (low, high) = found.precision_interval, found.recall_interval
    few, many = found.matches_interval
    yield (
        f"estimated  precision {found.precision:.4f} ({least:.4f} to {most:.4f}), recall"
        f" {found.recall:.4f} ({low:.4f} to {high:.4f})"
    )
    yield (
        f"           {found.matches:,.0f} matches ({few:,.0f} to {many:,.0f}); true are"
        f" {outcome.true_matches:,}"
    )


def _subgroups(outcomes: Sequence[Outcome]) -> list[list[str]]:
    return [
        ["subgroup", "", "records", "found", "precision", "true", "recall", "F1"],
        *(
            [
                *(each.column, each.value or "not stated", f"{each.records:,}"),
                *(f"{each.found:,}", f"{each.precision:.4f}"),
                *(f"{each.true:,}", f"{each.recall:.4f}", f"{each.f1:.4f}"),
            ]
            for each in outcomes[0].subgroups
        ),
    ]
