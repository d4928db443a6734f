"""Trials: a match run over made-up people, and what came of it beside the truth."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, TypeAlias

import numpy as np

from linkage.agreement.model import MatchPolicy
from linkage.agreement.schema import EncodingSchema
from linkage.exchange.report import Quality
from linkage.matcher.execute.interface import Executor
from linkage.matcher.run import DEFAULT_LIMITS, RunLimits, RunResult, match
from tests.support.encodings import datasets_of, ignore
from tests.support.people import BALANCE, SCHEMA, Table, encode_people, make_people, recorded

SHARED: Final = 200
EACH: Final = 500
"""Records of each of two agencies, of which `SHARED` people are in both."""

Pairs: TypeAlias = set[tuple[int, int, int, int]]
"""Left dataset, its row, right dataset, its row."""


@dataclass(frozen=True, slots=True, repr=False)
class World:
    """People in any order, so that families are spread over agencies, and two views of some."""

    people: Table
    left: Table
    right: Table


def make_world() -> World:
    """The same at every call."""
    everyone = make_people(1_600)
    people = everyone.take(np.random.default_rng(1).permutation(1_600))
    left, right = people.take(range(EACH)), people.take(range(EACH - SHARED, 2 * EACH - SHARED))
    return World(people, recorded(left, seed=1), recorded(right, seed=2))


@dataclass(frozen=True, slots=True, repr=False)
class Found:
    """What a run gave, beside the truth."""

    result: RunResult
    accepted: Pairs
    true: Pairs

    @property
    def precision(self) -> float:
        """Of the accepted pairs."""
        return len(self.accepted & self.true) / max(1, len(self.accepted))

    @property
    def recall(self) -> float:
        """Of the true pairs."""
        return len(self.accepted & self.true) / max(1, len(self.true))

    @property
    def quality(self) -> Quality:
        """What the run says of itself."""
        assert self.result.report.overall is not None
        return self.result.report.overall

    @property
    def warns(self) -> bool:
        """Whether the run tells the parties that something is amiss."""
        return bool(self.result.report.warnings)

    def check_claims(self, margin: float) -> None:
        """Precision, recall and number of matches are as estimated, give or take a margin."""
        told = self.quality
        assert told.accepted == len(self.accepted)
        assert told.precision.low - margin <= self.precision <= told.precision.high + margin
        assert told.recall.low - margin <= self.recall <= told.recall.high + margin
        by = margin * len(self.true)
        assert told.matches.low - by <= len(self.true) <= told.matches.high + by


def link(
    executor: Executor,
    tables: Sequence[Table],
    schema: EncodingSchema = SCHEMA,
    once: Sequence[bool] | None = None,
    policy: MatchPolicy = BALANCE,
    limits: RunLimits = DEFAULT_LIMITS,
) -> Found:
    """Encodes the tables and matches them."""
    datasets = datasets_of(encode_people(tables, schema), once)
    result = match(datasets, schema, policy, executor, ignore, limits)
    labels = [each.tolist() for each in result.clusters.labels]
    persons = [each.persons for each in tables]
    return Found(result, _together(labels), _together(persons))


def _together(groups: Sequence[Sequence[int]]) -> Pairs:
    """The pairs of rows of two datasets that have the same number."""
    rows: list[dict[int, list[int]]] = []
    for numbers in groups:
        rows.append({})
        for row, number in enumerate(numbers):
            rows[-1].setdefault(number, []).append(row)
    return {
        (left, row, right, column)
        for left, right in combinations(range(len(groups)), 2)
        for number, ours in rows[left].items()
        for row in ours
        for column in rows[right].get(number, [])
    }
