"""The command line of the benchmarks: heavy imports wait until a command needs them."""

import argparse
import datetime as dt
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from linkage.errors import ExitCode, LinkageError

if TYPE_CHECKING:
    from benchmarks.accuracy.sets import Course
    from benchmarks.report.content import SetResult

DESCRIPTION: Final = (
    "Shows the linkage at work, measures how accurate and how fast it is beside its peers, and "
    "attacks its encodings."
)
DEMO_FOLDER: Final = Path("build/demo")
SPEED_FOLDER: Final = Path("build/speed")
PROFILED_RECORDS: Final = 50_000
LEAST_PROFILED: Final = 1_000
"""Records of each agency."""
TRUTH_FILE: Final = "truth.csv"
LEVELS: Final = ("field-likeness", "group-likeness", "record-likeness")
"""What the matcher may get; `linkage.agreement.schema.Reveals` says what each is."""
AUDIT_FAILED: Final = 1
"""Exit status if an attack breaks what is said to withstand, or not what it has to break."""
REPORT_TITLE: Final = "Accuracy of the linkage"


def main() -> int:
    """Runs what the command line names."""
    arguments = _parse()
    commands: dict[str, Callable[[argparse.Namespace], int]] = {
        "demo": _demo,
        "evaluate": _evaluate,
        "accuracy": _accuracy,
        "speed": _speed,
        "profile": _profile,
        "attacks": _attacks,
    }
    try:
        return commands[arguments.command](arguments)
    except LinkageError as error:
        from linkage_agent.terminal import explain

        explain(error)
        return error.reason.exit_code


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=DESCRIPTION)
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser(
        "demo", help="the whole job with made-up people: a matcher and four agents as processes"
    )
    demo.add_argument(
        "--folder", type=Path, default=DEMO_FOLDER, help="made anew; default: %(default)s"
    )
    _add_evaluate(commands)
    _add_accuracy(commands)
    _add_speed(commands)
    profile = commands.add_parser("profile", help="where CPU time goes, stage by stage")
    profile.add_argument(
        "--records",
        type=int,
        default=PROFILED_RECORDS,
        metavar="N",
        help="of each agency; default: %(default)s",
    )
    _add_attacks(commands)
    arguments = parser.parse_args()
    if arguments.command == "demo" and not _may_be_removed(arguments.folder):
        parser.error(f"--folder: {arguments.folder} holds something else than an earlier demo")
    if arguments.command == "profile" and arguments.records < LEAST_PROFILED:
        parser.error(f"--records: at least {LEAST_PROFILED:,}, or stages are left out")
    for option in ("json", "html"):
        out = getattr(arguments, option, None)
        if out and not out.parent.is_dir():
            parser.error(f"--{option}: there is no folder {out.parent}")
    return arguments


def _add_evaluate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    evaluate = commands.add_parser(
        "evaluate", help="how right the linkage is on labelled files of your own"
    )
    evaluate.add_argument("project", type=Path, metavar="PROJECT.toml", help="what is agreed on")
    evaluate.add_argument(
        "data", type=Path, metavar="DATA_DIR", help="a CSV file for each agency, and truth.csv"
    )
    evaluate.add_argument(
        "--reveals", choices=LEVELS, help="what the matcher gets; default: as the project says"
    )
    _add_outputs(evaluate, seeds=1)


