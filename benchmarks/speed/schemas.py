"""What is agreed on: names, birth date, sex and address in one filter a record, a coefficient.

Weights are in the proportions that `linkage-agent schema suggest` proposes for such people at the
level `record-likeness`, for 1024 bits of which a mean record sets a third.
"""

from dataclasses import replace
from decimal import Decimal
from math import log
from typing import Final

from linkage.agreement.model import Accept, Candidates, MatchPolicy
from linkage.agreement.schema import (
    MAX_BITS_PER_TOKEN,
    CheckRule,
    EncodingSchema,
    FieldKind,
    FieldSchema,
    Hardening,
    MissingRule,
    Reveals,
    TokenKind,
    TokenWeight,
    Transliteration,
)
from linkage.ids import FieldName

LENGTH_BITS: Final = 1024
FILL: Final = 1 / 3
KINDS: Final = {
    FieldName("given_name"): FieldKind.GIVEN_NAME,
    FieldName("family_name"): FieldKind.FAMILY_NAME,
    FieldName("birth_date"): FieldKind.DATE,
    FieldName("sex"): FieldKind.SEX,
    FieldName("address"): FieldKind.ADDRESS,
    FieldName("postcode"): FieldKind.POSTCODE,
}
FIELD_BITS: Final = 512
FIELD_SCALE: Final = 3.0
"""With so many times the bits a token, a field's filter is about as full as a record's is."""
_Tokens = dict[TokenKind, int]
_AGREED: Final[dict[FieldKind, _Tokens]] = {
    FieldKind.GIVEN_NAME: {
        TokenKind.SHARED_BIGRAMS: 8,
        TokenKind.SHARED_WORDS: 8,
        TokenKind.NICKNAME: 6,
        TokenKind.PHONETIC: 3,
        TokenKind.INITIAL: 4,
    },
    FieldKind.FAMILY_NAME: {
        TokenKind.SHARED_BIGRAMS: 9,
        TokenKind.SHARED_WORDS: 9,
        TokenKind.PHONETIC: 4,
        TokenKind.INITIAL: 5,
    },
    FieldKind.DATE: {
        TokenKind.DATE_PARTS: 10,
        TokenKind.YEAR_NEIGHBOURS: 6,
        TokenKind.WHOLE: 12,
    },
    FieldKind.SEX: {TokenKind.WHOLE: 10},
    FieldKind.ADDRESS: {TokenKind.BIGRAMS: 1, TokenKind.WORDS: 1, TokenKind.NUMBERS: 2},
    FieldKind.POSTCODE: {TokenKind.BIGRAMS: 2, TokenKind.WHOLE: 4, TokenKind.POSTCODE_PARTS: 2},
}
_PLAIN: Final[dict[FieldKind, _Tokens]] = {
    FieldKind.GIVEN_NAME: {TokenKind.BIGRAMS: 11},
    FieldKind.FAMILY_NAME: {TokenKind.BIGRAMS: 11},
    FieldKind.DATE: {TokenKind.DATE_PARTS: 12},
    FieldKind.SEX: {TokenKind.WHOLE: 20},
    FieldKind.ADDRESS: {TokenKind.BIGRAMS: 2},
    FieldKind.POSTCODE: {TokenKind.POSTCODE_PARTS: 6},
}
"""What clkhash cuts values into as well, with as many bits to a field as it is told to set."""


def agreed_schema(length_bits: int = LENGTH_BITS, fill: float = FILL) -> EncodingSchema:
    """A schema as agreements have it, of a length and about so full."""
    drawn = length_bits / LENGTH_BITS * log(1 - fill) / log(1 - FILL)
    return _schema(_AGREED, length_bits, drawn)


def field_schema() -> EncodingSchema:
    """The same tokens with a filter for each field, as runs without labels like it best."""
    agreed = _schema(_AGREED, FIELD_BITS, FIELD_SCALE)
    return replace(agreed, reveals=Reveals.FIELD_LIKENESS)


def plain_schema() -> EncodingSchema:
    """A schema with one kind of token a field, as clkhash has it."""
    return _schema(_PLAIN, LENGTH_BITS, 1.0)


def policy_of(threshold: str, recall: str = "1") -> MatchPolicy:
    """A policy that fixes a Dice coefficient; with a recall below 1 by Hamming LSH."""
    if recall == "1":
        return MatchPolicy(Accept.DICE, Decimal(threshold), Candidates.ALL_PAIRS)
    return MatchPolicy(Accept.DICE, Decimal(threshold), Candidates.HAMMING, Decimal(recall))


def _schema(tokens: dict[FieldKind, _Tokens], length_bits: int, scale: float) -> EncodingSchema:
    return EncodingSchema(
        fields=tuple(_field(name, kind, tokens[kind], scale) for name, kind in KINDS.items()),
        reveals=Reveals.RECORD_LIKENESS,
        length_bits=length_bits,
        transliteration=Transliteration.ANYASCII,
        hardening=Hardening.RESEARCH,
        hardening_statement="A benchmark: made-up people.",
        minimum_fields=3,
    )


def _field(name: FieldName, kind: FieldKind, tokens: _Tokens, scale: float) -> FieldSchema:
    weights = tuple(
        TokenWeight(token, min(max(round(scale * bits), 1), MAX_BITS_PER_TOKEN))
        for token, bits in sorted(tokens.items(), key=lambda item: list(TokenKind).index(item[0]))
    )
    return FieldSchema(name, kind, "benchmark", weights, MissingRule.NEUTRAL, None, CheckRule.NONE)
