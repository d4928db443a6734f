"""The rows as a table for a terminal, with what failed and all notes below."""

from collections.abc import Sequence
from typing import Final

from benchmarks.attacks.score import Row
from benchmarks.evaluate.aligned import aligned

HEADS: Final = ("attack", "encoding", "success", "95 % bound", "asked", "verdict", "k of n")
TEXT_COLUMNS: Final = 2


def table(rows: Sequence[Row]) -> str:
    """A line a row; sizes and notes stand below."""
    lines = [list(HEADS), *(_cells(row) for row in rows)]
    notes = [
        f"{row.attack}, {row.encoding}: "
        + "; ".join(filter(None, [row.size, row.note, f"{row.seconds:.0f} s"]))
        for row in rows
    ]
    failed = [
        f"{verdict(row)}: {row.attack} against {row.encoding}" for row in rows if row.fails_the_run
    ]
    return "\n\n".join(filter(None, [aligned(lines, TEXT_COLUMNS), "\n".join([*notes, *failed])]))


def told(row: Row) -> str:
    """A row in a line, for whoever waits."""
    return f"{row.attack}, {row.encoding}: {_figure(row.success, row)} {verdict(row)}".rstrip()


def verdict(row: Row) -> str:
    """In a word: of controls, whether they were broken; of others, whether the gate held."""
    if row.passes is None:
        return ""
    if row.control:
        return "broken" if row.passes else "CONTROL NOT BROKEN"
    return "holds" if row.passes else ("GATE BROKEN" if row.claimed else "broken")


def _cells(row: Row) -> list[str]:
    lower, upper = row.bounds or (None, None)
    bound = lower if row.control else upper
    sign = ">=" if row.control else "<="
    return [
        row.attack,
        row.encoding,
        _figure(row.success, row),
        "" if bound is None else f"{sign} {bound:.3%}",
        "" if row.gate is None else f"{sign} {_figure(row.gate, row)}",
        verdict(row),
        f"{row.named.count:,} of {row.named.total:,}" if row.named else "",
    ]


def _figure(value: float, row: Row) -> str:
    return f"{value:.3%}" if row.named else f"{value:.3f}"
