"""The page: one HTML file for the operator, with charts from which the threshold is understood.

It asks for nothing from outside and runs nothing, and its content security policy has the browser
refuse both. It holds numbers of pairs and weights: it stays with the linkage unit.
"""

import base64
import hashlib
from collections.abc import Iterator
from importlib.resources import files
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from linkage.errors import ConfigError, ExitCode, Reason
from linkage.exchange.report import RunReport
from linkage.files import write_atomically
from linkage.matcher.report.charts import evidence_chart, weight_chart
from linkage.matcher.report.found import FoundReport
from linkage.matcher.report.markup import element, table, write
from linkage.matcher.report.text import COLUMNS, log_odds, quality_rows, threshold_text

PAGE_NOT_WRITTEN: Final = Reason(
    "PAGE_NOT_WRITTEN",
    "The page {file} can't be written: {cause}.",
    "An older file of this name is untouched. Mend the path or make room, then run it again.",
    ExitCode.CONFIGURATION,
)

_LEGEND: Final = (
    "Number of pairs, on a logarithmic scale. Pale: all that were looked at closely. Dark: those "
    "expected to be one person."
)


def report_page(found: FoundReport) -> str:
    """The HTML file's text."""
    style = files(__package__).joinpath("page.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"Match run {found.run[:16]}"),
        element("style", style),
    )
    report = found.report
    body = element(
        "body",
        element(
            "header",
            element("h1", "Match run"),
            element("p", f"{found.run}, {found.state}", class_="quiet"),
        ),
        element(
            "main",
            *(element("p", f"Warning: {text}", class_="warning") for text in report.warnings),
            _quality(report),
            *_evidence(report),
            *_weights(report),
        ),
    )
    return write(element("html", head, body, lang="en-GB"))


def write_page(file: Path, found: FoundReport) -> None:
    """Writes the page, whole or not at all, for its owner only.

    Raises:
        ConfigError: It can't be written; an older file stays.
    """
    try:
        write_atomically(file, report_page(found).encode())
    except OSError as error:
        cause = error.strerror or "unknown"
        raise ConfigError(PAGE_NOT_WRITTEN, file=str(file), cause=cause) from None


def _quality(report: RunReport) -> Element:
    section = element(
        "section",
        element("h2", "How good the result is expected to be"),
        element("p", f"A pair had to reach {threshold_text(report)}."),
    )
    rows = list(quality_rows(report))
    if rows:
        caption = "Estimates, each with an interval that ought to hold the truth nine times in ten"
        section.append(table(caption, ("pairs of", *COLUMNS), rows))
    return section


def _evidence(report: RunReport) -> Iterator[Element]:
    if not report.bars:
        return
    rows = [
        (f"{bar.from_log_odds:+.1f}", f"{bar.pairs:,}", f"{bar.matches:,.1f}")
        for bar in report.bars
    ]
    yield element(
        "section",
        element("h2", "Where the threshold lies"),
        element(
            "p",
            "Log odds of each pair taken alone. Whether it is accepted depends on the other pairs "
            "of its two records too: one to the right of the line can still be turned down.",
        ),
        element(
            "div",
            element(
                "figure",
                element("figcaption", _LEGEND, class_="quiet"),
                evidence_chart(report.bars, log_odds(report.threshold)),
            ),
            table("Pairs from these log odds up", ("log odds", "pairs", "expected matches"), rows),
            class_="pair",
        ),
    )


def _weights(report: RunReport) -> Iterator[Element]:
    if not report.weights:
        return
    most = max(abs(weight.weight) for weight in report.weights)
    section = element(
        "section",
        element("h2", "What each segment says"),
        element("p", "Added to a pair's log odds; learned from the data, without known matches."),
    )
    for segment, group in groupby(report.weights, attrgetter("segment")):
        weights = list(group)
        rows = [(weight.level, f"{weight.weight:+.2f}") for weight in weights]
        section.append(element("h3", segment))
        section.append(
            element(
                "div",
                element("figure", weight_chart(weights, most)),
                table(f"Weights of {segment}", ("level", "weight"), rows),
                class_="pair",
            )
        )
    yield section
