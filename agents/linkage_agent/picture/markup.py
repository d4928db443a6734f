"""HTML and SVG elements that are escaped by construction.

What goes between tags is text, escaped here, or `Markup` that this module made, or a
`PublishedCount`. A bare number is refused: that is how a true count would get onto a page.
"""

from dataclasses import dataclass
from html import escape
from typing import Final, TypeAlias

from linkage_agent.picture.disclosure import PublishedCount

_EMPTY_ELEMENTS: Final = frozenset({"meta"})
"""Elements of HTML that have no end tag."""


@dataclass(frozen=True, slots=True)
class Markup:
    """A piece of a page, as it stands in the file."""

    source: str


Content: TypeAlias = str | Markup | PublishedCount


def element(tag: str, *content: Content, **attributes: str) -> Markup:
    """One element.

    Args:
        tag: Its name.
        content: Text, elements and published counts, in order.
        attributes: `class_` is written as `class`, `aria_label` as `aria-label` and so on.
    """
    names = {name: name.rstrip("_").replace("_", "-") for name in attributes}
    start = "".join(f' {names[name]}="{escape(value)}"' for name, value in attributes.items())
    if tag in _EMPTY_ELEMENTS:
        return Markup(f"<{tag}{start}>")
    return Markup(f"<{tag}{start}>{together(*content).source}</{tag}>")


def together(*content: Content) -> Markup:
    """Several pieces, one after the other."""
    return Markup("".join(_source(piece) for piece in content))


def _source(piece: Content) -> str:
    if isinstance(piece, Markup):
        return piece.source
    if isinstance(piece, (str, PublishedCount)):
        return escape(str(piece))
    raise TypeError("only text, markup and published counts go onto a page")
