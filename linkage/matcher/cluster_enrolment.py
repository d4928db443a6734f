"""The cluster's certificates: an authority that certifies three members, and is then forgotten.

Who shows a certificate of this authority can run code in the cluster. So it certifies nobody else,
ever: its private key is written nowhere. Certificates are renewed by making all of them anew.

Each member speaks and listens to the others, so each certificate is for both ends of a connection.
Dask compares no host names: a worker's certificate serves on every machine.
"""

import datetime as dt
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from linkage.crypto.secret_file import create_secret_file
from linkage.errors import ConfigError, ExitCode, Reason
from linkage.files import make_private_folder
from linkage.matcher.authority import CLOCK_SKEW, Authority, IssuedKey
from linkage.matcher.config import MatcherConfig
from linkage.matcher.enrolment import FILE_EXISTS, FILE_NOT_WRITTEN

MEMBER_DAYS: Final = 365
MEMBERS: Final = ("scheduler", "worker")

NO_CLUSTER: Final = Reason(
    "NO_CLUSTER",
    "The configuration has no table [cluster].",
    "Add it where match runs are done by a cluster; docs/examples/matcher.toml shows it.",
    ExitCode.CONFIGURATION,
)


def set_up_cluster(config: MatcherConfig, folder: Path, now: dt.datetime) -> tuple[Path, ...]:
    """Makes the certificates of the matcher, as the configuration names them, and of the cluster.

    Args:
        config: Names the matcher's three files.
        folder: Where the scheduler's and the workers' are written.
        now: From when they are valid.

    Returns:
        The files, in the order in which they were written.

    Raises:
        ConfigError: There is no cluster in the configuration, or a file exists or can't be written.
    """
    cluster = config.cluster
    if cluster is None:
        raise ConfigError(NO_CLUSTER)
    authority = Authority.create(f"cluster of {config.trust_domain}", now)
    matcher = _certify(authority, "matcher", now)
    files = {
        cluster.ca_certificate_file: authority.certificate_pem(),
        cluster.certificate_file: matcher.certificate,
        cluster.private_key_file: matcher.private_key,
        folder / "ca.pem": authority.certificate_pem(),
    }
    for name in MEMBERS:
        member = _certify(authority, name, now)
        files[folder / f"{name}.pem"] = member.certificate
        files[folder / f"{name}.key"] = member.private_key
    for file in files:
        if file.exists():
            raise ConfigError(FILE_EXISTS, file=str(file))
    for file, content in files.items():
        _create(file, content)
    return tuple(files)


def _certify(authority: Authority, name: str, now: dt.datetime) -> IssuedKey:
    """A new key, and a certificate for both ends of a connection."""
    key = ec.generate_private_key(ec.SECP256R1())
    usage = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.private_key.public_key())
    certificate = (
        x509.CertificateBuilder()
        .issuer_name(authority.certificate.subject)
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + dt.timedelta(days=MEMBER_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usage), critical=False)
        .add_extension(issuer, critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(authority.private_key, hashes.SHA256())
    )
    private_key = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return IssuedKey(certificate.public_bytes(serialization.Encoding.PEM), private_key)


def _create(file: Path, content: bytes) -> None:
    try:
        make_private_folder(file.parent)
        create_secret_file(file, content)
    except OSError as error:
        cause = error.strerror or "unknown"
        raise ConfigError(FILE_NOT_WRITTEN, file=str(file), cause=cause) from None
