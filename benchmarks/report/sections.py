"""The sections of a page: charts, each with its numbers in a table."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from benchmarks.evaluate.results import Estimate, Outcome, Subgroup
from benchmarks.report.chart import legend
from benchmarks.report.content import MethodResult, SetResult, Spread, method_names
from benchmarks.report.planes import precision_and_recall, reliability
from benchmarks.report.rows import Lane, Row, row_chart
from benchmarks.report.tables import figure, table
from linkage_agent.picture.markup import Content, Markup, element, together

SAID_AND_TRUE: Final = {"estimated": 0, "true": 1}
SHARES: Final = {"precision": 0, "recall": 1}
"""Series of the charts that don't compare methods."""


def overall_f1(sets: Sequence[SetResult], series: Mapping[str, int]) -> Markup:
    """F1 of every method on every data set."""
    rows = [
        Row(each.title, tuple(_f1_lane(method, series[method.name]) for method in each.methods))
        for each in sets
    ]
    caption = (
        "A filled mark: label-free. A hollow one: at the best threshold. A bar: range of the seeds."
    )
    return figure(caption, row_chart("f1", "F1 by data set and method", "F1", rows))


def f1_table(sets: Sequence[SetResult]) -> Markup:
    """Label-free F1 of every method on every data set, and at the best threshold after it."""
    names = method_names(sets)
    rows = [
        [each.title, *(_f1_cell(each.method(name), _highest(each)) for name in names)]
        for each in sets
    ]
    caption = "F1, label-free / best. Bold: the highest that is label-free."
    return table(caption, ["data set", *names], rows)


def overall_estimates(sets: Sequence[SetResult]) -> Markup:
    """What our linkage said of itself beside the truth, on every data set."""
    rows = [
        Row(f"{share}, {method.name}, {each.title}", _estimate_lanes(method.outcomes[0], share))
        for each in sets
        for method in each.methods
        if method.is_ours and method.outcomes[0].estimated is not None
        for share in SHARES
    ]
    if not rows:
        return element("p", "No linkage here says how right it is.")
    caption = "Without the truth, with the interval; and the truth. First seed."
    drawn = row_chart("estimates", "Estimated and true precision and recall", "share", rows)
    return together(legend(SAID_AND_TRUE), figure(caption, drawn))


def of_data_set(each: SetResult, series: Mapping[str, int]) -> Markup:
    """All that was found on one data set."""
    records = ", ".join(f"{agency} {count:,}" for agency, count in each.records.items())
    fields = ", ".join(f"{field['name']} ({field['kind']})" for field in each.schema["fields"])
    ours = [method for method in each.methods if method.is_ours]
    return element(
        "section",
        element("h2", each.title, id=each.name),
        *([element("p", each.origin, class_="hint")] if each.origin else []),
        element("p", f"Records: {records}. True matches: {each.true_matches:,}."),
        element("p", f"Fields: {fields}."),
        *(element("p", remark, class_="hint") for remark in each.remarks),
        _method_table(each.methods),
        _estimate_table(ours),
        *(
            element("p", f"{failure.method} could not be run: {failure.what}")
            for failure in each.failures
        ),
        legend({method.name: series[method.name] for method in each.methods}),
        element("div", *_planes(each, series), class_="charts"),
        *(_clusters(method) for method in ours),
        *(_subgroups(each.name, method) for method in ours[:1] if method.outcomes[0].subgroups),
    )


def _planes(each: SetResult, series: Mapping[str, int]) -> Iterator[Markup]:
    yield figure(
        "Precision and recall at all thresholds. First seed.",
        precision_and_recall(f"{each.name}-curve", each.title, each.methods, series),
    )
    bins = {
        method.name: method.outcomes[0].calibration
        for method in each.methods
        if method.outcomes[0].calibration
    }
    if bins:
        yield figure(
            "How often pairs of a match probability are true; dotted: as often as was said.",
            reliability(f"{each.name}-calibration", each.title, bins, series),
        )


def _method_table(methods: Sequence[MethodResult]) -> Markup:
    heads = ["method", "links by", "precision", "recall", "F1", "best F1", "seconds", "MiB"]
    caption = "Means over the seeds, the range in brackets."
    return table(caption, heads, map(_method_row, methods))


def _method_row(method: MethodResult) -> list[Content]:
    outcomes, memory = method.outcomes, method.peak_memory_mib
    return [
        method.name,
        method.sees + (", supervised" if method.is_supervised else ""),
        _spread(Spread.of([outcome.label_free.precision for outcome in outcomes])),
        _spread(Spread.of([outcome.label_free.recall for outcome in outcomes])),
        element("b", _spread(method.f1)),
        _spread(method.best_f1),
        f"{method.seconds:,.1f}",
        "" if memory is None else f"{memory:,.0f}",
    ]


