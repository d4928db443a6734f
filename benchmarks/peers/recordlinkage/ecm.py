"""Links files in plaintext with recordlinkage, without labels: its ECM classifier.

As its documentation teaches, but for one thing, without which the classifier takes a block or the
families for the matches: pairs that are alike on one or two fields only are dropped before it. Runs
in its environment.

Usage: python -m benchmarks.peers.recordlinkage.ecm FOLDER
"""

from typing import Final

import pandas as pd
import recordlinkage  # type: ignore[import-not-found]  # in this environment only

from benchmarks.peers.inside import Found, Task, work
from benchmarks.peers.recordlinkage.comparing import PACKAGES, Compared, link_by

LEAST_ALIKE: Final = 3
"""Columns other than sex on which a pair must be alike to be classified; of fewer, all but one."""


def link(task: Task) -> Found:
    """All pairs that the classifier saw."""
    return link_by(task, _classified)


def _classified(compared: Compared) -> pd.Series:
    """By likeness on each column."""
    telling = [name for name, kind in compared.kinds.items() if kind != "sex"]
    least = min(LEAST_ALIKE, max(len(telling) - 1, 1))
    features = compared.alike[compared.alike[telling].sum(axis=1) >= least].astype(int)
    features = features.loc[:, features.any() & ~features.all()]
    if features.empty:
        return pd.Series(0.0, features.index)
    classifier = recordlinkage.ECMClassifier()
    classifier.fit(features)
    probabilities: pd.Series = classifier.prob(features)
    return probabilities.fillna(0.0)  # of what it can't tell


if __name__ == "__main__":
    work(link, PACKAGES)
