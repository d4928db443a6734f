"""Reporting: the measured rows as an aligned table and as JSON."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from statistics import fmean, median
from typing import Final

from benchmarks.accuracy.metrics import Score

HEADINGS: Final = (
    *("method", "threshold", "chosen by", "precision", "recall", "F1", "F1 of seeds"),
    *("records", "seconds"),
)
LEFT_ALIGNED: Final = {"method", "chosen by"}


class Choice(StrEnum):
    """How a threshold was chosen; only `HINDSIGHT` looks at the truth."""

    FIXED = "fixed"
    """A round value, written down without a look at any data."""
    ESTIMATED = "estimated"
    """By the matcher from the encodings, as agreements with `threshold = "estimated"` ask."""
    PROBABILITY = "model"
    """A match probability of one half under the method's own model."""
    HINDSIGHT = "hindsight"


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement; `seed` is of the key, where the method has one."""

    method: str
    threshold: float
    threshold_chosen: Choice
    precision: float
    recall: float
    f1: float
    seconds: float
    seed: int | None

    @classmethod
    def of(
        cls,
        method: str,
        threshold: tuple[float, Choice],
        score: Score,
        seconds: float,
        seed: int | None = None,
    ) -> "Row":
        """The row for a score."""
        return cls(method, *threshold, score.precision, score.recall, score.f1, seconds, seed)


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured on one data set.

    Attributes:
        records: of the left and the right agency.
        true_pairs: pairs of records of one person.
        bits_per_qgram: the planned weights, by field.
    """

    dataset: str
    records: tuple[int, int]
    true_pairs: int
    bits_per_qgram: dict[str, int]
    rows: tuple[Row, ...]
    seeds: tuple[int, ...]
    versions: dict[str, str]

    def document(self) -> dict[str, object]:
        """The same for JSON; fractions in full precision."""
        return asdict(self)


def table(report: Report) -> str:
    """The rows as aligned text; measurements that differ only in the seed become one line."""
    lines = [HEADINGS, *(_line(report, rows) for rows in _by_method(report.rows))]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    weights = ", ".join(f"{name} {bits}" for name, bits in report.bits_per_qgram.items())
    heads = [
        f"{report.dataset}: {report.true_pairs:,} true pairs",
        f"planned bits per q-gram: {weights}",
    ]
    return "\n".join([*heads, *(_aligned(line, widths) for line in lines)])


def _by_method(rows: Sequence[Row]) -> list[list[Row]]:
    groups: dict[tuple[str, Choice], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.method, row.threshold_chosen), []).append(row)
    return list(groups.values())


def _line(report: Report, rows: Sequence[Row]) -> tuple[str, ...]:
    f1 = [row.f1 for row in rows]
    left, right = report.records
    return (
        rows[0].method,
        f"{median(row.threshold for row in rows):.3f}",
        rows[0].threshold_chosen.value,
        f"{fmean(row.precision for row in rows):.4f}",
        f"{fmean(row.recall for row in rows):.4f}",
        f"{fmean(f1):.4f}",
        f"{min(f1):.4f}-{max(f1):.4f}" if len(f1) > 1 else "",
        f"{left:,} x {right:,}",
        f"{fmean(row.seconds for row in rows):.1f}",
    )


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        text.ljust(width) if heading in LEFT_ALIGNED else text.rjust(width)
        for text, width, heading in zip(line, widths, HEADINGS, strict=True)
    ]
    return "  ".join(cells).rstrip()
