"""Words: what each level of each segment says, coarse enough to be told."""

from typing import Final

import numpy as np

from linkage.agreement.schema import Segment
from linkage.arrays import ByteArray, FloatArray
from linkage.exchange.report import SegmentWeight, Verdict
from linkage.matcher.evidence.learn import Evidence
from linkage.matcher.evidence.levels import STEPS

STRONG: Final = 3.0
"""Natural logarithm of the odds: some twenty times likelier among matches than among strangers."""
NOTICEABLE: Final = 0.7
"""Twice as likely, or half."""


def level_weights(evidence: Evidence) -> FloatArray:
    """(F, LEVEL_COUNT) float64: log odds that each level adds; 0 for a missing one.

    Strangers are taken together, so that what classes of relatives have in common counts.
    """
    weights: FloatArray = np.log(np.maximum(evidence.matches.shape, 1e-9))
    weights -= np.log(np.maximum(evidence.strangers.shape, 1e-9))
    return weights


def verdicts(weights: FloatArray, levels: ByteArray) -> ByteArray:
    """(n_pairs, F) uint8 of `Verdict`, for (n_pairs, F) levels."""
    added = weights[np.arange(len(weights)), levels]
    words = np.select(
        [levels == 0, added >= STRONG, added >= NOTICEABLE, added <= -NOTICEABLE],
        [Verdict.MISSING, Verdict.STRONGLY_FOR, Verdict.FOR, Verdict.AGAINST],
        Verdict.NEUTRAL,
    )
    return words.astype(np.uint8)


def segment_weights(
    weights: FloatArray, segments: tuple[Segment, ...]
) -> tuple[SegmentWeight, ...]:
    """The same for the operator's eyes, by name."""
    names = _level_names()
    return tuple(
        SegmentWeight(segment.name, names[level], float(weights[number, level]))
        for number, segment in enumerate(segments)
        for level in range(1, len(names))
    )


def _level_names() -> list[str]:
    steps = [f"alike {low / 100:.2f} and more" for low in STEPS]
    equal = ["equal, common", "equal, fairly common", "equal, fairly rare", "equal, rare"]
    return ["missing", *steps, *equal, "like another segment"]
