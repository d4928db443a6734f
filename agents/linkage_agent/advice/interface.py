"""What advice is about: profiles of extracts, and the schema that is suggested for them.

- `survey`: a file in, all its columns out.
- `profile`: columns in, a `Profile` out; it holds no value, so partners may see it.
- `suggest`: two or more profiles in, a `Suggestion` out.
- `render`: a suggestion as TOML for the agreement, and for each agency's configuration.
- `check`: whether an extract fits a schema.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from linkage.agreement.schema import CheckRule, EncodingSchema, FieldKind
from linkage.ids import AgencyId, FieldName
from linkage_agent.columns import StringColumn
from linkage_agent.config import Charset, FieldSource

Columns: TypeAlias = Mapping[str, StringColumn]
"""The texts of each column of an extract by its header, all of one length."""


class Meaning(StrEnum):
    """What a column holds: finer than a field's kind, since two places are not one field."""

    GIVEN_NAME = "given-name"
    MIDDLE_NAME = "middle-name"
    FAMILY_NAME = "family-name"
    FORMER_NAME = "former-name"
    FULL_NAME = "full-name"
    BIRTH_DATE = "birth-date"
    BIRTH_YEAR = "birth-year"
    BIRTH_MONTH = "birth-month"
    BIRTH_DAY = "birth-day"
    AGE = "age"
    SEX = "sex"
    HOUSE_NUMBER = "house-number"
    STREET = "street"
    ADDRESS = "address"
    ADDRESS_MORE = "address-more"
    TOWN = "town"
    COUNTY = "county"
    REGION = "region"
    COUNTRY = "country"
    POSTCODE = "postcode"
    BIRTH_PLACE = "birth-place"
    PHONE = "phone"
    EMAIL = "email"
    NATIONAL_ID = "national-id"
    OCCUPATION = "occupation"
    ORIGIN = "origin"
    DEATH_DATE = "death-date"
    DATE = "date"
    """A date of which nothing says that it stays with a person: of an event, mostly."""
    PLACE = "place"
    CODE = "code"
    ROW_ID = "row-id"
    PASSING = "passing"
    """What changes, or says little of who the person is."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """What an agency tells its partners about a column: shares and means, never a value.

    Attributes:
        name: its header.
        why: how the meaning was recognised.
        missing: share of the records without a value, to two decimals.
        distinct: number of different normal forms, to two digits; 0 if there are fewer than 10.
        information_bits: -log2 of the probability that two records agree on it, to a tenth.
        characters: mean length of a normal form.
        words: mean number of its words.
        numbers: mean number of its words that hold a digit.
        qualifier: words of the header that set it apart from others of its meaning (`headers`).
        date_formats: how its dates are written, for `FieldSource`.
        sex_coding: name of the code list of its sexes (`sexes.CODINGS`).
        check: the rule that its numbers pass.
    """

    name: str
    meaning: Meaning
    why: str
    missing: float
    distinct: int
    information_bits: float
    characters: float
    words: float
    numbers: float
    qualifier: str = ""
    date_formats: tuple[str, ...] = ()
    sex_coding: str = ""
    check: CheckRule = CheckRule.NONE
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """What an agency tells its partners about its extract.

    Attributes:
        agency: what the agency is called in the suggestion.
        records: how many, to two digits.
        row_id_column: a column that tells all records apart, by which the agency may know them.
        missing_values: well-known texts that stand for no value in it.
        columns: in the order of the file.
    """

    agency: AgencyId
    records: int
    row_id_column: str | None
    charset: Charset
    delimiter: str
    missing_values: tuple[str, ...]
    columns: tuple[ColumnProfile, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SuggestedField:
    """Why a field of the schema is in it, and where each agency has it.

    Attributes:
        kind: the field's, as in the schema.
        columns: for each agency that has the field, its column as the configuration names it.
        information_bits: what agreement on it says, as the mean of the agencies.
        why: how its columns were taken for each other's.
    """

    name: FieldName
    kind: FieldKind
    meaning: Meaning
    columns: Mapping[AgencyId, FieldSource]
    information_bits: float
    why: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A column that is in no field, and why."""

    agency: AgencyId
    column: str
    why: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An encoding schema that fits the agencies' extracts.

    Attributes:
        fields: one for each of `schema.fields`, in its order.
        left_out: in the order of agencies and of their columns.
        warnings: what a person should look at before the parties sign.
    """

    schema: EncodingSchema
    fields: tuple[SuggestedField, ...]
    profiles: tuple[Profile, ...]
    left_out: tuple[LeftOut, ...]
    warnings: tuple[str, ...]

    def sources(self, agency: AgencyId) -> dict[FieldName, FieldSource]:
        """Where an agency has its fields; a field that it lacks is not in it."""
        return {
            field.name: field.columns[agency] for field in self.fields if agency in field.columns
        }
