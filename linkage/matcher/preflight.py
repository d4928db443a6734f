"""What must be right before a matcher serves: its agreements, its certificates, its keys."""

import datetime as dt
import importlib.util
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

from linkage.agreement.load import load_agreement
from linkage.agreement.model import Agreement
from linkage.configuration import read_named_file
from linkage.crypto.secret_file import read_secret_file
from linkage.errors import ConfigError, DocumentError, ExitCode, Problem, Reason
from linkage.ids import ProjectId
from linkage.matcher.config import ClusterConfig, MatcherConfig, TlsConfig
from linkage.wire.tls import TlsMaterial

AGREEMENTS_UNFIT: Final = Reason(
    "AGREEMENTS_UNFIT",
    "The agreements can't be served together by this matcher: {problem_count} fault(s).",
    "Mend agreement_files or trust_domain in the configuration.",
    ExitCode.CONFIGURATION,
)
TLS_UNFIT: Final = Reason(
    "TLS_UNFIT",
    "The matcher can't show who it is: {cause}.",
    "Check the files named in [tls] of the configuration; `linkage-matcher init` makes them, "
    "elsewhere if need be.",
    ExitCode.CONFIGURATION,
)
CLUSTER_UNFIT: Final = Reason(
    "CLUSTER_UNFIT",
    "The matcher can't use its cluster: {cause}.",
    "Check what [cluster] of the configuration names; `linkage-matcher init-cluster` makes the "
    "certificates. Without that table, runs are done on this machine.",
    ExitCode.CONFIGURATION,
)


def load_agreements(config: MatcherConfig) -> tuple[Agreement, ...]:
    """The agreements that the configuration names: of each project the newest first.

    A project has two while an amendment waits for signatures, told apart by their epochs.

    Raises:
        ConfigError: One has faults, or they don't go together.
    """
    agreements: dict[tuple[ProjectId, int], Agreement] = {}
    problems: list[Problem] = []
    for index, file in enumerate(config.agreement_files):
        agreement = load_agreement(file)
        path, project = f"agreement_files[{index}]", agreement.project
        if agreement.linkage_unit.trust_domain != config.trust_domain:
            problems.append(Problem(path, "names another trust domain than trust_domain"))
        place = (project.id, -project.epoch)
        if place in agreements:
            what = f"is a second agreement of the project {project.id}, epoch {project.epoch}"
            problems.append(Problem(path, what))
        agreements[place] = agreement
    if problems:
        raise DocumentError(AGREEMENTS_UNFIT, tuple(problems))
    return tuple(agreements[place] for place in sorted(agreements))


def load_tls(config: MatcherConfig, now: dt.datetime) -> TlsMaterial:
    """The matcher's certificate and key, and the authority whose certificates it accepts.

    Raises:
        ConfigError: A file can't be read, or they don't belong together at this moment.
    """
    material = _read(config.tls)
    cause = _fault(material, now)
    if cause:
        raise ConfigError(TLS_UNFIT, cause=cause)
    return material


def check_cluster(config: MatcherConfig, now: dt.datetime) -> None:
    """Sees to it that the cluster, if there is one, can be spoken to, and by none but its members.

    Raises:
        ConfigError: It can't; or a file can't be read.
    """
    if config.cluster is None:
        return
    material = _read(config.cluster)
    if importlib.util.find_spec("distributed") is None:
        cause: str | None = "Dask is not installed (pip install 'linkage-service[cluster]')"
    elif not (cause := _fault(material, now)) and _same_authority(material, _read(config.tls)):
        # Members of a cluster can run code in each other.
        cause = "its authority also certifies agencies, which could then run code in it"
    if cause:
        raise ConfigError(CLUSTER_UNFIT, cause=cause)


def _read(files: TlsConfig | ClusterConfig) -> TlsMaterial:
    return TlsMaterial(
        certificate=read_named_file(files.certificate_file),
        private_key=read_secret_file(files.private_key_file),
        ca_certificate=read_named_file(files.ca_certificate_file),
    )


def _same_authority(one: TlsMaterial, other: TlsMaterial) -> bool:
    """Whether the keys are the same, whatever their certificates say."""
    keys = [
        x509.load_pem_x509_certificate(material.ca_certificate).public_key()
        for material in (one, other)
    ]
    return keys[0] == keys[1]


def _fault(material: TlsMaterial, now: dt.datetime) -> str | None:
    """What gRPC would only say at a first call, and not in words."""
    try:
        certificate = x509.load_pem_x509_certificate(material.certificate)
        authority = x509.load_pem_x509_certificate(material.ca_certificate)
        key = serialization.load_pem_private_key(material.private_key, password=None)
    except (ValueError, TypeError):
        return "a certificate or the private key is not PEM"
    if certificate.public_key() != key.public_key():
        return "the private key is not the certificate's"
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        return "the certificate is not valid today"
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return "the certificate is not the authority's"
    return None
