"""Score: how many targets were named, how sure that is, and what was asked of it.

Only here are guesses and the truth in one place. Gates hold for the upper end of the one-sided 95 %
Wilson interval, controls for the lower end: luck passes neither.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np

from benchmarks.attacks.view import Guesses
from linkage.arrays import IntArray, ShapeError

ONE_SIDED_95: Final = 1.6448536269514722
"""Standard deviations above which a normal number lies with a chance of 5 %."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many.

    Attributes:
        count: at most `total`.
        total: at least 1.
    """

    count: int
    total: int

    @property
    def value(self) -> float:
        """As a number in [0, 1]."""
        return self.count / self.total

    def wilson(self, deviations: float = ONE_SIDED_95) -> tuple[float, float]:
        """Lower and upper bound of the share that the sample was drawn from.

        Args:
            deviations: how many standard deviations they stand off.

        Source: Wilson (1927), "Probable inference, the law of succession, and statistical
        inference".
        """
        squared = deviations**2
        centre = self.count + squared / 2
        spread = deviations * sqrt(self.count * (1 - self.value) + squared / 4)
        lower, upper = ((centre + side) / (self.total + squared) for side in (-spread, spread))
        return max(lower, 0.0), min(upper, 1.0)


@dataclass(frozen=True, slots=True)
class Bar:
    """What is asked of an attack's success.

    Attributes:
        gate: at most, against encodings that are to withstand.
        control: at least, against plain ones: an attack that can't break these shows nothing.
            None where the attack has no control.
    """

    gate: float
    control: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """One attack against one encoding.

    Attributes:
        attack: such as "A4 regression".
        encoding: such as "record-likeness, research".
        size: what the attacker had to do with, in words.
        success: share of the targets that were named; in A1 the statistic.
        named: None in rows of A1 that count nothing.
        gate: `success` is to be no more; in controls, no less. None where nothing is asked.
        control: whether the encoding is one that has to be broken.
        claimed: whether the encoding is one that is said to withstand.
        note: what else was seen.
        seconds: of CPU time that the attack took.
    """

    attack: str
    encoding: str
    size: str
    success: float
    named: Share | None
    gate: float | None
    control: bool
    claimed: bool
    note: str = ""
    seconds: float = 0.0

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Of the share of targets named; None where nothing was counted."""
        return self.named.wilson() if self.named else None

    @property
    def passes(self) -> bool | None:
        """Whether the gate held, or the control was broken; None where nothing is asked."""
        if self.gate is None:
            return None
        lower, upper = self.bounds or (self.success, self.success)
        return lower >= self.gate if self.control else upper <= self.gate

    @property
    def fails_the_run(self) -> bool:
        """Whether the attack is no good, or an encoding does not keep what is said of it."""
        return self.passes is False and (self.control or self.claimed)

    def document(self) -> dict[str, object]:
        """As it stands in the JSON document."""
        lower, upper = self.bounds or (None, None)
        return {
            "attack": self.attack,
            "encoding": self.encoding,
            "size": self.size,
            "success": self.success,
            "wilson_lower": lower,
            "wilson_upper": upper,
            "n": self.named.total if self.named else None,
            "k": self.named.count if self.named else None,
            "gate": self.gate,
            "control": self.control,
            "claimed": self.claimed,
            "passes": self.passes,
            "note": self.note,
            "seconds": round(self.seconds, 1),
        }


def named(guesses: Guesses, truth: IntArray) -> Share:
    """How many targets were named rightly.

    Args:
        guesses: The attacker's.
        truth: (n_targets,) int64: the row of the population that each target is.
    """
    if guesses.best.shape != truth.shape:
        raise ShapeError("named: not as many guesses as targets")
    return Share(int(np.count_nonzero(guesses.best == truth)), len(truth))


def in_top(guesses: Guesses, truth: IntArray) -> Share | None:
    """How many targets are among the likeliest; None where nobody was ranked."""
    if guesses.top is None:
        return None
    return Share(int((guesses.top == truth[:, None]).any(axis=1).sum()), len(truth))
