"""Noise: how often pseudopeople spoils a row or a cell, made more frequent."""

from collections.abc import Mapping
from typing import Any, Final

PROBABILITIES: Final = (
    "cell_probability",
    "row_probability",
    "row_probability_in_college_group_quarters_under_24",
    "row_probability_in_households_under_18",
)
"""The settings that say how often something is spoilt. The others (`token_probability`,
`digit_probabilities`, `possible_age_differences`) say how badly, once it is."""


def amplified(settings: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """Pseudopeople's settings with the probability of every kind of noise multiplied, at most 1."""
    louder: dict[str, Any] = {}
    for key, value in settings.items():
        if key in PROBABILITIES:
            louder[key] = min(1.0, value * factor)
        elif isinstance(value, Mapping):
            louder[key] = amplified(value, factor)
        else:
            louder[key] = value
    return louder
