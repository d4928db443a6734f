"""What a column holds: by its name where that is known, unless the content says otherwise.

A name is believed while half of the values could be what it says; then the content decides. Where
the name says nothing, the content decides alone, and only where it has a look of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from linkage.agreement.schema import CheckRule
from linkage_agent.advice.content import Content
from linkage_agent.advice.headers import Named
from linkage_agent.advice.interface import Meaning
from linkage_agent.advice.sexes import LETTERS_ALONE

BELIEVED: Final = 0.5
"""Share of the values that must fit a name for the name to be believed."""
DOUBTED: Final = 0.8
"""Below this share of fitting values, the agency should look at the column."""
SURE: Final = 0.9
"""Share of the values that must look alike for the content to decide alone."""
LEAST_SPREAD_YEARS: Final = 20
"""People of an extract are born over decades; what happens to them is recorded within years."""
LEAST_UNIQUE: Final = 20
"""Fewer records than this are all different in almost any column."""
FEW: Final = 30
"""So many different texts at most are a list of codes."""
LONG: Final = 7
"""Digits of a number that is given to a person; an amount has fewer."""
MOST_NAMES: Final = 3.5
"""Mean number of words from which a text is more than a name."""
SOME: Final = 0.2
"""Share with several words from which a column of words holds places; names are mostly one word."""

BY_NAME: Final = "its name"
SINGLE_WORDS: Final = "it holds single words"
"""Why a column may hold names; `names` tells which."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a column holds, how that is known, and what is odd about it."""

    meaning: Meaning
    qualifier: str
    why: str
    warnings: tuple[str, ...] = ()


def recognise(named: Named, content: Content) -> Recognised:
    """What a column holds.

    Args:
        named: what its name says.
        content: what it looks like.
    """
    if named.meaning is Meaning.ROW_ID:
        return Recognised(Meaning.ROW_ID, named.qualifier, BY_NAME)
    if named.is_passing and (named.meaning is None or not named.is_exact):
        return Recognised(Meaning.PASSING, named.qualifier, BY_NAME)
    if named.meaning is None or not content.present:
        return _by_content(named, content)
    fitting = content.fit(named.meaning)
    if named.meaning is Meaning.SEX and fitting < BELIEVED and content.distinct <= FEW:
        warning = "its codes are in no list that is known"
        return Recognised(Meaning.SEX, named.qualifier, BY_NAME, (warning,))
    if fitting < BELIEVED and (content.present >= LEAST_UNIQUE or not fitting):
        found = _by_content(named, content)
        warning = f"its name says {named.meaning}, but most of it can't be that"
        return Recognised(found.meaning, named.qualifier, found.why, (warning,))
    warnings = (
        (f"a fifth of it or more does not look like a {named.meaning}",)
        if fitting < DOUBTED
        else ()
    )
    return Recognised(named.meaning, named.qualifier, BY_NAME, warnings)


def _by_content(named: Named, content: Content) -> Recognised:
    meaning, why = _look(content)
    return Recognised(meaning, named.qualifier, why)


def _look(content: Content) -> tuple[Meaning, str]:
    """The meaning whose look a column has, and which look that is."""
    return next(((look.meaning, look.why) for look in _LOOKS if look.has(content)), _NO_LOOK)


@dataclass(frozen=True, slots=True)
class _Look:
    """What a column of a meaning looks like."""

    meaning: Meaning
    why: str
    has: Callable[[Content], bool]


def _is_dates(content: Content) -> bool:
    return content.dates.share >= BELIEVED


def _is_sexes(content: Content) -> bool:
    telling = content.sex_coding in LETTERS_ALONE and content.distinct <= FEW
    return telling and content.sexes >= SURE and content.distinct > 1


def _is_each_its_own(content: Content) -> bool:
    """Whether every record has a number of its own."""
    return (
        content.is_unique
        and content.records >= LEAST_UNIQUE
        and content.words_only < SURE
        and content.several_words < BELIEVED
    )


def _is_words(content: Content) -> bool:
    """Whether the texts are a few words of letters, as names of people and places are."""
    return content.words_only >= SURE and content.words <= MOST_NAMES


_LOOKS: Final = (
    _Look(Meaning.UNKNOWN, "it is empty", lambda content: not content.present),
    _Look(Meaning.EMAIL, "it holds e-mail addresses", lambda content: content.emails >= SURE),
    _Look(
        Meaning.BIRTH_DATE,
        "it holds dates that are decades apart",
        lambda content: _is_dates(content) and content.dates.spread_years >= LEAST_SPREAD_YEARS,
    ),
    _Look(Meaning.DATE, "it holds dates of a few years", _is_dates),
    _Look(Meaning.SEX, "it holds codes of sexes", _is_sexes),
    _Look(Meaning.PHONE, "it holds telephone numbers", lambda content: content.phones >= SURE),
    _Look(Meaning.POSTCODE, "it holds postcodes", lambda content: content.postcodes >= SURE),
    _Look(
        Meaning.NATIONAL_ID,
        "it holds numbers with check digits",
        lambda content: content.check_rule() is not CheckRule.NONE,
    ),
    _Look(Meaning.ROW_ID, "each record has another one", _is_each_its_own),
    _Look(
        Meaning.ADDRESS,
        "it holds words with a number before or after them",
        lambda content: content.addresses >= BELIEVED,
    ),
    _Look(
        Meaning.BIRTH_YEAR,
        "it holds years",
        lambda content: content.years >= SURE and content.distinct > LEAST_SPREAD_YEARS,
    ),
    _Look(Meaning.CODE, "it holds a few codes", lambda content: content.distinct <= FEW),
    _Look(
        Meaning.POSTCODE,
        "it holds numbers of four to six digits that recur",
        lambda content: content.postcode_numbers >= SURE,
    ),
    _Look(
        Meaning.NATIONAL_ID,
        "it holds long numbers",
        lambda content: content.integers >= SURE and content.characters >= LONG,
    ),
    _Look(
        Meaning.STREET,
        "it holds several words that mostly end alike",
        lambda content: (
            _is_words(content) and content.several_words >= SURE and content.last_words >= BELIEVED
        ),
    ),
    _Look(
        Meaning.FULL_NAME,
        "it holds two words or more",
        lambda content: _is_words(content) and content.several_words >= SURE,
    ),
    _Look(
        Meaning.PLACE,
        "it holds words, some of them several",
        lambda content: _is_words(content) and content.several_words >= SOME,
    ),
    _Look(Meaning.FAMILY_NAME, SINGLE_WORDS, _is_words),
)
"""The looks that are known, the most telling first."""

_NO_LOOK: Final = (Meaning.UNKNOWN, "it has no look that is known")
