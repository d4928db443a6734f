"""What the agencies' files hold: every column, and what the agent takes it for."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from benchmarks.evaluate.folder import RECORD_COLUMN, DataFolder
from benchmarks.evaluate.project import ColumnHint
from benchmarks.evaluate.reasons import COLUMN_MISSING
from linkage.agreement.schema import FieldKind
from linkage.errors import ConfigError
from linkage.ids import AgencyId
from linkage_agent.advice.date_reading import read_dates
from linkage_agent.advice.headers import header_words
from linkage_agent.advice.interface import ColumnProfile, Profile
from linkage_agent.advice.profile import profile_columns
from linkage_agent.advice.sexes import CODINGS, find_coding
from linkage_agent.advice.standard_form import Measures, measure
from linkage_agent.advice.survey import survey_extract
from linkage_agent.advice.weighing import Weighed
from linkage_agent.columns import StringColumn
from linkage_agent.config import Charset, FieldSource

CHARSET: Final = Charset.UTF_8
DELIMITER: Final = ","
STANDARD_DATES: Final = ("YYYY-MM-DD",)
"""Where nothing in a column looks like a date."""


@dataclass(frozen=True, slots=True, repr=False)
class Surveyed:
    """One agency's file.

    Attributes:
        columns: its texts, by header.
        profile: what they are taken for.
    """

    columns: Mapping[str, StringColumn]
    profile: Profile

    def __repr__(self) -> str:
        return f"Surveyed({len(self.columns)} columns)"

    def find(self, name: str) -> str | None:
        """The header of this name: the same, or the same words whatever stands between them."""
        if name in self.columns:
            return name
        words = header_words(name)
        return next((header for header in self.columns if header_words(header) == words), None)

    def column_profile(self, header: str) -> ColumnProfile:
        """What a column is taken for."""
        return next(column for column in self.profile.columns if column.name == header)

    def source(self, header: str, kind: FieldKind, hint: ColumnHint, today: dt.date) -> FieldSource:
        """How a column is read as a field of a kind; what the hint says stands.

        Raises:
            ConfigError: The file has no such column.
        """
        if header not in self.columns:
            raise ConfigError(COLUMN_MISSING, agency=self.profile.agency, column=header)
        formats, codes = hint.date_formats, hint.codes
        column = Weighed.of(self.columns[header])
        if kind in {FieldKind.DATE, FieldKind.YEAR} and not formats:
            formats = read_dates(column, today).formats or STANDARD_DATES
        if kind is FieldKind.SEX and not codes:
            codes = dict(CODINGS[find_coding(column)[0]])
        return FieldSource(column=header, date_formats=formats, codes=codes)

    def measures(self, kind: FieldKind, source: FieldSource) -> Measures:
        """How long and how telling a column is, read as a field of a kind."""
        column = self.columns[source.column]
        coding = find_coding(Weighed.of(column))[0] if kind is FieldKind.SEX else ""
        return measure(column, kind, source.date_formats, coding)

    @property
    def record_count(self) -> int:
        """How many records the agency has."""
        return len(self.columns[RECORD_COLUMN])


def survey(folder: DataFolder) -> dict[AgencyId, Surveyed]:
    """Every agency's file, in ascending order of agencies.

    Raises:
        SourceError: A file can't be read, or its `record_id` does not tell its records apart.
    """
    found = {}
    for agency, file in folder.agencies.items():
        read = survey_extract(
            file, charset=CHARSET, delimiter=DELIMITER, row_id_column=RECORD_COLUMN
        )
        profile = profile_columns(agency, read.columns, row_id_column=RECORD_COLUMN)
        found[agency] = Surveyed(read.columns, profile)
    return found
