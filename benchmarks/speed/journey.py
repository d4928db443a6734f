"""The journey: a matcher and agents as they run in life, from agencies' extracts to match keys.

What no part shows alone is measured here: uploads over mutual TLS, the store, a run's loading,
clustering, keys issued, kept, fetched and joined to rows. Each journey is made in a process of its
own (`journey_side.py`), so that its peak memory is its own.
"""

import json
from pathlib import Path
from typing import Any, Final

from benchmarks.environment import run_module
from benchmarks.speed.findings import Findings
from benchmarks.speed.goals import MILLION, measured, not_measured
from benchmarks.speed.people import NAMES
from benchmarks.speed.row import Row
from benchmarks.speed.workplace import Workplace

THRESHOLD: Final = "0.8"
EXACT: Final = "1"
RECALL: Final = "0.99"
PARTNERS: Final = 6
QUICK_RECORDS: Final = 20_000
TIME: Final = "1 M x 1 M, agent to keys, 2 cores"
HASHED_TIME: Final = "1 M x 1 M with LSH, agent to keys, 2 cores"
MEMORY: Final = "1 M x 1 M, agent to keys, peak memory"
MANY_TIME: Final = "6 agencies x 1 M"
MANY_MEMORY: Final = "memory of 6 agencies x 1 M of what the matcher forecasts"
ROWS: Final = (TIME, HASHED_TIME, MEMORY, MANY_TIME, MANY_MEMORY)

Told = dict[str, Any]
"""What `journey_side` tells."""


def measure(workplace: Workplace) -> Findings:
    """Five rows; a quick run makes a short journey and says what that took.

    Raises:
        ToolError: The people could not be made, or a program failed on the way.
    """
    if workplace.quick:
        short = run_journey(workplace, QUICK_RECORDS, RECALL)
        why = "takes too long for a quick run"
        took = f"{why}; {QUICK_RECORDS:,} x {QUICK_RECORDS:,} with LSH took {steps(short)}"
        rows = [not_measured(name, took if name == HASHED_TIME else why) for name in ROWS]
        return Findings(rows)
    exact = run_journey(workplace, MILLION, EXACT)
    hashed = run_journey(workplace, MILLION, RECALL)
    many = run_journey(workplace, MILLION, RECALL, PARTNERS)
    return Findings(
        [
            _time(TIME, exact, "all pairs"),
            _time(HASHED_TIME, hashed, f"Hamming LSH for {RECALL} of partners"),
            _memory(exact, hashed),
            _time(MANY_TIME, many, f"Hamming LSH for {RECALL} of partners"),
            _memory_of_forecast(many),
        ]
    )


def run_journey(workplace: Workplace, records: int, recall: str, count: int = len(NAMES)) -> Told:
    """What a journey took.

    Args:
        workplace: of the run.
        records: of each agency.
        recall: that Hamming LSH is to reach; `EXACT` to compare all pairs.
        count: of agencies.

    Raises:
        ToolError: The people could not be made, or a program failed on the way.
    """
    is_pair = count == len(NAMES)
    people = workplace.people(records) if is_pair else workplace.partners(count, records)
    folder = workplace.folder / f"journey-{count}-{records}-{recall}"
    out = folder.with_name(f"{folder.name}.json")
    where: list[str | Path] = [folder.resolve(), people.resolve(), str(count)]
    side = "benchmarks.speed.journey_side"
    run_module(None, side, [*where, THRESHOLD, recall, out.resolve()])
    told: Told = json.loads(out.read_text(encoding="utf-8"))
    return told


def steps(told: Told) -> str:
    """The seconds of each step, and who held how much memory, for a note."""
    seconds = ", ".join(f"{step} {spent:.1f} s" for step, spent in told["seconds"].items())
    matcher, agent = (told[f"{who}_peak_mib"] or 0 for who in ("matcher", "agent"))
    return f"{seconds}; peak of the matcher {matcher:,.0f} MiB, of an agent {agent:,.0f} MiB"


def _time(name: str, told: Told, how: str) -> Row:
    note = (
        f"{how}, Dice at {THRESHOLD}, a matcher and agents over mutual TLS; agencies encode one "
        f"after the other; {steps(told)}; {told['shared']:.1%} of records share their key"
    )
    return measured(name, sum(told["seconds"].values()) / 60, note)


def _memory(exact: Told, hashed: Told) -> Row:
    peaks = [told["peak_mib"] for told in (exact, hashed)]
    if None in peaks:
        return not_measured(MEMORY, "this system does not tell")
    note = (
        f"of all processes together, agents' included: {peaks[0]:,.0f} MiB with all pairs, "
        f"{peaks[1]:,.0f} MiB with Hamming LSH"
    )
    return measured(MEMORY, max(peaks) * 2**20 / 1e9, note)


def _memory_of_forecast(told: Told) -> Row:
    peak, expected = told["matcher_peak_mib"], told["expected_mib"]
    if peak is None:
        return not_measured(MANY_MEMORY, "this system does not tell")
    note = f"the matcher and its workers held {peak:,.0f} of {expected:,} MiB at most"
    return measured(MANY_MEMORY, 100 * peak / expected, note)
