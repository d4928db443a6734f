"""Encoding schema: how identifiers become encodings. Every agency uses the same one."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from linkage.ids import FieldName

LENGTHS_BITS: Final = (512, 1024, 2048, 4096, 8192)
"""Powers of two, so that reducing a random number to a bit position favours none of them."""

MAX_BITS_PER_QGRAM: Final = 128


class FieldKind(StrEnum):
    """What an identifier is: decides how it is normalised and split (PROTOCOL.md sections 3, 4)."""

    GIVEN_NAME = "given-name"
    FAMILY_NAME = "family-name"
    DATE = "date"
    SEX = "sex"
    POSTCODE = "postcode"
    ADDRESS = "address"
    PLACE = "place"
    IDENTIFIER = "identifier"


class Hardening(StrEnum):
    """What is done to encodings against cryptanalysis, named for what remains."""

    RESEARCH = "research"
    """Nothing: a plain Bloom-filter encoding. Known attacks succeed against it."""


@dataclass(frozen=True, slots=True)
class FieldSchema:
    """One identifier.

    Attributes:
        bits_per_qgram: bit positions that each q-gram sets (k in the literature): the field's
            weight in the comparison.
    """

    name: FieldName
    kind: FieldKind
    purpose: str
    bits_per_qgram: int


@dataclass(frozen=True, slots=True)
class EncodingSchema:
    """One record-level Bloom filter (CLK) over all fields.

    Attributes:
        length_bits: length of an encoding, one of `LENGTHS_BITS`.
        hardening_statement: the parties' own words for why this level of hardening is enough.
        minimum_fields: a record with fewer fields present is withheld.
    """

    fields: tuple[FieldSchema, ...]
    length_bits: int
    hardening: Hardening
    hardening_statement: str
    minimum_fields: int
