"""Enrolment: what an agent makes for itself once, before it knows anybody."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from linkage.crypto.cards import IdentityCard
from linkage.crypto.secret import Secret
from linkage.crypto.secret_file import create_secret_file, read_key_file, read_secret_file
from linkage.errors import ConfigError, ExitCode, Reason, StoreError
from linkage.files import make_private_folder, write_atomically
from linkage_agent.config import AgentConfig
from linkage_agent.keys.identity import create_identity
from linkage_agent.keys.vault import STATE_UNWRITABLE, Vault

TLS_KEY_UNUSABLE: Final = Reason(
    "TLS_KEY_UNUSABLE",
    "The file {file} is not an ECDSA private key in PEM without a passphrase.",
    "Move it away and run `linkage-agent init` again, which makes another.",
    ExitCode.CONFIGURATION,
)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the agency gives to others: both are public.

    Attributes:
        card: for the agreement.
        request_file: certificate request for the matcher's operator.
    """

    card: IdentityCard
    request_file: Path


def enrol(config: AgentConfig) -> Enrolment:
    """Makes what is missing of vault key, identity, TLS key and request; replaces nothing.

    Raises:
        StoreError: Something can't be written; run it again when it can.
        ConfigError: A secret file that is there can't be used.
    """
    try:
        for path in (config.state_folder / "x", config.vault_key_file, _key_file(config)):
            make_private_folder(path.parent)
        if not config.vault_key_file.exists():
            create_secret_file(config.vault_key_file, Secret.generate().reveal())
        vault_key = read_key_file(config.vault_key_file)
        identity = create_identity(Vault.open(config.state_folder, vault_key, "identity"))
        if not _key_file(config).exists():
            create_secret_file(_key_file(config), _new_tls_key())
        request_file = config.matcher.certificate_file.with_suffix(".csr")
        write_atomically(request_file, _request(config))
    except OSError as error:
        cause = error.strerror or "unknown"
        raise StoreError(STATE_UNWRITABLE, file=str(error.filename), cause=cause) from None
    return Enrolment(identity.card(), request_file)


def _key_file(config: AgentConfig) -> Path:
    return config.matcher.private_key_file


def _new_tls_key() -> bytes:
    """ECDSA P-256, since gRPC refuses Ed25519 certificates."""
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _request(config: AgentConfig) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, config.agency)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    try:
        key = serialization.load_pem_private_key(read_secret_file(_key_file(config)), None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ConfigError(TLS_KEY_UNUSABLE, file=str(_key_file(config)))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
