"""Profiles, suggestions and checks as tables on a terminal.

Names of columns and partners' texts are shown as they are, never as markup.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from linkage_agent.advice.check import FieldFit, Verdict
from linkage_agent.advice.interface import Profile, Suggestion
from linkage_agent.advice.meanings import TRAITS
from linkage_agent.sources.plan import DELIMITERS

_STYLES: Final = {Verdict.FITS: "green", Verdict.LOOK: "yellow", Verdict.UNFIT: "bold red"}


def show(screen: RenderableType) -> None:
    """Prints a screen on standard output; in a file or a pipe it has no colours."""
    Console(highlight=False).print(screen)


def profile_screen(profile: Profile) -> Group:
    """What an agency may tell its partners about its extract."""
    table = _table("column", "holds", "known by", "missing", "distinct", "bits", "look at this")
    for column in profile.columns:
        table.add_row(
            Text(column.name),
            Text(column.meaning, style="" if column.meaning in TRAITS else "dim"),
            Text(column.why, style="dim"),
            f"{column.missing:.0%}",
            f"{column.distinct:,}" if column.distinct else "<10",
            f"{column.information_bits:.1f}",
            Text("; ".join(column.warnings), style="yellow"),
        )
    records = f"about {profile.records:,}" if profile.records else "fewer than 10"
    head = [
        f"Agency     {profile.agency}",
        f"Records    {records}, told apart by {profile.row_id_column or 'no column'}",
        f"Written    in {profile.charset}, a {DELIMITERS[profile.delimiter]} between values",
        f"Not known  {', '.join(('empty', *profile.missing_values))}",
    ]
    return Group(*map(Text, head), table, *_warned(profile.warnings))


def suggestion_screen(suggestion: Suggestion) -> Group:
    """The fields of a schema, and what is left out."""
    agencies = [profile.agency for profile in suggestion.profiles]
    fields = _table("field", "kind", "bits", "tokens", *agencies)
    for field, why in zip(suggestion.schema.fields, suggestion.fields, strict=True):
        columns = (why.columns.get(agency) for agency in agencies)
        fields.add_row(
            field.name,
            field.kind,
            f"{why.information_bits:.1f}",
            Text(", ".join(f"{token} {bits}" for token, bits in field.tokens), style="dim"),
            *(Text(column.column) if column else Text("none", style="dim") for column in columns),
        )
    left_out = _table("left out", "of", "because")
    for one in suggestion.left_out:
        left_out.add_row(Text(one.column), one.agency, Text(one.why, style="dim"))
    return Group(
        fields, *([left_out] if suggestion.left_out else []), *_warned(suggestion.warnings)
    )


def check_screen(fits: Sequence[FieldFit]) -> Table:
    """How each field fares with an extract."""
    table = _table(
        "field", "kind", "column", "present", "unreadable", "wrong check", "distinct", "verdict",
        "look at this",
    )  # fmt: skip
    for fit in fits:
        table.add_row(
            fit.name,
            fit.kind,
            Text(fit.column or "none"),
            f"{fit.present:,} of {fit.records:,}",
            f"{fit.unreadable:,}",
            f"{fit.failed:,}",
            f"{fit.distinct:,}",
            Text(fit.verdict, style=_STYLES[fit.verdict]),
            Text("; ".join(fit.remarks), style="yellow"),
        )
    return table


def _table(*headers: str) -> Table:
    table = Table(*headers, box=box.SIMPLE_HEAD, pad_edge=False)
    for column in table.columns[:2]:
        column.no_wrap = True
    return table


def _warned(warnings: Iterable[str]) -> Iterator[Text]:
    for warning in warnings:
        yield Text(f"Look at this: {warning}", style="yellow")
