"""linkage-agent: the command line. It asks, shows and exits; what is done is done elsewhere.

Exit codes are those of `linkage.errors.ExitCode`. With `--json` a command prints one JSON object on
standard output; errors and progress go to standard error either way.
"""

import datetime as dt
import os
import resource
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

from linkage.errors import ExitCode, LinkageError
from linkage_agent.advice.cli import schema_app
from linkage_agent.terminal import (
    ask,
    explain,
    listed,
    print_json,
    print_outcome,
    say,
    show_progress,
    stop_if_waiting,
)

if TYPE_CHECKING:
    from linkage_agent.job import Job
    from linkage_agent.session import Session
    from linkage_agent.steps import Progress, Step

app = typer.Typer(
    help="An agency's agent: encodes its extract, sends encodings, gets match keys.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
approve_app = typer.Typer(help="A person approves an upload or a release.", no_args_is_help=True)
app.add_typer(approve_app, name="approve")
app.add_typer(schema_app, name="schema")

Config = Annotated[Path, typer.Option("--config", help="The agent's configuration (TOML).")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Yes = Annotated[bool, typer.Option("--yes", help="Approve without being asked.")]

_DONE: Final = "done"


def main() -> NoReturn:
    """Runs the command line; no traceback and no data ever reach the screen."""
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # `diagnose` says it better
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold identifiers
    try:
        app()
    except LinkageError as error:
        explain(error)
        sys.exit(error.reason.exit_code)
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001 - its text may hold data, a Rust panic's too
        frames = traceback.extract_tb(error.__traceback__)
        where = ", ".join(f"{Path(f.filename).name}:{f.lineno}" for f in frames[-4:])
        say(f"INTERNAL: the agent failed in a way it did not expect ({type(error).__name__}).")
        say(f"Next: report this place: {where}. Nothing is lost; the command can be run again.")
        sys.exit(ExitCode.INTERNAL)
    sys.exit(ExitCode.DONE)


@app.command()
def init(config: Config, *, as_json: Json = False) -> None:
    """Make this agency's keys, its card for the agreement and its certificate request."""
    from linkage_agent.config import load_config
    from linkage_agent.enrolment import enrol

    made = enrol(load_config(config))
    if as_json:
        print_json({"card": made.card.text(), "request_file": str(made.request_file)})
        return
    print(f"Identity card (goes into the agreement, under this party):\n\n{made.card.text()}\n")
    print(f"Fingerprint of the card: {made.card.fingerprint()}")
    print(f"Certificate request (goes to the matcher's operator): {made.request_file}")


@app.command()
def check(config: Config, *, as_json: Json = False) -> None:
    """Check configuration, agreement, extract and the way to the matcher. Sends nothing."""
    from linkage_agent.preview import ABSENT
    from linkage_agent.sources.extract import read_extract
    from linkage_agent.sources.mapping import needed_fields

    session = _open(config)
    agreement = session.agreement
    kinds = {field.name: field.kind for field in agreement.schema.fields}
    needed = needed_fields(agreement.schema)
    report = read_extract(session.config.source, kinds, needed=needed).report
    with session.job() as job:
        status = job.transport.agreement_status()
    if as_json:
        print_json(
            {
                "agreement": agreement.digest,
                "rows": report.records,
                "signed_by": list(status.signed_by),
                "live": status.live,
            }
        )
        return
    print(f"Agreement   {agreement.project.title}")
    print(f"Digest      {agreement.digest}   (compare it with the other parties)")
    print(f"Signed by   {', '.join(status.signed_by) or 'nobody yet'}")
    print(f"Extract     {report.records:,} rows")
    for name, field in report.fields.items():
        if field.absent:
            print(f"  {name:<20}{ABSENT}")
            continue
        lines = f" (first in lines {listed(field.invalid_lines)})" if field.invalid else ""
        print(f"  {name:<18}{field.present:>10,} present{field.missing:>10,} missing", end="")
        print(f"{field.invalid:>10,} unreadable{lines}")
    print(f"Matcher     answers at {session.config.matcher.address}")


@app.command()
def sign(
    config: Config,
    digest: Annotated[str, typer.Option(help="The agreement's digest, as the parties compared.")],
) -> None:
    """Sign up to the agreement, by the digest that all parties compared."""
    session = _open(config)
    if digest != session.agreement.digest:
        raise typer.BadParameter(
            f"this agreement's digest is {session.agreement.digest}: compare both with the other "
            "parties before signing",
            param_hint="--digest",
        )
    with session.job() as job:
        job.sign()
    print(f"Signed: {session.agreement.digest}")


@app.command()
def preview(
    config: Config,
    page: Annotated[Path | None, typer.Option(help="Also write it as an HTML page.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Encode the extract and show exactly what would leave. Sends no record."""
    from linkage_agent.steps import Step

    session = _open(config)
    with session.working(show_progress) as job:
        job.withdraw_approval_if_stale()
        stop_if_waiting(job.advance(Step.ENCODE), as_json=as_json)
        _show_preview(job, page, as_json=as_json)


@approve_app.command("upload")
def approve_upload(
    config: Config,
    dataset: Annotated[str, typer.Argument(help="The dataset that `preview` showed.")] = "",
) -> None:
    """Approve the upload of exactly the dataset that `preview` showed."""
    from linkage.ids import DatasetId

    with _open(config).job() as job:
        spooled = job.spool.load()
        if not dataset and spooled is not None:
            _show_preview(job, None, as_json=False)
            ask("Send exactly this to the matcher?")
            dataset = spooled.id
        job.approve_upload(DatasetId(dataset))
    print(f"Approved for upload: {dataset}")


@approve_app.command("release")
def approve_release(config: Config, *, yes: Yes = False, as_json: Json = False) -> None:
    """Show how good the result is expected to be, and approve the release of the match keys."""
    from linkage_agent.release import release_document, release_lines

    with _open(config).job() as job:
        view, result = job.held_result()
        if as_json:
            print_json(release_document(job.agreement, view, result))
        else:
            print(*release_lines(job.agreement, view, result), sep="\n")
        if not yes:
            ask("Let each of them have the match keys of its own records?")
        job.approve_release(view)
    (say if as_json else print)(f"Approved for release: {result}")


@app.command()
def refuse(config: Config) -> None:
    """Refuse the release of the held result, for good: nobody gets match keys from this run."""
    from linkage_agent.release import release_lines

    with _open(config).job() as job:
        view, result = job.held_result()
        print(*release_lines(job.agreement, view, result), sep="\n")
        ask(f"Refuse the release of the result {result} for all agencies, for good?")
        job.transport.refuse_release(view.run)
    print(f"Refused: {result}")


@app.command()
def send(config: Config, *, as_json: Json = False) -> None:
    """Upload the approved dataset; after an interruption, only what is missing."""
    from linkage_agent.steps import Step

    with _open(config).working(show_progress) as job:
        stop_if_waiting(job.advance(Step.SEND), as_json=as_json)
        dataset = job.spool.load()
    if dataset is not None:
        print_outcome({"state": "sent", "dataset": dataset.id}, as_json=as_json)


@app.command()
def status(config: Config, *, as_json: Json = False) -> None:
    """Show where the job stands and what it waits for."""
    from linkage_agent.standing import standing

    with _open(config).job() as job:
        print_outcome(standing(job), as_json=as_json)


@app.command()
def fetch(config: Config, *, as_json: Json = False) -> None:
    """Get the match keys of an approved release and join them to the extract's rows."""
    from linkage_agent.steps import Step

    session = _open(config)
    with session.working(show_progress) as job:
        stop_if_waiting(job.advance(Step.FETCH), as_json=as_json)
    print_outcome(_done(session), as_json=as_json)


@app.command("explain")
def explain_match(
    record_id: Annotated[str, typer.Argument(help="Your own row id of the record.")],
    config: Config,
    *,
    as_json: Json = False,
) -> None:
    """Say in coarse words why a record of yours was matched, once you have the match keys."""
    from linkage_agent.explanation import explain_row, explanation_document, explanation_lines

    with _open(config).job() as job:
        explanation, reveals = explain_row(job, record_id), job.agreement.schema.reveals
    if as_json:
        print_json(explanation_document(explanation, reveals))
    else:
        print(*explanation_lines(explanation, reveals), sep="\n")


@app.command()
def run(
    config: Config,
    *,
    wait: Annotated[bool, typer.Option(help="Wait for other agencies and the matcher.")] = True,
    as_json: Json = False,
) -> None:
    """Do the whole job, waiting for the others; ask where a person has to approve."""
    from linkage_agent.steps import Waiting

    session = _open(config)
    last: Progress | None = None
    while True:
        with session.working(show_progress) as job:
            progress = job.advance()
            asked = progress.waiting is Waiting.PERSON and _ask_for(job, progress.step)
        if not progress.waiting:
            print_outcome(_done(session), as_json=as_json)
            return
        if not asked:
            if not wait or progress.waiting is Waiting.PERSON:
                stop_if_waiting(progress, as_json=as_json)
            if progress != last:
                say(f"{progress.step:<8} waiting: {progress.what}")
            last = progress
            time.sleep(session.config.poll_seconds)


@app.command()
def table(
    config: Config,
    recipient: Annotated[str, typer.Option(help="The agency that the table is for.")],
) -> None:
    """Seal this agency's attribute table to a recipient, as the agreement allows."""
    from linkage.ids import AgencyId
    from linkage_agent.tables import give_table

    with _open(config).job() as job:
        file = give_table(job, AgencyId(recipient), _today())
    print(f"Sealed to {recipient}, who alone can open it: {file}")


@app.command()
def picture(config: Config, *, as_json: Json = False) -> None:
    """Join the partners' tables and publish the picture: suppressed and rounded counts only."""
    from linkage_agent.tables import draw_picture

    with _open(config).job() as job:
        paths = draw_picture(job, _today())
    print_outcome({"page": str(paths.page), "figures": str(paths.figures)}, as_json=as_json)


@app.command()
def daemon(config: Config) -> None:
    """Keep doing the job until stopped (SIGTERM); logs to standard error."""
    import signal
    import threading

    from linkage_agent.config import load_config
    from linkage_agent.daemon import configure_logging, serve

    load_config(config)  # what is wrong from the start is told now, not in a log
    configure_logging()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    serve(config, stop)


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


def _open(config: Path) -> "Session":
    from linkage_agent.session import open_session

    return open_session(config, _today())


def _ask_for(job: "Job", step: "Step") -> bool:
    """Asks for an approval where somebody can answer; whether it was given."""
    from linkage_agent.release import release_lines
    from linkage_agent.steps import Step

    if not sys.stdin.isatty():
        return False
    dataset = job.spool.load()
    if step is Step.APPROVE and dataset is not None:
        _show_preview(job, None, as_json=False)
        ask("Send exactly this to the matcher?")
        job.approve_upload(dataset.id)
        return True
    if step is Step.RELEASE:
        view, result = job.held_result()
        say("\n".join(release_lines(job.agreement, view, result)))
        ask(f"Release the match keys of the result {result} to the agreement's recipients?")
        job.approve_release(view)
        return True
    return False


def _show_preview(job: "Job", page: Path | None, *, as_json: bool) -> None:
    from linkage_agent.output import write_output
    from linkage_agent.preview import make_preview, preview_lines, preview_page

    dataset = job.spool.load()
    if dataset is None:
        return
    shown = make_preview(job.agreement, job.spool, dataset)
    if page is not None:
        write_output(page, preview_page(shown).encode())
    if as_json:
        manifest = dataset.manifest
        print_json(
            {
                "dataset": dataset.id,
                "records": manifest.record_count,
                "withheld": dataset.summary.withheld,
                "bytes": manifest.payload_bytes,
            }
        )
    else:
        print(*preview_lines(shown), sep="\n")


def _done(session: "Session") -> dict[str, str]:
    return {"state": _DONE, "match_keys_file": str(session.config.match_keys_file)}
