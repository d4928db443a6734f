"""Canaries: made-up people whose values are like no others', planted in the agencies' extracts.

Three of them are known to several agencies, so that they are linked; one has too few fields and is
withheld; one has a date and a sex that can't be read, and an NHS number whose check digit is wrong.
Beside them stands a column that no agency has named in its configuration. Telephone and NHS numbers
are of ranges that are kept for drama and for tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from benchmarks.population.agencies import Agency, Content, PhoneForm
from benchmarks.population.generate import Population
from benchmarks.population.recording import Extract
from linkage.ids import FieldName

UNNAMED_COLUMN: Final = "Zqunnamedcolumn"
"""Header of a column that the configuration does not name."""


NO_FIELDS: Final = (Content.OTHER_PARENT_PHONE, Content.PUPIL_NUMBER)
"""No field of the demo's agreement takes these: any text does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryPerson:
    """What an agency writes down of one; an empty text is missing.

    Attributes:
        birth: year, month and day, or a text that is no date.
        sex: a text that is no declared code, or empty for the agency's first code.
        phone: as it is written in the country, with a space after the area's code.
        nhs_number: ten digits.
    """

    given: str
    family: str
    birth: tuple[str, str, str] | str = ""
    sex: str = ""
    line: str = ""
    town: str = ""
    postcode: str = ""
    phone: str = ""
    email: str = ""
    nhs_number: str = ""


PEOPLE: Final = (
    CanaryPerson(
        given="Zyxqueline",
        family="Vorpalwhistle-Quagg",
        birth=("1937", "11", "29"),
        line="77 Xylocarp Mews",
        town="Qwijdorp",
        postcode="ZQ77 9XJ",
        phone="03069 990714",
        email="zyxqueline.v@vorpalmail.example",
        nhs_number="9997774795",
    ),
    CanaryPerson(
        given="Žižkaþórn",
        family="Œuvreßengård",
        birth=("1941", "02", "17"),
        line="Ünterkraßweg 4",
        town="Bjørkšund",
        postcode="ZX44 8QV",
        phone="03069 990736",
        email="žižka+œuvre@enterkraß.example",
        nhs_number="9993131237",
    ),
    CanaryPerson(
        # Deseret letters: four bytes each, and a Latin letter in normal form.
        given="\U00010416\U00010432\U00010429\U00010432\U0001043b\U0001042f\U0001043e\U0001042e",
        family="\U00010408\U0001042f\U0001043e\U0001042e\U00010445\U00010432\U00010429",
        birth=("1944", "07", "23"),
        line="9 Quirkleigh Yard",
        town="Vexmoor",
        postcode="ZJ33 7XQ",
        phone="03069 990758",
        email="quirkleigh9@vexmoormail.example",
        nhs_number="9998688817",
    ),
    CanaryPerson(given="Withheldquenna", family=""),
    CanaryPerson(
        given="Unreadaxel",
        family="Mizzenfroth",
        birth="zq-never-31.02",
        sex="zqsexcode",
        line="1 Oxyquill Gate",
        town="Plughavn",
        postcode="ZV88 6JQ",
        phone="03069 990771",
        email="unreadaxel@plughavnmail.example",
        nhs_number="9993136868",
    ),
)

IDENTIFIERS: Final[Mapping[FieldName, tuple[str, ...]]] = {
    FieldName("given_name"): tuple(person.given for person in PEOPLE),
    FieldName("family_name"): tuple(person.family for person in PEOPLE if person.family),
    FieldName("date_of_birth"): tuple(
        "-".join(person.birth) for person in PEOPLE if isinstance(person.birth, tuple)
    ),
    FieldName("postcode"): tuple(person.postcode for person in PEOPLE if person.postcode),
    FieldName("address"): tuple(person.line for person in PEOPLE if person.line),
    FieldName("phone"): tuple(person.phone for person in PEOPLE if person.phone),
    FieldName("email"): tuple(person.email for person in PEOPLE if person.email),
    FieldName("nhs_number"): tuple(person.nhs_number for person in PEOPLE if person.nhs_number),
}
"""The values by the agreement's field, as sources give them: dates in standard form."""


