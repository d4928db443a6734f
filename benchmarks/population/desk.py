"""The desk: where an agency's records are written, and what befalls a record as a whole.

A record grows old as a whole: one draw a record decides what in it is out of date, so a former name
mostly stands beside a former home and a former telephone number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.population.agencies import Agency
from benchmarks.population.habits import Habits
from benchmarks.population.households import BoolArray, FloatArray, IntArray
from benchmarks.population.origins import TextArray
from benchmarks.population.people import People

Generator = np.random.Generator

SECOND_RECORD_SLIPS: Final = 3.0
"""How much likelier slips are in a second record of a person: else they would have been found."""
MOST: Final = 0.6
"""Highest chance of a slip, however much likelier than usual it is."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The records that an agency is to write; all arrays have one item a record.

    Attributes:
        everyone: all people of the region.
        who: id of the person whom the record is about.
        people: these people.
        is_second: the agency has another record of the person.
        freshness: from 0 to 1: a record below a rate is out of date in that respect.
        is_nameless: the person could not be identified.
    """

    rng: Generator
    agency: Agency
    everyone: People
    who: IntArray
    people: People
    is_second: BoolArray
    freshness: FloatArray
    is_nameless: BoolArray

    def __len__(self) -> int:
        return len(self.who)

    def __repr__(self) -> str:
        return f"Desk({self.agency.name}, {len(self)} records)"

    @property
    def habits(self) -> Habits:
        """The agency's."""
        return self.agency.habits

    def chance(self, rate: float | FloatArray) -> BoolArray:
        """A yes for each record at this rate, likelier for second records."""
        likelier = np.where(self.is_second, SECOND_RECORD_SLIPS, 1.0)
        rates = np.minimum(rate * likelier, np.maximum(rate, MOST))
        chosen: BoolArray = self.rng.random(len(self)) < rates
        return chosen

    def is_old(self, rate: float) -> BoolArray:
        """The records that are out of date in something that is so at this rate."""
        return self.freshness < rate

    def change(
        self,
        texts: TextArray,
        rate: float | FloatArray,
        how: Callable[[Generator, str], str],
    ) -> None:
        """Changes texts in place at this rate; empty ones stay empty."""
        for at in np.flatnonzero(self.chance(rate) & (texts != "")):
            texts[at] = how(self.rng, texts[at])

    def or_missing(self, texts: TextArray, rate: float = 0.0) -> TextArray:
        """The texts, some left out at this rate, with the agency's word for a missing one."""
        is_missing = (texts == "") | self.chance(rate)
        words = np.array(self.agency.missing_texts, dtype=object)
        return np.where(is_missing, words[self.rng.integers(len(words), size=len(self))], texts)


def make_desk(
    rng: Generator, agency: Agency, everyone: People, who: IntArray, *, duplicates: bool
) -> Desk:
    """A desk for the people with these ids, in this order; second records come last."""
    twice = rng.random(len(who)) < agency.habits.recorded_twice
    again = who[twice & duplicates]
    written = np.concatenate([who, again])
    is_second = np.arange(len(written)) >= len(who)
    freshness = rng.random(len(written))
    return Desk(
        rng=rng,
        agency=agency,
        everyone=everyone,
        who=written,
        people=everyone.take(written),
        is_second=is_second,
        freshness=np.where(is_second, freshness / SECOND_RECORD_SLIPS, freshness),
        is_nameless=rng.random(len(written)) < agency.habits.unidentified,
    )