def _add_accuracy(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    accuracy = commands.add_parser(
        "accuracy", help="the standing collection, with the peers beside the linkage"
    )
    accuracy.add_argument("--quick", action="store_true", help="three data sets instead of all")
    accuracy.add_argument("--only", nargs="+", metavar="NAME", help="these data sets")
    accuracy.add_argument(
        "--levels", action="store_true", help="the linkage at every level of what the matcher gets"
    )
    accuracy.add_argument("--without-peers", action="store_true", help="the linkage alone")
    _add_outputs(accuracy, seeds=3)


def _add_speed(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    speed = commands.add_parser(
        "speed", help="how fast, beside peers, our own goals and what the machine allows"
    )
    speed.add_argument("--quick", action="store_true", help="less data: minutes instead of an hour")
    speed.add_argument("--only", nargs="+", metavar="ROWS", help="these measurements")
    speed.add_argument("--json", type=Path, metavar="OUT", help="write all figures there")
    speed.add_argument(
        "--output",
        type=Path,
        default=SPEED_FOLDER,
        metavar="FOLDER",
        help="for charts; default: %(default)s",
    )


def _add_attacks(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    attacks = commands.add_parser(
        "attacks", help="how many people a curious matcher could name, by known attacks"
    )
    attacks.add_argument("--quick", action="store_true", help="smaller: minutes instead of hours")
    attacks.add_argument("--only", nargs="+", metavar="ATTACK", help="these attacks, such as A4")
    attacks.add_argument("--json", type=Path, metavar="OUT", help="write all figures there")


def _add_outputs(command: argparse.ArgumentParser, seeds: int) -> None:
    command.add_argument(
        "--seeds",
        type=int,
        choices=range(1, 100),
        default=seeds,
        metavar="N",
        help="project secrets that are tried, one after the other; default: %(default)s",
    )
    command.add_argument("--json", type=Path, metavar="OUT", help="write all figures there")
    command.add_argument("--html", type=Path, metavar="OUT", help="write a page with charts there")


def _may_be_removed(folder: Path) -> bool:
    """Whether there is nothing there, or what an earlier demo left."""
    if not folder.exists():
        return True
    return folder.is_dir() and (not any(folder.iterdir()) or (folder / TRUTH_FILE).is_file())


def _demo(arguments: argparse.Namespace) -> int:
    from benchmarks.demo.walk import demo

    demo(arguments.folder.resolve(), lambda line: print(line, flush=True))
    return ExitCode.DONE


def _evaluate(arguments: argparse.Namespace) -> int:
    from benchmarks.accuracy.sets import our_method, set_result
    from benchmarks.evaluate.evaluation import evaluate, prepare
    from benchmarks.evaluate.table import table
    from linkage.agreement.schema import Reveals
    from linkage.matcher.execute.local import LocalExecutor

    wanted = Reveals(arguments.reveals) if arguments.reveals else None
    prepared = prepare(arguments.project, arguments.data, wanted)
    with LocalExecutor(os.cpu_count() or 1) as executor:
        evaluation = evaluate(prepared, range(1, arguments.seeds + 1), executor)
    print(table(evaluation))
    _write_json(arguments.json, evaluation.document())
    result = set_result("evaluation", "", prepared, (our_method(evaluation),))
    _write_html(arguments.html, [result], arguments.seeds)
    return ExitCode.DONE


def _accuracy(arguments: argparse.Namespace) -> int:
    from benchmarks.accuracy.sets import QUICK, run_set
    from benchmarks.accuracy.table import tables
    from benchmarks.collection.catalogue import DATA_SETS
    from benchmarks.collection.collect import collect
    from benchmarks.environment import ToolError
    from benchmarks.report.content import summary
    from linkage.matcher.execute.local import LocalExecutor

    names = arguments.only or (QUICK if arguments.quick else tuple(DATA_SETS))
    if unknown := [name for name in names if name not in DATA_SETS]:
        known = ", ".join(DATA_SETS)
        print(f"--only: no data set {', '.join(unknown)}; there are {known}", file=sys.stderr)
        return ExitCode.USAGE
    course = _course(arguments)
    results, failed = [], []
    with (
        tempfile.TemporaryDirectory() as workplace,
        LocalExecutor(os.cpu_count() or 1) as executor,
    ):
        for name in names:
            try:
                folder = collect(name)
            except ToolError as error:
                print(f"{name}: {error}", file=sys.stderr, flush=True)
                failed.append(name)
                continue
            origin = DATA_SETS[name].origin
            results.append(run_set(folder, origin, course, executor, Path(workplace)))
    if results:
        print(tables(results))
        document = {
            "benchmark": "accuracy",
            "summary": summary(results),
            "sets": [each.document() for each in results],
        }
        _write_json(arguments.json, document)
        _write_html(arguments.html, results, arguments.seeds)
    if failed:
        print(f"Left out, since they could not be made: {', '.join(failed)}", file=sys.stderr)
    return ExitCode.TRY_LATER if failed else ExitCode.DONE


def _speed(arguments: argparse.Namespace) -> int:
    from benchmarks.speed.course import MEASUREMENTS, run
    from benchmarks.speed.table import table

    names = arguments.only or ()
    if unknown := [name for name in names if name not in MEASUREMENTS]:
        known = ", ".join(MEASUREMENTS)
        print(f"--only: no measurement {', '.join(unknown)}; there are {known}", file=sys.stderr)
        return ExitCode.USAGE
    results = run(names, arguments.output, quick=arguments.quick)
    print(table(results.rows))
    _write_json(arguments.json, results.document())
    for name, why in results.failed.items():
        print(f"{name} could not be measured: {why}", file=sys.stderr)
    return ExitCode.TRY_LATER if results.failed else ExitCode.DONE


def _profile(arguments: argparse.Namespace) -> int:
    from benchmarks.speed.profile import profiles, table
    from benchmarks.speed.workplace import Workplace

    with tempfile.TemporaryDirectory() as folder:
        for each in profiles(Workplace(Path(folder), quick=False), arguments.records):
            print(table(each), end="\n\n", flush=True)
    return ExitCode.DONE


def _attacks(arguments: argparse.Namespace) -> int:
    from benchmarks.attacks.course import ATTACKS, run
    from benchmarks.attacks.table import table, told

    names = arguments.only or ()
    if unknown := [name for name in names if name not in ATTACKS]:
        known = ", ".join(ATTACKS)
        print(f"--only: no attack {', '.join(unknown)}; there are {known}", file=sys.stderr)
        return ExitCode.USAGE
    results = run(
        names, lambda row: print(told(row), file=sys.stderr, flush=True), quick=arguments.quick
    )
    print(table(results.rows))
    _write_json(arguments.json, results.document())
    return AUDIT_FAILED if results.failures else ExitCode.DONE


def _course(arguments: argparse.Namespace) -> "Course":
    from benchmarks.accuracy.sets import Course
    from benchmarks.peers.run import PEERS
    from linkage.agreement.schema import Reveals

    levels = LEVELS if arguments.levels else LEVELS[:1]
    return Course(
        levels=tuple(Reveals(level) for level in levels),
        peers=() if arguments.without_peers else PEERS,
        seeds=tuple(range(1, arguments.seeds + 1)),
    )


def _write_json(out: Path | None, document: Mapping[str, object]) -> None:
    if out:
        out.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _write_html(out: Path | None, results: "list[SetResult]", seeds: int) -> None:
    from benchmarks.report.page import render_page

    if out:
        day = dt.datetime.now(tz=dt.UTC).date()
        made = f"{day.day} {day:%B %Y}; seeds 1 to {seeds}" if seeds > 1 else f"{day:%d %B %Y}"
        out.write_text(render_page(REPORT_TITLE, made, results), encoding="utf-8")
