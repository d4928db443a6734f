"""Revised: what the clusters leave of the match probabilities that pairs had before.

An accepted pair stands as its merge has it (`accepted.py`). If that is more than its own p, what is
gained is taken from the other pairs of its two records, as far as these can have one partner only:
the chance that they have another one falls from 1 - p to 1 less the new value, and theirs in the
same proportion. So what third records say makes no matches out of nothing.
"""

from typing import Final

import numpy as np

from linkage.arrays import BoolArray
from linkage.matcher.evidence.accepted import AcceptedPairs
from linkage.matcher.evidence.competition import Sides, repeat_shares
from linkage.matcher.evidence.estimate import LEAST_COUNTED, Judged
from linkage.matcher.model.clusters import Clusters
from linkage.matcher.model.pairs import DecidedPairs

LEAST_DOUBT: Final = 1e-12
"""That is left of any pair, so that it can be divided by."""


def revised(
    clusters: Clusters,
    decided: DecidedPairs,
    accepted: AcceptedPairs,
    sides: Sides,
    candidate_recall: float,
) -> Judged:
    """The match probabilities of two datasets' pairs, now that their clusters are known.

    Args:
        clusters: of the run.
        decided: the pairs, with their probabilities as scores.
        accepted: those of them, and others, that share a cluster.
        sides: the two datasets.
        candidate_recall: share of matches that is expected to be kept.
    """
    scores = decided.scores if decided.scores is not None else np.zeros(len(decided))
    shares = repeat_shares(sides, float(scores.sum()))
    doubt, own_doubt = (
        np.maximum(1 - each, LEAST_DOUBT) for each in (accepted.probabilities, accepted.own)
    )
    remaining = np.minimum(1, doubt / own_doubt)
    of_left, of_right = np.ones(sides.left_count), np.ones(sides.right_count)
    np.minimum.at(of_left, accepted.pairs.left_rows, remaining)
    np.minimum.at(of_right, accepted.pairs.right_rows, remaining)
    of_left, of_right = (
        share + (1 - share) * each for share, each in zip(shares, (of_left, of_right), strict=True)
    )
    others = ~_together(clusters, decided) & (scores >= LEAST_COUNTED)
    lefts, rights = decided.left_rows[others], decided.right_rows[others]
    rivals = scores[others] * np.minimum(of_left[lefts], of_right[rights])
    seen = accepted.own > 0
    return Judged(
        np.concatenate((accepted.probabilities[seen], rivals)),
        candidate_recall,
        float(accepted.probabilities[~seen].sum()),
    )


def _together(clusters: Clusters, pairs: DecidedPairs) -> BoolArray:
    """(n_pairs,) bool: whether the two records share a cluster."""
    left, right = (clusters.labels[number] for number in pairs.datasets)
    together: BoolArray = left[pairs.left_rows] == right[pairs.right_rows]
    return together
