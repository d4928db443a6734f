"""Slips: how one value is written down wrongly. Each function gives a wrong or other form.

None of them looks at who made the record: how often each happens is an agency's habit.
"""

import unicodedata
from collections.abc import Callable
from typing import Final

import numpy as np

KEY_ROWS: Final = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
LOOKALIKES: Final = {
    "m": "rn", "n": "ri", "l": "1", "i": "l", "o": "0", "e": "c", "c": "e", "h": "b", "u": "v",
    "t": "f", "g": "q", "d": "cl", "w": "vv", "0": "O", "1": "l", "5": "S", "8": "B", "2": "Z",
}  # fmt: skip
"""What optical character recognition takes for what."""
SOUNDALIKES: Final = {
    "ph": "f", "ck": "k", "ee": "ea", "ie": "y", "ey": "y", "oo": "ou", "ll": "l", "tt": "t",
    "nn": "n", "rr": "r", "ss": "s", "ough": "uff", "mb": "m", "x": "cks",
}  # fmt: skip
"""What is heard over the telephone and what is written."""
UNDECOMPOSED: Final = str.maketrans(
    {
        "ł": "l",
        "Ł": "L",
        "ø": "o",
        "Ø": "O",
        "đ": "d",
        "Đ": "D",
        "\u0131": "i",
        "ß": "ss",
        "æ": "ae",
    }
)
"""Letters that Unicode does not split into a plain letter and a mark."""
PARTICLES: Final = ("O'", "Mc", "Mac", "Al-", "El-", "St ", "Ní ", "Ó ", "De ")
STREET_SHORT: Final = {
    "Road": "Rd", "Street": "St", "Avenue": "Ave", "Close": "Cl", "Lane": "Ln", "Drive": "Dr",
    "Gardens": "Gdns", "Terrace": "Tce", "Crescent": "Cres", "Grove": "Gr", "Court": "Ct",
}  # fmt: skip

Generator = np.random.Generator


def misspell(rng: Generator, text: str) -> str:
    """The text with one slip of the fingers, the eye or the ear; its first letter mostly stays."""
    if len(text) < 2:
        return text
    slip = _MISSPELLINGS[int(rng.choice(len(_MISSPELLINGS), p=_SHARES))]
    at = int(rng.integers(1 if rng.random() < 0.9 else 0, len(text)))
    return slip(rng, text, at)


def _neighbour(rng: Generator, text: str, at: int) -> str:
    """A neighbouring key is hit in place of the right one."""
    return text[:at] + _next_key(rng, text[at]) + text[at + 1 :]


def _extra(rng: Generator, text: str, at: int) -> str:
    """A neighbouring key is hit as well."""
    return text[:at] + _next_key(rng, text[at]) + text[at:]


def _next_key(rng: Generator, letter: str) -> str:
    lower = letter.lower()
    for row in KEY_ROWS:
        if (place := row.find(lower)) >= 0:
            step = -1 if place == len(row) - 1 or (place and rng.random() < 0.5) else 1
            return row[place + step].upper() if letter.isupper() else row[place + step]
    return letter


def _drop(_rng: Generator, text: str, at: int) -> str:
    return text[:at] + text[at + 1 :]


def _double(_rng: Generator, text: str, at: int) -> str:
    return text[:at] + text[at].lower() + text[at:]


def _transpose(_rng: Generator, text: str, at: int) -> str:
    left = max(at - 1, 0)
    return text[:left] + text[left + 1 : left + 2] + text[left] + text[left + 2 :]


def _misread(_rng: Generator, text: str, at: int) -> str:
    """One letter is read as another that looks like it: the first one from `at` on that has one."""
    for place in [*range(at, len(text)), *range(at)]:
        if text[place] in LOOKALIKES:
            return text[:place] + LOOKALIKES[text[place]] + text[place + 1 :]
    return _drop(_rng, text, at)


def _mishear(_rng: Generator, text: str, at: int) -> str:
    """A group of letters is written as another that sounds like it."""
    for heard, written in SOUNDALIKES.items():
        if heard in text:
            return text.replace(heard, written, 1)
    return _drop(_rng, text, at)


_MISSPELLINGS: Final[tuple[Callable[[Generator, str, int], str], ...]] = (
    _neighbour,
    _transpose,
    _drop,
    _double,
    _extra,
    _misread,
    _mishear,
)
_SHARES: Final = (0.24, 0.18, 0.24, 0.08, 0.06, 0.10, 0.10)
"""Round numbers: substitutions and losses are commonest when people type."""


def fold(text: str) -> str:
    """The text without marks on its letters."""
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFKD", text.translate(UNDECOMPOSED))
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def fit_to(charset: str, text: str) -> str:
    """The text with marks taken off only where the charset lacks the letter."""
    if text.isascii():
        return text
    return "".join(letter if _fits(charset, letter) else fold(letter) for letter in text)


def _fits(charset: str, letter: str) -> bool:
    try:
        letter.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def rejoin(rng: Generator, name: str) -> str:
    """A name in several parts, with its hyphen, space, apostrophe or capitals treated otherwise."""
    for particle in PARTICLES:
        rest = name.removeprefix(particle)
        if rest != name and rest[:1].isupper():
            stem = particle.rstrip("'- ")
            return (stem + rest.lower(), f"{stem} {rest}", rest)[int(rng.integers(3))]
    if "-" in name:
        left, _, right = name.partition("-")
        return (f"{left} {right}", left + right.lower(), left, right)[int(rng.integers(4))]
    if " " in name:
        left, _, right = name.partition(" ")
        return (f"{left}-{right}", right, left)[int(rng.integers(3))]
    return name


def shorten_street(line: str) -> str:
    """The address line with the kind of street abbreviated."""
    head, _, kind = line.rpartition(" ")
    return f"{head} {STREET_SHORT.get(kind, kind)}"


def slip_in_digits(rng: Generator, number: str) -> str:
    """The number with one digit wrong or two transposed, in its latter half."""
    digits = [at for at, letter in enumerate(number) if letter.isdigit()]
    latter = digits[len(digits) // 2 :]
    at = latter[int(rng.integers(1, len(latter)))]
    before = latter[latter.index(at) - 1]
    if number[before] != number[at] and rng.random() < 0.4:
        changed = list(number)
        changed[before], changed[at] = changed[at], changed[before]
        return "".join(changed)
    other = (int(number[at]) + int(rng.integers(1, 10))) % 10
    return f"{number[:at]}{other}{number[at + 1 :]}"


def slip_in_date(rng: Generator, date: tuple[int, int, int]) -> tuple[int, int, int]:
    """Year, month and day with one of them wrong; may be no day of the calendar."""
    year, month, day = date
    match int(rng.choice(5, p=(0.35, 0.2, 0.2, 0.15, 0.1))):
        case 0:
            return year, month, _change_digit(rng, day, 31)
        case 1:
            return year, _change_digit(rng, month, 12), day
        case 2:
            return year + int(rng.choice((-1, 1))), month, day
        case 3:
            return year + int(rng.choice((-10, 10))), month, day
        case _:
            return year - year % 100 + (year % 10) * 10 + year // 10 % 10, month, day


def _change_digit(rng: Generator, number: int, most: int) -> int:
    """The number with its last or its first digit changed, from 1 to `most`."""
    step = 1 if rng.random() < 0.7 else 10
    changed = number + step * int(rng.choice((-1, 1)))
    return changed if 1 <= changed <= most else max(1, number - 1)
