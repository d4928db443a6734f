"""First weights: what likeness is taken to say before anything is learned.

They only choose which pairs are looked at closely, so they may be rough, but must not lose
matches. For each segment the likeness of strangers is known: nearly all pairs of two agencies are
strangers, so a random sample tells it. That of matches is guessed, the same for all segments. A
weight is the logarithm of how much likelier matches than strangers are to be at least so alike.

Unlikeness takes off only so much (`LEAST_WEIGHT`): people move and marry, and then several fields
change at once.
"""

from collections.abc import Sequence
from math import ceil, sqrt
from typing import Final

import numpy as np

from linkage.agreement.schema import Segment
from linkage.arrays import ByteArray, FloatArray, IntArray
from linkage.matcher.candidates.scan import Weights, score
from linkage.matcher.compare.distinct import ABSENT, EQUAL

SAMPLED_AT_CUT: Final = 1_000
LEAST_SAMPLED: Final = 1 << 16
MOST_SAMPLED: Final = 1 << 22
"""Pairs that a sample ought to have beyond the cut, and its size at least and at most."""
KEPT_SHARE: Final = 0.06
"""Share of all pairs that is kept: how many strangers look like a match's worst goes with how many
strangers there are. See docs/decisions/0003."""
FEWEST_KEPT: Final = 125
"""Pairs that a record is kept in, on average, at least: with fewer, learning does not tell its
match from its family and namesakes."""
KEPT_PAIRS: Final = 1 << 23
LEAST_KEPT: Final = 20
"""Pairs of two datasets that may be kept before their records have to do with fewer, and how few
these may become. So few also have to do where there is one segment."""
ALL_KEPT_PAIRS: Final = 1 << 25
"""Pairs of all datasets together that may be kept before their records have to do with fewer; and
pairs that are kept at a time, however few that leaves for each record."""
EQUAL_MATCHES: Final = 0.6
"""Guessed share of matches whose filters are equal; the others get rarer with unlikeness, by a
factor e for a quarter of likeness."""
LEAST_WEIGHT: Final = -3.0
"""A segment that is unlike takes off no more: of matches, one in twenty (e^-3) has a value that is
another one altogether."""
PER_NAT: Final = 100
MOST_SCORE: Final = 30_000
"""Scores count hundredths of a natural logarithm; fewer where there are so many segments that sums
could outgrow two bytes."""
RANDOM_SHARE: Final = 0.1
"""Likeness that more strangers than this reach says nothing worth counting: it has one weight."""


def first_weights(alike: ByteArray, segments: Sequence[Segment], kept_share: float) -> Weights:
    """Weights and cut, from a sample of pairs of two datasets.

    Args:
        alike: (n_pairs, F) uint8: likeness of random pairs.
        segments: of the encodings.
        kept_share: share of all pairs that is to reach the cut.
    """
    weights = np.empty((len(segments), EQUAL + 1))
    least = np.empty(len(segments), np.int64)
    for number in range(len(segments)):
        present = alike[:, number][alike[:, number] != ABSENT]
        weights[number], least[number] = _segment_weights(present)
    scale = MOST_SCORE / max(MOST_SCORE / PER_NAT, np.abs(weights).max(axis=1).sum())
    added = np.rint(weights * scale).astype(np.int16)
    added.flags.writeable = False
    scores = score(Weights(added, least, 0), alike)
    return Weights(added, least, _cut(scores, kept_share))


def kept_share(
    left_count: int, right_count: int, segment_count: int, dataset_pairs: int = 1
) -> float:
    """The share of all pairs of two datasets, out of so many of two, that is worth a closer look.

    With one segment there is nothing that a closer look could tell of pairs that are less alike.
    Between a small and a large dataset, the small one's records are kept in more pairs each.
    """
    pair_count = max(1, left_count) * max(1, right_count)
    least = LEAST_KEPT / sqrt(pair_count)
    share = max(KEPT_SHARE, FEWEST_KEPT / sqrt(pair_count)) if segment_count > 1 else least
    share = max(least, min(share, KEPT_PAIRS / pair_count))
    most = ALL_KEPT_PAIRS / pair_count
    return min(1.0, share, max(min(least, most), most / dataset_pairs))


def sample_size(share: float) -> int:
    """How many random pairs tell where the cut for a share of all pairs lies."""
    return int(np.clip(SAMPLED_AT_CUT / share, LEAST_SAMPLED, MOST_SAMPLED))


def _segment_weights(alike: ByteArray) -> tuple[FloatArray, int]:
    """(101,) float64 weights by likeness, and the likeness from which they differ."""
    matches = np.exp(np.arange(EQUAL + 1) / 25)
    matches *= (1 - EQUAL_MATCHES) / matches[:EQUAL].sum()
    matches[EQUAL] = EQUAL_MATCHES
    strangers = np.bincount(alike, minlength=EQUAL + 1) / max(1, len(alike))
    match_reach = np.cumsum(matches[::-1])[::-1]
    # One more stranger than was seen: that none came so near in a sample says only so much.
    stranger_reach = np.cumsum(strangers[::-1])[::-1] + 1 / (len(alike) + 1)
    uncommon = np.flatnonzero(stranger_reach <= RANDOM_SHARE)
    least = int(uncommon[0]) if len(uncommon) else EQUAL
    least = max(least, 1)
    weights = np.maximum.accumulate(np.log(match_reach / stranger_reach))
    below = (1 - match_reach[least]) / max(1 - stranger_reach[least], 1e-3)
    # Where a segment is nearly always missing or equal the sample says little: unlikeness never
    # speaks for a match.
    weights[:least] = min(np.log(max(below, 1e-3)), weights[least], 0.0)
    return np.maximum(weights, LEAST_WEIGHT), least


def _cut(scores: IntArray, share: float) -> int:
    """The score that at most this share of the sample reaches.

    Where many pairs have one score, as with constant columns, none of these are kept.
    """
    if not len(scores):  # an agency without records: there is nothing to keep
        return MOST_SCORE + 1
    if share >= 1:
        return -MOST_SCORE - 1
    cut = ceil(np.quantile(scores, 1 - share))
    return cut + 1 if np.mean(scores >= cut) > 2 * share else cut
