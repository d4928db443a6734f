"""Ranking: from the likeness of every target and every person to guesses, a block at a time."""

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from benchmarks.attacks.view import TOP, Guesses, View
from linkage.arrays import IntArray

ScoreArray: TypeAlias = npt.NDArray[np.float32]


def most_alike(blocks: Iterable[ScoreArray], view: View) -> Guesses:
    """The likeliest people of each target; none of those who are known, as no target is.

    Args:
        blocks: (targets of the block, n_people) float32 each, changed: the higher, the likelier;
            targets follow each other from block to block.
        view: the attacker's.
    """
    found = []
    for scores in blocks:
        scores[:, view.known[:, 1]] = -np.inf
        found.append(_top_of(scores, len(view.population) - len(view.known)))
    top = np.concatenate(found)
    return Guesses(best=top[:, 0].copy(), top=top)


def _top_of(scores: ScoreArray, candidates: int) -> IntArray:
    count = min(TOP, candidates)
    likely = np.argpartition(-scores, count - 1, axis=1)[:, :count]
    order = np.argsort(-np.take_along_axis(scores, likely, axis=1), axis=1, kind="stable")
    return np.take_along_axis(likely, order, axis=1).astype(np.int64)
