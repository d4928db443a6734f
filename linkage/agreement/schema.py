"""Encoding schema: how identifiers become encodings. Every agency uses the same one.

An encoding is one or more filters, one after the other: its segments. `Reveals` says how many, and
with that what the matcher can tell of two records.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from linkage.arrays import BLOCKING_TOKEN_BYTES
from linkage.ids import FieldName

LENGTHS_BITS: Final = (128, 256, 512, 1024, 2048, 4096, 8192)
"""Of one filter. Powers of two, so that reducing a random number to a bit position favours none of
them, and whole 64-bit words."""

MAX_BITS_PER_TOKEN: Final = 128
MAX_FIELDS: Final = 64
"""With 64 filters of the greatest length, an encoding takes 64 KiB: sixteen fit into a chunk."""

RECORD_SEGMENT: Final = "record"
"""Name of the only segment where there is one filter a record."""


class Reveals(StrEnum):
    """What the matcher can tell of two records, and with that how many filters there are."""

    FIELD_LIKENESS = "field-likeness"
    """One filter a field: how alike each identifier is. Most accurate, easiest to attack."""
    GROUP_LIKENESS = "group-likeness"
    """One filter a group of fields: how alike the names are, the birth, the place."""
    RECORD_LIKENESS = "record-likeness"
    """One filter a record: only how alike the records are as a whole."""


class FieldKind(StrEnum):
    """What an identifier is: decides how it is normalised and split (PROTOCOL.md sections 3, 4)."""

    GIVEN_NAME = "given-name"
    FAMILY_NAME = "family-name"
    FULL_NAME = "full-name"
    DATE = "date"
    YEAR = "year"
    SEX = "sex"
    POSTCODE = "postcode"
    ADDRESS = "address"
    PLACE = "place"
    PHONE = "phone"
    EMAIL = "email"
    NATIONAL_ID = "national-id"
    CODE = "code"


class TokenKind(StrEnum):
    """One way of cutting a normal form into tokens (PROTOCOL.md section 4)."""

    BIGRAMS = "bigrams"
    WORDS = "words"
    WHOLE = "whole"
    SHARED_BIGRAMS = "shared-bigrams"
    SHARED_WORDS = "shared-words"
    NICKNAME = "nickname"
    PHONETIC = "phonetic"
    INITIAL = "initial"
    DATE_PARTS = "date-parts"
    YEAR_NEIGHBOURS = "year-neighbours"
    YEAR_DIGITS = "year-digits"
    POSTCODE_PARTS = "postcode-parts"
    NUMBERS = "numbers"
    LOCAL_PART = "local-part"


SHARED_TOKENS: Final = frozenset({TokenKind.SHARED_BIGRAMS, TokenKind.SHARED_WORDS})
"""Equal in all name fields: a name that stands in another field is still seen."""

_WORDS: Final = frozenset({TokenKind.BIGRAMS, TokenKind.WORDS, TokenKind.WHOLE})
_NAMES: Final = _WORDS | SHARED_TOKENS | {TokenKind.PHONETIC, TokenKind.INITIAL}
_CODES: Final = frozenset({TokenKind.BIGRAMS, TokenKind.WHOLE})

WHERE_ONE_LIVES: Final = frozenset({FieldKind.POSTCODE, FieldKind.ADDRESS, FieldKind.PLACE})
SHARED_AT_HOME: Final = WHERE_ONE_LIVES | {FieldKind.FAMILY_NAME, FieldKind.PHONE}

TOKENS_OF: Final[Mapping[FieldKind, frozenset[TokenKind]]] = {
    FieldKind.GIVEN_NAME: _NAMES | {TokenKind.NICKNAME},
    FieldKind.FAMILY_NAME: _NAMES,
    FieldKind.FULL_NAME: _NAMES | {TokenKind.NICKNAME},
    FieldKind.DATE: frozenset({TokenKind.DATE_PARTS, TokenKind.YEAR_NEIGHBOURS, TokenKind.WHOLE}),
    FieldKind.YEAR: frozenset({TokenKind.YEAR_DIGITS, TokenKind.YEAR_NEIGHBOURS, TokenKind.WHOLE}),
    FieldKind.SEX: frozenset({TokenKind.WHOLE}),
    FieldKind.POSTCODE: _CODES | {TokenKind.POSTCODE_PARTS},
    FieldKind.ADDRESS: _WORDS | {TokenKind.NUMBERS},
    FieldKind.PLACE: _WORDS,
    FieldKind.PHONE: _CODES,
    FieldKind.EMAIL: _CODES | {TokenKind.LOCAL_PART},
    FieldKind.NATIONAL_ID: _CODES,
    FieldKind.CODE: _CODES,
}
"""The kinds of token that a kind of field can be cut into."""


class Part(StrEnum):
    """A coarse part of an identifier, by which records may be looked for (PROTOCOL.md 5.10)."""

    YEAR = "year"
    EVEN_YEARS = "even-years"
    """Two years, the first of them even: 1980 and 1981."""
    ODD_YEARS = "odd-years"
    """Two years, the first of them odd. With a rule for each of the two, years next to each other
    are always looked for together, and no others."""
    WHOLE = "whole"
    AREA = "area"
    """The letters with which a postcode begins."""


_YEARS: Final = frozenset({Part.YEAR, Part.EVEN_YEARS, Part.ODD_YEARS})

PARTS_OF: Final[Mapping[FieldKind, frozenset[Part]]] = {
    FieldKind.DATE: _YEARS,
    FieldKind.YEAR: _YEARS,
    FieldKind.SEX: frozenset({Part.WHOLE}),
    FieldKind.CODE: frozenset({Part.WHOLE}),
    FieldKind.POSTCODE: frozenset({Part.AREA}),
}
"""The coarse parts that kinds of field have. Others have none: their equality tells too much."""


class MissingRule(StrEnum):
    """What a record without a field's value is worth."""

    NEUTRAL = "neutral"
    """It is sent; the missing field says nothing for or against a match."""
    WITHHOLD = "withhold"
    """It is not sent."""


