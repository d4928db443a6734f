"""Naming: an attack played in full, from a scene to the row that says how it went."""

import time
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.attacks.encodings import Encoding, Standing
from benchmarks.attacks.scene import Scene, Sizes
from benchmarks.attacks.score import Bar, Row, in_top, named
from benchmarks.attacks.view import TOP, Attack, Guesses
from benchmarks.attacks.workplace import Workplace
from linkage_agent.columns import MISSING

ATTACK_SEED: Final = 4
BAR: Final = Bar(gate=0.001, control=0.5)
"""What is asked of most attacks."""


@dataclass(frozen=True, slots=True)
class Naming:
    """An attack that names people, with its sizes.

    Attributes:
        quick, full: each is played by itself.
    """

    attack: Attack
    quick: tuple[Sizes, ...]
    full: tuple[Sizes, ...]
    bar: Bar = BAR

    def __call__(self, workplace: Workplace, encoding: Encoding) -> list[Row]:
        """A row for each size."""
        return [
            play(self.attack, encoding, workplace.scene(encoding, sizes), sizes, self.bar)
            for sizes in (self.quick if workplace.quick else self.full)
        ]


def play(attack: Attack, encoding: Encoding, scene: Scene, sizes: Sizes, bar: Bar) -> Row:
    """Lets an attacker guess, and only then looks at the truth."""
    started = time.process_time()
    guesses = attack.name_targets(scene.view, np.random.default_rng(ATTACK_SEED))
    seconds = time.process_time() - started
    share = named(guesses, scene.truth)
    is_control = encoding.standing is Standing.CONTROL
    return Row(
        attack=attack.name,
        encoding=encoding.name,
        size=sizes.said(len(scene.view.population)),
        success=share.value,
        named=share,
        gate=bar.control if is_control else bar.gate,
        control=is_control,
        claimed=encoding.standing is Standing.CLAIMED,
        note=_note(guesses, scene),
        seconds=seconds,
    )


def _note(guesses: Guesses, scene: Scene) -> str:
    """What else there is to tell: who came near, and how records fare that lack a field."""
    said = []
    if near := in_top(guesses, scene.truth):
        candidates = len(scene.view.population) - len(scene.view.known)
        said.append(f"in the top {TOP} {near.value:.2%}, by chance {TOP / candidates:.2%}")
    fields = scene.view.population.fields.values()
    lacks = np.logical_or.reduce([column.codes[scene.truth] == MISSING for column in fields])
    if lacks.any():
        some = named(Guesses(guesses.best[lacks]), scene.truth[lacks])
        said.append(f"{some.count:,} of {some.total:,} that lack a field")
    return "; ".join(said)
