"""Charts of speed, each a drawing that stands by itself in a file, with logarithmic axes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

from benchmarks.report.chart import Point, Scale, chart, curve, line, mark, text
from linkage_agent.picture.markup import Markup, element, together

WIDTH_PX: Final = 560
HEIGHT_PX: Final = 400
LEFT_PX: Final = 78
RIGHT_PX: Final = 540
TOP_PX: Final = 40
BOTTOM_PX: Final = 345
STYLE: Final = (
    "svg{background:#fff;font:12px Helvetica,Arial,sans-serif}text{fill:#0b0c0c}"
    ".tick{fill:#505a5f}.middle{text-anchor:middle}.end{text-anchor:end}"
    ".grid{stroke:#d0d3d5}.ideal{stroke:#505a5f;stroke-width:2;fill:none}"
    ".curve{fill:none;stroke:#0072b2;stroke-width:2}.mark{fill:#0072b2;stroke:#0072b2}"
)
"""Of a file by itself: dark on white; colours as in the report's style sheet."""
_UNITS: Final = ((1e9, " G"), (1e6, " M"), (1e3, " k"), (1.0, ""))
_MARKS: Final = (1, 2, 5)
"""Of each power of ten there is a tick at so many times."""


@dataclass(frozen=True, slots=True)
class RoofPoint:
    """What was reached, and how much work there was for each byte."""

    name: str
    planes_a_byte: float
    planes_a_second: float


@dataclass(frozen=True, slots=True)
class Series:
    """A figure for each size."""

    name: str
    values: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class LogScale:
    """From numbers above 0 to pixels, in equal steps for equal factors."""

    scale: Scale

    @classmethod
    def over(cls, values: Sequence[float], start: float, end: float) -> "LogScale":
        """From the tick below the least value to the one above the greatest."""
        ticks = _ticks(min(values), max(values))
        return cls(Scale(log10(ticks[0]), log10(ticks[-1]), start, end))

    def at(self, value: float) -> float:
        """Where a number stands; one outside the scale stands at the nearer end."""
        return self.scale.at(log10(value))

    def ticks(self) -> list[float]:
        """1, 2 and 5 times powers of ten, or only these powers where there are many."""
        ticks = _ticks(10**self.scale.low, 10**self.scale.high)
        return ticks if len(ticks) <= 8 else [tick for tick in ticks if _leading(tick) == 1]


def roofline(
    ceilings: Mapping[str, float], memory_rate: float, points: Sequence[RoofPoint]
) -> Markup:
    """How near the kernel comes to what adders and memory allow.

    Args:
        ceilings: planes a second that adders add at most, by where the planes are.
        memory_rate: bytes a second that come from memory.
        points: what was reached.
    """
    ceiling = max(ceilings.values())
    ridge = ceiling / memory_rate
    works = [ridge, *(point.planes_a_byte for point in points)]
    across = LogScale.over([min(works) / 4, max(works) * 4], LEFT_PX, RIGHT_PX)
    least = min(point.planes_a_second for point in points) / 4
    up = LogScale.over([least, ceiling * 1.2], BOTTOM_PX, TOP_PX)
    low = max(10**across.scale.low, 10**up.scale.low / memory_rate)
    foot = (across.at(low), up.at(low * memory_rate))
    drawn = [
        line(foot, (across.at(ridge), up.at(ceiling)), "ideal"),
        text("planes from memory", (foot[0] + 18, foot[1] + 2)),
    ]
    for name, rate in ceilings.items():
        start = (across.at(rate / memory_rate), up.at(rate))
        drawn += [
            line(start, (RIGHT_PX, start[1]), "ideal"),
            text(f"adders: {name}", (RIGHT_PX - 4, start[1] - 6), "end"),
        ]
    for point in points:
        says = f"{point.name}: {_short(point.planes_a_second)} planes/s"
        at = (across.at(point.planes_a_byte), up.at(point.planes_a_second))
        drawn += [mark(at, 0, says), text(point.name, (at[0] + 8, at[1] + 4))]
    listed = "; ".join(f"{p.name} {_short(p.planes_a_second)}/s" for p in points)
    return _alone(
        "Roofline of comparing encodings",
        f"Planes added: {listed}; memory gives {_short(memory_rate)}B/s; adders alone: "
        + ", ".join(f"{name} {_short(rate)}/s" for name, rate in ceilings.items()),
        _axis_across(across, "planes added for each byte of planes read"),
        _axis_up(up, "planes added a second"),
        *drawn,
    )


