"""Measuring: what a linkage found, against the truth."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from benchmarks.evaluate.curve import Curve
from benchmarks.evaluate.folder import Division
from benchmarks.evaluate.metrics import (
    Score,
    b_cubed,
    exactly_right,
    group_sizes,
    score_groups,
    score_within,
)
from benchmarks.evaluate.results import (
    Bin,
    ClusterFigures,
    CurvePoint,
    Figures,
    Pairwise,
    Subgroup,
)
from benchmarks.evaluate.truth import Truth
from linkage.arrays import BoolArray, FloatArray, IntArray

CURVE_POINTS: Final = 200
"""More can't be seen in a chart of this size."""
BIN_COUNT: Final = 10


def best_figures(curve: Curve, chosen: Figures) -> Figures:
    """The highest F1 on the curve, or what was chosen without the truth where that is higher.

    It can be: a linkage may put pairs together in a better way than the curve does. Where there is
    nothing to find, the best threshold is one that nothing reaches.
    """
    if not len(curve):
        return chosen
    if not curve.true:
        return Figures.of(Score(0, 0, 0), float(np.nextafter(curve.thresholds[0], np.inf)))
    at = curve.best()
    best = Figures.of(curve.score(at), float(curve.thresholds[at]))
    return best if best.f1 > chosen.f1 else chosen


def curve_points(curve: Curve) -> tuple[CurvePoint, ...]:
    """The curve for a chart."""
    thin = curve.thinned(CURVE_POINTS)
    scores = (thin.score(at) for at in range(len(thin)))
    return tuple(
        CurvePoint(threshold, score.precision, score.recall)
        for threshold, score in zip(thin.thresholds.tolist(), scores, strict=True)
    )


def calibration(probabilities: FloatArray, are_true: BoolArray) -> tuple[Bin, ...]:
    """How many pairs of each bin of match probability are true; bins without pairs are left out.

    Args:
        probabilities: (n_pairs,) float64 in [0, 1].
        are_true: (n_pairs,) bool.
    """
    edges = np.linspace(0, 1, BIN_COUNT + 1)
    place = np.minimum(np.searchsorted(edges, probabilities, side="right") - 1, BIN_COUNT - 1)
    pairs = np.bincount(place, minlength=BIN_COUNT)
    probability = np.bincount(place, probabilities, BIN_COUNT)
    true = np.bincount(place, are_true, BIN_COUNT)
    return tuple(
        Bin(
            least=float(edges[at]),
            below=float(edges[at + 1]),
            pairs=int(pairs[at]),
            probability=float(probability[at] / pairs[at]),
            true=float(true[at] / pairs[at]),
        )
        for at in np.flatnonzero(pairs)
    )


def cluster_figures(groups: IntArray, truth: Truth) -> ClusterFigures:
    """How right the clusters are.

    Args:
        groups: (n_records,) int64: the cluster of each record.
        truth: Who they are.
    """
    home = score_within(groups, truth.people, truth.agencies)
    shares = b_cubed(groups, truth.people)
    exactness = exactly_right(groups, truth.people)
    sizes = group_sizes(groups)
    return ClusterFigures(
        pairwise=_pairwise(score_groups(groups, truth.people, truth.agencies)),
        b_cubed=Pairwise(shares.precision, shares.recall, shares.f1),
        exactly_right=exactness.share,
        people=exactness.people,
        count=int((sizes > 1).sum()),
        largest=int(sizes.max(initial=0)),
        duplicates=_pairwise(home) if home.found or home.true else None,
    )


def subgroup_figures(
    groups: IntArray, truth: Truth, divisions: Sequence[Division]
) -> tuple[Subgroup, ...]:
    """How right the clusters are for the records of each value of each column.

    A pair counts for a subgroup if one of its records, or both, are in it. These are all pairs
    less those among the other records, so they need not be listed.
    """
    whole = score_groups(groups, truth.people, truth.agencies)
    figures = []
    for division in divisions:
        for code, value in enumerate(division.values):
            others = division.codes != code
            rest = score_groups(groups[others], truth.people[others], truth.agencies[others])
            score = whole - rest
            figures.append(
                Subgroup(
                    column=division.name,
                    value=value,
                    records=int((~others).sum()),
                    found=score.found,
                    true=score.true,
                    precision=score.precision,
                    recall=score.recall,
                    f1=score.f1,
                )
            )
    return tuple(figures)


def _pairwise(score: Score) -> Pairwise:
    return Pairwise(score.precision, score.recall, score.f1)
