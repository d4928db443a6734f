"""Terminal: how the agent's commands print, ask and explain.

What a command gives goes to standard output, everything else to standard error.
"""

import json
import sys
from collections.abc import Iterable
from typing import Final

import typer

from linkage.errors import DocumentError, ExitCode, LinkageError
from linkage_agent.steps import Progress, Step

_NEXT: Final = {
    "sign": "`linkage-agent check`, compare the digest with the other parties, then "
    "`linkage-agent sign --digest ...`; every party has to.",
    "secret": "wait until the other agencies have run `linkage-agent preview` or `run` too, then "
    "run this again.",
    "approve": "look at `linkage-agent preview`, then `linkage-agent approve upload`.",
    "match": "wait, then run this again.",
    "release": "`linkage-agent approve release`; every agency has to.",
}


def stop_if_waiting(progress: Progress, *, as_json: bool) -> None:
    """Ends the command with the exit code for waiting, if the job waits."""
    if progress.waiting is None:
        return
    if as_json:
        facts = {"state": "waiting", "step": progress.step, "for": progress.waiting}
        print_json({**facts, "what": progress.what})
    else:
        say(f"{progress.step:<8} waiting: {progress.what}")
        say(f"Next: {_NEXT[progress.step]}")
    raise typer.Exit(ExitCode.WAITING)


def print_outcome(facts: dict[str, str], *, as_json: bool) -> None:
    """What came of a command, for people or as one JSON object."""
    if as_json:
        print_json(facts)
    else:
        for name, fact in facts.items():
            print(f"{name.replace('_', ' '):<21}{fact}")


def print_json(facts: dict[str, object] | dict[str, str]) -> None:
    """One versioned JSON object on standard output."""
    print(json.dumps({"version": 1, **facts}))


def show_progress(step: Step, done: int, total: int) -> None:
    """One line for each step, rewritten in place while it goes on, where that can be seen."""
    if done == total:
        say(f"{step:<8} done")
    elif sys.stderr.isatty():
        print(f"{step:<8} {done} of {total}", end="\r", file=sys.stderr, flush=True)


def ask(question: str) -> None:
    """Asks a person; ends the command unless the answer is yes, or if nobody is there to answer."""
    if not sys.stdin.isatty():
        say(f"Nobody is here to be asked: {question}")
        say("Next: run this at a terminal.")
    elif typer.confirm(question, default=False, err=True):
        return
    else:
        say("Not approved; nothing was done.")
    raise typer.Exit(ExitCode.WAITING)


def listed(lines: Iterable[int]) -> str:
    """Line numbers as text."""
    return ", ".join(str(line) for line in lines)


def explain(error: LinkageError) -> None:
    """What went wrong, every fault, and what to do next."""
    say(str(error))
    if isinstance(error, DocumentError):
        for problem in error.problems:
            say(f"  {problem}")
    say(f"Next: {error.next_step}")


def say(line: str) -> None:
    """One line on standard error."""
    print(line, file=sys.stderr)
