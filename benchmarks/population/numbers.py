"""Numbers that people are given: NHS numbers, pupil numbers, telephone numbers.

None can be anybody's. NHS numbers are of the range 999 000 0000 to 999 999 9999, which is kept for
tests; telephone numbers of the ranges that Ofcom keeps for drama; pupil numbers are of the local
authority 000, which does not exist. All their check digits and letters are right.
"""

from typing import Final

import numpy as np

from benchmarks.population.households import DayArray, IntArray
from benchmarks.population.origins import TextArray

NHS_FIRST: Final = 999_000_000
"""The first nine digits of the lowest test number; the last is the check digit."""
NHS_SPAN: Final = 1_000_000
NHS_WEIGHTS: Final = np.arange(10, 1, -1)
NO_CHECK_DIGIT: Final = 10
"""Nine digits whose check digit would be 10 are never issued."""

PHONE_STARTS: Final = (
    *("0113 496 0", "0114 496 0", "0115 496 0", "0116 496 0", "0117 496 0", "0118 496 0"),
    *("0121 496 0", "0131 496 0", "0141 496 0", "0151 496 0", "0161 496 0", "0191 498 0"),
    *("020 7946 0", "029 2018 0", "01632 960", "07700 900"),
)
"""Each with three more digits. These 16,000 numbers are all that a region has: beyond about 18,000
people they recur, as if numbers had passed on to others."""
NUMBERS_PER_START: Final = 1_000

PUPIL_AUTHORITY: Final = "000"
PUPIL_WEIGHTS: Final = np.arange(2, 14)
PUPIL_LETTERS: Final = "ABCDEFGHJKLMNPQRTUVWXYZ"
SCHOOLS: Final = 12
STARTING_AGE: Final = 4


def nhs_check_digits(first_nine: IntArray) -> IntArray:
    """The check digit of each, by the remainder to 11; `NO_CHECK_DIGIT` where there is none."""
    digits = first_nine[:, None] // 10 ** np.arange(8, -1, -1) % 10
    check: IntArray = (11 - digits @ NHS_WEIGHTS % 11) % 11
    return check


def draw_nhs_numbers(rng: np.random.Generator, count: int) -> TextArray:
    """So many different NHS numbers: ten digits each.

    Raises:
        ValueError: The range for tests has not so many.
    """
    first_nine = NHS_FIRST + rng.choice(NHS_SPAN, size=min(2 * count, NHS_SPAN), replace=False)
    check = nhs_check_digits(first_nine)
    issued = np.flatnonzero(check != NO_CHECK_DIGIT)[:count]
    if len(issued) < count:
        raise ValueError("there are more people than NHS numbers for tests")
    return (first_nine[issued] * 10 + check[issued]).astype(str).astype(object)


def draw_phones(rng: np.random.Generator, count: int) -> TextArray:
    """So many telephone numbers, as `07700 900123`; none twice until all are taken."""
    numbers = np.array(
        [f"{start}{number:03d}" for start in PHONE_STARTS for number in range(NUMBERS_PER_START)],
        dtype=object,
    )
    rounds = count // len(numbers) + 1
    drawn = np.concatenate([rng.permutation(numbers) for _ in range(rounds)])
    return drawn[:count]


def draw_pupil_numbers(rng: np.random.Generator, birth: DayArray) -> TextArray:
    """A pupil number for each: check letter, authority, school, year of entry, serial number."""
    entry = birth.astype("datetime64[Y]").astype(np.int64) + 1970 + STARTING_AGE
    school = 4_000 + rng.integers(SCHOOLS, size=len(birth))
    serial = rng.integers(1_000, size=len(birth))
    return np.array(
        [
            _with_check_letter(f"{PUPIL_AUTHORITY}{place:04d}{year % 100:02d}{number:03d}")
            for place, year, number in zip(school, entry, serial, strict=True)
        ],
        dtype=object,
    )


def _with_check_letter(digits: str) -> str:
    total = int(np.array([int(digit) for digit in digits]) @ PUPIL_WEIGHTS)
    return PUPIL_LETTERS[total % len(PUPIL_LETTERS)] + digits
