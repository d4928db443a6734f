"""Links files in plaintext with recordlinkage's logistic regression, which learns from the truth.

So it is no peer of label-free linkage, but shows what labels are worth. Cross-fitted: the pairs of
a third of the left records are judged by a model that learned from the other two thirds. Runs in
recordlinkage's environment.

Usage: python -m benchmarks.peers.recordlinkage.logistic FOLDER
"""

import csv
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import recordlinkage  # type: ignore[import-not-found]  # in this environment only

from benchmarks.peers.inside import BoolArray, Found, Task, work
from benchmarks.peers.recordlinkage.comparing import PACKAGES, Compared, link_by

FOLDS: Final = 3


def link(task: Task) -> Found:
    """All candidates.

    Raises:
        ValueError: There is no truth to learn from.
    """
    if task.truth is None:
        raise ValueError("a supervised peer needs the truth")
    persons = _persons(task, task.truth)
    random = np.random.default_rng(task.seed)
    folds = [random.integers(FOLDS, size=len(each)) for each in persons]

    def probabilities(compared: Compared) -> pd.Series:
        rows = compared.similarities.index.to_frame().to_numpy(np.int64)
        matches = persons[compared.left][rows[:, 0]] == persons[compared.right][rows[:, 1]]
        return _cross_fitted(compared, matches, folds[compared.left][rows[:, 0]])

    return link_by(task, probabilities)


def _cross_fitted(compared: Compared, matches: BoolArray, fold_of: np.ndarray) -> pd.Series:
    """Each pair's probability by a model that saw no pair of its fold."""
    features = pd.concat(
        [
            compared.similarities.fillna(0.0),
            compared.alike.add_suffix(" alike"),
            (compared.similarities == 1.0).add_suffix(" equal"),
            compared.similarities.isna().add_suffix(" missing"),
        ],
        axis=1,
    ).astype(float)
    found = pd.Series(0.0, features.index)
    for fold in range(FOLDS):
        here = fold_of == fold
        learned = features.index[~here & matches]
        if 0 < len(learned) < (~here).sum() and here.any():
            classifier = recordlinkage.LogisticRegressionClassifier()
            classifier.fit(features[~here], learned)
            found[here] = classifier.prob(features[here])
    return found


def _persons(task: Task, truth: Path) -> list[np.ndarray]:
    """Who each record of each agency is; one without a line in the truth is a person of its own."""
    with truth.open(encoding="utf-8", newline="") as file:
        named = {
            (row["agency"], row["record_id"]): row["person_id"] for row in csv.DictReader(file)
        }
    return [
        np.array(
            [
                named.get((agency.name, record["record_id"]), f"{agency.name} {number}")
                for number, record in enumerate(agency.records())
            ]
        )
        for agency in task.agencies
    ]


if __name__ == "__main__":
    work(link, PACKAGES)
