"""The page: one HTML file that anyone can open, print and pass on.

Takes published counts and the imprint; gives text. It asks for nothing from outside and runs
nothing, and its content security policy has the browser refuse both.
"""

import base64
import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from linkage.agreement.model import DisclosureRule
from linkage.ids import AgencyId, Digest, ProjectId, RunId
from linkage_agent.picture.disclosure import PublishedCount, least_shown
from linkage_agent.picture.markup import Content, Markup, element, together
from linkage_agent.picture.overlap import Agencies, Combination, Distribution, Overlap
from linkage_agent.picture.upset import MAX_ROWS, upset_chart

_DIGITS_SHOWN: Final = 16
"""Of a digest: enough to compare by eye; the agreement and the run have the rest."""


@dataclass(frozen=True, slots=True)
class Imprint:
    """Where a picture comes from.

    Attributes:
        names: what each party to the agreement is called.
        absent: parties that could have given a table, and whose table is not in it.
        keep_days: how many days after the match run the agreement lets it be kept.
    """

    made_by: AgencyId
    title: str
    project: ProjectId
    digest: Digest
    run: RunId
    day: dt.date
    keep_days: int
    names: Mapping[AgencyId, str]
    absent: Agencies


def render_page(overlap: Overlap, imprint: Imprint) -> str:
    """The HTML file's text."""
    style = files(__package__).joinpath("page.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"{imprint.title}: linkage picture"),
        element("style", Markup(style)),
    )
    body = element(
        "body",
        _header(imprint),
        element(
            "main",
            _notice(overlap.rule),
            _at_a_glance(overlap, imprint.names),
            _who_shares(overlap, imprint.names),
            _what_is_recorded(overlap, imprint.names),
            _how_to_read(overlap.rule),
            _what_it_does_not_tell(),
        ),
        _footer(overlap, imprint),
    )
    return "<!DOCTYPE html>\n" + element("html", head, body, lang="en-GB").source + "\n"


def _header(imprint: Imprint) -> Markup:
    return element(
        "header",
        element(
            "div",
            element("p", f"Linkage picture by {imprint.names[imprint.made_by]}", class_="caption"),
            element("h1", imprint.title),
        ),
    )


def _notice(rule: DisclosureRule) -> Markup:
    return element(
        "div",
        element(
            "p",
            "Counts of linked records, made from pseudonymised personal data. ",
            element("b", f"Counts below {least_shown(rule)} are suppressed, zero included; "),
            element("b", f"all others are rounded to the nearest {rule.round_to}."),
        ),
        class_="notice",
    )


def _at_a_glance(overlap: Overlap, names: Mapping[AgencyId, str]) -> Markup:
    several = "both agencies" if len(overlap.agencies) == 2 else "two or more agencies"
    figures = [
        _figure(overlap.shared(), f"known to {several}"),
        *(_figure(overlap.known_to(a), f"known to {names[a]}") for a in overlap.agencies),
    ]
    hint = "Number of people, each the sum of the numbers shown in the next section."
    if not overlap.is_complete:
        hint += " Suppressed combinations are missing from these sums, so they are too low."
    return element(
        "section",
        element("h2", "At a glance"),
        element("ul", *figures, class_="figures"),
        _hint(hint),
    )


def _figure(people: PublishedCount, label: str) -> Markup:
    kind = {"class_": "none"} if people.is_suppressed else {}
    return element("li", element("b", people), label, **kind)


def _who_shares(overlap: Overlap, names: Mapping[AgencyId, str]) -> Markup:
    heading = element("h2", "Who knows the same people")
    if not overlap.combinations:
        return element("section", heading, element("p", "No combination can be shown."))
    rows = [
        _row(_name(item.agencies, overlap, names), [_cell(item.people)])
        for item in overlap.combinations
    ]
    caption = "People known to exactly the marked agencies, and to no other in this picture."
    longest = len(overlap.combinations) > MAX_ROWS
    unlisted = not overlap.is_complete and overlap.shown == overlap.combinations
    return element(
        "section",
        heading,
        element("figure", element("figcaption", caption), upset_chart(overlap, names)),
        _hint("The chart has the longest bars only; the table has them all.") if longest else "",
        element("h3", "The same numbers as a table", id="combinations"),
        _table("combinations", ("Known to exactly", "People"), rows),
        _hint("Every combination that is not listed is suppressed.") if unlisted else "",
        class_="who",
    )


def _what_is_recorded(overlap: Overlap, names: Mapping[AgencyId, str]) -> Markup:
    if not overlap.distributions:
        return together()
    return element(
        "section",
        element("h2", "What is recorded about shared people"),
        element(
            "p",
            "People known to two or more agencies, by what one agency recorded. A person counts "
            "where that agency recorded a value, and where its records of the person agree; so a "
            "row need not add up to all its people. The bar under a number is its share of them.",
        ),
        *(_distribution(item, overlap, names) for item in overlap.distributions),
    )


def _distribution(item: Distribution, overlap: Overlap, names: Mapping[AgencyId, str]) -> Markup:
    """A table of one attribute: the agency's shown combinations, then for three and more sums."""
    label = f"{item.agency}.{item.attribute.name}"
    recorded = f"{_plain(item.attribute.name)}, as recorded by {names[item.agency]}"
    heading = element("h3", recorded, id=label)
    if not item.rows:
        return together(heading, _hint("Nothing can be shown."))
    others = tuple(agency for agency in overlap.agencies if agency != item.agency)
    exactly = []
    for row in item.rows:
        with_it = tuple(agency for agency in others if agency in row.combination.agencies)
        cells = [_cell(people, row.combination) for people in row.people]
        header = _listed(with_it, others, names, "All other agencies in this picture")
        exactly.append(_row(header, cells))
    both = [
        _row(names[other], [_cell(people) for people in item.known_to_both(other)])
        for other in others
    ]
    headings = ("Shared with exactly", *item.attribute.values)
    if len(others) == 1:
        return together(heading, _table(label, headings, exactly))
    sums = "Shared with at least (sums of the rows above)"
    span = str(len(headings))
    title = element("tr", element("th", sums, colspan=span, scope="rowgroup"))
    return together(heading, _table(label, headings, exactly, [title, *both]))