class CheckRule(StrEnum):
    """How slips are seen in an identifier that carries check digits (PROTOCOL.md section 3.8)."""

    NONE = "none"
    NHS_NUMBER = "nhs-number"
    LUHN = "luhn"
    VERHOEFF = "verhoeff"


class Transliteration(StrEnum):
    """What becomes of letters that are not Latin."""

    ANYASCII = "anyascii-0.3"
    """Latin letters, by the tables of AnyAscii 0.3."""
    NONE = "none"
    """They stay as they are."""


class Hardening(StrEnum):
    """What is done to encodings against cryptanalysis, named for what remains."""

    RESEARCH = "research"
    """Nothing: a plain Bloom-filter encoding. Known attacks succeed against it."""


class TokenWeight(NamedTuple):
    """How many bit positions each token of a kind sets: its weight in the comparison."""

    kind: TokenKind
    bits: int


@dataclass(frozen=True, slots=True)
class FieldSchema:
    """One identifier.

    Attributes:
        tokens: at least one, each kind once, in the order of `TokenKind`.
        group: the segment it is in where there is one filter a group, else None.
        check: `NONE` for every kind but a national identifier.
    """

    name: FieldName
    kind: FieldKind
    purpose: str
    tokens: tuple[TokenWeight, ...]
    missing: MissingRule
    group: str | None
    check: CheckRule

    def has(self, kind: TokenKind) -> bool:
        """Whether the field is cut into tokens of this kind."""
        return any(token.kind is kind for token in self.tokens)


class FieldPart(NamedTuple):
    """One part that a blocking rule looks at."""

    field: FieldName
    part: Part


@dataclass(frozen=True, slots=True)
class Blocking:
    """By what records may be looked for, where not all pairs are to be compared.

    Attributes:
        rules: 1 to `MAX_BLOCKING_RULES`. Records that agree in all parts of a rule, in ascending
            order of their fields, get one blocking token under it.
        smallest_bucket: as many records of a dataset, or none, have all tokens in common.
        statement: the parties' own words for why the matcher may be told who agrees in them.
    """

    rules: tuple[tuple[FieldPart, ...], ...]
    smallest_bucket: int
    statement: str


@dataclass(frozen=True, slots=True)
class Segment:
    """One filter of an encoding, over one or more fields.

    Attributes:
        name: the field's, the group's, or `RECORD_SEGMENT`.
        fields: in the schema's order.
        start_byte: where it starts in the encoding.
        crosses: whether every field has tokens that all name fields share, so that the segment may
            be compared with others like it: a maiden name that stands as a middle name is seen.
        moves: whether every field says where a person lives, so that all segments like it change
            together when the person moves.
        at_home: whether every field says what a family at one address has in common.
    """

    name: str
    fields: tuple[FieldName, ...]
    start_byte: int
    byte_count: int
    crosses: bool
    moves: bool
    at_home: bool


@dataclass(frozen=True, slots=True)
class EncodingSchema:
    """All identifiers, and the filters over them.

    Attributes:
        length_bits: length of each filter, one of `LENGTHS_BITS`.
        hardening_statement: the parties' own words for why this level of hardening is enough.
        minimum_fields: a record with fewer fields present is withheld.
        blocking: None where nothing but encodings is sent of a record.
    """

    fields: tuple[FieldSchema, ...]
    reveals: Reveals
    length_bits: int
    transliteration: Transliteration
    hardening: Hardening
    hardening_statement: str
    minimum_fields: int
    blocking: Blocking | None = None

    def segments(self) -> tuple[Segment, ...]:
        """The filters of an encoding, in order, one after the other."""
        members: dict[str, list[FieldSchema]] = {}
        for field in self.fields:
            members.setdefault(self._segment_of(field), []).append(field)
        byte_count = self.length_bits // 8
        return tuple(
            Segment(
                name=name,
                fields=tuple(field.name for field in fields),
                start_byte=number * byte_count,
                byte_count=byte_count,
                crosses=all(field.has(TokenKind.SHARED_BIGRAMS) for field in fields),
                moves=all(field.kind in WHERE_ONE_LIVES for field in fields),
                at_home=all(field.kind in SHARED_AT_HOME for field in fields),
            )
            for number, (name, fields) in enumerate(members.items())
        )

    @property
    def encoding_bytes(self) -> int:
        """Length of a record's encoding."""
        return sum(segment.byte_count for segment in self.segments())

    @property
    def rule_count(self) -> int:
        """Blocking tokens of a record."""
        return len(self.blocking.rules) if self.blocking else 0

    @property
    def sent_bytes(self) -> int:
        """Length of what is sent of a record beside its token: encoding and blocking tokens."""
        return self.encoding_bytes + BLOCKING_TOKEN_BYTES * self.rule_count

    def _segment_of(self, field: FieldSchema) -> str:
        match self.reveals:
            case Reveals.FIELD_LIKENESS:
                return field.name
            case Reveals.GROUP_LIKENESS:
                return field.group or ""
            case Reveals.RECORD_LIKENESS:
                return RECORD_SEGMENT
