"""The command line of the matcher's operator. What takes long to import is imported in commands."""

import resource
import sys
import traceback
from pathlib import Path
from typing import Annotated, Final

import typer

from linkage.errors import DocumentError, ExitCode, LinkageError

app = typer.Typer(
    add_completion=False,
    help="Runs the matcher of privacy-preserving record linkage.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # they show locals
    rich_markup_mode=None,
)

SHOWN_FRAMES: Final = 4

ConfigPath = Annotated[Path, typer.Option("--config", help="The matcher's configuration (TOML).")]


def main() -> None:
    """Runs a command; every failure ends in a sentence and a documented exit status."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold encodings and keys
    try:
        app()
    except LinkageError as error:
        _explain(error)
        sys.exit(error.reason.exit_code)
    except Exception as error:  # noqa: BLE001 - its text could quote anything, so it is not shown
        frames = traceback.extract_tb(error.__traceback__)[-SHOWN_FRAMES:]
        where = ", ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
        print(f"INTERNAL: {type(error).__name__} at {where}", file=sys.stderr)
        print("Next: report it with this text; it holds no data.", file=sys.stderr)
        sys.exit(ExitCode.INTERNAL)


@app.command()
def init(
    config: ConfigPath,
    host: Annotated[
        list[str], typer.Option(help="Name or address under which agencies reach the matcher.")
    ],
) -> None:
    """Make the store key, the certificate authority and the matcher's certificate."""
    from linkage.matcher.config import load_config
    from linkage.matcher.enrolment import set_up
    from linkage.matcher.service.clock import SystemClock

    for file in set_up(load_config(config), host, SystemClock().now()):
        print(f"made {file}")
    print("Keep copies of the store key and of the authority's private key in a safe place.")
    print("Next: certify each agency (`linkage-matcher certify`), then `linkage-matcher serve`.")


@app.command()
def certify(
    config: ConfigPath,
    agency: Annotated[str, typer.Argument(help="The agency's id in the agreement.")],
    csr_file: Annotated[Path, typer.Argument(help="The request that the agency sent (PEM).")],
    out: Annotated[Path, typer.Option(help="Where to write the certificate.")],
    days: Annotated[int, typer.Option(min=1, max=90, help="For how long it is valid.")] = 30,
) -> None:
    """Certify an agency, by the request that it made.

    Whatever name the request asks for is passed over: AGENCY is what counts. Make sure that it is
    this agency that sent it.
    """
    from linkage.matcher.config import load_config
    from linkage.matcher.enrolment import certify as write_certificate
    from linkage.matcher.service.clock import SystemClock

    write_certificate(load_config(config), agency, csr_file, out, (SystemClock().now(), days))
    print(f"made {out}")
    print(f"Next: send it to {agency}, with the authority's certificate. Neither is secret.")


@app.command()
def init_cluster(
    config: ConfigPath,
    out: Annotated[Path, typer.Option(help="Folder for what the scheduler and workers need.")],
) -> None:
    """Make the certificates of a cluster: the matcher's, the scheduler's and the workers'.

    Whoever holds one can run code in the whole cluster. The authority that certifies them is
    forgotten at once; to renew one, move all away and make all anew.
    """
    from linkage.matcher.cluster_enrolment import set_up_cluster
    from linkage.matcher.config import load_config
    from linkage.matcher.service.clock import SystemClock

    for file in set_up_cluster(load_config(config), out, SystemClock().now()):
        print(f"made {file}")
    print(f"Next: bring {out} to the cluster's machines, on a safe way; deploy/cluster starts it.")


@app.command()
def check_config(config: ConfigPath) -> None:
    """Check the configuration, and all files that it names."""
    from linkage.crypto.secret_file import read_key_file
    from linkage.matcher.config import load_config
    from linkage.matcher.preflight import check_cluster, load_agreements, load_tls
    from linkage.matcher.service.clock import SystemClock

    loaded = load_config(config)
    agreements = load_agreements(loaded)
    read_key_file(loaded.store_key_file)
    load_tls(loaded, SystemClock().now())
    check_cluster(loaded, SystemClock().now())
    for agreement in agreements:
        print(f"project {agreement.project.id}, agreement {agreement.digest}")
    print("The configuration is sound.")


@app.command()
def serve(
    config: ConfigPath,
    json: Annotated[bool, typer.Option("--json", help="Say the port as JSON.")] = False,
) -> None:
    """Serve until told to stop (SIGTERM or Ctrl+C)."""
    import asyncio
    import os

    # gRPC's core would write peers' names to standard error, past the log; it reads this once.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    from linkage.matcher.config import load_config

    loaded = load_config(config)
    if not os.access(Path(__file__).parent / "compare", os.W_OK):
        # numba keeps compiled code beside its source; a read-only installation has no place there.
        os.environ.setdefault("NUMBA_CACHE_DIR", str(loaded.state_folder / "compiled"))
    from linkage.matcher.server import serve as serve_matcher
    from linkage.matcher.telemetry import start_logging

    start_logging(loaded.log)

    def announce(port: int) -> None:
        host = loaded.listen.rpartition(":")[0]
        text = f'{{"event": "serving", "port": {port}}}' if json else f"serving on {host}:{port}"
        print(text, flush=True)

    asyncio.run(serve_matcher(loaded, announce))


@app.command()
def report(
    run: Annotated[str, typer.Argument(help="The run's name, 64 characters.")],
    config: ConfigPath,
    out: Annotated[Path | None, typer.Option(help="Also write it as a page with charts.")] = None,
) -> None:
    """Show how good a run's result is expected to be, while the matcher is stopped.

    With --out, also where the threshold lies and what each segment says. It stays with you:
    agencies see the estimates of their own pairs, and no more.
    """
    from linkage.matcher.config import load_config
    from linkage.matcher.report.found import find_report
    from linkage.matcher.report.page import write_page
    from linkage.matcher.report.text import report_lines

    found = find_report(load_config(config), run)
    print(*report_lines(found), sep="\n")
    if out is not None:
        write_page(out, found)
        print(f"made {out}")


def _explain(error: LinkageError) -> None:
    print(f"{error.reason.code}: {error.message}", file=sys.stderr)
    if isinstance(error, DocumentError):
        for problem in error.problems:
            print(f"  {problem}", file=sys.stderr)
    print(f"Next: {error.next_step}", file=sys.stderr)


if __name__ == "__main__":
    main()
