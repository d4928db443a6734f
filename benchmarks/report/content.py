"""What a report shows: for each data set, what each method found there."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from benchmarks.evaluate.results import Outcome


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over several seeds."""

    mean: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """The mean and the range of at least one value."""
        return cls(fmean(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class MethodResult:
    """One method on one data set.

    Attributes:
        name: as it is called throughout the report.
        sees: what it links by, in a few words.
        outcomes: one a seed, at least one.
        is_ours: whether it is the linkage that is evaluated; all others stand beside it.
        is_supervised: whether it learnt from the truth, so that nothing of it is label-free.
        peak_memory_mib: None where it is not known.
        versions: of what it ran with.
    """

    name: str
    sees: str
    outcomes: tuple[Outcome, ...]
    is_ours: bool
    is_supervised: bool
    peak_memory_mib: float | None
    versions: Mapping[str, str]

    @property
    def f1(self) -> Spread:
        """At the threshold that was chosen without the truth."""
        return Spread.of([outcome.label_free.f1 for outcome in self.outcomes])

    @property
    def best_f1(self) -> Spread:
        """At the best threshold."""
        return Spread.of([outcome.best.f1 for outcome in self.outcomes])

    @property
    def seconds(self) -> float:
        """Mean over the seeds, of all steps."""
        return fmean(sum(outcome.seconds.values()) for outcome in self.outcomes)


@dataclass(frozen=True, slots=True)
class Failure:
    """A method that could not be run on a data set, and why."""

    method: str
    what: str


@dataclass(frozen=True, slots=True)
class SetResult:
    """All methods on one data set.

    Attributes:
        name: short: lower-case letters, digits and hyphens, so that it can be linked to.
        title: for readers.
        origin: where the data come from.
        records: of each agency.
        true_matches: true pairs of records of different agencies.
        schema: the parts of the agreement that were used.
        methods: at least one.
    """

    name: str
    title: str
    origin: str
    records: Mapping[str, int]
    true_matches: int
    schema: Mapping[str, Any]
    remarks: tuple[str, ...]
    methods: tuple[MethodResult, ...]
    failures: tuple[Failure, ...] = ()

    def document(self) -> dict[str, Any]:
        """The same for JSON."""
        return asdict(self)

    def method(self, name: str) -> MethodResult | None:
        """The method of this name, if it was run."""
        return next((method for method in self.methods if method.name == name), None)


def method_names(sets: Sequence[SetResult]) -> tuple[str, ...]:
    """Every method of any set, in the order in which they first come."""
    return tuple(dict.fromkeys(method.name for each in sets for method in each.methods))


def summary(sets: Sequence[SetResult]) -> list[dict[str, Any]]:
    """A line for each method on each data set, for JSON."""
    return [
        {
            "set": each.name,
            "method": method.name,
            "is_ours": method.is_ours,
            "is_supervised": method.is_supervised,
            "f1": asdict(method.f1),
            "best_f1": asdict(method.best_f1),
            "seconds": method.seconds,
        }
        for each in sets
        for method in each.methods
    ]
