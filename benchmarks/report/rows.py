"""Row charts: a label on the left, and marks along one scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.report.chart import (
    LETTER_PX,
    Scale,
    across,
    chart,
    line,
    mark,
    share_from,
    text,
)
from linkage_agent.picture.markup import Markup

WIDTH_PX: Final = 860
LANE_PX: Final = 15
"""Of one mark: no two share a lane, so none hides another."""
GAP_PX: Final = 12
"""Between rows."""
TOP_PX: Final = 8
AXIS_PX: Final = 48
LABEL_CHARACTERS: Final = 44


@dataclass(frozen=True, slots=True)
class Lane:
    """One mark of a row.

    Attributes:
        value: where the mark stands.
        says: what it means, with its number.
        least, most: ends of a line through it, a range or an interval.
        other: where a hollow mark stands, joined to the first by a thin line.
    """

    series: int
    value: float
    says: str
    least: float | None = None
    most: float | None = None
    other: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A label and its marks, from top to bottom."""

    label: str
    lanes: tuple[Lane, ...]


def row_chart(name: str, title: str, measure: str, rows: Sequence[Row]) -> Markup:
    """Shares in rows, on a scale that ends at 1.

    Args:
        name: Of this chart alone on the page.
        title: What it shows.
        measure: What the numbers are.
        rows: From top to bottom.
    """
    lanes = [lane for row in rows for lane in row.lanes]
    labels = [_short(row.label) for row in rows]
    left = max(map(len, labels), default=0) * LETTER_PX + 12
    numbers = [
        number
        for lane in lanes
        for number in (lane.value, lane.least, lane.most, lane.other)
        if number is not None
    ]
    scale = Scale(share_from(numbers), 1, left, WIDTH_PX - 16)
    marks, top = [], float(TOP_PX)
    for label, row in zip(labels, rows, strict=True):
        height = len(row.lanes) * LANE_PX
        marks.append(text(label, (left - 12, top + height / 2 + 4), "end"))
        for number, lane in enumerate(row.lanes):
            marks += _drawn(lane, scale, top + (number + 0.5) * LANE_PX)
        top += height + GAP_PX
        marks.append(line((left, top - GAP_PX / 2), (WIDTH_PX - 16, top - GAP_PX / 2), "grid"))
    described = "; ".join(
        f"{row.label}: {', '.join(lane.says for lane in row.lanes)}" for row in rows
    )
    return chart(
        name,
        title,
        f"{described}.",
        (WIDTH_PX, top + AXIS_PX),
        across(scale, TOP_PX, top, measure),
        *marks,
    )


def _drawn(lane: Lane, scale: Scale, y: float) -> list[Markup]:
    x = scale.at(lane.value)
    marks = []
    if lane.least is not None and lane.most is not None:
        marks.append(line((scale.at(lane.least), y), (scale.at(lane.most), y), "range"))
    if lane.other is not None:
        marks.append(line((x, y), (scale.at(lane.other), y), "joint"))
        marks.append(mark((scale.at(lane.other), y), lane.series, lane.says, hollow=True))
    return [*marks, mark((x, y), lane.series, lane.says)]


def _short(label: str) -> str:
    if len(label) <= LABEL_CHARACTERS:
        return label
    return label[: LABEL_CHARACTERS - 1].rstrip() + "…"
