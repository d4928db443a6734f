"""Alignment: how one cloud of points is turned against another that is spread alike.

Nobody's place in both is known.

(1) A coupling by marks that do not hang on how a cloud is turned gives a first moment, whose surest
    directions give a better coupling, and so on, ever less soft and in ever more directions.
(2) What was coupled wrongly early holds itself up, and where that happens hangs on the sample. So
    many samples are tried. Under the right turn there are people who are in both clouds: the sum of
    strengths is larger than by any wrong one.
(3) Wrong directions differ from try to try, right ones don't: the mean of some good tries is cooled
    again and takes the place of the worst of them.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from benchmarks.attacks.coordinates import marks
from benchmarks.attacks.coupling import Frame, Points, coupled_moment
from linkage.arrays import FloatArray

STARTS: Final = 12
KEPT: Final = 8
PARENTS: Final = 3
MOST_CHILDREN: Final = 80
WITHOUT_GAIN: Final = 25
"""Children in a row that are hardly better than what is kept, after which the search ends."""
GAIN: Final = 1.001
STANDS_OUT: Final = 1.06
"""So much stronger than the middle start no wrong turn was seen to be: the search ends."""
SAMPLE: Final = 2_200
"""Points of each side in a try: more tell better how a cloud is spread, and take longer."""
SAMPLED: Final = 0.8
"""Most of the points that a try may have: tries that see the same go the same way."""
JUDGED: Final = 2_500
POWER: Final = 0.5
"""How a direction's weight falls with its strength: the smaller, the bolder."""


class Cooling(NamedTuple):
    """A series of couplings.

    Attributes:
        steps: how many.
        softness: of the first and of the last.
        directions: number in the first and in the last.
        power: see `POWER`.
    """

    steps: int
    softness: tuple[float, float]
    directions: tuple[int, int]
    power: float = POWER

    def schedule(self) -> list[tuple[float, int, float]]:
        """Softness and number of directions of each step, and how much of the series is over."""
        (hot, cold), (few, many) = self.softness, self.directions
        return [
            (hot * (cold / hot) ** part, round(few + (many - few) * part), part)
            for part in np.linspace(0, 1, self.steps).tolist()
        ]


START: Final = Cooling(22, (0.35, 0.06), (4, 40))
CHILD: Final = Cooling(8, (0.12, 0.05), (10, 40))
JUDGING: Final = Cooling(5, (0.06, 0.05), (40, 40))


@dataclass(frozen=True, slots=True)
class _Try:
    """A moment and the sum of its strengths, all judged alike."""

    moment: FloatArray
    strength: float


def align(points: Points, rng: np.random.Generator) -> FloatArray:
    """(n_dimensions, n_dimensions): a moment whose frame turns the clouds onto each other.

    Args:
        points: Both clouds, whitened, the widest dimensions first.
        rng: Source of chance.
    """
    marked = Points(*marks(*points))
    asked = points.sampled(JUDGED, rng)
    tries = [_judged(asked, _first_moment(points, marked, rng)) for _ in range(STARTS)]  # (1)
    tries = sorted(tries, key=lambda each: -each.strength)  # (2)
    enough = STANDS_OUT * float(np.median([each.strength for each in tries]))
    tries, idle = tries[:KEPT], 0
    for _ in range(MOST_CHILDREN):
        if idle == WITHOUT_GAIN or tries[0].strength > enough:
            break
        parents = rng.permutation(len(tries))[:PARENTS]  # (3)
        mean = sum(tries[parent].moment for parent in parents) / len(parents)
        child = _judged(asked, cooled(_sampled(points, rng), mean, CHILD))
        idle = 0 if child.strength > GAIN * tries[-1].strength else idle + 1
        tries = sorted([*tries, child], key=lambda each: -each.strength)[:KEPT]
    return tries[0].moment


def cooled(points: Points, moment: FloatArray, cooling: Cooling) -> FloatArray:
    """The moment after a series of couplings that starts from one."""
    for softness, directions, _ in cooling.schedule():
        near = Frame.of(moment).turned(points, directions, cooling.power)
        moment = coupled_moment(near, points, softness)
    return moment


def _judged(asked: Points, moment: FloatArray) -> _Try:
    moment = cooled(asked, moment, JUDGING)
    return _Try(moment, float(Frame.of(moment).strength.sum()))


def _sampled(points: Points, rng: np.random.Generator) -> Points:
    fewer = min(map(len, points))
    return points.sampled(min(SAMPLE, round(SAMPLED * fewer)), rng)


def _first_moment(points: Points, marked: Points, rng: np.random.Generator) -> FloatArray:
    """From marks alone to a frame; how much marks count for falls to nothing on the way."""
    width = points.left.shape[1]
    both = Points(*(np.hstack(pair) for pair in zip(points, marked, strict=True)))
    both = _sampled(both, rng)
    points = both.narrowed(width)
    marked = Points(*(side[:, width:] for side in both))
    moment = coupled_moment(marked, points, START.softness[0])
    for softness, directions, part in START.schedule()[1:]:
        near = Frame.of(moment).turned(points, directions, START.power)
        weight = np.float32(max(0.0, 0.5 - part))
        beside = Points(
            *(np.hstack([mark * weight, side]) for mark, side in zip(marked, near, strict=True))
        )
        moment = coupled_moment(beside, points, softness)
    return moment
