"""Square charts: precision against recall, and what was predicted against what came."""

from collections.abc import Mapping, Sequence
from typing import Final

from benchmarks.evaluate.results import Bin
from benchmarks.report.chart import (
    Point,
    Scale,
    across,
    chart,
    curve,
    line,
    mark,
    share_from,
    upward,
)
from benchmarks.report.content import MethodResult
from linkage_agent.picture.markup import Markup

WIDTH_PX: Final = 440
HEIGHT_PX: Final = 380
LEFT_PX: Final = 62
RIGHT_PX: Final = 424
TOP_PX: Final = 12
BOTTOM_PX: Final = 330


def precision_and_recall(
    name: str, title: str, methods: Sequence[MethodResult], series: Mapping[str, int]
) -> Markup:
    """What each method finds at its thresholds, with the one it chose itself; of the first seed.

    Args:
        name: Of this chart alone on the page.
        title: Of the data set.
        methods: Drawn one over the other, the first on top.
        series: Of each method, by name.
    """
    chosen = {method.name: method.outcomes[0].label_free for method in methods}
    best = [method.outcomes[0].best for method in methods]
    shown = [*chosen.values(), *best]
    recall = Scale(share_from([each.recall for each in shown]), 1, LEFT_PX, RIGHT_PX)
    precision = Scale(share_from([each.precision for each in shown]), 1, BOTTOM_PX, TOP_PX)
    marks = []
    for method in reversed(methods):
        points = [
            (recall.at(point.recall), precision.at(point.precision))
            for point in method.outcomes[0].curve
            if point.recall >= recall.low and point.precision >= precision.low
        ]
        if points:
            marks.append(curve(points, series[method.name]))
    for method in reversed(methods):
        figures = chosen[method.name]
        says = f"{method.name}: precision {figures.precision:.4f}, recall {figures.recall:.4f}"
        at = (recall.at(figures.recall), precision.at(figures.precision))
        marks.append(mark(at, series[method.name], says))
    listed = "; ".join(
        f"{method.name} precision {chosen[method.name].precision:.3f}"
        f" at recall {chosen[method.name].recall:.3f}"
        for method in methods
    )
    return chart(
        name,
        f"Precision and recall: {title}",
        f"A line a method over all thresholds; a mark where the method itself draws it: {listed}.",
        (WIDTH_PX, HEIGHT_PX),
        across(recall, TOP_PX, BOTTOM_PX, "recall"),
        upward(precision, LEFT_PX, RIGHT_PX, "precision"),
        *marks,
    )


def reliability(
    name: str, title: str, bins: Mapping[str, Sequence[Bin]], series: Mapping[str, int]
) -> Markup:
    """How often pairs of a match probability are true: on the diagonal, as often as was said.

    Args:
        name: Of this chart alone on the page.
        title: Of the data set.
        bins: Of each method that gives probabilities.
        series: Of each method, by name.
    """
    said = Scale(0, 1, LEFT_PX, RIGHT_PX)
    came = Scale(0, 1, BOTTOM_PX, TOP_PX)
    marks = [line((LEFT_PX, BOTTOM_PX), (RIGHT_PX, TOP_PX), "ideal")]
    for method, found in bins.items():
        points: list[Point] = [(said.at(each.probability), came.at(each.true)) for each in found]
        marks.append(curve(points, series[method]))
        marks += [
            mark(point, series[method], f"{method}: {_of_bin(each)}")
            for point, each in zip(points, found, strict=True)
        ]
    listed = "; ".join(
        f"{method}: {', '.join(map(_of_bin, found))}" for method, found in bins.items()
    )
    return chart(
        name,
        f"Match probability and truth: {title}",
        f"Pairs in tenths of match probability. {listed}.",
        (WIDTH_PX, HEIGHT_PX),
        across(said, TOP_PX, BOTTOM_PX, "mean match probability"),
        upward(came, LEFT_PX, RIGHT_PX, "share that is true"),
        *marks,
    )


def _of_bin(found: Bin) -> str:
    return f"{found.pairs:,} pairs of {found.probability:.3f}, {found.true:.3f} true"
