"""The project file: an agreement, or any part of one, and how to read each agency's columns.

What concerns the linkage is taken over as it stands and checked with the rest once it is complete
(`agreement.py`). Clauses that change nothing in a linkage, such as who may have which table, are
passed over, so that a real agreement can be tried out. Anything else is a fault.
"""

from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import Field, ValidationError

from benchmarks.evaluate.reasons import PROJECT_INVALID, PROJECT_UNREADABLE
from linkage.agreement.schema import FieldKind
from linkage.configuration import StrictTable
from linkage.documents import parse_toml, read_document
from linkage.errors import DocumentError, Problem
from linkage_agent.config import Name, SexMeaning, Text

Table: TypeAlias = dict[str, Any]
"""A table of the agreement, as TOML gives it."""


class PartyEntry(StrictTable):
    """One agency.

    Attributes:
        holds_each_person_once: as in the agreement; false if it is not said.
    """

    id: Name
    holds_each_person_once: bool | None = None
    name: object = None
    kind: object = None
    legal_basis: object = None
    contact: object = None
    card: object = None


class FieldEntry(StrictTable):
    """One identifier, as in the agreement; all but the name may be missing."""

    name: Name
    kind: FieldKind | None = Field(default=None, strict=False)
    purpose: str | None = None
    tokens: dict[str, int] | None = None
    missing: str | None = None
    group: str | None = None
    check: str | None = None

    @property
    def given(self) -> Table:
        """What was said of it, as in the agreement."""
        return self.model_dump(mode="json", exclude_none=True)


class ColumnHint(StrictTable):
    """Where an agency has a field, and how it writes it; what is missing is found out.

    Attributes:
        column: the header in the agency's file.
        date_formats: as in the agent's configuration.
        codes: as in the agent's configuration.
    """

    column: Text | None = None
    date_formats: tuple[Text, ...] = Field(default=(), strict=False)
    codes: dict[Text, SexMeaning] = Field(default_factory=dict)


class ProjectFile(StrictTable):
    """What a project file may hold; every part may be missing.

    Attributes:
        columns: hints by agency and field.
        project: only its title is looked at.
    """

    format: Literal["linkage-agreement-2"] | None = None
    parties: tuple[PartyEntry, ...] = Field(default=(), strict=False)
    encoding: Table = Field(default_factory=dict)
    fields: tuple[FieldEntry, ...] = Field(default=(), strict=False)
    matching: Table = Field(default_factory=dict)
    columns: dict[Name, dict[Name, ColumnHint]] = Field(default_factory=dict)
    project: dict[str, Any] = Field(default_factory=dict)
    linkage_unit: object = None
    recipient_groups: object = None
    tables: object = None
    disclosure: object = None
    retention: object = None

    def hint(self, agency: str, field: str) -> ColumnHint:
        """What is said of an agency's column for a field; nothing if it is not there."""
        return self.columns.get(agency, {}).get(field, ColumnHint())


def read_project(path: Path) -> ProjectFile:
    """The project in a file.

    Raises:
        DocumentError: It has faults; all of them are listed, without the faulty values.
        ConfigError: It can't be read or is not TOML.
    """
    content = read_document(path, PROJECT_UNREADABLE)
    document = parse_toml(content, str(path), PROJECT_UNREADABLE, Decimal)
    try:
        return ProjectFile.model_validate(document)
    except ValidationError as error:
        problems = tuple(
            Problem(".".join(map(str, fault["loc"])), fault["msg"])
            for fault in error.errors(include_input=False, include_context=False, include_url=False)
        )
        raise DocumentError(PROJECT_INVALID, problems, file=str(path)) from None