@dataclass(frozen=True, slots=True, repr=False)
class Canary:
    """A cell that was planted: where it stands, and its text as it stands there."""

    name: str
    text: str

    def __repr__(self) -> str:
        return f"Canary({self.name})"


def plant(population: Population) -> tuple[Population, tuple[Canary, ...]]:
    """The population with the first rows of each extract replaced, and all cells planted.

    Codes that other rows have too (a sex, an attribute's value) are in the rows, and are no
    canaries.
    """
    extracts = {name: _planted(extract) for name, extract in population.extracts.items()}
    canaries = tuple(
        Canary(f"{name} row {number} {header}", text)
        for name, extract in extracts.items()
        for number, row in enumerate(extract.rows[: len(_people_of(extract.agency))])
        for header, text in zip(extract.columns, row, strict=True)
        if text not in _codes(extract.agency)
    )
    headers = (Canary("header of the unnamed column", UNNAMED_COLUMN),)
    return replace(population, extracts=extracts), canaries + headers


def _people_of(agency: Agency) -> list[CanaryPerson]:
    """The people whose names the agency's charset can write."""

    def fits(person: CanaryPerson) -> bool:
        written = (person.given + person.family).encode(agency.charset, "replace")
        return written.decode(agency.charset) == person.given + person.family

    return [person for person in PEOPLE if fits(person)]


def _planted(extract: Extract) -> Extract:
    agency, people = extract.agency, _people_of(extract.agency)
    contents = [column.content for column in agency.columns]
    rows = []
    for number, person in enumerate(people):
        written = _written(agency, person, number)
        rows.append((*(written[content] for content in contents), f"zqnote {agency.name} {number}"))
    rows += [(*row, "") for row in extract.rows[len(people) :]]
    row_ids = tuple(row[contents.index(Content.RECORD_ID)] for row in rows)
    return replace(
        extract, columns=(*extract.columns, UNNAMED_COLUMN), rows=rows, record_ids=row_ids
    )


def _written(agency: Agency, person: CanaryPerson, number: int) -> dict[Content, str]:
    given, family, line = person.given, person.family, person.line
    if agency.upper_case:
        given, family, line = given.upper(), family.upper(), line.upper()
    birth = person.birth
    if isinstance(birth, tuple):
        year, month, day = birth
        birth = agency.date_format.replace("YYYY", year).replace("MM", month).replace("DD", day)
    phone, nhs_number = _written_phone(agency, person.phone), person.nhs_number
    if agency.nhs_spaced and nhs_number:
        nhs_number = f"{nhs_number[:3]} {nhs_number[3:6]} {nhs_number[6:]}"
    is_withheld = not person.family
    return {
        Content.RECORD_ID: f"ZQ{agency.name}{number}-rowmark",
        Content.GIVEN: given,
        Content.SECOND: "",
        Content.GIVEN_AND_SECOND: given,
        Content.FAMILY: family,
        Content.BIRTH: birth,
        Content.SEX: person.sex or ("" if is_withheld else agency.sex_codes[0]),
        Content.LINE: line,
        Content.TOWN: person.town,
        Content.LINE_AND_TOWN: ", ".join(filter(None, (line, person.town))),
        Content.BLOCK: "\n".join(filter(None, (line, person.town))),
        Content.POSTCODE: person.postcode,
        Content.ATTRIBUTE: agency.attribute.values[0],
        Content.PREFERRED_FAMILY: family,
        Content.PHONE: phone,
        Content.PARENT_PHONE: phone,
        Content.EMAIL: person.email,
        Content.PARENT_EMAIL: person.email,
        Content.NHS_NUMBER: nhs_number,
        **{content: f"zq{content.name.lower()} {agency.name} {number}" for content in NO_FIELDS},
    }


def _written_phone(agency: Agency, phone: str) -> str:
    """A telephone number as the agency's clerks write it."""
    match agency.phone_form:
        case PhoneForm.PLAIN:
            return phone.replace(" ", "")
        case PhoneForm.INTERNATIONAL:
            return f"+44 {phone[1:]}" if phone else ""
        case PhoneForm.SPACED:
            return phone


def _codes(agency: Agency) -> frozenset[str]:
    return frozenset({"", *agency.sex_codes, *agency.attribute.values})
