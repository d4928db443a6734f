"""The whole course as text for a terminal: a line a data set, a column a method."""

from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from textwrap import wrap
from typing import Final

from benchmarks.evaluate.aligned import aligned
from benchmarks.report.content import MethodResult, SetResult, method_names

HEAD_CHARACTERS: Final = 16
RIVAL: Final = "Splink"
"""The method that ours is to be at least as good as (accuracy.md, section 1)."""


def tables(sets: Sequence[SetResult]) -> str:
    """F1 by data set and method, our estimates beside the truth, and whether the rival is met."""
    return "\n\n".join(_blocks(sets))


def _blocks(sets: Sequence[SetResult]) -> Iterator[str]:
    yield f"F1, label-free: mean over the seeds, ± half their range\n{_f1(sets, _label_free)}"
    yield f"F1 at the best threshold, which only the truth can tell\n{_f1(sets, _best)}"
    estimates = [row for each in sets for row in _estimates(each)]
    if estimates:
        heads = ["data set", "linkage", "precision", "estimated", "recall", "estimated"]
        heads += ["matches", "estimated"]
        yield f"Estimates without the truth, first seed\n{aligned([heads, *estimates], left=2)}"
    if any(each.method(RIVAL) for each in sets):
        yield f"Ours against {RIVAL}, label-free F1\n{aligned([*_against_rival(sets)])}"
    if failed := [f"{each.name}: {failure.method}" for each in sets for failure in each.failures]:
        yield f"Could not be run: {'; '.join(failed)}"


def _f1(sets: Sequence[SetResult], cell: Callable[[MethodResult], str]) -> str:
    """A line a data set, a column a method; names of methods are broken to keep it narrow."""
    names = method_names(sets)
    broken = [
        ["data set"],
        *(wrap(name, HEAD_CHARACTERS, break_on_hyphens=False) for name in names),
    ]
    heads = [list(row) for row in zip_longest(*broken, fillvalue="")]
    lines = [
        [each.name, *(cell(method) if (method := each.method(name)) else "-" for name in names)]
        for each in sets
    ]
    return aligned([*heads, *lines])


def _label_free(method: MethodResult) -> str:
    half = (method.f1.most - method.f1.least) / 2
    return (
        f"{method.f1.mean:.4f} ±{half:.4f}" if len(method.outcomes) > 1 else f"{method.f1.mean:.4f}"
    )


def _best(method: MethodResult) -> str:
    return f"{method.best_f1.mean:.4f}"


def _estimates(each: SetResult) -> Iterator[list[str]]:
    for method in each.methods:
        outcome = method.outcomes[0]
        if (found := outcome.estimated) is not None:
            few, many = found.matches_interval
            yield [
                each.name,
                method.name,
                f"{outcome.label_free.precision:.4f}",
                f"{found.precision:.4f} ({_interval(found.precision_interval)})",
                f"{outcome.label_free.recall:.4f}",
                f"{found.recall:.4f} ({_interval(found.recall_interval)})",
                f"{outcome.true_matches:,}",
                f"{found.matches:,.0f} ({few:,.0f}-{many:,.0f})",
            ]


def _interval(interval: tuple[float, float]) -> str:
    return f"{interval[0]:.4f}-{interval[1]:.4f}"


def _against_rival(sets: Sequence[SetResult]) -> Iterator[list[str]]:
    yield ["data set", "ours", RIVAL, "difference", f"ours >= {RIVAL}"]
    for each in sets:
        ours = next(method for method in each.methods if method.is_ours)
        if (rival := each.method(RIVAL)) is not None:
            difference = ours.f1.mean - rival.f1.mean
            verdict = "yes" if difference >= 0 else "no"
            yield [
                each.name,
                f"{ours.f1.mean:.4f}",
                f"{rival.f1.mean:.4f}",
                f"{difference:+.4f}",
                verdict,
            ]