def scaling(title: str, label: str, series: Series) -> Markup:
    """A figure over the number of records of each agency.

    Args:
        title: what is shown.
        label: what the vertical axis measures.
        series: at least one value, all above 0.
    """
    across = LogScale.over(list(series.values), LEFT_PX, RIGHT_PX)
    up = LogScale.over(list(series.values.values()), BOTTOM_PX, TOP_PX)
    points: list[Point] = [(across.at(size), up.at(each)) for size, each in series.values.items()]
    marks = [
        mark(point, 0, f"{size:,} records: {each:,.4g} {label}")
        for point, (size, each) in zip(points, series.values.items(), strict=True)
    ]
    listed = "; ".join(f"{size:,}: {each:,.4g}" for size, each in series.values.items())
    return _alone(
        f"Scaling: {title}",
        f"{series.name}, {label}: {listed}",
        _axis_across(across, "records of each of two agencies"),
        _axis_up(up, label),
        curve(points, 0),
        *marks,
    )


def _alone(title: str, description: str, *marks: Markup) -> Markup:
    """A chart as a file: with its title, its style and the name of its language."""
    head = text(title, (LEFT_PX, TOP_PX - 18))
    style = element("style", Markup(STYLE))
    drawn = chart("speed", title, description, (WIDTH_PX, HEIGHT_PX), style, head, *marks)
    return Markup(drawn.source.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1))


def _axis_across(scale: LogScale, label: str) -> Markup:
    ticks = scale.ticks()
    return together(
        *(line((scale.at(tick), TOP_PX), (scale.at(tick), BOTTOM_PX), "grid") for tick in ticks),
        *(text(_short(tick), (scale.at(tick), BOTTOM_PX + 17), "middle tick") for tick in ticks),
        text(label, ((LEFT_PX + RIGHT_PX) / 2, BOTTOM_PX + 40), "middle"),
    )


def _axis_up(scale: LogScale, label: str) -> Markup:
    ticks = scale.ticks()
    middle = f"translate(16 {(TOP_PX + BOTTOM_PX) / 2:.0f}) rotate(-90)"
    return together(
        *(line((LEFT_PX, scale.at(tick)), (RIGHT_PX, scale.at(tick)), "grid") for tick in ticks),
        *(text(_short(tick), (LEFT_PX - 7, scale.at(tick) + 4), "end tick") for tick in ticks),
        element("text", label, class_="middle", transform=middle),
    )


def _ticks(low: float, high: float) -> list[float]:
    """All ticks from the one at or below `low` to the one at or above `high`; at least two."""
    powers = range(floor(log10(low)) - 1, ceil(log10(high)) + 2)
    all_ticks = [times * 10.0**power for power in powers for times in _MARKS]
    first = max(tick for tick in all_ticks if tick <= low * _NEARLY)
    last = min(tick for tick in all_ticks if tick >= high / _NEARLY and tick > first)
    return [tick for tick in all_ticks if first <= tick <= last]


_NEARLY: Final = 1 + 1e-9
"""What logarithms and back may change a number by."""


def _leading(tick: float) -> int:
    return round(tick / 10.0 ** floor(log10(tick * _NEARLY)))


def _short(value: float) -> str:
    """A number in few letters: 20 k, 1.5 G, 0.05."""
    for unit, letter in _UNITS:
        if value >= unit / _NEARLY:
            return f"{value / unit:.3g}{letter}"
    return f"{value:.2g}"
