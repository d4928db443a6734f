"""The agent's configuration: one TOML file, strict, all faults at once.

Paths in it are relative to the file's own folder. Secrets are named by path only. Nothing that
privacy or the agreement hangs on has a default.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from linkage.configuration import FilePath, StrictTable, load_configuration
from linkage.ids import NAME_PATTERN, AgencyId

Name = Annotated[str, StringConstraints(pattern=f"^{NAME_PATTERN.pattern}$")]
SexMeaning: TypeAlias = Literal["male", "female", "other"]
Text = Annotated[str, StringConstraints(min_length=1, max_length=1024)]

ABSENT_HINT: Final = "write `absent = true` if this agency does not hold it"
"""For faults of a field that no column is named for."""


class Charset(StrEnum):
    """How the bytes of an extract are text; declared, never guessed."""

    UTF_8 = "utf-8"
    WINDOWS_1252 = "windows-1252"


class Approval(StrEnum):
    """Whether a person approves each time, or did so once for all by writing this down."""

    ASK = "ask"
    AUTOMATIC = "automatic"


class FieldSource(StrictTable):
    """Where a field of the encoding schema comes from, or that this agency does not hold it.

    Attributes:
        column: the header in the extract; empty if the field is absent.
        date_formats: for dates, tried in order; YYYY or YY, MMM, MM or M, DD or D, and separators
            (`sources.dates`). For years too, if the column may hold dates instead.
        codes: for sex only: the extract's codes, capitals do not count.
        absent: the field is missing in every record; then nothing else may be said about it.
    """

    column: Annotated[str, StringConstraints(max_length=1024)] = ""
    date_formats: tuple[Text, ...] = Field(default=(), strict=False)
    codes: dict[Text, SexMeaning] = Field(default_factory=dict)
    absent: bool = False

    @model_validator(mode="after")
    def _is_held_or_absent(self) -> Self:
        if self.absent and (self.column or self.date_formats or self.codes):
            raise PydanticCustomError(
                "absent_field", "is absent, so nothing else may be said of it"
            )
        if not self.absent and not self.column.strip():
            raise PydanticCustomError("no_column", f"names no column; {ABSENT_HINT}")
        return self


class SourceConfig(StrictTable):
    """The agency's extract.

    Attributes:
        row_id_column: header of the agency's own row identifier, unique in the extract.
        missing_values: texts that mean "not known" in every column; empty always does.
    """

    file: FilePath
    charset: Charset = Field(strict=False)
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] = ","
    row_id_column: Text
    missing_values: tuple[str, ...] = Field(default=(), strict=False)
    fields: dict[Name, FieldSource] = Field(min_length=1)


class MatcherConfig(StrictTable):
    """Where the matcher is and how the agent shows who it is (mutual TLS)."""

    address: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.\-]+:[0-9]{1,5}$")]
    ca_certificate_file: FilePath
    certificate_file: FilePath
    private_key_file: FilePath


class ApprovalConfig(StrictTable):
    """Which steps wait for a person."""

    upload: Approval = Field(strict=False)
    release: Approval = Field(strict=False)


class TableConfig(StrictTable):
    """Attributes that this agency gives to one recipient, as the agreement allows.

    Attributes:
        columns: the agreement's attribute name to the header in the extract.
        file: where the sealed table is written.
    """

    recipient: Name
    columns: dict[Name, Text] = Field(default_factory=dict)
    file: FilePath


class PictureConfig(StrictTable):
    """The picture that this agency makes of its own and its partners' tables."""

    tables: tuple[FilePath, ...] = Field(strict=False)
    columns: dict[Name, Text] = Field(default_factory=dict)
    folder: FilePath


class AgentConfig(StrictTable):
    """Everything that an agent is told."""

    agency: Name
    agreement_file: FilePath
    state_folder: FilePath
    vault_key_file: FilePath
    match_keys_file: FilePath
    poll_seconds: Annotated[float, Field(ge=0.05, le=3600)] = 30.0
    matcher: MatcherConfig
    source: SourceConfig
    approval: ApprovalConfig
    tables: tuple[TableConfig, ...] = Field(default=(), strict=False)
    picture: PictureConfig | None = None

    @property
    def agency_id(self) -> AgencyId:
        """The agency's name in the agreement."""
        return AgencyId(self.agency)


def load_config(path: Path) -> AgentConfig:
    """The configuration in a file, its paths made absolute.

    Raises:
        DocumentError: It has faults; all of them are listed.
        ConfigError: It can't be read or is not TOML.
    """
    return load_configuration(path, AgentConfig, "agents/examples/agent.toml")
