"""Tables and figures, as they stand on a page."""

from collections.abc import Iterable, Sequence
from typing import Final

from linkage_agent.picture.markup import Content, Markup, element

LEFT_ALIGNED: Final = frozenset({"data set", "method", "links by", "subgroup", "of"})
"""Columns of text; all others hold numbers."""


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Content]]) -> Markup:
    """A table; the first cell of each row names it.

    Args:
        caption: What the numbers are.
        heads: One a column.
        rows: As many cells as heads.
    """
    kinds = ["text" if head in LEFT_ALIGNED else "number" for head in heads]
    top = (
        element("th", head, scope="col", class_=kind)
        for head, kind in zip(heads, kinds, strict=True)
    )
    body = (_row(cells, kinds) for cells in rows)
    whole = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *top)),
        element("tbody", *body),
    )
    # Wider than a telephone: it scrolls by itself, by keyboard too.
    return element("div", whole, class_="scroll", tabindex="0", role="region", aria_label=caption)


def figure(caption: str, drawn: Markup) -> Markup:
    """A chart with what is to be known for reading it."""
    return element("figure", element("figcaption", caption), drawn)


def _row(cells: Sequence[Content], kinds: Sequence[str]) -> Markup:
    first, *others = zip(cells, kinds, strict=True)
    return element(
        "tr",
        element("th", first[0], scope="row", class_=first[1]),
        *(element("td", cell, class_=kind) for cell, kind in others),
    )
