"""Charts from which a threshold is understood: drawings for the page, without a script."""

import math
from collections.abc import Sequence
from typing import Final
from xml.etree.ElementTree import Element

from linkage.exchange.report import EvidenceBar, SegmentWeight
from linkage.matcher.report.markup import element

WIDTH: Final = 720.0
"""Of a drawing, in its own units: some 7 to a letter."""
_HEIGHT: Final = 300.0
_LEFT: Final = 60.0
_RIGHT: Final = 20.0
_TOP: Final = 34.0
_BOTTOM: Final = 44.0
_TICKS: Final = 8
"""About so many marks on the axis of log odds."""

_ROW: Final = 20.0
_NAMES: Final = 190.0
_NUMBERS: Final = 46.0


def evidence_chart(bars: Sequence[EvidenceBar], threshold: float) -> Element:
    """Pairs by log odds, and in front of them those that are expected to be matches.

    Both are counted on a logarithmic scale, since strangers are so many more.

    Args:
        bars: At least one, ascending, of equal width.
        threshold: In log odds; outside the bars, or infinite, it is drawn at their end.
    """
    step = bars[1].from_log_odds - bars[0].from_log_odds if len(bars) > 1 else 1.0
    low, high = bars[0].from_log_odds, bars[-1].from_log_odds + step
    most = max(1.0, *(_height(bar.pairs) for bar in bars))
    floor = _HEIGHT - _BOTTOM

    def across(odds: float) -> float:
        return _LEFT + (odds - low) / (high - low) * (WIDTH - _LEFT - _RIGHT)

    def rise(count: float) -> float:
        return _height(count) / most * (floor - _TOP)

    def bar(at: EvidenceBar, count: float, kind: str) -> Element:
        start, end = across(at.from_log_odds), across(at.from_log_odds + step)
        tall = rise(count)
        return _box(start + 0.5, floor - tall, max(0.5, end - start - 1.0), tall, kind)

    place = across(min(max(threshold, low), high))
    return _drawing(
        _HEIGHT,
        "Pairs of records by their log odds",
        "Bars of all pairs, in front of them bars of expected matches; a line is the threshold. "
        "The table has the same numbers.",
        *(_gridline(floor - rise(10.0**power), f"{10**power:,}") for power in _powers(most)),
        *(bar(each, each.pairs, "pairs") for each in bars),
        *(bar(each, each.matches, "matches") for each in bars),
        *(_odds_mark(across(odds), floor, odds) for odds in _marks(low, high)),
        _line(place, _TOP - 8, place, floor, "threshold"),
        _label(place, _TOP - 14, "threshold", "middle", "strong"),
        _label((_LEFT + WIDTH) / 2, _HEIGHT - 6, "log odds of being one person", "middle"),
    )


def weight_chart(weights: Sequence[SegmentWeight], most: float) -> Element:
    """What each level of one segment adds to the log odds: to the right for, to the left against.

    Args:
        weights: Of one segment, at least one.
        most: The greatest weight, for or against, of all segments: they share a scale.
    """
    zero = (_NAMES + WIDTH - _NUMBERS) / 2
    unit = (WIDTH - _NUMBERS - _NAMES) / 2 / max(most, 1e-9)
    rows: list[Element] = []
    for number, each in enumerate(weights):
        top, wide = number * _ROW + 4, abs(each.weight) * unit
        start, kind = (zero, "for") if each.weight >= 0 else (zero - wide, "against")
        rows += [
            _label(_NAMES - 12, top + 12, each.level, "end"),
            _box(start, top, wide, _ROW - 5, kind),
            _label(WIDTH, top + 12, f"{each.weight:+.1f}", "end"),
        ]
    height = len(weights) * _ROW + 8
    return _drawing(
        height,
        f"What {weights[0].segment} says",
        "For each level of likeness, what it adds to the log odds: bars to the right speak for one "
        "person, bars to the left against. The table has the same numbers.",
        *rows,
        _line(zero, 0, zero, height, "axis"),
    )


def _height(count: float) -> float:
    return math.log10(1 + count)


def _powers(most: float) -> range:
    """Powers of ten to be marked on a scale that ends at a height."""
    return range(math.floor(most) + 1)


def _marks(low: float, high: float) -> list[float]:
    step = max(1, round((high - low) / _TICKS))
    first = math.ceil(low / step) * step
    return [float(odds) for odds in range(first, math.floor(high) + 1, step)]


def _odds_mark(place: float, floor: float, odds: float) -> Element:
    return element(
        "g",
        _line(place, floor, place, floor + 4, "axis"),
        _label(place, floor + 17, f"{odds:.0f}", "middle"),
    )


def _gridline(height: float, text: str) -> Element:
    return element(
        "g",
        _line(_LEFT, height, WIDTH - _RIGHT, height, "grid"),
        _label(_LEFT - 6, height + 4, text, "end"),
    )


def _drawing(height: float, title: str, description: str, *content: Element) -> Element:
    return element(
        "svg",
        element("title", title),
        element("desc", description),
        *content,
        viewBox=f"0 0 {WIDTH:.0f} {height:.0f}",
        role="img",
    )


def _box(x: float, y: float, width: float, height: float, kind: str) -> Element:
    return element("rect", x=x, y=y, width=width, height=height, class_=kind)


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Element:
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=kind)


def _label(x: float, y: float, text: str, anchor: str, kind: str = "label") -> Element:
    return element("text", text, x=x, y=y, text_anchor=anchor, class_=kind)
