"""The UpSet chart: a dot matrix of agencies beside bars of people, as inline SVG.

One row a combination, so that it grows downwards, not sideways. Horizontal places are shares of
the width and vertical ones pixels: letters keep their size on a telephone and on paper.

Source: Lex, Gehlenborg, Strobelt, Vuillemot, Pfister (2014), UpSet.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from linkage.ids import AgencyId
from linkage_agent.picture.disclosure import least_shown
from linkage_agent.picture.markup import Markup, element, together
from linkage_agent.picture.overlap import Combination, Overlap

MAX_ROWS: Final = 24
"""More bars than these are no picture any more; the table beside the chart has them all."""

_ROW_PX: Final = 34
_BAR_PX: Final = 18
_DOT_PX: Final = 7
_LABEL_CHARACTERS: Final = 26
_LETTER_PX: Final = 5.2
"""Height that a letter of a label takes: it is 7 px wide and turned by 45 degrees."""
_COLUMN_SHARE: Final = 9.0
_MATRIX_SHARE: Final = 40.0
_LONGEST_BAR_SHARE: Final = 74.0
"""Of the room beside the matrix; the rest is for the number at the bar's end."""


def upset_chart(overlap: Overlap, names: Mapping[AgencyId, str]) -> Markup:
    """The chart of an overlap's combinations.

    Args:
        overlap: What may be shown.
        names: What the agencies are called on the page.
    """
    listed = overlap.combinations[:MAX_ROWS]
    labels = [_short(names[agency]) for agency in overlap.agencies]
    top = round(max(map(len, labels)) * _LETTER_PX) + 24
    matrix = min(_COLUMN_SHARE * len(overlap.agencies), _MATRIX_SHARE)
    columns = {
        agency: (index + 0.5) * matrix / len(overlap.agencies)
        for index, agency in enumerate(overlap.agencies)
    }
    height = top + _ROW_PX * len(listed) + 4
    return element(
        "svg",
        element("title", "How many people are known to exactly which agencies", id="upset-title"),
        element("desc", _description(overlap, listed, names), id="upset-description"),
        *_stripes(len(listed), top),
        *(_label(label, columns[a], top) for a, label in zip(columns, labels, strict=True)),
        *(_dots(item, columns, _middle(row, top)) for row, item in enumerate(listed)),
        _bars(listed, matrix, top),
        class_="upset",
        role="img",
        aria_labelledby="upset-title upset-description",
        width="100%",
        height=str(height),
    )


def _description(
    overlap: Overlap, listed: tuple[Combination, ...], names: Mapping[AgencyId, str]
) -> str:
    """What the chart shows, for those who don't see it; the table after it has every number."""
    agencies = ", ".join(names[agency] for agency in overlap.agencies)
    longest = ""
    if listed and not listed[0].people.is_suppressed:
        called = ", ".join(names[agency] for agency in listed[0].agencies)
        longest = f" The longest bar: {listed[0].people} people known to exactly {called}."
    return (
        f"Each row is a combination of the agencies {agencies}: a filled dot marks each agency in"
        f" it, a bar the number of people known to exactly these.{longest}"
        " The table after the chart has the same numbers."
    )


def _stripes(count: int, top: int) -> Iterator[Markup]:
    for row in range(0, count, 2):
        yield element(
            "rect",
            class_="stripe",
            x="0",
            y=str(top + row * _ROW_PX),
            width="100%",
            height=str(_ROW_PX),
        )


def _label(text: str, share: float, top: int) -> Markup:
    """An agency's name above its column, rising to the right."""
    # A share can't be the centre of a rotation; the origin of an inner drawing can lie there.
    turned = element("text", text, transform="rotate(-45)")
    return element("svg", turned, x=_share(share), y=str(top - 8), class_="label")


def _dots(item: Combination, columns: Mapping[AgencyId, float], middle: int) -> Markup:
    """A row of the matrix: a light dot for every agency, dark and joined ones for those in it."""
    y = str(middle)
    held = [_share(columns[agency]) for agency in item.agencies]
    return together(
        *(_dot("out", _share(share), y) for share in columns.values()),
        element("line", class_="link", x1=held[0], x2=held[-1], y1=y, y2=y),
        *(_dot("in", share, y) for share in held),
    )


def _dot(kind: str, x: str, y: str) -> Markup:
    return element("circle", class_=kind, cx=x, cy=y, r=str(_DOT_PX))


def _bars(listed: tuple[Combination, ...], matrix: float, top: int) -> Markup:
    """A bar a row, its length in proportion to the shown number, and the number at its end."""
    longest = max((item.people.rounded or 0 for item in listed), default=0) or 1
    pieces: list[Markup] = []
    for row, item in enumerate(listed):
        middle = _middle(row, top)
        if item.people.rounded is None:
            limit = f"fewer than {least_shown(item.people.rule)}"
            pieces.append(_number(element("tspan", limit, class_="suppressed"), 0.0, middle))
            continue
        length = item.people.rounded / longest * _LONGEST_BAR_SHARE
        bar = element(
            "rect",
            class_="shared" if len(item.agencies) > 1 else "alone",
            x="0",
            y=str(middle - _BAR_PX // 2),
            width=_share(length),
            height=str(_BAR_PX),
        )
        pieces += [bar, _number(together(item.people), length, middle)]
    axis = element(
        "line", class_="axis", x1="0", x2="0", y1=str(top), y2=str(top + len(listed) * _ROW_PX)
    )
    return element(
        "svg", *pieces, axis, x=_share(matrix + 2), width=_share(98 - matrix), class_="bars"
    )


def _number(content: Markup, share: float, middle: int) -> Markup:
    return element("text", content, x=_share(share), y=str(middle), dx="8", dy="0.35em")


def _middle(row: int, top: int) -> int:
    return top + row * _ROW_PX + _ROW_PX // 2


def _share(share: float) -> str:
    return f"{share:.2f}%"


def _short(name: str) -> str:
    if len(name) <= _LABEL_CHARACTERS:
        return name
    return name[: _LABEL_CHARACTERS - 1].rstrip() + "…"
