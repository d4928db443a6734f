"""Reading a program's configuration: one TOML file, strict, all faults at once.

Paths in the file are relative to its own folder. What a fault says never repeats the faulty value.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from linkage.documents import parse_toml, read_document
from linkage.errors import DocumentError, ExitCode, Problem, Reason

CONFIG_INVALID: Final = Reason(
    "CONFIG_INVALID",
    "The configuration {file} has {problem_count} fault(s).",
    "Mend each of the keys listed; {example} shows every option.",
    ExitCode.CONFIGURATION,
)
CONFIG_UNREADABLE: Final = Reason(
    "CONFIG_UNREADABLE",
    "The configuration {file} can't be read: {cause}.",
    "Check the path given with --config, that the file is UTF-8 text and that it is TOML.",
    ExitCode.CONFIGURATION,
)
FILE_UNREADABLE: Final = Reason(
    "FILE_UNREADABLE",
    "The file {file} can't be read: {cause}.",
    "Check that the path in the configuration or on the command line is right and that this user "
    "may read it.",
    ExitCode.CONFIGURATION,
)
FilePath = Annotated[Path, Field(strict=False)]


class StrictTable(BaseModel):
    """A frozen table that refuses unknown keys and never repeats a faulty value in an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


T = TypeVar("T", bound=StrictTable)


def load_configuration(path: Path, model: type[T], example: str) -> T:
    """The configuration in a file, its paths made absolute.

    Args:
        path: The file.
        model: What must be in it.
        example: A file of this project that shows every option, for the error.

    Raises:
        DocumentError: It has faults; all of them are listed.
        ConfigError: It can't be read or is not TOML.
    """
    content = read_document(path, CONFIG_UNREADABLE)
    document = parse_toml(content, str(path), CONFIG_UNREADABLE)
    try:
        configuration = model.model_validate(document)
    except ValidationError as error:
        problems = tuple(
            Problem(_key_path(fault["loc"]), fault["msg"])
            for fault in error.errors(include_input=False, include_context=False, include_url=False)
        )
        raise DocumentError(CONFIG_INVALID, problems, file=str(path), example=example) from None
    return model.model_validate(_anchored(configuration.model_dump(), path.resolve().parent))


def read_named_file(path: Path) -> bytes:
    """What a file without secrets holds that a person named.

    Raises:
        ConfigError: It can't be read, or is far too large.
    """
    return read_document(path, FILE_UNREADABLE)


def _key_path(location: Iterable[int | str]) -> str:
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in location]
    return "".join(parts).removeprefix(".")


def _anchored(value: object, folder: Path) -> object:
    """The same with every relative path taken from the folder."""
    if isinstance(value, Path):
        return folder / value
    if isinstance(value, dict):
        return {key: _anchored(item, folder) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(_anchored(item, folder) for item in value)
    return value
