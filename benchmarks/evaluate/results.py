"""What an evaluation gives: figures as frozen types, and as one JSON document."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from benchmarks.evaluate.metrics import Score

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Figures:
    """How right a linkage is at one threshold; `threshold` is inclusive."""

    precision: float
    recall: float
    f1: float
    threshold: float

    @classmethod
    def of(cls, score: Score, threshold: float) -> "Figures":
        """The shares of the counts."""
        return cls(score.precision, score.recall, score.f1, threshold)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a linkage says of itself, without the truth; `matches` is a number of pairs."""

    precision: float
    precision_interval: Interval
    recall: float
    recall_interval: Interval
    matches: float
    matches_interval: Interval


@dataclass(frozen=True, slots=True)
class Pairwise:
    """Precision, recall and F1 of one kind of pairs, or by record."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class ClusterFigures:
    """How right the clusters are.

    Attributes:
        pairwise: over pairs of records of different agencies.
        b_cubed: mean over records of how pure and how complete the cluster of each is.
        exactly_right: share of the people with two or more records whose records are a cluster.
        people: those people.
        count: clusters with two or more records.
        largest: records in the largest cluster.
        duplicates: over pairs of records of one agency; None where neither truth nor clusters
            have any.
    """

    pairwise: Pairwise
    b_cubed: Pairwise
    exactly_right: float
    people: int
    count: int
    largest: int
    duplicates: Pairwise | None


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What would be found at a threshold."""

    threshold: float
    precision: float
    recall: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Candidate pairs with a match probability in [least, below), 1 being in the last bin.

    Attributes:
        probability: their mean match probability.
        true: the share of them that are true.
    """

    least: float
    below: float
    pairs: int
    probability: float
    true: float


@dataclass(frozen=True, slots=True)
class Subgroup:
    """How right the linkage is for pairs with at least one record of the subgroup.

    Attributes:
        value: empty for records of which the list says nothing.
        records: of the subgroup.
        found: pairs that were found; `precision` is of these.
        true: true pairs; `recall` is of these.
    """

    column: str
    value: str
    records: int
    found: int
    true: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """One linkage against the truth.

    Attributes:
        seed: of the project secret, or of what a peer draws.
        label_free: at the threshold that was chosen without the truth.
        best: at the threshold with the highest F1, which only the truth can tell.
        estimated: None where the linkage says nothing of the kind.
        clusters: None where it gives pairs only.
        candidate_recall: share of the true pairs that were compared at all.
        curve: in descending order of thresholds; thinned.
        calibration: empty where the scores are no probabilities.
        subgroups: empty where none are asked for.
        warnings: what the linkage itself warns of.
        seconds: by step.
    """

    seed: int
    label_free: Figures
    best: Figures
    estimated: Estimate | None
    clusters: ClusterFigures | None
    candidate_recall: float
    true_matches: int
    curve: tuple[CurvePoint, ...]
    calibration: tuple[Bin, ...]
    subgroups: tuple[Subgroup, ...]
    warnings: tuple[str, ...]
    seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One project's linkage against the truth, by seeds.

    Attributes:
        title: what the project is called.
        reveals: the level of what the matcher gets.
        records: of each agency.
        withheld: records of each agency that were not sent, since too little was known of them.
        schema: the parts of the agreement that were used, given and filled in.
        remarks: what was taken for granted or filled in, in words.
        reading_seconds: for all files, once.
        peak_memory_mib: of all processes together; None where the system does not tell.
    """

    title: str
    reveals: str
    records: Mapping[str, int]
    withheld: Mapping[str, int]
    schema: Mapping[str, Any]
    remarks: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    reading_seconds: float
    peak_memory_mib: float | None
    versions: Mapping[str, str]

    def document(self) -> dict[str, Any]:
        """All figures for JSON: means over the seeds first, then each seed by itself."""
        seeds = [asdict(outcome) for outcome in self.outcomes]
        steps = [{"reading": self.reading_seconds, **seed["seconds"]} for seed in seeds]
        seconds = mean_of(steps)
        return {
            "title": self.title,
            "reveals": self.reveals,
            **{
                key: mean_of([seed[key] for seed in seeds])
                for key in ("label_free", "best", "estimated", "clusters", "candidate_recall")
            },
            "true_matches": self.outcomes[0].true_matches,
            "records": {
                "total": sum(self.records.values()),
                "agencies": dict(self.records),
                "withheld": dict(self.withheld),
            },
            "subgroups": _by_column(mean_of([seed["subgroups"] for seed in seeds])),
            "seconds": sum(seconds.values()),
            "seconds_by_step": seconds,
            "peak_memory_mib": self.peak_memory_mib,
            "schema": self.schema,
            "remarks": list(self.remarks),
            "warnings": list(self.outcomes[0].warnings),
            "seeds": [outcome.seed for outcome in self.outcomes],
            "versions": dict(self.versions),
            "by_seed": seeds,
        }


def mean_of(values: Sequence[Any]) -> Any:  # noqa: ANN401 - as deep as a JSON document
    """The mean of numbers, or of the numbers at each place of documents of one shape.

    What is equal in all of them stays as it is; where one lacks a number, so does the mean.
    """
    first = values[0]
    if all(value == first for value in values):
        return first
    if any(value is None for value in values):
        return None
    if isinstance(first, dict):
        return {key: mean_of([value[key] for value in values]) for key in first}
    if isinstance(first, (list, tuple)):
        return [mean_of(places) for places in zip(*values, strict=True)]
    return fmean(values)


def _by_column(subgroups: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The figures of each value of each column."""
    columns: dict[str, dict[str, Any]] = {}
    for subgroup in subgroups:
        figures = {key: subgroup[key] for key in subgroup if key not in {"column", "value"}}
        columns.setdefault(subgroup["column"], {})[subgroup["value"]] = figures
    return columns
