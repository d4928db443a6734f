"""linkage-agent schema: what to link by. It reads extracts, holds no key and sends nothing."""

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

import typer

from linkage.agreement.schema import Reveals
from linkage.ids import AgencyId, is_name
from linkage_agent.terminal import print_json, say

if TYPE_CHECKING:
    from linkage_agent.advice.interface import Profile
    from linkage_agent.advice.survey import Survey

schema_app = typer.Typer(
    help="What to link by: profiles of extracts, a suggested schema, whether an extract fits it.",
    no_args_is_help=True,
)

PROFILE_SUFFIX: Final = ".toml"
"""What a file's name ends with if it is a profile and no extract."""

Extract = Annotated[Path, typer.Argument(help="The extract (CSV).")]
Agency = Annotated[str, typer.Option(help="The agency's id; the file's name if not given.")]
CharsetName: TypeAlias = Literal["utf-8", "windows-1252"]
Charset = Annotated[CharsetName | None, typer.Option(help="Of the extract; found if not given.")]
Delimiter = Annotated[
    str | None, typer.Option(help="Between the extract's values; found if not given.")
]
RowId = Annotated[
    str | None, typer.Option(help="The column that tells records apart; found if not given.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@schema_app.command()
def profile(  # noqa: PLR0913 - each is an option
    extract: Extract,
    *,
    agency: Agency = "",
    out: Annotated[Path | None, typer.Option(help="Where to write the profile (TOML).")] = None,
    charset: Charset = None,
    delimiter: Delimiter = None,
    row_id: RowId = None,
    as_json: Json = False,
) -> None:
    """Show what may be told to partners about an extract: what its columns hold, and no value."""
    from linkage_agent.advice.profile_file import render_profile
    from linkage_agent.advice.screens import profile_screen, show
    from linkage_agent.output import write_output

    made = _profile(extract, agency, charset, delimiter, row_id)
    if out is not None:
        write_output(out, render_profile(made).encode())
    if as_json:
        found: object = dataclasses.asdict(made)
        print_json({"profile": found})
        return
    show(profile_screen(made))
    if out is not None:
        say(f"Written: {out}. Read it; then it may go to the partners.")


@schema_app.command()
def suggest(
    files: Annotated[list[Path], typer.Argument(help="A profile or an extract of each agency.")],
    *,
    out: Annotated[
        Path | None, typer.Option(help="Where to write the schema; each agency's part beside it.")
    ] = None,
    reveals: Annotated[
        Reveals, typer.Option(help="What the matcher may tell of two records.")
    ] = Reveals.FIELD_LIKENESS,
) -> None:
    """Suggest the agreement's fields, and where each agency has them, from two or more profiles."""
    from linkage_agent.advice.profile_file import load_profile
    from linkage_agent.advice.render import render_schema, render_source
    from linkage_agent.advice.screens import show, suggestion_screen
    from linkage_agent.advice.suggest import suggest_schema
    from linkage_agent.output import write_output

    profiles = [
        load_profile(file) if file.suffix == PROFILE_SUFFIX else _profile(file) for file in files
    ]
    suggestion = suggest_schema(profiles, reveals)
    schema = render_schema(suggestion)
    sources = {one.agency: render_source(suggestion, one.agency) for one in profiles}
    if out is None:
        print(schema)
        print(*(f"# {line}" for text in sources.values() for line in text.splitlines()), sep="\n")
        return
    show(suggestion_screen(suggestion))
    write_output(out, schema.encode())
    say(f"Written: {out}, for the agreement")
    for agency, text in sources.items():
        part = out.with_name(f"{out.stem}-{agency}{PROFILE_SUFFIX}")
        write_output(part, text.encode())
        say(f"Written: {part}, for the configuration of {agency}")


@schema_app.command()
def check(
    schema: Annotated[Path, typer.Argument(help="The agreement, or its fields (TOML).")],
    extract: Extract,
    *,
    charset: Charset = None,
    delimiter: Delimiter = None,
    row_id: RowId = None,
    as_json: Json = False,
) -> None:
    """Say field by field whether an extract fits a schema, before anything is sent."""
    from linkage.errors import SourceError
    from linkage_agent.advice.check import EXTRACT_UNFIT, Verdict, check_extract, load_fields
    from linkage_agent.advice.screens import check_screen, show

    fields = load_fields(schema)
    fits = check_extract(fields, _survey(extract, charset, delimiter, row_id).columns)
    if as_json:
        found: object = [{**dataclasses.asdict(fit), "verdict": fit.verdict} for fit in fits]
        print_json({"fields": found})
    else:
        show(check_screen(fits))
    unfit = sum(fit.verdict is Verdict.UNFIT for fit in fits)
    if unfit:
        raise SourceError(EXTRACT_UNFIT, unfit_count=unfit, field_count=len(fits))


def _profile(
    extract: Path,
    agency: str = "",
    charset: CharsetName | None = None,
    delimiter: str | None = None,
    row_id: str | None = None,
) -> "Profile":
    from linkage_agent.advice.profile import profile_columns

    if agency and not is_name(agency):
        raise typer.BadParameter(
            "an agency's id is 1 to 32 of a-z, 0-9, - and _, and starts with a letter",
            param_hint="--agency",
        )
    survey = _survey(extract, charset, delimiter, row_id)
    return profile_columns(
        AgencyId(agency) or _agency_of(extract),
        survey.columns,
        charset=survey.charset,
        delimiter=survey.delimiter,
        row_id_column=row_id,
    )


def _survey(
    extract: Path, charset: CharsetName | None, delimiter: str | None, row_id: str | None
) -> "Survey":
    from linkage_agent import config
    from linkage_agent.advice.survey import survey_extract

    return survey_extract(
        extract,
        charset=config.Charset(charset) if charset else None,
        delimiter=delimiter,
        row_id_column=row_id,
    )


def _agency_of(extract: Path) -> AgencyId:
    """The file's name as an agency's id."""
    name = re.sub(r"[^a-z0-9_-]+", "-", extract.stem.lower()).strip("-_")
    return AgencyId((name if name[:1].isalpha() else f"agency-{name}")[:32])
