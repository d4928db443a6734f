"""The page: one HTML file that anyone can open, print and pass on.

It asks for nothing from outside and runs nothing, and its content security policy has the browser
refuse both.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Final

from benchmarks.report.chart import legend
from benchmarks.report.content import SetResult, method_names
from benchmarks.report.sections import (
    f1_table,
    of_data_set,
    overall_estimates,
    overall_f1,
)
from linkage_agent.picture.markup import Markup, element

EXPLAINED: Final = {
    "pair": "two records of different agencies, whichever comes first; a true match is a pair of "
    "records of one person",
    "label-free": "at the threshold that the method chose without knowing who is who",
    "best": "at the threshold with the highest F1, which only the truth can tell; it shows what "
    "the choice of the threshold cost",
    "precision": "share of the pairs found that are true matches",
    "recall": "share of the true matches that were found",
    "F1": "the harmonic mean of precision and recall",
    "estimated": "what the linkage said of itself, with an interval, before anyone looked at the "
    "truth",
    "B-cubed": "mean over records: the share of a record's cluster that is the same person "
    "(precision), and of the person's records that are in its cluster (recall)",
    "subgroup": "pairs of which at least one record is in it",
}
"""Each word of the page that is not everyday, and what it means."""


def render_page(title: str, made: str, sets: Sequence[SetResult]) -> str:
    """The HTML file's text.

    Args:
        title: Of the whole.
        made: When, and with what.
        sets: At least one, each with at least one method.
    """
    style = files(__package__).joinpath("page.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    # Charts give their greatest width in a style attribute, which a digest can't allow.
    policy = f"default-src 'none'; style-src-elem 'sha256-{digest}'; style-src-attr 'unsafe-inline'"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", Markup(style)),
    )
    series = {name: number for number, name in enumerate(method_names(sets))}
    body = element(
        "body",
        element("header", element("p", made, class_="caption"), element("h1", title)),
        element(
            "main",
            *([_contents(sets), _overall(sets, series)] if len(sets) > 1 else []),
            *(of_data_set(each, series) for each in sets),
            _explained(),
        ),
        element("footer", element("p", _versions(sets), class_="hint")),
    )
    return "<!DOCTYPE html>\n" + element("html", head, body, lang="en-GB").source + "\n"


def _contents(sets: Sequence[SetResult]) -> Markup:
    links = [element("li", element("a", each.title, href=f"#{each.name}")) for each in sets]
    return element("nav", element("ul", *links), aria_label="Data sets")


def _overall(sets: Sequence[SetResult], series: Mapping[str, int]) -> Markup:
    return element(
        "section",
        element("h2", "F1 by data set and method"),
        legend(series),
        overall_f1(sets, series),
        f1_table(sets),
        element("h2", "Estimated and true"),
        overall_estimates(sets),
    )


def _explained() -> Markup:
    terms = [
        part
        for word, meaning in EXPLAINED.items()
        for part in (element("dt", word), element("dd", meaning))
    ]
    return element("section", element("h2", "What the words mean"), element("dl", *terms))


def _versions(sets: Sequence[SetResult]) -> str:
    versions = {
        f"{package} {version}"
        for each in sets
        for method in each.methods
        for package, version in method.versions.items()
    }
    return f"Made with {', '.join(sorted(versions))}."
