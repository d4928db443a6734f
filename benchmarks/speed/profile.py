"""Where CPU time goes, stage by stage: the programs' own functions, in this process and one thread.

Three profiles: what an agency's agent does with an extract, a run by a fixed Dice coefficient, and
a run that decides without labels. Stages are the functions that do the work; what calls them, and
what stands between them, is the rest. Times are those of Python's own profiler, which slows what is
called often; no stage here is.
"""

import cProfile
import datetime as dt
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Final, TypeVar

from benchmarks.evaluate.aligned import aligned
from benchmarks.speed.people import NAMES, read_people, sources
from benchmarks.speed.schemas import KINDS, agreed_schema, field_schema, policy_of
from benchmarks.speed.whole import THRESHOLD
from benchmarks.speed.workplace import Workplace, encoded
from linkage.agreement.model import Accept, Candidates, MatchPolicy
from linkage.agreement.schema import EncodingSchema
from linkage.ids import AgencyId
from linkage.matcher import account
from linkage.matcher.candidates import scan
from linkage.matcher.cluster.agglomerate import agglomerate
from linkage.matcher.compare import dice, distinct, near, planes
from linkage.matcher.evidence import competition, judge, learn, levels
from linkage.matcher.model.datasets import Dataset
from linkage.matcher.run import match
from linkage_agent.pii import bloom, normalise, prf, record_tokens
from linkage_agent.pii.tokens import table as tokens
from linkage_agent.sources.child import read_file
from linkage_agent.sources.mapping import plan_fields

Shared = TypeVar("Shared")
Block = TypeVar("Block")
Result = TypeVar("Result")
Function = Callable[..., object]
_Call = tuple[CodeType | str | None, CodeType | str]
"""The code of a caller, or None for all of them together, and the code of what was called."""

BALANCE: Final = MatchPolicy(Accept.BALANCE, None, Candidates.ALL_PAIRS)
WARM_UP_RECORDS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Stage:
    """One line of a profile.

    Attributes:
        name: as it stands in the table.
        function: whose time it is, with all that it calls; compiled code counts as its own.
        less: functions that it calls and that are lines of their own.
        caller: only what this function makes it do; None for all.
    """

    name: str
    function: Function
    less: tuple[Function, ...] = ()
    caller: Function | None = None


AGENT: Final = (
    Stage("read the file: rows, values, distinct values", read_file),
    Stage("normalise distinct values", normalise.normalise_column),
    Stage("cut them into tokens", tokens.split_column),
    Stage("bit positions of tokens, by HMAC", prf.bit_positions),
    Stage("filters of distinct values", bloom.add_tokens),
    Stage("draw record tokens, and by them the order", record_tokens.draw_tokens),
    Stage("encodings from the values' filters", bloom.add_field),
)
COEFFICIENT: Final = (
    Stage("count bits, order them by rarity", dice.DiceDecider.prepare),
    Stage("right records as bit planes", planes.bit_planes),
    Stage("list bits, count misses, count in full", near.near_pairs, (planes.bit_planes,)),
    Stage("clusters", agglomerate),
)
LABEL_FREE: Final = (
    Stage("distinct filters", distinct.DistinctFilters.of),
    Stage("scan: which distinct filters are alike", distinct.near_filters),
    Stage("scan: which records add up to enough", scan.Scanner.scan, (distinct.near_filters,)),
    Stage("levels of likeness of what was kept", levels.levels),
    Stage("learn matches and strangers", learn.learn),
    Stage("log odds of what was kept", learn.Evidence.log_odds, caller=judge.Judge.weigh),
    Stage("match probabilities by competition", competition.match_probabilities),
    Stage("clusters", agglomerate),
    Stage("account and explanations", account.account),
)


@dataclass(frozen=True, slots=True)
class Profile:
    """What a task took.

    Attributes:
        title: what was done.
        seconds: of each stage.
        total: of all.
    """

    title: str
    seconds: Mapping[str, float]
    total: float


class HereExecutor:
    """An executor in the calling thread, so that a profiler sees what workers would do."""

    worker_count = 1

    @staticmethod
    def map(
        stage: Callable[[Shared, Block], Result], shared: Shared, blocks: Iterable[Block]
    ) -> Generator[Result, None, None]:
        """The stage's result for each block."""
        for block in blocks:
            yield stage(shared, block)


def profiles(workplace: Workplace, records: int) -> list[Profile]:
    """The three profiles, of so many records of each agency.

    Raises:
        ToolError: The people could not be made.
    """
    return [
        _profile(
            f"an agent: {records:,} records from a CSV file to encodings",
            AGENT,
            lambda size: _agent(workplace, size),
            records,
        ),
        _profile(
            f"Dice at {THRESHOLD}: {records:,} x {records:,}, one filter a record",
            COEFFICIENT,
            _run(workplace, agreed_schema(), policy_of(THRESHOLD)),
            records,
        ),
        _profile(
            f"without labels: {records:,} x {records:,}, one filter a field",
            LABEL_FREE,
            _run(workplace, field_schema(), BALANCE),
            records,
        ),
    ]


def table(profile: Profile) -> str:
    """A line a stage, in the order of the work."""
    rest = profile.total - sum(profile.seconds.values())
    lines = [["stage", "s", "%"]]
    for name, seconds in [*profile.seconds.items(), ("all else", rest)]:
        lines.append([name, f"{seconds:.2f}", f"{100 * seconds / profile.total:.0f}"])
    return f"{profile.title}: {profile.total:.1f} s of CPU time\n\n{aligned(lines)}"


def _agent(workplace: Workplace, records: int) -> Callable[[], object]:
    source = sources(workplace.people(records))[AgencyId(NAMES[0])]
    plan = plan_fields(source, KINDS, dt.datetime.now(tz=dt.UTC).date(), ())
    columns = read_people(source)  # as the child process hands them over, which is not profiled

    def task() -> None:
        read_file(plan)
        encoded(columns, agreed_schema())

    return task


def _run(
    workplace: Workplace, schema: EncodingSchema, policy: MatchPolicy
) -> Callable[[int], Callable[[], object]]:
    def prepare(records: int) -> Callable[[], object]:
        datasets = [
            Dataset(AgencyId(name), encoded(columns, schema).encodings, holds_each_person_once=True)
            for name, columns in zip(NAMES, workplace.columns(records), strict=True)
        ]
        return lambda: match(datasets, schema, policy, HereExecutor(), lambda _done, _of: None)

    return prepare


def _profile(
    title: str, stages: Sequence[Stage], prepare: Callable[[int], Callable[[], object]], size: int
) -> Profile:
    prepare(WARM_UP_RECORDS)()  # loads compiled code, or compiles it
    task = prepare(size)
    profiler = cProfile.Profile(time.process_time)
    profiler.runcall(task)
    spent: dict[_Call, float] = {}
    for entry in profiler.getstats():
        spent[None, entry.code] = entry.totaltime
        for call in entry.calls or ():
            spent[entry.code, call.code] = call.totaltime
    seconds = {stage.name: _seconds(stage, spent) for stage in stages}
    return Profile(title, seconds, spent[None, _code(task)])


def _seconds(stage: Stage, spent: Mapping[_Call, float]) -> float:
    """A stage's CPU time.

    Raises:
        KeyError: Its function was not called: the table of stages is out of date.
    """
    caller = _code(stage.caller) if stage.caller else None
    less = sum(spent[None, _code(each)] for each in stage.less)
    return spent[caller, _code(stage.function)] - less


def _code(function: Function) -> CodeType:
    code: CodeType = getattr(function, "__func__", function).__code__
    return code
