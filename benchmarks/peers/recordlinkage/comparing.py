"""Candidate pairs and their similarities with recordlinkage, as its documentation teaches.

Candidates come from several blocks, pairs that agree exactly on one field. Each field is compared
with a string similarity and has a threshold from which its values are alike.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import pandas as pd
import recordlinkage  # type: ignore[import-not-found]  # in this environment only

from benchmarks.peers.columns import INITIAL_KIND, UK_KIND, Columns, prepare
from benchmarks.peers.inside import Found, Pairs, Task, best_links, joined

LIKENESS: Final = {
    "given-name": ("jarowinkler", 0.85),
    "family-name": ("jarowinkler", 0.85),
    "full-name": ("jarowinkler", 0.85),
    "address": ("jarowinkler", 0.85),
    "place": ("jarowinkler", 0.85),
    "email": ("jarowinkler", 0.85),
    "date": ("damerau_levenshtein", 0.75),
    "year": ("damerau_levenshtein", 0.75),
    "postcode": ("damerau_levenshtein", 0.75),
    UK_KIND: ("damerau_levenshtein", 0.75),
    "phone": ("damerau_levenshtein", 0.75),
    "national-id": ("damerau_levenshtein", 0.75),
    "code": ("damerau_levenshtein", 1.0),
    "sex": ("damerau_levenshtein", 1.0),
    INITIAL_KIND: ("damerau_levenshtein", 1.0),
}
"""By kind, the similarity and the threshold from which values are alike. 0.85 for names is the
documentation's; for digits 0.75 lets one or two slips pass."""
MOST_PAIRS: Final = 500_000
"""Of one block: what is compared in a few seconds."""
THRESHOLD: Final = 0.5
PACKAGES: Final = ("recordlinkage", "pandas", "scikit-learn")


@dataclass(frozen=True, slots=True)
class Compared:
    """The candidates of two agencies.

    Attributes:
        left, right: numbers of the agencies.
        kinds: of each column.
        similarities: a row a pair, indexed by two record numbers; in [0, 1], NaN where a value is
            missing.
        alike: of the same shape: whether similarities reach the column's threshold.
    """

    left: int
    right: int
    kinds: dict[str, str]
    similarities: pd.DataFrame
    alike: pd.DataFrame


def link_by(task: Task, probabilities_of: Callable[[Compared], pd.Series]) -> Found:
    """Links each two agencies.

    Args:
        task: what to link.
        probabilities_of: match probability of each pair; one that is left out is no candidate.
    """
    columns = prepare(task)
    parts, scores, ties = [], [], []
    for left, right in task.agency_pairs():
        compared = _compare(columns, left, right)
        found = probabilities_of(compared)
        rows = found.index.to_frame().to_numpy(np.int64)
        agencies = np.tile(np.array([[left], [right]]), len(found))
        parts.append(Pairs(agencies[0], rows[:, 0], agencies[1], rows[:, 1]))
        scores.append(found.to_numpy(np.float64))
        # Probabilities often tie, as the classifiers see much less than the similarities.
        ties.append(compared.similarities.loc[found.index].sum(axis=1).to_numpy(np.float64))
    pairs, probabilities = joined(parts), np.concatenate(scores)
    linked = best_links(task, pairs, probabilities, np.concatenate(ties))
    decided = linked & (probabilities >= THRESHOLD)
    return Found(pairs, probabilities, linked, decided, "probability", THRESHOLD)


def _compare(columns: Columns, left: int, right: int) -> Compared:
    tables = [pd.DataFrame(columns.table(number), dtype=object) for number in (left, right)]
    indexer = recordlinkage.Index()
    for block in _blocks(columns, left, right):
        indexer.block(list(block))
    comparison = recordlinkage.Compare()
    for name, kind in columns.kinds.items():
        method, _ = LIKENESS[kind]
        comparison.string(name, name, method=method, label=name, missing_value=np.nan)
    similarities = comparison.compute(indexer.index(*tables), *tables)
    thresholds = pd.Series({name: LIKENESS[kind][1] for name, kind in columns.kinds.items()})
    alike = similarities >= thresholds
    return Compared(left, right, columns.kinds, similarities, alike)


def _blocks(columns: Columns, left: int, right: int) -> list[tuple[str, ...]]:
    """Each column that makes few enough pairs alone; where none does, each two that do."""
    names = [name for name, kind in columns.kinds.items() if kind != "sex"]
    for size in (1, 2):
        blocks = list(combinations(names, size))
        pairs = {block: columns.agreeing_pairs(block, (left, right)) for block in blocks}
        if fitting := [block for block in blocks if 0 < pairs[block] <= MOST_PAIRS]:
            return fitting
    return [tuple(names)]
