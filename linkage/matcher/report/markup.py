"""Elements of a page: escaped by the standard library when the tree is written."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, tostring


def element(tag: str, *content: Element | str, **attributes: str | float) -> Element:
    """One element.

    Args:
        tag: Its name.
        content: Text and elements, in order.
        attributes: `class_` is written as `class`, `aria_label` as `aria-label` and so on; numbers
            with one decimal, which is a tenth of a pixel.
    """
    made = Element(
        tag, {name.rstrip("_").replace("_", "-"): _text(a) for name, a in attributes.items()}
    )
    for piece in content:
        if isinstance(piece, Element):
            made.append(piece)
        elif len(made):
            made[-1].tail = (made[-1].tail or "") + piece
        else:
            made.text = (made.text or "") + piece
    return made


def table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Element:
    """A table whose first column names the rows."""
    head = element("tr", *(element("th", column, scope="col") for column in columns))
    body = [
        element("tr", element("th", name, scope="row"), *(element("td", cell) for cell in cells))
        for name, *cells in rows
    ]
    content = (
        element("caption", caption),
        element("thead", head),
        element("tbody", *body),
    )
    scroll = element("div", element("table", *content), class_="table", tabindex="0")
    scroll.set("role", "region")
    scroll.set("aria-label", caption)
    return scroll


def write(page: Element) -> str:
    """The page's text."""
    return "<!DOCTYPE html>\n" + tostring(page, encoding="unicode", method="html") + "\n"


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.1f}"
