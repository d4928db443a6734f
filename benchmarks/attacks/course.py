"""A run: which attacks there are, how large they are, and what became of them."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from benchmarks.attacks.bit_statistics import statistics
from benchmarks.attacks.encodings import ENCODINGS, Encoding
from benchmarks.attacks.graph_matching import GraphMatching
from benchmarks.attacks.kernel import Kernel
from benchmarks.attacks.naming import Naming
from benchmarks.attacks.pattern_mining import PatternMining
from benchmarks.attacks.regression import Regression
from benchmarks.attacks.scene import Sizes
from benchmarks.attacks.score import Bar, Row
from benchmarks.attacks.seeded_scores import SeededScores
from benchmarks.attacks.telling import Telling
from benchmarks.attacks.workplace import Workplace
from benchmarks.speed.machine import machine

Tried: TypeAlias = Callable[[Workplace, Encoding], Sequence[Row]]
"""An attack on one encoding, at all its sizes."""

QUICK_PEOPLE: Final = 20_000
FULL_PEOPLE: Final = 50_000
"""On the attacker's list. Of a shorter one guesses at random name too many for a gate of 0.1 %."""

ATTACKS: Final[Mapping[str, Tried]] = {
    "A1": statistics,
    "A2": Naming(
        PatternMining(),
        quick=(Sizes(10_000, 0, 5_000),),
        full=(Sizes(45_000, 0, 20_000),),
        bar=Bar(gate=0.001, control=0.05),
    ),
    "A3": Naming(
        SeededScores(),
        quick=(Sizes(6_000, 100, 5_000), Sizes(6_000, 1_000, 5_000)),
        full=(Sizes(6_000, 100, 5_000), Sizes(6_000, 1_000, 5_000)),
    ),
    "A4": Naming(
        Regression(),
        quick=(Sizes(6_000, 1_000, 5_000),),
        full=(Sizes(40_000, 1_000, 20_000), Sizes(40_000, 20_000, 20_000)),
    ),
    "A5": Naming(
        GraphMatching(),
        quick=(Sizes(4_000, 0, 4_000, overlap=1.0),),
        full=tuple(
            Sizes(5_000, 0, round(5_000 * overlap), overlap)
            for overlap in (1.0, 0.5, 0.2, 0.1, 0.05)
        ),
        bar=Bar(gate=0.01, control=0.5),
    ),
    "A6": Telling(
        quick=(Sizes(6_000, 3_000, 3_000),),
        full=tuple(Sizes(25_000, known, 5_000) for known in (5_000, 20_000)),
    ),
    "A6K": Naming(
        Kernel(),
        quick=(Sizes(6_000, 1_000, 5_000),),
        full=(Sizes(26_000, 1_000, 20_000), Sizes(26_000, 6_000, 20_000)),
    ),
}
"""By the name that `--only` takes, in the order of the table."""


@dataclass(frozen=True, slots=True)
class Results:
    """What a run gave.

    Attributes:
        rows: encoding by encoding.
        seconds: of wall-clock time, with making people and encodings.
    """

    rows: Sequence[Row]
    machine: Mapping[str, object]
    seconds: float

    @property
    def failures(self) -> list[Row]:
        """Controls that were not broken, and claims that were."""
        return [row for row in self.rows if row.fails_the_run]

    def document(self) -> dict[str, object]:
        """As it stands in the JSON document."""
        return {
            "benchmark": "attacks",
            "machine": dict(self.machine),
            "rows": [row.document() for row in self.rows],
            "failures": len(self.failures),
            "seconds": round(self.seconds, 1),
        }


def run(names: Sequence[str], tell: Callable[[Row], None], *, quick: bool) -> Results:
    """Plays attacks against every encoding.

    Args:
        names: of `ATTACKS`; all of them if there are none.
        tell: is given each row as soon as it is there: a run takes long.
        quick: smaller sizes.
    """
    host = machine()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        workplace = Workplace(Path(folder), QUICK_PEOPLE if quick else FULL_PEOPLE, quick)
        chosen = [ATTACKS[name] for name in names or ATTACKS]
        rows = []
        for row in attacked(workplace, ENCODINGS, chosen):
            tell(row)
            rows.append(row)
    return Results(rows, host, time.perf_counter() - started)


def attacked(
    workplace: Workplace, encodings: Sequence[Encoding], attacks: Sequence[Tried]
) -> Iterator[Row]:
    """Every attack against every encoding, encoding by encoding."""
    for encoding in encodings:
        for attack in attacks:
            yield from attack(workplace, encoding)
