"""Writes docs/errors.md: every reason that a person can be told, as the programs know it.

`python docs/generate_errors.py` writes it; with `--check` it writes nothing and exits 1 if the page
is not what the code says.
"""

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import linkage
import linkage_agent
from linkage.errors import ExitCode, Reason

PAGE = Path(__file__).with_name("errors.md")

HEAD = """# Errors

What each code means and what to do. Written by `python docs/generate_errors.py` from the programs
themselves; a test compares. `{{...}}` stands for a count, a limit, a line number, or a name that
the agreement or the configuration gave: never for data.

Exit codes:

{exits}

"""


def reasons(package: ModuleType) -> Iterator[tuple[str, Reason]]:
    """Each reason and the module that defines it."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if ".migrations." in module.name or module.name.endswith("__main__"):
            continue
        found = vars(importlib.import_module(module.name))  # noqa: TID251 - it reads all there are
        yield from ((module.name, value) for value in found.values() if isinstance(value, Reason))


def program(module: str) -> str:
    """Whose error it is."""
    if module.startswith("linkage_agent"):
        return "linkage-agent"
    return "linkage-matcher" if module.startswith("linkage.matcher") else "both"


def page() -> str:
    """The whole page."""
    known: dict[str, tuple[str, Reason]] = {}
    for module, reason in (*reasons(linkage), *reasons(linkage_agent)):
        _, other = known.setdefault(f"{reason.code}/{reason.message}", (module, reason))
        if other is not reason:
            raise SystemExit(f"docs/generate_errors.py: {reason.code} is defined twice")
    exits = "\n".join(f"- {code.value}: {code.name.lower().replace('_', ' ')}" for code in ExitCode)
    entries = [
        f"## {reason.code}\n\n{program(module)}, exit {reason.exit_code.value}\n\n"
        f"{reason.message}\n\n**Next:** {reason.next_step}\n"
        for _, (module, reason) in sorted(known.items())
    ]
    return HEAD.format(exits=exits) + "\n".join(entries)


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(description="Write docs/errors.md from the code.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    if not check:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    return 0 if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page() else 1


if __name__ == "__main__":
    sys.exit(main())
