"""What a field of each meaning is in an encoding schema, and how well it stays with a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from linkage.agreement.schema import FieldKind
from linkage_agent.advice.interface import Meaning

NAMES, BIRTH, PLACE, CONTACT, NUMBER = "names", "birth", "place", "contact", "number"
"""Groups of fields, where there is one filter a group."""


@dataclass(frozen=True, slots=True)
class Trait:
    """A meaning as a field.

    Attributes:
        name: the field's name in the agreement.
        agrees: how often two records of one person agree on it, in (0, 1): less where clerks slip,
            less still where people change it. A judgement for data of which nothing is known; only
            weights within a filter hang on it, the matcher learns its own.
        information_bits: what agreement says, where extracts are too small to tell.
    """

    kind: FieldKind
    name: str
    group: str
    agrees: float
    information_bits: float
    purpose: str


TRAITS: Final[Mapping[Meaning, Trait]] = {
    Meaning.GIVEN_NAME: Trait(
        FieldKind.GIVEN_NAME, "given_name", NAMES, 0.9, 8, "To tell people of one family apart."
    ),
    Meaning.MIDDLE_NAME: Trait(
        FieldKind.GIVEN_NAME, "middle_name", NAMES, 0.7, 5, "To tell people of one name apart."
    ),
    Meaning.FAMILY_NAME: Trait(
        FieldKind.FAMILY_NAME, "family_name", NAMES, 0.9, 10, "To tell families apart."
    ),
    Meaning.FORMER_NAME: Trait(
        FieldKind.FAMILY_NAME, "former_name", NAMES, 0.7, 10, "To know people under both names."
    ),
    Meaning.FULL_NAME: Trait(
        FieldKind.FULL_NAME, "full_name", NAMES, 0.85, 14, "To tell people apart by their names."
    ),
    Meaning.BIRTH_DATE: Trait(
        FieldKind.DATE, "birth_date", BIRTH, 0.95, 14, "To tell people of one name apart."
    ),
    Meaning.BIRTH_YEAR: Trait(
        FieldKind.YEAR, "birth_year", BIRTH, 0.93, 6, "To tell people of one name apart."
    ),
    Meaning.BIRTH_MONTH: Trait(
        FieldKind.CODE, "birth_month", BIRTH, 0.95, 3.6, "To tell people of one name apart."
    ),
    Meaning.BIRTH_DAY: Trait(
        FieldKind.CODE, "birth_day", BIRTH, 0.93, 5, "To tell people of one name apart."
    ),
    Meaning.AGE: Trait(
        FieldKind.CODE, "age", BIRTH, 0.5, 6, "To tell parents from children of one name."
    ),
    Meaning.SEX: Trait(FieldKind.SEX, "sex", BIRTH, 0.98, 1, "To tell twins and couples apart."),
    Meaning.HOUSE_NUMBER: Trait(
        FieldKind.ADDRESS, "house_number", PLACE, 0.6, 6, "To confirm; people move house."
    ),
    Meaning.STREET: Trait(
        FieldKind.ADDRESS, "street", PLACE, 0.6, 10, "To confirm; people move house."
    ),
    Meaning.ADDRESS: Trait(
        FieldKind.ADDRESS, "address", PLACE, 0.6, 12, "To confirm; people move house."
    ),
    Meaning.ADDRESS_MORE: Trait(
        FieldKind.ADDRESS, "address_line_2", PLACE, 0.4, 8, "To confirm; people move house."
    ),
    Meaning.TOWN: Trait(
        FieldKind.PLACE, "town", PLACE, 0.75, 5, "To confirm; most people stay in their town."
    ),
    Meaning.COUNTY: Trait(
        FieldKind.PLACE, "county", PLACE, 0.85, 3, "To confirm; most people stay in their county."
    ),
    Meaning.REGION: Trait(
        FieldKind.PLACE, "region", PLACE, 0.9, 2, "To confirm; most people stay in their region."
    ),
    Meaning.COUNTRY: Trait(
        FieldKind.PLACE, "country", PLACE, 0.95, 1, "To confirm; most people stay in their country."
    ),
    Meaning.PLACE: Trait(
        FieldKind.PLACE, "place", PLACE, 0.7, 5, "To confirm; most people stay in one place."
    ),
    Meaning.POSTCODE: Trait(
        FieldKind.POSTCODE, "postcode", PLACE, 0.65, 9, "To confirm; people move house."
    ),
    Meaning.BIRTH_PLACE: Trait(
        FieldKind.PLACE, "birth_place", BIRTH, 0.8, 4, "To tell people of one name apart."
    ),
    Meaning.PHONE: Trait(
        FieldKind.PHONE, "phone", CONTACT, 0.5, 16, "To confirm; people change their number."
    ),
    Meaning.EMAIL: Trait(
        FieldKind.EMAIL, "email", CONTACT, 0.5, 16, "To confirm; people change their address."
    ),
    Meaning.NATIONAL_ID: Trait(
        FieldKind.NATIONAL_ID, "national_id", NUMBER, 0.95, 20, "To know a person by their number."
    ),
    Meaning.OCCUPATION: Trait(
        FieldKind.PLACE, "occupation", CONTACT, 0.5, 5, "To confirm; people change their work."
    ),
    Meaning.DEATH_DATE: Trait(
        FieldKind.DATE, "death_date", BIRTH, 0.9, 10, "To tell people of one name apart."
    ),
    Meaning.CODE: Trait(FieldKind.CODE, "code", NUMBER, 0.7, 3, "To confirm who a person is."),
}
"""Meanings that a field may have. Those that are missing here are in no suggestion."""

NEVER: Final[Mapping[Meaning, str]] = {
    Meaning.ROW_ID: "it is a number that the agency gave, which no other agency knows",
    Meaning.ORIGIN: (
        "it tells a person's origin or faith, which the law guards: add it by hand if you must"
    ),
    Meaning.DATE: "it is a date of what happened, not of the person",
}
"""Why columns of a meaning are in no field."""
