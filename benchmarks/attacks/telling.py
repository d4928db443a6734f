"""Telling: A6 played in full: how much better bigrams are told with bits than without."""

import time
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.attacks.encodings import Encoding, Standing
from benchmarks.attacks.naming import ATTACK_SEED, BAR
from benchmarks.attacks.rebuilding import Rebuilding, Rebuilt, bigram_dice
from benchmarks.attacks.scene import Sizes
from benchmarks.attacks.score import Bar, Row, Share
from benchmarks.attacks.workplace import Workplace
from linkage.arrays import IntArray

GAIN: Final = Bar(gate=0.05, control=0.25)
"""Asked of the gain in the Dice coefficient: plain filters have to give five times what is let
pass."""


@dataclass(frozen=True, slots=True)
class Telling:
    """The attack with its sizes; each is played by itself."""

    quick: tuple[Sizes, ...]
    full: tuple[Sizes, ...]

    def __call__(self, workplace: Workplace, encoding: Encoding) -> list[Row]:
        """Two rows for each size: bigrams told, and names rebuilt without a list."""
        sizes = self.quick if workplace.quick else self.full
        return [row for each in sizes for row in _play(workplace, encoding, each)]


def gain(rebuilt: Rebuilt, truth: IntArray) -> tuple[float, float]:
    """Mean Dice coefficient of the bigrams told, less the baseline's; and the baseline's.

    Args:
        rebuilt: What was told of the targets.
        truth: (n_targets,) int64: the row of the population that each target is.
    """
    has = rebuilt.spelt.has[truth]
    blind = float(bigram_dice(np.broadcast_to(rebuilt.baseline, has.shape), has).mean())
    return float(bigram_dice(rebuilt.told, has).mean()) - blind, blind


def exact(rebuilt: Rebuilt, truth: IntArray) -> Share:
    """Targets all of whose names were rebuilt to the letter."""
    right = [rebuilt.spelt.names[person] for person in truth]
    pairs = zip(rebuilt.names, right, strict=True)
    return Share(sum(told == names for told, names in pairs), len(truth))


def _play(workplace: Workplace, encoding: Encoding, sizes: Sizes) -> list[Row]:
    scene = workplace.scene(encoding, sizes)
    started = time.process_time()
    rebuilt = Rebuilding().rebuild(scene.view, np.random.default_rng(ATTACK_SEED))
    seconds = time.process_time() - started
    gained, blind = gain(rebuilt, scene.truth)
    names = exact(rebuilt, scene.truth)
    size = sizes.said(len(scene.view.population))
    is_control = encoding.standing is Standing.CONTROL
    claimed = encoding.standing is Standing.CLAIMED
    bar = GAIN.control if is_control else GAIN.gate
    said = f"Dice coefficient of the baseline {blind:.3f}"
    return [
        Row(
            "A6 bigrams", encoding.name, size, gained, None, bar, is_control, claimed, said, seconds
        ),
        Row(
            "A6 names without a list",
            encoding.name,
            size,
            names.value,
            names,
            None if is_control else BAR.gate,
            is_control,
            claimed,
        ),
    ]
