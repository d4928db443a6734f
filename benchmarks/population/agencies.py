"""The three agencies: what their extracts look like and how carefully their clerks write.

The rates are judgements, each with its reason in README.md; none was fitted to a data set.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


class Content(Enum):
    """What a column of an extract holds."""

    RECORD_ID = auto()
    GIVEN = auto()
    SECOND = auto()
    GIVEN_AND_SECOND = auto()
    FAMILY = auto()
    BIRTH = auto()
    SEX = auto()
    LINE = auto()
    TOWN = auto()
    LINE_AND_TOWN = auto()
    BLOCK = auto()
    """Line and town, each on a line of its own."""
    POSTCODE = auto()
    ATTRIBUTE = auto()


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in the first line of the file and what it holds."""

    header: str
    content: Content


@dataclass(frozen=True, slots=True)
class Attribute:
    """An agency's content data for the picture: one coded value a person.

    Attributes:
        values: in ascending order of need.
        shares: how common each value is.
    """

    name: str
    values: tuple[str, ...]
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How often each slip happens: shares of the records to which it can happen."""

    given_misspelt: float
    family_misspelt: float
    nickname: float
    """Of the given names that have a short form."""
    variant: float
    """Of the names that have another spelling."""
    second_as_given: float
    """Of the people with a second name."""
    former_family: float
    """Of those whose family name changed."""
    alias: float
    rejoined: float
    """Of the names in several parts."""
    swapped: float
    newborn_unnamed: float
    """Of the children under one."""
    date_missing: float
    date_slip: float
    day_and_month_swapped: float
    date_placeholder: float
    sex_missing: float
    sex_wrong: float
    former_home: float
    line_missing: float
    line_misspelt: float
    street_short: float
    postcode_missing: float
    postcode_misspelt: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """One agency and the form of its extract.

    Attributes:
        charset: `utf-8` or `windows-1252`; letters that it lacks lose their marks.
        date_format: made of YYYY, MM, DD and separators.
        sex_codes: how male and female are written.
        missing_texts: how a missing value is written; each time one of them.
        upper_case: everything is in capitals without marks.
        record_id_format: of a number below ten million.
    """

    name: str
    title: str
    charset: str
    delimiter: str
    columns: tuple[Column, ...]
    date_format: str
    sex_codes: tuple[str, str]
    missing_texts: tuple[str, ...]
    upper_case: bool
    record_id_format: str
    attribute: Attribute
    habits: Habits

    def header(self, content: Content) -> str:
        """The name of the column with this content.

        Raises:
            KeyError: The agency has none.
        """
        return {column.content: column.header for column in self.columns}[content]

    @property
    def missing_values(self) -> tuple[str, ...]:
        """The texts that mean "not known" beside the empty one, for the agent's configuration."""
        return tuple(text for text in self.missing_texts if text)


POLICE: Final = Agency(
    name="police",
    title="Evershire Police",
    charset="utf-8",
    delimiter=",",
    columns=(
        Column("NOMINAL_REF", Content.RECORD_ID),
        Column("SURNAME", Content.FAMILY),
        Column("FORENAME_1", Content.GIVEN),
        Column("FORENAME_2", Content.SECOND),
        Column("DOB", Content.BIRTH),
        Column("SEX", Content.SEX),
        Column("ADDRESS", Content.LINE_AND_TOWN),
        Column("POSTCODE", Content.POSTCODE),
        Column("OFFENCE_BAND", Content.ATTRIBUTE),
    ),
    date_format="DD/MM/YYYY",
    sex_codes=("M", "F"),
    missing_texts=("", "NOT KNOWN", "N/K"),
    upper_case=True,
    record_id_format="N{:07d}",
    attribute=Attribute("offence_band", ("1", "2-4", "5+"), (0.62, 0.28, 0.10)),
    habits=Habits(
        given_misspelt=0.040,
        family_misspelt=0.035,
        nickname=0.10,
        variant=0.12,
        second_as_given=0.05,
        former_family=0.10,
        alias=0.03,
        rejoined=0.30,
        swapped=0.015,
        newborn_unnamed=0.0,
        date_missing=0.040,
        date_slip=0.020,
        day_and_month_swapped=0.015,
        date_placeholder=0.010,
        sex_missing=0.010,
        sex_wrong=0.005,
        former_home=0.18,
        line_missing=0.06,
        line_misspelt=0.04,
        street_short=0.35,
        postcode_missing=0.10,
        postcode_misspelt=0.020,
    ),
)

COUNCIL: Final = Agency(
    name="council",
    title="Everford City Council",
    charset="windows-1252",
    delimiter=";",
    columns=(
        Column("first_names", Content.GIVEN_AND_SECOND),
        Column("last_name", Content.FAMILY),
        Column("gender", Content.SEX),
        Column("application_no", Content.RECORD_ID),
        Column("address_line_1", Content.LINE),
        Column("town", Content.TOWN),
        Column("post_code", Content.POSTCODE),
        Column("date_of_birth", Content.BIRTH),
        Column("housing_need", Content.ATTRIBUTE),
    ),
    date_format="YYYY-MM-DD",
    sex_codes=("Male", "Female"),
    missing_texts=("",),
    upper_case=False,
    record_id_format="HA-{:07d}",
    attribute=Attribute("housing_need", ("low", "medium", "high"), (0.55, 0.30, 0.15)),
    habits=Habits(
        given_misspelt=0.025,
        family_misspelt=0.020,
        nickname=0.04,
        variant=0.10,
        second_as_given=0.03,
        former_family=0.04,
        alias=0.0,
        rejoined=0.15,
        swapped=0.005,
        newborn_unnamed=0.0,
        date_missing=0.015,
        date_slip=0.012,
        day_and_month_swapped=0.010,
        date_placeholder=0.005,
        sex_missing=0.050,
        sex_wrong=0.010,
        former_home=0.06,
        line_missing=0.01,
        line_misspelt=0.02,
        street_short=0.15,
        postcode_missing=0.020,
        postcode_misspelt=0.010,
    ),
)

HOSPITAL: Final = Agency(
    name="hospital",
    title="Everford Infirmary",
    charset="utf-8",
    delimiter=",",
    columns=(
        Column("hospital_number", Content.RECORD_ID),
        Column("birth_date", Content.BIRTH),
        Column("sex_code", Content.SEX),
        Column("family_name", Content.FAMILY),
        Column("given_name", Content.GIVEN),
        Column("assault_attendances", Content.ATTRIBUTE),
        Column("address", Content.BLOCK),
        Column("postcode", Content.POSTCODE),
    ),
    date_format="YYYYMMDD",
    sex_codes=("1", "2"),
    missing_texts=("", "9", "Not Specified"),
    upper_case=False,
    record_id_format="{:07d}E",
    attribute=Attribute("assault_attendances", ("0", "1", "2+"), (0.80, 0.14, 0.06)),
    habits=Habits(
        given_misspelt=0.030,
        family_misspelt=0.025,
        nickname=0.05,
        variant=0.12,
        second_as_given=0.02,
        former_family=0.15,
        alias=0.0,
        rejoined=0.25,
        swapped=0.010,
        newborn_unnamed=0.25,
        date_missing=0.005,
        date_slip=0.008,
        day_and_month_swapped=0.005,
        date_placeholder=0.002,
        sex_missing=0.005,
        sex_wrong=0.003,
        former_home=0.14,
        line_missing=0.12,
        line_misspelt=0.03,
        street_short=0.25,
        postcode_missing=0.030,
        postcode_misspelt=0.015,
    ),
)

AGENCIES: Final = {agency.name: agency for agency in (POLICE, COUNCIL, HOSPITAL)}
