"""People: two agencies' extracts of the made-up region, and how an agent reads them.

Half of the people that an agency holds are held by the other too. A region can't have more people
than there are NHS numbers for tests, so many records come from several regions, which have the same
towns and streets. Generating takes much memory, so it is done in a process of its own:

    python -m benchmarks.speed.people FOLDER RECORDS SEED
"""

import csv
import shutil
import sys
from math import ceil
from pathlib import Path
from typing import Final

from benchmarks.environment import ToolError, run_module
from benchmarks.population.agencies import AGENCIES, Content
from benchmarks.population.contacts import Size
from benchmarks.population.generate import generate
from benchmarks.population.recording import Extract
from benchmarks.speed.schemas import KINDS
from linkage.ids import AgencyId
from linkage_agent.columns import StringColumns
from linkage_agent.config import Charset, FieldSource, SourceConfig
from linkage_agent.sources.extract import read_extract

NAMES: Final = ("police", "council")
IN_BOTH: Final = 0.5
PEOPLE_PER_RECORD: Final = 3.2
"""People in the region for each record of an agency: the least that leaves half of them unknown to
either, and a little more."""
REGION_RECORDS: Final = 250_000
"""Of each agency at most: 800,000 people, of 900,000 that can have a number."""
_CODES: Final = {"m": "male", "male": "male", "f": "female", "female": "female"}
_COLUMNS: Final = {
    "police": {
        "given_name": FieldSource(column="FORENAME_1"),
        "family_name": FieldSource(column="SURNAME"),
        "birth_date": FieldSource(column="DOB", date_formats=("DD/MM/YYYY",)),
        "sex": FieldSource.model_validate({"column": "SEX", "codes": _CODES}),
        "address": FieldSource(column="ADDRESS"),
        "postcode": FieldSource(column="POSTCODE"),
    },
    "council": {
        "given_name": FieldSource(column="first_names"),
        "family_name": FieldSource(column="last_name"),
        "birth_date": FieldSource(column="date_of_birth", date_formats=("YYYY-MM-DD",)),
        "sex": FieldSource.model_validate({"column": "gender", "codes": _CODES}),
        "address": FieldSource(column="address_line_1"),
        "postcode": FieldSource(column="post_code"),
    },
    "hospital": {
        "given_name": FieldSource(column="given_name"),
        "family_name": FieldSource(column="family_name"),
        "birth_date": FieldSource(column="birth_date", date_formats=("YYYYMMDD",)),
        "sex": FieldSource(column="sex_code", codes={"1": "male", "2": "female"}),
        "address": FieldSource(column="address"),
        "postcode": FieldSource(column="postcode"),
    },
}


def make_people(folder: Path, records: int, seed: int) -> None:
    """Writes both extracts to a folder, unless they are there.

    Raises:
        ToolError: They could not be made.
    """
    fill_folder(folder, "benchmarks.speed.people", records, seed)


def fill_folder(folder: Path, module: str, *numbers: int) -> None:
    """Lets a module write its files to a folder, unless that is there.

    Raises:
        ToolError: They could not be made.
    """
    if not folder.is_dir():
        folder.mkdir(parents=True)
        arguments: list[str | Path] = [folder.resolve(), *map(str, numbers)]
        try:
            run_module(None, module, arguments)
        except ToolError:
            shutil.rmtree(folder)  # half-made
            raise


def sources(folder: Path) -> dict[AgencyId, SourceConfig]:
    """How each agency's agent reads its extract."""
    return {AgencyId(name): source_of(folder / f"{name}.csv", name) for name in NAMES}


def read_people(source: SourceConfig) -> StringColumns:
    """An agency's identifiers, read as its agent does."""
    return read_extract(source, KINDS).columns


def source_of(file: Path, form: str) -> SourceConfig:
    """How an agent reads an extract in the form of one of the region's agencies."""
    agency = AGENCIES[form]
    return SourceConfig(
        file=file,
        charset=Charset(agency.charset),
        delimiter=agency.delimiter,
        row_id_column=agency.header(Content.RECORD_ID),
        missing_values=agency.missing_values,
        fields=_COLUMNS[form],
    )


def write_people(folder: Path, records: int, seed: int, most: int = REGION_RECORDS) -> None:
    """Writes both extracts to an empty folder.

    Args:
        folder: where to.
        records: of each agency.
        seed: of the first region; the others have the numbers after it.
        most: records that a region may have of each agency.
    """
    for region, start in enumerate(range(0, records, most)):
        count = min(most, records - start)
        size = Size(
            people=ceil(count * PEOPLE_PER_RECORD),
            records_per_agency=count,
            in_all=IN_BOTH,
            agencies=NAMES,
        )
        for name, extract in generate(seed + region, size).extracts.items():
            append(folder / f"{name}.csv", extract, region)


def append(path: Path, extract: Extract, region: int) -> None:
    """Adds a region's records to a file; their ids say which region they are of."""
    agency = extract.agency
    place = extract.columns.index(agency.header(Content.RECORD_ID))
    with path.open("a", encoding=agency.charset, newline="") as file:
        writer = csv.writer(file, delimiter=agency.delimiter)
        if region == 0:
            writer.writerow(extract.columns)
        for row in extract.rows:
            writer.writerow((*row[:place], f"{region}/{row[place]}", *row[place + 1 :]))


if __name__ == "__main__":
    write_people(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
