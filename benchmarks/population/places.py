"""The made-up region: towns, streets, postcodes, dwellings.

The postcode area EV is not in use, so no address here is anyone's; its postcodes look valid.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.population.origins import TextArray

TOWNS: Final = ("Everford", "Marlock", "Stanbridge", "Wexley", "Thornholme", "Kelder", "Saltmere")
"""Post towns in order of size; the first has four postcode districts, the second two."""
DISTRICT_TOWNS: Final = (0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6)
"""Town of each postcode district EV1, EV2, ..."""
STREET_STEMS: Final = (
    *("Station", "Church", "Victoria", "Park", "Mill", "Albert", "Queens", "Kings", "Chapel"),
    *("Manor", "Grange", "Springfield", "Windsor", "Alexandra", "York", "Highfield", "Stanley"),
    *("North", "South", "Westfield", "Oak", "Beech", "Cedar", "Willow", "Hawthorn", "Rowan"),
    *("Orchard", "Meadow", "Brook", "Canal", "Foundry", "Priory", "Abbey", "Castle", "Gordon"),
    *("Clarence", "Nelson", "Wellington", "Trafalgar", "Jubilee", "Coronation", "Harbour"),
    *("Quarry", "Tannery", "Weaver", "Cobblers", "St John's", "St Mary's", "Newlands", "Holly"),
)
STREET_KINDS: Final = (
    *("Road", "Street", "Avenue", "Close", "Lane", "Drive", "Gardens", "Terrace", "Crescent"),
    *("Way", "Grove", "Court"),
)
INWARD_LETTERS: Final = "ABDEFGHJLNPQRSTUWXYZ"
"""Inward codes never use C, I, K, M, O, V."""

DWELLINGS_PER_STREET: Final = 35
DWELLINGS_PER_POSTCODE: Final = 18
"""A real postcode has about 15 addresses, at most 100."""
FLAT_SHARE: Final = 0.15
FLATS_PER_BUILDING: Final = 6
ONE_DOOR_SHARE: Final = 0.25
"""Buildings whose flats have no numbers: several households at one address."""


@dataclass(frozen=True, slots=True)
class Dwellings:
    """Every dwelling of the region; all arrays have one item a dwelling."""

    lines: TextArray
    towns: TextArray
    postcodes: TextArray

    def __len__(self) -> int:
        return len(self.lines)


def make_dwellings(rng: np.random.Generator, count: int) -> Dwellings:
    """So many dwellings, street by street."""
    street_count = count // DWELLINGS_PER_STREET + 1
    district = rng.integers(0, len(DISTRICT_TOWNS), street_count)
    names = _street_names(rng, district)
    street, place = np.divmod(np.arange(count), DWELLINGS_PER_STREET)
    is_flat_block = rng.random(street_count) < FLAT_SHARE
    buildings = DWELLINGS_PER_STREET // FLATS_PER_BUILDING + 1
    has_one_door = rng.random((street_count, buildings)) < ONE_DOOR_SHARE
    block = street * 2 + place // DWELLINGS_PER_POSTCODE
    return Dwellings(
        lines=np.array(
            [
                _flat_line(number, names[at], has_one_door[at])
                if is_flat_block[at]
                else f"{number + 1} {names[at]}"
                for at, number in zip(street.tolist(), place.tolist(), strict=True)
            ],
            dtype=object,
        ),
        towns=np.array([TOWNS[DISTRICT_TOWNS[d]] for d in district[street]], dtype=object),
        postcodes=_postcodes(district[street], block),
    )


def _street_names(rng: np.random.Generator, district: npt.NDArray[np.int64]) -> list[str]:
    """A name for each street, drawn so that common ones recur in several towns."""
    stems = rng.choice(STREET_STEMS, size=len(district))
    kinds = rng.choice(STREET_KINDS, size=len(district))
    return [f"{stem} {kind}" for stem, kind in zip(stems, kinds, strict=True)]


def put_up_signs(
    rng: np.random.Generator, dwellings: Dwellings, houses: Sequence[int], signs: Sequence[str]
) -> Dwellings:
    """The same dwellings, where the lines of these houses begin with a name and a sign."""
    lines = dwellings.lines.copy()
    for house, sign, stem in zip(
        houses, signs, rng.choice(STREET_STEMS, size=len(houses)), strict=True
    ):
        lines[house] = f"{stem} {sign}, {lines[house]}"
    return replace(dwellings, lines=lines)


def _flat_line(place: int, street: str, has_one_door: npt.NDArray[np.bool_]) -> str:
    building, flat = divmod(place, FLATS_PER_BUILDING)
    address = f"{2 * building + 1} {street}"
    return address if has_one_door[building] else f"Flat {flat + 1}, {address}"


def _postcodes(district: npt.NDArray[np.int64], block: npt.NDArray[np.int64]) -> TextArray:
    """A postcode for each block of dwellings: the block's number, spread over the inward codes."""
    letters = len(INWARD_LETTERS)
    sector, unit = np.divmod((block * 1_571) % (9 * letters * letters), letters * letters)
    first, second = np.divmod(unit, letters)
    return np.array(
        [
            f"EV{d + 1} {s + 1}{INWARD_LETTERS[a]}{INWARD_LETTERS[b]}"
            for d, s, a, b in zip(district, sector, first, second, strict=True)
        ],
        dtype=object,
    )
