"""Pieces of postcodes and addresses. PROTOCOL.md section 4.4."""

from typing import Final

_LEAST_PREFIX: Final = 2
"""One character says next to nothing."""
_ENDING: Final = 3
"""The inward part of a British postcode; elsewhere the part that tells neighbours apart."""


def postcode_parts(text: str) -> list[str]:
    """Each beginning of two characters or more, ever smaller areas, and the last three."""
    starts = [f"start:{text[:length]}" for length in range(_LEAST_PREFIX, len(text) + 1)]
    return [*starts, f"end:{text[-_ENDING:]}"]


def numbers(text: str) -> list[str]:
    """Each word that holds a digit: house, flat and unit, without the street."""
    return [word for word in text.split(" ") if any("0" <= char <= "9" for char in word)]
