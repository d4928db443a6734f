"""E-mail addresses: made of the name, at domains that are reserved for examples (RFC 2606)."""

import re
from typing import Final

import numpy as np

from benchmarks.population.origins import TextArray
from benchmarks.population.slips import fold

DOMAINS: Final = ("example.org", "example.com", "example.net")


def make_addresses(
    rng: np.random.Generator, given: TextArray, family: TextArray, years: TextArray
) -> TextArray:
    """An address for each person, no two alike.

    Args:
        rng: Source of chance.
        given: Given names.
        family: Family names, perhaps the ones that were borne when the address was made.
        years: Years of birth, as text.
    """
    forms = rng.integers(5, size=len(given))
    domains = np.array(DOMAINS, dtype=object)[rng.integers(len(DOMAINS), size=len(given))]
    taken: dict[str, int] = {}
    addresses = np.full(len(given), "", dtype=object)
    for at, (form, domain) in enumerate(zip(forms, domains, strict=True)):
        local = _local_part(int(form), _plain(given[at]), _plain(family[at]), years[at])
        count = taken[local + domain] = taken.get(local + domain, 0) + 1
        addresses[at] = f"{local}{f'_{count}' if count > 1 else ''}@{domain}"
    return addresses


def _local_part(form: int, given: str, family: str, year: str) -> str:
    match form:
        case 0:
            return f"{given}.{family}"
        case 1:
            return f"{given[:1]}.{family}"
        case 2:
            return f"{given}{family}{year[2:]}"
        case 3:
            return f"{family}.{given}"
        case _:
            return f"{given}{year}"


def _plain(name: str) -> str:
    """The name in small letters without marks, spaces or hyphens."""
    return re.sub("[^a-z]", "", fold(name).lower())
