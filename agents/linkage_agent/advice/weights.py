"""How many bits each token sets: settled from the profiles, before anything is linked.

Within a field, the kinds of token keep the proportions of `RECIPES`. Between fields of one filter,
a field gets bits in proportion to its evidence: how much likelier two records of one person agree
on it than two records of two. And a filter of a mean record is filled so far and no further: a
fuller one has bits in common with any other, an emptier one wastes its length.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from linkage.agreement.schema import (
    MAX_BITS_PER_TOKEN,
    FieldKind,
    Reveals,
    TokenKind,
    TokenWeight,
)

LENGTHS_BITS: Final[Mapping[Reveals, int]] = {
    Reveals.FIELD_LIKENESS: 512,
    Reveals.GROUP_LIKENESS: 1024,
    Reveals.RECORD_LIKENESS: 2048,
}
FILLS: Final[Mapping[Reveals, float]] = {
    Reveals.FIELD_LIKENESS: 0.25,
    Reveals.GROUP_LIKENESS: 0.3,
    Reveals.RECORD_LIKENESS: 0.3,
}
"""Share of a filter's bits that a mean record sets. A value half as long again as the mean then
fills some 35 %; of several fields together the lengths level out, so a filter may be fuller."""

MOST_SCALED: Final = 2.0
"""More than twice the recipe's bits only copy each other: sixteen tell a sex as well as hundred."""

_GIVEN: Final = (
    TokenWeight(TokenKind.SHARED_BIGRAMS, 8),
    TokenWeight(TokenKind.SHARED_WORDS, 8),
    TokenWeight(TokenKind.NICKNAME, 6),
    TokenWeight(TokenKind.PHONETIC, 3),
    TokenWeight(TokenKind.INITIAL, 4),
)
_FAMILY: Final = (
    TokenWeight(TokenKind.SHARED_BIGRAMS, 8),
    TokenWeight(TokenKind.SHARED_WORDS, 8),
    TokenWeight(TokenKind.PHONETIC, 3),
    TokenWeight(TokenKind.INITIAL, 4),
)
_INITIALS: Final = (
    TokenWeight(TokenKind.SHARED_BIGRAMS, 4),
    TokenWeight(TokenKind.SHARED_WORDS, 4),
    TokenWeight(TokenKind.INITIAL, 24),
)
"""Of names that an agency abbreviates: the first letter is all that its records can agree on."""

RECIPES: Final[Mapping[FieldKind, tuple[TokenWeight, ...]]] = {
    FieldKind.GIVEN_NAME: _GIVEN,
    FieldKind.FAMILY_NAME: _FAMILY,
    FieldKind.FULL_NAME: _GIVEN,
    FieldKind.DATE: (
        TokenWeight(TokenKind.WHOLE, 12),
        TokenWeight(TokenKind.DATE_PARTS, 10),
        TokenWeight(TokenKind.YEAR_NEIGHBOURS, 6),
    ),
    FieldKind.YEAR: (
        TokenWeight(TokenKind.WHOLE, 12),
        TokenWeight(TokenKind.YEAR_NEIGHBOURS, 8),
        TokenWeight(TokenKind.YEAR_DIGITS, 8),
    ),
    FieldKind.SEX: (TokenWeight(TokenKind.WHOLE, 16),),
    FieldKind.POSTCODE: (
        TokenWeight(TokenKind.BIGRAMS, 6),
        TokenWeight(TokenKind.WHOLE, 12),
        TokenWeight(TokenKind.POSTCODE_PARTS, 8),
    ),
    FieldKind.ADDRESS: (
        TokenWeight(TokenKind.BIGRAMS, 5),
        TokenWeight(TokenKind.WORDS, 8),
        TokenWeight(TokenKind.NUMBERS, 16),
    ),
    FieldKind.PLACE: (
        TokenWeight(TokenKind.BIGRAMS, 6),
        TokenWeight(TokenKind.WORDS, 6),
        TokenWeight(TokenKind.WHOLE, 8),
    ),
    FieldKind.PHONE: (TokenWeight(TokenKind.BIGRAMS, 8), TokenWeight(TokenKind.WHOLE, 16)),
    FieldKind.EMAIL: (
        TokenWeight(TokenKind.BIGRAMS, 6),
        TokenWeight(TokenKind.WHOLE, 8),
        TokenWeight(TokenKind.LOCAL_PART, 16),
    ),
    FieldKind.NATIONAL_ID: (TokenWeight(TokenKind.BIGRAMS, 8), TokenWeight(TokenKind.WHOLE, 16)),
    FieldKind.CODE: (TokenWeight(TokenKind.BIGRAMS, 6), TokenWeight(TokenKind.WHOLE, 16)),
}
"""Tokens of each kind of field and their proportions.

Names: letters carry most, since most slips are of one letter; whole words tell that there was no
slip; nicknames and sounds join what letters do not. Letters and words are in the name space that
all names share, so that a name in another column still counts. Dates: parts, so that one wrong
digit or a swap costs little. Addresses: neighbours share all but the number, so it counts twice.
Numbers and codes: mostly whole, for two numbers that look alike are still two numbers.
"""

