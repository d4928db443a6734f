"""What charts are made of: scales, axes and marks, as inline SVG.

Colours, widths and fonts are the style sheet's (`page.css`), by class. Series differ in colour, in
the shape of their marks and in the dashes of their lines, so none of these has to be seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final, TypeAlias

from linkage_agent.picture.markup import Markup, element, together

Point: TypeAlias = tuple[float, float]
"""Pixels from the left and from the top."""

MARK_PX: Final = 4.5
"""Half the width of a mark."""
LETTER_PX: Final = 6.6
"""Room for a letter at the style sheet's size of 12 px."""
MOST_TICKS: Final = 7

_SHAPES: Final = (
    "M{r} 0A{r} {r} 0 1 1 -{r} 0A{r} {r} 0 1 1 {r} 0Z",  # circle
    "M-{q} -{q}H{q}V{q}H-{q}Z",  # square
    "M0 -{r}L{r} {q}H-{r}Z",  # triangle
    "M0 -{p}L{p} 0L0 {p}L-{p} 0Z",  # diamond
    "M0 {r}L{r} -{q}H-{r}Z",  # triangle on its tip
    "M-{r} -{r}L{r} {r}M-{r} {r}L{r} -{r}",  # cross
    "M0 -{p}V{p}M-{p} 0H{p}",  # plus
    "M-{r} -{q}L{r} 0L-{r} {q}Z",  # triangle to the right
)
SERIES_COUNT: Final = len(_SHAPES)
"""Series that can be told apart; after these they come again."""


@dataclass(frozen=True, slots=True)
class Scale:
    """From numbers between `low` and `high` to pixels between `start` and `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Where a number stands; one outside the scale stands at the nearer end."""
        inside = min(max(value, self.low), self.high)
        return self.start + (inside - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> list[float]:
        """At most `MOST_TICKS` round numbers: 1, 2 or 5 times a power of ten apart."""
        span = self.high - self.low
        power = 10.0 ** floor(log10(span / MOST_TICKS))
        step = next(
            each * power for each in (1, 2, 5, 10, 20) if span / (each * power) < MOST_TICKS
        )
        first, last = ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9)
        return [round(number * step, 10) for number in range(first, last + 1)]


def share_from(values: Sequence[float]) -> float:
    """A round number where a scale of shares that ends at 1 may begin, for all values to show."""
    span = max(1.05 * (1 - min(values, default=0.0)), 0.001)
    half = 0.5 * 10.0 ** floor(log10(span))
    return max(0.0, round(1 - ceil(span / half) * half, 10))


def chart(
    name: str, title: str, description: str, size: tuple[float, float], *marks: Markup
) -> Markup:
    """A chart with its text alternative.

    Args:
        name: Of this chart alone on the page.
        title: What it shows, in a line.
        description: What is to be seen in it, for those who don't see it.
        size: Width and height in pixels.
        marks: What is drawn, back to front.
    """
    width, height = size
    return element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", description, id=f"{name}-description"),
        *marks,
        role="img",
        aria_labelledby=f"{name}-title {name}-description",
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        style=f"max-width:{width:.0f}px",
    )


def text(content: str, at: Point, kind: str = "") -> Markup:
    """A line of text; `kind` is its classes in the style sheet."""
    return element("text", content, x=_px(at[0]), y=_px(at[1]), class_=kind)


def line(start: Point, end: Point, kind: str) -> Markup:
    """A straight line; `kind` is its classes in the style sheet."""
    return element(
        "line",
        x1=_px(start[0]),
        y1=_px(start[1]),
        x2=_px(end[0]),
        y2=_px(end[1]),
        class_=kind,
    )


def curve(points: Sequence[Point], series: int) -> Markup:
    """A series' line through points."""
    path = "L".join(f"{_px(x)} {_px(y)}" for x, y in points)
    return element("path", d=f"M{path}", class_=f"curve series-{series % SERIES_COUNT}")


def mark(at: Point, series: int, says: str, *, hollow: bool = False) -> Markup:
    """A series' mark; pointing at it shows what it says."""
    shape = series % SERIES_COUNT
    return element(
        "path",
        element("title", says),
        d=_SHAPES[shape].format(r=MARK_PX, q=MARK_PX * 0.85, p=MARK_PX * 1.25),
        transform=f"translate({_px(at[0])} {_px(at[1])})",
        class_=f"mark series-{shape}{' hollow' if hollow else ''}",
    )


def across(scale: Scale, top: float, bottom: float, label: str) -> Markup:
    """The horizontal axis: a grid line and a number for each tick, and what they measure."""
    ticks = scale.ticks()
    return together(
        *(line((scale.at(tick), top), (scale.at(tick), bottom), "grid") for tick in ticks),
        *(text(f"{tick:g}", (scale.at(tick), bottom + 17), "middle tick") for tick in ticks),
        text(label, ((scale.start + scale.end) / 2, bottom + 37), "middle"),
    )


def upward(scale: Scale, left: float, right: float, label: str) -> Markup:
    """The vertical axis, as `across`; its name lies on its side."""
    ticks = scale.ticks()
    middle = (scale.start + scale.end) / 2
    return together(
        *(line((left, scale.at(tick)), (right, scale.at(tick)), "grid") for tick in ticks),
        *(text(f"{tick:g}", (left - 7, scale.at(tick) + 4), "end tick") for tick in ticks),
        element(
            "text", label, class_="middle", transform=f"translate(13 {_px(middle)}) rotate(-90)"
        ),
    )


def legend(series: Mapping[str, int]) -> Markup:
    """Which mark and line is whose, as a list beside a chart."""
    keys = (_key(number, name) for name, number in series.items())
    return element("ul", *keys, class_="legend")


def _key(series: int, name: str) -> Markup:
    sample = element(
        "svg",
        curve([(0, 7), (26, 7)], series),
        mark((13, 7), series, name),
        viewBox="0 0 26 14",
        width="26",
        height="14",
        aria_hidden="true",
    )
    return element("li", sample, name)


def _px(length: float) -> str:
    return f"{length:.1f}".removesuffix(".0")
