"""The matcher's configuration: one TOML file, strict, all faults at once.

Paths in it are relative to the file's own folder. Secrets are named by path only.
"""

import logging
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from linkage.configuration import FilePath, StrictTable, load_configuration

MAX_WORKER_PROCESSES: Final = 256
MAX_PORT: Final = 65_535


def _check_port(address: str) -> str:
    if int(address.rpartition(":")[2]) > MAX_PORT:
        raise PydanticCustomError("port", "The port should be at most {limit}", {"limit": MAX_PORT})
    return address


Address = Annotated[
    str,
    StringConstraints(pattern=r"^([A-Za-z0-9.\-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}$"),
    AfterValidator(_check_port),
]
SchedulerAddress = Annotated[
    str,
    StringConstraints(pattern=r"^tls://([A-Za-z0-9.\-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}$"),
    AfterValidator(_check_port),
]
Domain = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.\-]{0,61}[a-z0-9])?$")]


class LogLevel(StrEnum):
    """The least important events that are still logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def number(self) -> int:
        """The same for `logging`."""
        return logging.getLevelNamesMapping()[self.name]


class LogFormat(StrEnum):
    """How a log line is written."""

    JSON = "json"
    TEXT = "text"


class TlsConfig(StrictTable):
    """How the matcher shows who it is, and whose certificates it accepts."""

    certificate_file: FilePath
    private_key_file: FilePath
    ca_certificate_file: FilePath


class AuthorityConfig(StrictTable):
    """The certificate authority: for `init` and `certify` only.

    `serve` reads neither file, so the private key can lie on another machine.
    """

    certificate_file: FilePath
    private_key_file: FilePath


class ClusterConfig(StrictTable):
    """A Dask cluster that compares encodings, inside the matcher's trust boundary.

    Attributes:
        scheduler: where it listens, always over TLS.
        ca_certificate_file: the authority of the cluster, and of nothing else.
    """

    scheduler: SchedulerAddress
    certificate_file: FilePath
    private_key_file: FilePath
    ca_certificate_file: FilePath


class LogConfig(StrictTable):
    """What is logged, to standard error."""

    level: LogLevel = Field(default=LogLevel.INFO, strict=False)
    format: LogFormat = Field(default=LogFormat.JSON, strict=False)


class MatcherConfig(StrictTable):
    """Everything that a matcher is told.

    Attributes:
        listen: host and port; port 0 takes a free one.
        trust_domain: the SPIFFE trust domain that certificates and agreements name.
        worker_processes: how many processes of this machine compare encodings; not used if there is
            a cluster.
        agreement_files: the linkage projects that this matcher serves; while an amendment waits for
            signatures, both agreements of its project.
    """

    state_folder: FilePath
    store_key_file: FilePath
    listen: Address
    trust_domain: Domain
    worker_processes: Annotated[int, Field(ge=1, le=MAX_WORKER_PROCESSES)]
    agreement_files: tuple[FilePath, ...] = Field(strict=False)
    tls: TlsConfig
    authority: AuthorityConfig | None = None
    cluster: ClusterConfig | None = None
    log: LogConfig = LogConfig()


def load_config(path: Path) -> MatcherConfig:
    """The configuration in a file, its paths made absolute.

    Raises:
        DocumentError: It has faults; all of them are listed.
        ConfigError: It can't be read or is not TOML.
    """
    return load_configuration(path, MatcherConfig, "docs/examples/matcher.toml")
