"""The ways in which sexes are coded: public lists, so naming one tells nothing of the data."""

from collections.abc import Mapping
from typing import Final

from linkage_agent.advice.weighing import Weighed
from linkage_agent.config import SexMeaning

_MALE: Final = "male m man boy"
_FEMALE: Final = "female f woman girl"

CODINGS: Final[Mapping[str, Mapping[str, SexMeaning]]] = {
    name: {
        **dict.fromkeys(male.split(), "male"),
        **dict.fromkeys(female.split(), "female"),
        **dict.fromkeys(other.split(), "other"),
    }
    for name, male, female, other in (
        ("english", _MALE, _FEMALE, "other x non-binary"),
        ("iso-5218", "1 01 1.0", "2 02 2.0", ""),
        ("german", "m mann männlich maennlich", "w f frau weiblich", "d x divers"),
        ("french", "h m homme masculin garçon", "f femme féminin feminin fille", "x autre"),
        ("spanish", "h hombre varón varon masculino", "m mujer femenino femenina", "x otro"),
        ("italian", "m maschio maschile uomo", "f femmina femminile donna", "x altro"),
        ("portuguese", "m masculino homem", "f feminino mulher", "x outro"),
        ("dutch", "m man", "v vrouw", "x anders"),
        ("swedish", "m man mann mand", "k kvinna kvinne kvinde", "x annat"),
        ("polish", "m mężczyzna mezczyzna", "k kobieta", ""),
        ("finnish", "m mies", "n nainen", ""),
        ("turkish", "e erkek", "k kad\u0131n kadin", ""),
    )
}
"""Codes in small letters and what they mean, by the name of the list. ISO 5218 has 1 and 2; its 0
and 9 say that the sex is not known or does not apply, so they are missing."""

ONE_SEX: Final = 0.9
"""Share that a list must cover if by it everybody is of one sex."""

LETTERS_ALONE: Final = frozenset(CODINGS) - {"iso-5218"}
"""Lists whose codes say by themselves that a column holds sexes; any flag may be 1 or 2."""


def find_coding(column: Weighed) -> tuple[str, float]:
    """The list that covers most of a column, the first where several do, and the share it covers.

    A list by which everybody is of one sex comes after those by which not: `H` and `M` are men
    and women in Spanish, men in French. And it must cover nearly all: of `0` and `1`, ISO 5218
    covers half.
    """

    def fit(name: str) -> tuple[float, bool]:
        coding = CODINGS[name]
        covered = column.share(lambda text: text.casefold() in coding)
        has_both = {coding.get(text.casefold()) for text in column.texts} >= {"male", "female"}
        return round(covered, 2) if has_both or covered >= ONE_SEX else 0.0, has_both

    best = max(CODINGS, key=fit)
    return best, fit(best)[0]