_NAMES: Final = frozenset({FieldKind.GIVEN_NAME, FieldKind.FAMILY_NAME, FieldKind.FULL_NAME})

DATE_PARTS: Final = 12
YEAR_DIGITS: Final = 6
YEAR_NEIGHBOURS: Final = 3
"""Tokens of a date (PROTOCOL.md section 4.3)."""


@dataclass(frozen=True, slots=True)
class Weighing:
    """What the bits of a field are reckoned from, each as the mean of the agencies.

    Attributes:
        present: share of the records with a value.
        evidence: bits of evidence that agreement is expected to give; see `evidence_bits`.
        initials: whether an agency has no more than initials of a name.
    """

    kind: FieldKind
    present: float
    characters: float
    words: float
    numbers: float
    evidence: float
    initials: bool = False


def evidence_bits(agrees: float, information_bits: float) -> float:
    """What a field is expected to say for two records of one person, in bits.

    Args:
        agrees: probability that they agree on it (m in the literature).
        information_bits: -log2 of the probability that strangers do (u in the literature).
    """
    return max(agrees * (math.log2(agrees) + information_bits), 0.0)


def weigh_alone(weighing: Weighing, length_bits: int, fill: float) -> tuple[TokenWeight, ...]:
    """The tokens of a field that has a filter to itself."""
    return _scaled(weighing, _positions(length_bits, fill), MOST_SCALED)


def weigh_together(
    weighings: Sequence[Weighing], length_bits: int, fill: float
) -> list[tuple[TokenWeight, ...]]:
    """The tokens of each of the fields that share a filter."""
    total = sum(weighing.present * weighing.evidence for weighing in weighings)
    share = _positions(length_bits, fill) / total if total else 0.0
    return [_scaled(weighing, share * weighing.evidence, math.inf) for weighing in weighings]


def _positions(length_bits: int, fill: float) -> float:
    """Positions that must be drawn for a share of a filter's bits to be set."""
    return -length_bits * math.log1p(-fill)


def _scaled(weighing: Weighing, positions: float, most: float) -> tuple[TokenWeight, ...]:
    """The kind's recipe, scaled so that a mean value sets so many positions."""
    recipe = _INITIALS if weighing.initials and weighing.kind in _NAMES else RECIPES[weighing.kind]
    drawn = sum(bits * token_count(token, weighing) for token, bits in recipe)
    scale = min(positions / drawn, most)
    return tuple(
        TokenWeight(token, min(max(round(scale * bits), 1), MAX_BITS_PER_TOKEN))
        for token, bits in recipe
    )


def token_count(token: TokenKind, weighing: Weighing) -> float:
    """Tokens of a kind that a mean value has."""
    bigrams, words = weighing.characters + 1, max(weighing.words, 1)
    counts = {
        TokenKind.BIGRAMS: bigrams,
        TokenKind.SHARED_BIGRAMS: bigrams,
        TokenKind.WORDS: words,
        TokenKind.SHARED_WORDS: words,
        TokenKind.NICKNAME: words,
        TokenKind.PHONETIC: words,
        TokenKind.INITIAL: words,
        TokenKind.POSTCODE_PARTS: max(weighing.characters, 1),
        TokenKind.NUMBERS: weighing.numbers,
        TokenKind.DATE_PARTS: DATE_PARTS,
        TokenKind.YEAR_DIGITS: YEAR_DIGITS,
        TokenKind.YEAR_NEIGHBOURS: YEAR_NEIGHBOURS,
    }
    return counts.get(token, 1)
