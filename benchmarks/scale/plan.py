"""The plan for a very large match: what it takes, and how it goes when machines are slow or lost.

    python -m benchmarks.scale.plan [--records N] [--rate PAIRS] [--machines N] ...

Prints the figures that docs/scale-out.md cites. Nothing is measured here: what one core and one
connection achieve are arguments, to be replaced by what the machines at hand achieve
(`python -m benchmarks.scale.overhead` measures one).
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, log2
from typing import Final

from benchmarks.scale.simulate import Course, Setting, simulate
from linkage.matcher.execute.crew import LOOK_SECONDS, MAX_BLOCKS, TASK_SECONDS, WINDOW

POPCOUNT_BYTES: Final = 4
MATCH_BYTES: Final = 16
"""Of a decided pair: two rows and a score."""
FLAT_AGES: Final = 60
OLDEST_AGE: Final = 100
"""Birth years: as many of each age up to the first, then fewer and fewer, none at the second."""
MAX_SIMULATED: Final = 30_000
"""Tasks: a longer run goes on as it began, so its first part is played through."""
SEEDS: Final = range(3)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked, and what there is to do it with.

    Attributes:
        records: on each of the two sides.
        length_bits: of an encoding.
        rate: pairs per second that one core compares.
        machines: each with one worker process.
        threads: of each of them, one a core.
        block_log2: logarithm of the pairs of a block.
        link: bytes per second that one connection moves.
        price: of a core-hour.
        dispatch: seconds that the scheduler takes for a task.
    """

    records: int
    length_bits: int
    rate: float
    machines: int
    threads: int
    block_log2: int
    link: float
    price: float
    dispatch: float

    @property
    def cores(self) -> int:
        """Of all machines."""
        return self.machines * self.threads

    @property
    def parcel_bytes(self) -> int:
        """What every worker holds: both sides, and their popcounts."""
        return 2 * self.records * (self.length_bits // 8 + POPCOUNT_BYTES)

    @property
    def spread_seconds(self) -> float:
        """Until every worker has it: whoever has it passes it on, so twice as many each time."""
        return ceil(log2(self.machines + 1)) * self.parcel_bytes / self.link

    @property
    def block_seconds(self) -> float:
        """That a core takes for a block."""
        return (1 << self.block_log2) / self.rate

    @property
    def blocks_each(self) -> int:
        """In a task, as the executor puts them together."""
        return max(1, min(MAX_BLOCKS, int(TASK_SECONDS / self.block_seconds)))

    @property
    def task_seconds(self) -> float:
        """That a core takes for a task."""
        return self.blocks_each * self.block_seconds

    @property
    def most_cores(self) -> int:
        """That one scheduler keeps busy with such tasks."""
        return int(self.task_seconds / self.dispatch)

    def task_count(self, pairs: float) -> int:
        """How many it takes to compare so many pairs."""
        return ceil(pairs / (1 << self.block_log2) / self.blocks_each)

    def core_hours(self, pairs: float) -> float:
        """Of comparing alone."""
        return pairs / self.rate / 3600


def main() -> None:
    """Prints the plan."""
    plan = _parse()
    every = float(plan.records) ** 2
    share = birth_year_share()
    print(*_needs(plan), sep="\n")
    for name, pairs in (("all pairs", every), (f"birth year +-1 ({share:.1%})", every * share)):
        print(f"\n{name}: {pairs:.2g} pairs")
        print(*_work(plan, pairs), sep="\n")


def birth_year_share() -> float:
    """Share of all pairs whose birth years differ by one at most."""
    fall = range(OLDEST_AGE - FLAT_AGES, 0, -1)
    sizes = [0.0, *[1.0] * FLAT_AGES, *[step / (OLDEST_AGE - FLAT_AGES) for step in fall], 0.0]
    near = sum(sizes[age] * sum(sizes[age - 1 : age + 2]) for age in range(1, len(sizes) - 1))
    return near / sum(sizes) ** 2


def _needs(plan: Plan) -> Iterator[str]:
    """What the machines must have."""
    yield (
        f"{plan.records:,} x {plan.records:,} records, {plan.length_bits} bits; "
        f"{plan.machines} machines of {plan.threads} cores"
    )
    yield f"encodings, held by every machine: {plan.parcel_bytes / 1e9:.1f} GB"
    yield f"  while they arrive: {2 * plan.parcel_bytes / 1e9:.1f} GB"
    yield f"  until all machines have them: {plan.spread_seconds / 60:.0f} min"
    yield f"matches, one for each record: {plan.records * MATCH_BYTES / 1e9:.1f} GB"
    yield (
        f"tasks of {plan.blocks_each} blocks of 2^{plan.block_log2} pairs: "
        f"{plan.task_seconds:.1f} s of a core"
    )
    yield f"  one scheduler keeps busy: {plan.most_cores:,} cores"


def _work(plan: Plan, pairs: float) -> Iterator[str]:
    """What so many pairs cost, undisturbed and otherwise."""
    hours = plan.core_hours(pairs)
    yield f"  {hours:,.0f} core-hours, {hours * plan.price:,.0f} at {plan.price} each"
    yield f"  {plan.task_count(pairs):,} tasks; undisturbed {_hm(hours / plan.cores)}"
    troubles = (
        ("all machines alike, none lost", WINDOW, 0.0, 1e9),
        ("5 % of machines at half speed", WINDOW, 0.05, 1e9),
        ("the same with a window of 2", 2, 0.05, 1e9),
        ("and each lost once an hour", WINDOW, 0.05, 1.0),
    )
    for name, window, slow_share, hours_to_loss in troubles:
        setting = _setting(plan, pairs, window, slow_share, hours_to_loss)
        courses = [simulate(setting, seed) for seed in SEEDS]
        yield _line(name, courses, hours / plan.cores)


def _setting(
    plan: Plan, pairs: float, window: int, slow_share: float, hours_to_loss: float
) -> Setting:
    return Setting(
        task_count=min(MAX_SIMULATED, plan.task_count(pairs)),
        task_seconds=plan.task_seconds,
        machine_count=plan.machines,
        threads=plan.threads,
        window=window,
        slow_share=slow_share,
        hours_to_loss=hours_to_loss,
        seconds_to_notice=2 * LOOK_SECONDS,
        seconds_to_return=60 + plan.parcel_bytes / plan.link,
        seconds_to_dispatch=plan.dispatch,
    )


def _line(name: str, courses: list[Course], undisturbed_hours: float) -> str:
    busy = sum(course.busy_share for course in courses) / len(courses)
    lost = sum(course.lost_machines for course in courses)
    again = sum(course.done_twice for course in courses)
    played = sum(course.wall_seconds for course in courses) / 3600
    return f"  {name}: {_hm(undisturbed_hours / busy)}, busy {busy:.0%}" + (
        f"; {lost} machines lost in {_hm(played)}, {again:,} tasks done again" if lost else ""
    )


def _hm(hours: float) -> str:
    """Hours and minutes."""
    minutes = round(hours * 60)
    return f"{minutes // 60} h {minutes % 60:02} min"


def _parse() -> Plan:
    parser = argparse.ArgumentParser(description="Plan a very large match.")
    parser.add_argument("--records", type=int, default=67_000_000, help="on each side")
    parser.add_argument("--bits", type=int, default=1024, help="of an encoding")
    parser.add_argument("--rate", type=float, default=1.5e9, help="pairs/s that a core compares")
    parser.add_argument("--machines", type=int, default=32)
    parser.add_argument("--threads", type=int, default=16, help="of a machine, one a core")
    parser.add_argument("--block", type=int, default=29, help="log2 of the pairs of a block")
    parser.add_argument("--link", type=float, default=2.5e8, help="bytes/s of one connection")
    parser.add_argument("--price", type=float, default=0.04, help="of a core-hour")
    parser.add_argument("--dispatch", type=float, default=0.004, help="scheduler seconds a task")
    given = parser.parse_args()
    return Plan(
        given.records, given.bits, given.rate, given.machines, given.threads, given.block,
        given.link, given.price, given.dispatch,
    )  # fmt: skip


if __name__ == "__main__":
    main()
