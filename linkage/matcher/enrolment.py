"""Enrolment: what the operator makes before a matcher serves, and how agencies are let in.

Everything is made in memory first; then the files are written, none of them over another.
"""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from linkage.configuration import read_named_file
from linkage.crypto.secret import Secret
from linkage.crypto.secret_file import create_secret_file, read_secret_file
from linkage.errors import ConfigError, ExitCode, Reason
from linkage.files import make_private_folder
from linkage.ids import AgencyId, is_name
from linkage.matcher.authority import Authority
from linkage.matcher.config import AuthorityConfig, MatcherConfig
from linkage.wire.tls import PeerIdentity

FILE_EXISTS: Final = Reason(
    "FILE_EXISTS",
    "{file} exists already; nothing was written.",
    "If agencies have been certified or data has been stored, keep what there is: new keys would "
    "shut both out. Otherwise move away what the command would write, and run it again.",
    ExitCode.CONFIGURATION,
)
FILE_NOT_WRITTEN: Final = Reason(
    "FILE_NOT_WRITTEN",
    "The file {file} can't be written: {cause}.",
    "Mend the cause, move away what this command has written, and run it again.",
    ExitCode.CONFIGURATION,
)
NO_AUTHORITY: Final = Reason(
    "NO_AUTHORITY",
    "The configuration has no table [authority].",
    "Add it on the machine where agencies are certified; docs/examples/matcher.toml shows it.",
    ExitCode.CONFIGURATION,
)
AGENCY_UNNAMED: Final = Reason(
    "AGENCY_UNNAMED",
    "That is not a name that an agency can have.",
    "Give the agency's id in the agreement: 1 to 32 of a-z, 0-9, - and _, starting with a letter.",
    ExitCode.USAGE,
)


def set_up(config: MatcherConfig, hosts: Sequence[str], now: dt.datetime) -> tuple[Path, ...]:
    """Makes the state folder, the store key, the authority and the matcher's own certificate.

    Args:
        config: Names the files.
        hosts: DNS names and IP addresses under which agencies reach the matcher.
        now: From when the certificates are valid.

    Returns:
        The files, in the order in which they were written.

    Raises:
        ConfigError: One of them exists, or can't be written.
    """
    places = _authority(config)
    authority = Authority.create(config.trust_domain, now)
    server = authority.issue_server(hosts, now)
    files = {
        config.store_key_file: Secret.generate().reveal(),
        places.private_key_file: authority.private_key_pem(),
        places.certificate_file: authority.certificate_pem(),
        config.tls.ca_certificate_file: authority.certificate_pem(),
        config.tls.private_key_file: server.private_key,
        config.tls.certificate_file: server.certificate,
    }
    for file in files:
        if file.exists():
            raise ConfigError(FILE_EXISTS, file=str(file))
    for file, content in files.items():
        _create(file, content)
    make_private_folder(config.state_folder)
    return tuple(files)


def certify(
    config: MatcherConfig, agency: str, request: Path, out: Path, period: tuple[dt.datetime, int]
) -> None:
    """Writes a certificate for an agency.

    Args:
        config: Names the authority.
        agency: The agency's id.
        request: The certificate request (PKCS#10, PEM) that the agency sent.
        out: Where the certificate is written.
        period: From when, and for how many days.

    Raises:
        RequestError: The request is not acceptable.
        ConfigError: The authority can't be used, or the name is none, or the file exists.
    """
    if not is_name(agency):
        raise ConfigError(AGENCY_UNNAMED)
    places = _authority(config)
    authority = Authority.load(
        read_named_file(places.certificate_file), read_secret_file(places.private_key_file)
    )
    identity = PeerIdentity(config.trust_domain, AgencyId(agency))
    _create(out, authority.certify_agency(read_named_file(request), identity, *period))


def _authority(config: MatcherConfig) -> AuthorityConfig:
    if config.authority is None:
        raise ConfigError(NO_AUTHORITY)
    return config.authority


def _create(file: Path, content: bytes) -> None:
    """A new file, closed to others even if it holds no secret: nobody has to remember which do."""
    try:
        make_private_folder(file.parent)
        create_secret_file(file, content)
    except OSError as error:
        reason, cause = FILE_EXISTS if file.exists() else FILE_NOT_WRITTEN, error.strerror
        raise ConfigError(reason, file=str(file), cause=cause or "unknown") from None