def _how_to_read(rule: DisclosureRule) -> Markup:
    return element(
        "section",
        element("h2", "How to read the numbers"),
        _list(
            f"“Suppressed” means: fewer than {least_shown(rule)} people, perhaps none; or a larger "
            "number that is withheld because another could be worked out from it.",
            "A sum adds the numbers that are shown, and is suppressed only if none of them is.",
            f"Each number is rounded by itself to the nearest {rule.round_to}. Small differences "
            "between numbers mean nothing, and sums need not fit.",
            "“Known to” an agency means that it has a record of the person in the data that it "
            "sent for this match run, not that it ever dealt with the person.",
            "Do not try to work out a suppressed number from other pictures or from numbers that "
            "an agency published elsewhere.",
        ),
    )


def _what_it_does_not_tell() -> Markup:
    return element(
        "section",
        element("h2", "What cannot be concluded from it"),
        _list(
            "The counts are of linked records. Linkage makes errors: records of one person stay "
            "apart, and records of two people are joined. How many is not known to this page.",
            "Linkage errors are not the same for everyone: people who move, or whose names are "
            "often misspelt, are missed more often. Compare groups with care.",
            "Being known to several agencies is neither a need nor a risk nor a cause of anything.",
            "Nothing follows about one person. To act on a named case is another purpose and "
            "needs another agreement.",
            "The data behind this page remain pseudonymised personal data of the people counted.",
        ),
    )


def _footer(overlap: Overlap, imprint: Imprint) -> Markup:
    in_it = ", ".join(imprint.names[agency] for agency in overlap.agencies)
    absent = ", ".join(imprint.names[agency] for agency in imprint.absent)
    entries: list[tuple[str, Content]] = [
        ("Made by", imprint.names[imprint.made_by]),
        ("Made on", f"{imprint.day.day} {imprint.day:%B %Y}"),
        ("Agencies in it", in_it),
        *([("Without a table from", absent)] if absent else []),
        ("Agreement", f"{imprint.title} ({imprint.project})"),
        ("Agreement digest", element("code", imprint.digest[:_DIGITS_SHOWN])),
        ("Match run", element("code", imprint.run[:_DIGITS_SHOWN])),
        ("Keep for", f"at most {imprint.keep_days} days after the match run"),
    ]
    pairs = (together(element("dt", what), element("dd", value)) for what, value in entries)
    return element(
        "footer",
        element("div", element("h2", "Where it comes from"), element("dl", *pairs)),
    )


def _table(
    label: str, headings: tuple[str, ...], rows: list[Markup], sums: Sequence[Markup] = ()
) -> Markup:
    """A table that scrolls sideways by itself where the page is narrow, by keyboard as well.

    Args:
        label: The id of the heading that names it.
        headings: Of its columns; all but the first are over numbers.
        rows: Its first part.
        sums: Its second part.
    """
    first, *rest = headings
    columns = [element("th", heading, scope="col", class_="number") for heading in rest]
    head = element("thead", element("tr", element("th", first, scope="col"), *columns))
    parts = [element("tbody", *rows), *([element("tbody", *sums, class_="sums")] if sums else [])]
    return element(
        "div",
        element("table", head, *parts, aria_labelledby=label),
        class_="scroll",
        role="region",
        aria_labelledby=label,
        tabindex="0",
    )


def _row(header: str, cells: Iterable[Markup]) -> Markup:
    return element("tr", element("th", header, scope="row"), *cells)


def _cell(people: PublishedCount, whole: Combination | None = None) -> Markup:
    if people.rounded is None:
        return element("td", people, class_="number suppressed")
    if whole is None or whole.people.rounded is None:
        return element("td", people, class_="number")
    share = min(100.0, 100 * people.rounded / whole.people.rounded)
    bar = element(
        "svg",
        element("rect", class_="whole", width="100%", height="5"),
        element("rect", class_="part", width=f"{share:.1f}%", height="5"),
        class_="share",
        aria_hidden="true",
    )
    return element("td", people, bar, class_="number")


def _hint(text: str) -> Markup:
    return element("p", text, class_="hint")


def _list(*items: str) -> Markup:
    return element("ul", *(element("li", item) for item in items))


def _name(agencies: Agencies, overlap: Overlap, names: Mapping[AgencyId, str]) -> str:
    """What a combination is called on the page."""
    if len(agencies) == 1:
        return f"{names[agencies[0]]} only"
    return _listed(agencies, overlap.agencies, names, "All agencies in this picture")


def _listed(
    agencies: Agencies, out_of: Agencies, names: Mapping[AgencyId, str], all_of_them: str
) -> str:
    """Agencies as a list in words, or one expression for three and more if it is all of them."""
    called = [names[agency] for agency in agencies]
    if len(called) == 1:
        return called[0]
    if agencies == out_of and len(called) > 2:
        return all_of_them
    return f"{', '.join(called[:-1])} and {called[-1]}"


def _plain(name: str) -> str:
    """An attribute's name as words: `age_band` as `Age band`."""
    return name.replace("_", " ").replace("-", " ").capitalize()
