"""A2: naming without knowing anybody, by patterns of columns and how common tokens are.

(1) Mine each filter's patterns.
(2) Find what they mean by the list.
(3) A record that has a pattern most likely has its tokens, one that lacks it has not: each person
    on the list is as likely as these agree with their tokens.
"""

from typing import Final

import numpy as np

from benchmarks.attacks.bits import MatrixArray
from benchmarks.attacks.meanings import Marks, believe, join, marks_of
from benchmarks.attacks.patterns import Pattern, mine
from benchmarks.attacks.ranking import ScoreArray, most_alike
from benchmarks.attacks.view import NO_GUESS, TOP, Guesses, View
from benchmarks.attacks.vocabulary import vocabulary_of
from linkage.arrays import FloatArray, IntArray

MOST_READ: Final = 600
"""Patterns that are read, the most frequent ones, the same number of each filter."""
LEAST_BELIEF: Final = 0.5
LEAST_DOUBT: Final = 0.02
"""That a meaning is wrong, however firmly it is believed."""
_BLOCK_ROWS: Final = 1024


class PatternMining:
    """The attack."""

    name = "A2 pattern mining"

    def name_targets(self, view: View, rng: np.random.Generator) -> Guesses:  # noqa: ARG002 - Attack
        """Whom the patterns of the targets point to; nobody if no pattern has a meaning."""
        patterns, segments = _mined(view)  # (1)
        if not patterns:
            return _nobody(view)
        has = np.stack([each.has for each in patterns], axis=1).astype(np.float32)
        widths = np.array([len(each.columns) for each in patterns], np.float64)
        marks = join(_marks(view))
        meanings, beliefs = believe(has, widths, segments, marks)  # (2)
        is_read = beliefs >= LEAST_BELIEF
        if not is_read.any():
            return _nobody(view)
        theirs = marks.has[:, meanings[is_read]]
        evidence = _Evidence(theirs, 1 - beliefs[is_read])  # (3)
        ours = has[view.targets][:, is_read]
        blocks = (
            evidence.scores(ours[first : first + _BLOCK_ROWS])
            for first in range(0, len(ours), _BLOCK_ROWS)
        )
        return most_alike(blocks, view)


def _mined(view: View) -> tuple[list[Pattern], IntArray]:
    """The most frequent patterns of each filter, and the place of the filter that each is in."""
    found: list[Pattern] = []
    places: list[int] = []
    for place, segment in enumerate(view.segments):
        part = slice(segment.start_byte, segment.start_byte + segment.byte_count)
        mined = mine(np.ascontiguousarray(view.encodings.rows[:, part]))
        kept = mined[: MOST_READ // len(view.segments)]
        found += kept
        places += [place] * len(kept)
    return found, np.array(places, np.int64)


def _marks(view: View) -> list[Marks]:
    """What the patterns of each filter may mean."""
    return [
        marks_of(
            vocabulary_of(view.population, view.schema, segment.fields),
            8 * segment.byte_count,
            place,
        )
        for place, segment in enumerate(view.segments)
    ]


def _nobody(view: View) -> Guesses:
    count = len(view.targets)
    return Guesses(np.full(count, NO_GUESS), np.full((count, TOP), NO_GUESS))


class _Evidence:
    """What having a pattern says of having its meaning: log-likelihoods, as linear scores."""

    def __init__(self, theirs: MatrixArray, doubts: FloatArray) -> None:
        doubt = np.maximum(doubts, LEAST_DOUBT)
        share = np.clip(theirs.mean(axis=0), 0.001, 0.999)
        if_has = np.log((1 - doubt + doubt * share) / (doubt * share))
        if_lacks = np.log(doubt * (1 - share) / (1 - doubt + doubt * (1 - share)))
        # A person with a token: `if_has` where the pattern is there, `if_lacks` where it is not.
        self._has = (if_has - if_lacks).astype(np.float32)
        self._lacks = (theirs @ if_lacks).astype(np.float32)
        self._theirs = theirs

    def scores(self, ours: MatrixArray) -> ScoreArray:
        """(n_rows, n_people) float32: log-likelihood ratio of each person."""
        likelier: ScoreArray = (ours * self._has) @ self._theirs.T + self._lacks
        return likelier
