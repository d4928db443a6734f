"""One filter a record: odds from likeness alone, against what strangers score at home.

With one segment there are no fields to weigh against each other; all that is known of a pair is one
number: how alike the two filters are, or what their bits say once these are weighed (`bits.py`).
How strangers score is known from pairs within an agency that holds each person once. Let c(s) be
the pairs across that score s, and w(s) those within. Where scores are low nearly all pairs are
strangers, which gives the scale r between the two; then a pair that scores s is a stranger with the
probability r w(s) / c(s), made to fall with s. What one agency has more of than two share, as of
relatives at one address, makes that cautious.

Where both agencies may hold people twice, these repeated records are taken for strangers, and the
highest scores for less than they are.

Source: Storey (2002), Efron (2004): the local false discovery rate.
"""

from typing import Final

import numpy as np

from linkage.arrays import ByteArray, FloatArray
from linkage.matcher.compare.distinct import EQUAL
from linkage.matcher.evidence.learn import Evidence
from linkage.matcher.evidence.mixture import Mixture, level_counts, shapes_of

LOW_SHARE: Final = 0.5
"""The lower half of what was kept gives the scale: of the pairs that a record is kept in, the match
is one, and not among the lowest."""
HIGH_SHARE: Final = 0.8
ALIKE: Final = 2.0
"""The next part of what was kept is of strangers, too: there the scale differs by no more."""
NOISE: Final = 0.1
"""Where fewer than one pair in ten would be a match, that is by how much the two counts differ by
chance: over thousands of pairs it would add up to matches that are not there."""
REPEATS: Final = 0.02
"""Other records of a person, on average, where an agency may hold some twice."""
LEAST: Final = 1e-6


def single_log_odds(across: ByteArray, within: tuple[ByteArray, ...]) -> FloatArray:
    """The log odds of each pair.

    Args:
        across: (n_pairs,) uint8: likeness of the kept pairs of two agencies, in hundredths.
        within: the same of pairs kept within agencies, those that hold each person once if any
            does.

    Returns:
        (n_pairs,) float64, not falling with likeness.
    """
    seen = np.bincount(across, minlength=EQUAL + 1).astype(np.float64)
    own = np.bincount(np.concatenate(within), minlength=EQUAL + 1).astype(np.float64)
    low = np.cumsum(seen) <= LOW_SHARE * seen.sum()
    low[: int(np.flatnonzero(seen)[0]) + 1] = True
    scale = seen[low].sum() / max(own[low].sum(), 1.0)
    # Half a stranger more than was seen: that none scored so high within says only so much.
    strangers = np.minimum(scale * (own + 0.5) / np.maximum(seen, 1.0), 1.0)
    falling = _falling(strangers, seen)
    falling[falling > 1 - NOISE] = 1.0
    odds: FloatArray = np.log(np.maximum(1 - falling, LEAST) / np.maximum(falling, LEAST))
    return odds[across]


def is_null(across: ByteArray, within: tuple[ByteArray, ...]) -> bool:
    """Whether strangers score alike across agencies and within, where nearly all are strangers.

    They do not where one agency lacks a field and bits of other fields have learned to say more.
    """
    seen = np.bincount(across, minlength=EQUAL + 1).astype(np.float64)
    own = np.bincount(np.concatenate(within), minlength=EQUAL + 1).astype(np.float64)
    below = np.cumsum(seen) / max(seen.sum(), 1.0)
    low, high = below <= LOW_SHARE, (below > LOW_SHARE) & (below <= HIGH_SHARE)
    scales = [(seen[part].sum() + 1) / (own[part].sum() + 1) for part in (low, high)]
    return bool(max(scales) <= ALIKE * min(scales))


def single_evidence(
    levels: ByteArray, probabilities: FloatArray, level_count: int, once: tuple[bool, bool]
) -> Evidence:
    """The shapes that the probabilities of the pairs imply.

    Args:
        levels: (n_pairs, 1) uint8.
        probabilities: (n_pairs,) float64.
        level_count: levels of a segment.
        once: of each agency, whether it holds each person once.
    """
    shares = np.stack((probabilities, 1 - probabilities), axis=1)
    counts = level_counts(levels, shares, level_count) + LEAST
    one = np.ones(1)
    return Evidence(
        matches=Mixture(shapes_of(counts[:1]), one),
        strangers=Mixture(shapes_of(counts[1:]), one),
        share=float(np.clip(probabilities.mean(), LEAST, 1 - LEAST)),
        repeats=single_repeats(once),
    )


def single_repeats(once: tuple[bool, bool]) -> tuple[float, float]:
    """How many other records of a person each agency is taken to hold."""
    return 0.0 if once[0] else REPEATS, 0.0 if once[1] else REPEATS


def _falling(values: FloatArray, weights: FloatArray) -> FloatArray:
    """The nearest values that never rise, by pooling neighbours that do (weighted means)."""
    means: list[float] = []
    sizes: list[tuple[float, int]] = []
    for value, weight in zip(values, np.maximum(weights, LEAST), strict=True):
        mean, total, count = float(value), float(weight), 1
        while means and means[-1] < mean:
            before, (other, number) = means.pop(), sizes.pop()
            mean = (mean * total + before * other) / (total + other)
            total, count = total + other, count + number
        means.append(mean)
        sizes.append((total, count))
    return np.repeat(means, [count for _, count in sizes])
