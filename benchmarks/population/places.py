"""The made-up region: towns, streets, postcodes, dwellings.

The postcode area EV is not in use, so no address here is anyone's; its postcodes look valid.
"""

from dataclasses import dataclass
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
    block = street * 2 + place // DWELLINGS_PER_POSTCODE
    return Dwellings(
        lines=np.array(
            [
                _line(int(number), names[at], is_flat=bool(is_flat_block[at]))
                for at, number in zip(street, place, strict=True)
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


def _line(place: int, street: str, *, is_flat: bool) -> str:
    if is_flat:
        building, flat = divmod(place, FLATS_PER_BUILDING)
        return f"Flat {flat + 1}, {2 * building + 1} {street}"
    return f"{place + 1} {street}"


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
