"""The four agencies: what their extracts look like."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from benchmarks.population import habits
from benchmarks.population.habits import Habits


class Content(Enum):
    """What a column of an extract holds."""

    RECORD_ID = auto()
    GIVEN = auto()
    SECOND = auto()
    GIVEN_AND_SECOND = auto()
    FAMILY = auto()
    """At the school the legal one."""
    PREFERRED_FAMILY = auto()
    """The family name that a pupil goes by."""
    BIRTH = auto()
    SEX = auto()
    LINE = auto()
    TOWN = auto()
    LINE_AND_TOWN = auto()
    BLOCK = auto()
    """Line and town, each on a line of its own."""
    POSTCODE = auto()
    PHONE = auto()
    EMAIL = auto()
    PARENT_PHONE = auto()
    OTHER_PARENT_PHONE = auto()
    PARENT_EMAIL = auto()
    NHS_NUMBER = auto()
    PUPIL_NUMBER = auto()
    ATTRIBUTE = auto()


class PhoneForm(Enum):
    """How telephone numbers are written."""

    SPACED = auto()
    """07700 900123"""
    PLAIN = auto()
    """07700900123"""
    INTERNATIONAL = auto()
    """+44 7700 900123"""


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
class Agency:
    """One agency, the form of its extract and the habits of its clerks.

    Attributes:
        charset: `utf-8` or `windows-1252`; letters that it lacks lose their marks.
        date_format: made of YYYY, MM, DD and separators.
        sex_codes: how male and female are written.
        missing_texts: how a missing value is written; each time one of them.
        upper_case: everything is in capitals without marks.
        phone_form: how telephone numbers are written.
        nhs_spaced: NHS numbers as 999 123 4567 rather than in one.
        no_abode_postcode: what stands for the postcode of people with no fixed abode.
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
    phone_form: PhoneForm
    nhs_spaced: bool = False
    no_abode_postcode: str = ""
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
        Column("CONTACT_NO", Content.PHONE),
        Column("OFFENCE_BAND", Content.ATTRIBUTE),
    ),
    date_format="DD/MM/YYYY",
    sex_codes=("M", "F"),
    missing_texts=("", "NOT KNOWN", "N/K"),
    upper_case=True,
    phone_form=PhoneForm.PLAIN,
    record_id_format="N{:07d}",
    attribute=Attribute("offence_band", ("1", "2-4", "5+"), (0.62, 0.28, 0.10)),
    habits=habits.POLICE,
)

COUNCIL: Final = Agency(
    name="council",
    title="Everford City Council, social care",
    charset="windows-1252",
    delimiter=";",
    columns=(
        Column("first_names", Content.GIVEN_AND_SECOND),
        Column("last_name", Content.FAMILY),
        Column("gender", Content.SEX),
        Column("case_no", Content.RECORD_ID),
        Column("address_line_1", Content.LINE),
        Column("town", Content.TOWN),
        Column("post_code", Content.POSTCODE),
        Column("date_of_birth", Content.BIRTH),
        Column("nhs_no", Content.NHS_NUMBER),
        Column("telephone", Content.PHONE),
        Column("e_mail", Content.EMAIL),
        Column("care_need", Content.ATTRIBUTE),
    ),
    date_format="YYYY-MM-DD",
    sex_codes=("Male", "Female"),
    missing_texts=("",),
    upper_case=False,
    phone_form=PhoneForm.SPACED,
    record_id_format="SC-{:07d}",
    attribute=Attribute("care_need", ("low", "medium", "high"), (0.55, 0.30, 0.15)),
    habits=habits.COUNCIL,
)

HOSPITAL: Final = Agency(
    name="hospital",
    title="Everford Infirmary, accident and emergency",
    charset="utf-8",
    delimiter=",",
    columns=(
        Column("hospital_number", Content.RECORD_ID),
        Column("nhs_number", Content.NHS_NUMBER),
        Column("birth_date", Content.BIRTH),
        Column("sex_code", Content.SEX),
        Column("family_name", Content.FAMILY),
        Column("given_name", Content.GIVEN),
        Column("assault_attendances", Content.ATTRIBUTE),
        Column("address", Content.BLOCK),
        Column("postcode", Content.POSTCODE),
        Column("mobile", Content.PHONE),
    ),
    date_format="YYYYMMDD",
    sex_codes=("1", "2"),
    missing_texts=("", "9", "Not Specified"),
    upper_case=False,
    phone_form=PhoneForm.INTERNATIONAL,
    nhs_spaced=True,
    no_abode_postcode="ZZ99 3VZ",  # the health service's for "no fixed abode"
    record_id_format="{:07d}E",
    attribute=Attribute("assault_attendances", ("0", "1", "2+"), (0.80, 0.14, 0.06)),
    habits=habits.HOSPITAL,
)

SCHOOL: Final = Agency(
    name="school",
    title="Evershire Schools",
    charset="utf-8",
    delimiter="\t",
    columns=(
        Column("UPN", Content.PUPIL_NUMBER),
        Column("AdmissionNo", Content.RECORD_ID),
        Column("LegalSurname", Content.FAMILY),
        Column("PreferredSurname", Content.PREFERRED_FAMILY),
        Column("Forename", Content.GIVEN),
        Column("MiddleName", Content.SECOND),
        Column("BirthDate", Content.BIRTH),
        Column("Gender", Content.SEX),
        Column("Address", Content.LINE),
        Column("PostTown", Content.TOWN),
        Column("PostCode", Content.POSTCODE),
        Column("Contact1Phone", Content.PARENT_PHONE),
        Column("Contact2Phone", Content.OTHER_PARENT_PHONE),
        Column("Contact1Email", Content.PARENT_EMAIL),
        Column("Suspensions", Content.ATTRIBUTE),
    ),
    date_format="DD-MM-YYYY",
    sex_codes=("Boy", "Girl"),
    missing_texts=("", "Unknown"),
    upper_case=False,
    phone_form=PhoneForm.SPACED,
    record_id_format="A{:07d}",
    attribute=Attribute("suspensions", ("0", "1", "2+"), (0.86, 0.09, 0.05)),
    habits=habits.SCHOOL,
)

AGENCIES: Final = {agency.name: agency for agency in (POLICE, COUNCIL, HOSPITAL, SCHOOL)}
