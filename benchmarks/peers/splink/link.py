"""Links files in plaintext with Splink, without labels. Runs in its environment.

As its documentation teaches: the prior from deterministic rules, u by random sampling, m by EM in
blocks of several rules, then match weights for all candidates. A match has a probability of at
least one half. Of two agencies' records the best links are taken; of more than two, Splink's own
clustering by single best links decides where agencies hold each person once. Where the
deterministic rules find no pair the prior is 0 and nothing is linked.

Usage: python -m benchmarks.peers.splink.link FOLDER
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Final, TypeAlias

import duckdb  # type: ignore[import-not-found]  # in this environment only
import numpy as np
import pyarrow as pa  # type: ignore[import-not-found]
from splink import (  # type: ignore[import-not-found]
    DuckDBAPI,
    Linker,
    SettingsCreator,
    block_on,
)
from splink.internals.exceptions import EMTrainingException  # type: ignore[import-not-found]

from benchmarks.peers.columns import Columns, prepare
from benchmarks.peers.inside import (
    Found,
    IntArray,
    Pairs,
    Task,
    found_at,
    nothing_found,
    with_groups,
    work,
)
from benchmarks.peers.splink.model import (
    blocking_rules,
    comparisons,
    deterministic_rules,
    training_rules,
)

Untyped: TypeAlias = Any
"""Of Splink and DuckDB, which our type checker can't see."""
RECALL: Final = 0.7
"""Of the deterministic rules: what the documentation assumes."""
SAMPLED_PAIRS: Final = 5e6
"""To estimate u from; more made no difference on the data we tried."""
LEAST_WEIGHT: Final = -20.0
"""Less likely than one in a million: kept by no threshold that anyone would take."""
MEASURE: Final = "match weight"
THRESHOLD: Final = 0.0
"""As a weight: a probability of one half."""


def link(task: Task) -> Found:
    """All candidates above the least weight."""
    columns, agencies = prepare(task), range(len(task.agencies))
    certain = [
        rule for rule in deterministic_rules(columns) if columns.agreeing_pairs(rule, agencies)
    ]
    if not certain:
        return nothing_found(MEASURE, THRESHOLD)
    connection = duckdb.connect()
    linker = _linker(columns, agencies, DuckDBAPI(connection=connection))
    _train(linker, certain, training_rules(columns), task.seed)
    predicted = linker.inference.predict(threshold_match_weight=LEAST_WEIGHT)
    found = connection.table(predicted.physical_name).fetchnumpy()
    pairs = Pairs(
        left_agency=_numbers(found["source_dataset_l"]),
        left=found["unique_id_l"].astype(np.int64),
        right_agency=_numbers(found["source_dataset_r"]),
        right=found["unique_id_r"].astype(np.int64),
    )
    weights = found["match_weight"].astype(np.float64)
    best = found_at(task, pairs, weights, MEASURE, THRESHOLD)
    once = [number for number, each in enumerate(task.agencies) if each.holds_each_person_once]
    if len(task.agencies) > 2 and once:
        # DuckDB 2.0.0 would join all records with all before it looks at the links.
        connection.execute("set disabled_optimizers = 'join_order'")
        clusters = linker.clustering.cluster_using_single_best_links(
            predicted, [_name(number) for number in once], threshold_match_weight=THRESHOLD
        )
        return with_groups(best, _groups(connection, clusters.physical_name))
    return best


def _linker(columns: Columns, agencies: Sequence[int], api: Untyped) -> Untyped:
    tables = []
    for agency in agencies:
        table = {name: pa.array(its, pa.string()) for name, its in columns.table(agency).items()}
        table["unique_id"] = pa.array(range(len(next(iter(table.values())))), pa.int64())
        tables.append(api.register(pa.table(table), dataset_display_name=_name(agency)))
    blocks = [block_on(*rule) for rule in blocking_rules(columns, agencies)]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=comparisons(columns),
        blocking_rules_to_generate_predictions=blocks,
        retain_matching_columns=False,
    )
    return Linker(tables, settings, log_level=logging.ERROR)


def _train(
    linker: Untyped,
    certain: Sequence[Sequence[str]],
    blocks: Sequence[Sequence[str]],
    seed: int,
) -> None:
    """Learns what can be learned; the rest keeps Splink's defaults.

    The prior does where more pairs agree than the recall allows, as among a handful of records, and
    m where a block is empty.
    """
    training = linker.training
    with suppress(ValueError):
        training.estimate_probability_two_random_records_match(
            [block_on(*rule) for rule in certain], recall=RECALL
        )
    training.estimate_u_using_random_sampling(max_pairs=SAMPLED_PAIRS, seed=seed)
    for rule in blocks:
        with suppress(EMTrainingException):
            training.estimate_parameters_using_expectation_maximisation(block_on(*rule))


def _groups(connection: Untyped, table: str) -> list[list[tuple[int, int]]]:
    """The records of each cluster of two or more: agency and record number."""
    rows = connection.table(table).select("cluster_id", "source_dataset", "unique_id").fetchall()
    clusters: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for cluster, name, record in rows:
        clusters[cluster].append((_number(name), int(record)))
    return [records for records in clusters.values() if len(records) > 1]


def _name(agency: int) -> str:
    """Of an agency's table: in alphabetical order, as Splink orders the sides of a pair."""
    return f"agency_{agency:04}"


def _number(name: str) -> int:
    return int(name.removeprefix("agency_"))


def _numbers(names: Iterable[str]) -> IntArray:
    return np.array([_number(name) for name in names], np.int64)


if __name__ == "__main__":
    work(link, ("splink", "duckdb"))
