"""The rows as a table for a terminal, with their notes below."""

from collections.abc import Iterator, Sequence
from typing import Final

from benchmarks.evaluate.aligned import aligned
from benchmarks.speed.row import Better, Row

HEADS: Final = ("what", "", "unit", "floor", "goal", "verdict", "beside")
_SIGNS: Final = {Better.HIGHER: ">=", Better.LOWER: "<="}


def table(rows: Sequence[Row]) -> str:
    """A line a row; what was not measured, and every note, stands below."""
    lines = [list(HEADS), *(_cells(row) for row in rows if row.value is not None)]
    notes = [f"{row.name}: {row.note}" for row in rows]
    return "\n\n".join(filter(None, [aligned(lines), "\n".join(notes), *_misses(rows)]))


def _cells(row: Row) -> list[str]:
    peer = f"{row.peer.name}: {_figure(row.peer.value)} {row.peer.unit}" if row.peer else ""
    sign = _SIGNS[row.goal.better]
    return [
        row.name,
        "" if row.value is None else _figure(row.value),
        row.goal.unit,
        "" if row.goal.floor is None else f"{sign} {row.goal.floor:g}",
        "" if row.goal.goal is None else f"{sign} {row.goal.goal:g}",
        verdict(row),
        peer,
    ]


def verdict(row: Row) -> str:
    """In a word: goal met, floor met, or not even that; nothing where nothing is asked."""
    if row.meets_goal:
        return "goal"
    if row.meets_floor is False:
        return "BELOW FLOOR"
    if row.meets_floor:
        return "floor"
    return "below goal" if row.meets_goal is False else ""


def _misses(rows: Sequence[Row]) -> Iterator[str]:
    if missed := [row.name for row in rows if row.meets_floor is False]:
        yield f"Below their floors: {'; '.join(missed)}"


def _figure(value: float) -> str:
    """Three digits that count, and all before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
