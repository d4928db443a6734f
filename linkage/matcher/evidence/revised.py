"""Revised: what the clusters leave of the match probabilities that pairs had before.

An accepted pair stands as its merge has it (`accepted.py`). If that is more than its own p, what is
gained is taken from the other pairs of its two records, as far as these can have one partner only:
the chance that they have another one falls from 1 - p to 1 less the new value, and theirs in the
same proportion. So what third records say makes no matches out of nothing.
"""

from typing import Final

import numpy as np

from linkage.arrays import BoolArray, FloatArray
from linkage.matcher.evidence.accepted import AcceptedPairs
from linkage.matcher.evidence.competition import Sides, repeat_shares
from linkage.matcher.evidence.estimate import LEAST_COUNTED
from linkage.matcher.model.clusters import Clusters
from linkage.matcher.model.pairs import DecidedPairs

LEAST_LEFT: Final = 1e-12
"""Of certainty, so that it can be divided by."""


def revised(
    clusters: Clusters, decided: DecidedPairs, accepted: AcceptedPairs, sides: Sides
) -> FloatArray:
    """The match probabilities of two datasets' pairs, now that their clusters are known.

    Args:
        clusters: of the run.
        decided: the pairs, with their probabilities as scores.
        accepted: those of them, and others, that share a cluster.
        sides: the two datasets.

    Returns:
        (n,) float64: of all accepted pairs, then of the decided ones that are not.
    """
    scores = decided.scores if decided.scores is not None else np.zeros(len(decided))
    shares = repeat_shares(sides, float(scores.sum()))
    left = np.minimum(1, (1 - accepted.probabilities) / np.maximum(1 - accepted.own, LEAST_LEFT))
    of_left, of_right = np.ones(sides.left_count), np.ones(sides.right_count)
    np.minimum.at(of_left, accepted.pairs.left_rows, left)
    np.minimum.at(of_right, accepted.pairs.right_rows, left)
    of_left, of_right = (
        share + (1 - share) * each for share, each in zip(shares, (of_left, of_right), strict=True)
    )
    others = ~_together(clusters, decided) & (scores >= LEAST_COUNTED)
    lefts, rights = decided.left_rows[others], decided.right_rows[others]
    remaining = scores[others] * np.minimum(of_left[lefts], of_right[rights])
    return np.concatenate((accepted.probabilities, remaining))


def _together(clusters: Clusters, pairs: DecidedPairs) -> BoolArray:
    """(n_pairs,) bool: whether the two records share a cluster."""
    left, right = (clusters.labels[number] for number in pairs.datasets)
    together: BoolArray = left[pairs.left_rows] == right[pairs.right_rows]
    return together
