"""The error tree: every failure that a person is told about.

An error carries a `Reason` (constant text, exit code) and facts (counts, limits, line numbers,
names that the agreement or the configuration gave). It never carries data: no cell, no header
found in a file, no key, no encoding. So an error can be shown, logged and sent as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeAlias

Fact: TypeAlias = int | str


class ExitCode(IntEnum):
    """What a command's exit status means; sysexits.h where it has a number for it."""

    DONE = 0
    USAGE = 2
    WAITING = 10
    BAD_DATA = 65
    INTERNAL = 70
    TRY_LATER = 75
    PROTOCOL = 76
    NOT_ALLOWED = 77
    CONFIGURATION = 78
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something failed: constant text, with `{fact}` where a fact goes."""

    code: str
    message: str
    next_step: str
    exit_code: ExitCode


class LinkageError(Exception):
    """A failure with a reason and facts; its subclass says whose fault it is."""

    def __init__(self, reason: Reason, **facts: Fact) -> None:
        super().__init__(reason.code)
        self.reason = reason
        self.facts: Mapping[str, Fact] = facts

    @property
    def message(self) -> str:
        """What went wrong and where, in one or two sentences."""
        return self.reason.message.format_map(_Facts(self.facts))

    @property
    def next_step(self) -> str:
        """What the reader can do about it."""
        return self.reason.next_step.format_map(_Facts(self.facts))

    def __str__(self) -> str:
        return f"{self.reason.code}: {self.message}"


class RequestError(LinkageError):
    """The caller sent something that can never be accepted."""


class StateError(LinkageError):
    """The request is sound, but not in the present state of the project."""


class LimitError(LinkageError):
    """A limit was exceeded."""


class AccessError(LinkageError):
    """The caller is unknown, or not allowed to do this."""


class StoreError(LinkageError):
    """What is kept on disk can't be read or written."""


class SourceError(LinkageError):
    """The agency's own extract is not what the mapping says."""


class ConfigError(LinkageError):
    """A configuration file or an agreement has faults."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in a document: where (a key path such as `parties[1].card`) and what."""

    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


class DocumentError(ConfigError):
    """A document with all its faults, not just the first."""

    def __init__(self, reason: Reason, problems: tuple[Problem, ...], **facts: Fact) -> None:
        super().__init__(reason, problem_count=len(problems), **facts)
        self.problems = problems


@dataclass(frozen=True, slots=True)
class _Facts:
    """Facts for `str.format_map`: an absent one shows as `?` rather than raise in an error path."""

    facts: Mapping[str, Fact] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Fact:
        return self.facts.get(name, "?")