def _estimate_table(methods: Sequence[MethodResult]) -> Markup:
    heads = ["method", "seed", "of", "estimated", "interval", "true"]
    caption = "What the linkage said of itself without the truth, and the truth."
    rows = [
        [method.name, str(outcome.seed), *row]
        for method in methods
        for outcome in method.outcomes
        if outcome.estimated is not None
        for row in _estimate_rows(outcome, outcome.estimated)
    ]
    return table(caption, heads, rows) if rows else together()


def _estimate_rows(outcome: Outcome, found: Estimate) -> list[list[str]]:
    shares = (
        ("precision", found.precision, found.precision_interval, outcome.label_free.precision),
        ("recall", found.recall, found.recall_interval, outcome.label_free.recall),
    )
    few, many = found.matches_interval
    return [
        *(
            [name, f"{said:.4f}", f"{least:.4f} to {most:.4f}", f"{came:.4f}"]
            for name, said, (least, most), came in shares
        ),
        [
            "matches",
            f"{found.matches:,.0f}",
            f"{few:,.0f} to {many:,.0f}",
            f"{outcome.true_matches:,}",
        ],
    ]


def _clusters(method: MethodResult) -> Markup:
    outcome = method.outcomes[0]
    found = outcome.clusters
    if found is None:
        return together()
    said = (
        f"{method.name}, clusters: {found.count:,} with two or more records, {found.largest:,} in"
        f" the largest. B-cubed precision {found.b_cubed.precision:.4f}, recall"
        f" {found.b_cubed.recall:.4f}, F1 {found.b_cubed.f1:.4f}. Of {found.people:,} people with"
        f" two or more records, {found.exactly_right:.2%} are exactly one cluster. Candidate"
        f" recall {outcome.candidate_recall:.4f}."
    )
    if found.duplicates is not None:
        said += f" Duplicates inside agencies: F1 {found.duplicates.f1:.4f}."
    return element("p", said)


def _subgroups(name: str, method: MethodResult) -> Markup:
    found = method.outcomes[0].subgroups
    rows = [Row(_called(each), _subgroup_lanes(each)) for each in found if each.true]
    heads = ["subgroup", "records", "found", "precision", "true", "recall", "F1"]
    caption = f"{method.name}, first seed; matches with at least one record of the subgroup."
    drawn = row_chart(f"{name}-subgroups", "Precision and recall by subgroup", "share", rows)
    return together(
        element("h3", "By subgroup"),
        legend(SHARES),
        figure(caption, drawn),
        table(caption, heads, map(_subgroup_row, found)),
    )


def _subgroup_lanes(each: Subgroup) -> tuple[Lane, ...]:
    return (
        Lane(SHARES["precision"], each.precision, f"precision {each.precision:.4f}"),
        Lane(SHARES["recall"], each.recall, f"recall {each.recall:.4f}"),
    )


def _subgroup_row(each: Subgroup) -> list[Content]:
    return [
        _called(each),
        f"{each.records:,}",
        *(f"{each.found:,}", f"{each.precision:.4f}"),
        *(f"{each.true:,}", f"{each.recall:.4f}"),
        f"{each.f1:.4f}",
    ]


def _called(subgroup: Subgroup) -> str:
    return f"{subgroup.column}: {subgroup.value or 'not stated'}"


def _f1_lane(method: MethodResult, series: int) -> Lane:
    f1, best = method.f1, method.best_f1.mean
    says = f"{method.name} F1 {f1.mean:.4f}, best {best:.4f}"
    return Lane(series, f1.mean, says, least=f1.least, most=f1.most, other=best)


def _f1_cell(method: MethodResult | None, highest: float) -> Content:
    if method is None:
        return "not run"
    f1 = f"{method.f1.mean:.4f}"
    is_highest = method.f1.mean == highest and not method.is_supervised
    return together(element("b", f1) if is_highest else f1, f" / {method.best_f1.mean:.4f}")


def _highest(each: SetResult) -> float:
    return max((m.f1.mean for m in each.methods if not m.is_supervised), default=0.0)


def _estimate_lanes(outcome: Outcome, share: str) -> tuple[Lane, ...]:
    found = outcome.estimated
    if found is None:
        return ()
    said, (least, most), came = (
        (found.precision, found.precision_interval, outcome.label_free.precision)
        if share == "precision"
        else (found.recall, found.recall_interval, outcome.label_free.recall)
    )
    says = f"estimated {said:.4f} ({least:.4f} to {most:.4f})"
    return (
        Lane(SAID_AND_TRUE["estimated"], said, says, least=least, most=most),
        Lane(SAID_AND_TRUE["true"], came, f"true {came:.4f}"),
    )


def _spread(found: Spread) -> str:
    if found.least == found.most:
        return f"{found.mean:.4f}"
    return f"{found.mean:.4f} ({found.least:.4f}-{found.most:.4f})"
