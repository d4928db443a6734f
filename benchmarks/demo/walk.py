"""The walk: every step of the job, told as it happens."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.demo.processes import kept_running, run_to_end
from benchmarks.demo.score import Score, score
from benchmarks.demo.world import PICTURE_MAKER, World, make_world
from benchmarks.population.agencies import AGENCIES
from benchmarks.population.contacts import Size
from benchmarks.population.generate import generate

SEED: Final = 2026
SIZE: Final = Size(people=24_000, records_per_agency=2_000)
WHO_SAW_WHAT: Final = (
    "Who saw what: each agency read only its own extract. The matcher held random record tokens, "
    "encodings under a secret that it never had, and the clusters it found; no name, date or "
    "address ever reached it. The agencies got random match keys for their own records. The "
    "council alone opened the tables that police, hospital and school had sealed to it, and of "
    "those only suppressed and rounded counts are in the picture."
)

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the demo ends with."""

    score: Score
    picture: Path


def demo(folder: Path, tell: Tell) -> Outcome:
    """The whole job in a folder; `tell` is given each line as it happens."""
    with _told(tell, "Making up a region and what four agencies wrote down of it"):
        population = generate(SEED, SIZE)
    for name, extract in population.extracts.items():
        tell(f"    {name:<9} {len(extract):,} records")
    with _told(tell, "Setting up: keys, certificates, the agreement"):
        world = make_world(folder, population)
    log = folder / "matcher" / "matcher.log"
    config = ("--config", world.matcher_config)
    with kept_running(log, "linkage-matcher", "serve", *config):
        walk(world, tell)
        outcome = Outcome(score(world), folder / PICTURE_MAKER / "picture" / "picture.html")
    _tell_outcome(outcome, tell)
    return outcome


def walk(world: World, tell: Tell) -> None:
    """The agencies' commands, from signing to the picture, with a matcher running."""
    with _told(tell, "Each agency checks its extract and signs the agreement"):
        checked = [json.loads(report) for report in _each(world, "check", "--json")]
        _each(world, "sign", "--digest", checked[0]["agreement"])
    with _told(tell, "They make the project secret among themselves, encode, and preview"):
        previews = [json.loads(shown) for shown in _each(world, "preview", "--json")]
    for agency, shown in zip(AGENCIES, previews, strict=True):
        records, withheld = shown["records"], shown["withheld"]
        tell(f"    {agency:<9} {records:,} records to send, {withheld:,} withheld, dataset "
             f"{shown['dataset'][:16]}...")  # fmt: skip
    with _told(tell, "A person at each approves exactly that, and it is sent"):
        _together(
            lambda agency, shown: _agent(world, agency, "approve", "upload", shown["dataset"]),
            AGENCIES,
            previews,
        )
        _each(world, "send")
    with _told(
        tell, "The matcher compares all pairs and holds the result; the agencies release it"
    ):
        # One asks until there is a result, so that four do not take the matcher's time for it.
        _agent(world, PICTURE_MAKER, "approve", "release", "--yes")
        _each(world, "approve", "release", "--yes")
    with _told(tell, "Each agency fetches the match keys of its own records"):
        _each(world, "fetch")
    with _told(tell, "The others seal their tables to the council, which joins them"):
        others = [agency for agency in AGENCIES if agency != PICTURE_MAKER]
        _together(
            lambda agency: _agent(world, agency, "table", "--recipient", PICTURE_MAKER), others
        )
        _agent(world, PICTURE_MAKER, "picture")


def _each(world: World, *arguments: str) -> list[str]:
    """One command at all agencies at once, as they would; gives what each printed."""
    return _together(lambda agency: _agent(world, agency, *arguments), AGENCIES)


def _together(act: Callable[..., str], *each: Iterable[Any]) -> list[str]:
    """What agencies do at the same time; gives what each printed."""
    with ThreadPoolExecutor(len(AGENCIES)) as threads:
        return list(threads.map(act, *each))


def _agent(world: World, agency: str, *arguments: str) -> str:
    return run_to_end("linkage-agent", *arguments, "--config", world.agent_config(agency))


@contextmanager
def _told(tell: Tell, what: str) -> Iterator[None]:
    tell(f"{what} ...")
    start = time.monotonic()
    yield
    tell(f"    done in {time.monotonic() - start:.1f} s")


def _tell_outcome(outcome: Outcome, tell: Tell) -> None:
    found = outcome.score
    tell("")
    tell(f"Against the truth, which only the demo knows: precision {found.precision:.3f}, recall "
         f"{found.recall:.3f} ({found.right:,} of {found.found:,} found pairs are right, of "
         f"{found.true:,} true ones).")  # fmt: skip
    tell(f"The picture: {outcome.picture}")
    tell("")
    tell(WHO_SAW_WHAT)
