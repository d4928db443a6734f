"""The certificate authority: who is let in to the matcher, and how the matcher shows itself.

An agency's certificate names the agency in one URI and nothing else that counts: whatever the
request asks for beside its public key is passed over. PEM in, PEM out; no file is touched here.

All keys are ECDSA P-256, since gRPC's TLS refuses Ed25519 certificates.

Sources: RFC 5280; RFC 2986; SPIFFE X.509-SVID.
"""

import datetime as dt
import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from linkage.errors import ConfigError, ExitCode, Reason, RequestError
from linkage.wire.tls import PeerIdentity

AUTHORITY_DAYS: Final = 3650
SERVER_DAYS: Final = 365
AGENCY_DAYS: Final = 30
"""Short, since until revocation exists a certificate is taken back by not renewing it."""
MAX_AGENCY_DAYS: Final = 90
CLOCK_SKEW: Final = dt.timedelta(minutes=5)
"""A new certificate is valid at once for a machine whose clock is this much behind."""

AUTHORITY_INVALID: Final = Reason(
    "AUTHORITY_INVALID",
    "The certificate authority can't be used: {cause}.",
    "Check the files named in [authority] of the configuration.",
    ExitCode.CONFIGURATION,
)
CERTIFICATE_REQUEST_INVALID: Final = Reason(
    "CERTIFICATE_REQUEST_INVALID",
    "The certificate request can't be accepted: {cause}.",
    "Ask the agency for the request that its `linkage-agent init` wrote.",
    ExitCode.BAD_DATA,
)

HOST_INVALID: Final = Reason(
    "HOST_INVALID",
    "A host is neither a DNS name nor an IP address.",
    "Give each with its own --host, without port: matcher.example.org, 192.0.2.7.",
    ExitCode.USAGE,
)

MAX_NAME_CHARACTERS: Final = 253
_LABEL: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
"""Of a DNS name; RFC 1123 section 2.1."""


@dataclass(frozen=True, slots=True, repr=False)
class IssuedKey:
    """A new private key and its certificate, both PEM."""

    certificate: bytes
    private_key: bytes

    def __repr__(self) -> str:
        return "IssuedKey(hidden)"


@dataclass(frozen=True, slots=True, repr=False)
class Authority:
    """A certificate authority with its private key."""

    certificate: x509.Certificate
    private_key: ec.EllipticCurvePrivateKey

    def __repr__(self) -> str:
        return "Authority(hidden)"

    @classmethod
    def create(cls, trust_domain: str, now: dt.datetime) -> Self:
        """A new authority for a trust domain; it can certify agencies and servers only."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name(f"linkage authority {trust_domain}")
        builder = _builder(name, name, key.public_key(), now, AUTHORITY_DAYS)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        builder = builder.add_extension(_key_usage(signs_certificates=True), True)
        return cls(builder.sign(key, hashes.SHA256()), key)

    @classmethod
    def load(cls, certificate: bytes, private_key: bytes) -> Self:
        """The authority from its certificate and private key, both PEM.

        Raises:
            ConfigError: One can't be read, or they don't belong together.
        """
        try:
            loaded = x509.load_pem_x509_certificate(certificate)
            key = serialization.load_pem_private_key(private_key, password=None)
        except (ValueError, TypeError):
            cause = "its certificate or its private key is not PEM"
            raise ConfigError(AUTHORITY_INVALID, cause=cause) from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not _same_key(
            loaded.public_key(), key.public_key()
        ):
            cause = "its certificate and its private key don't belong together"
            raise ConfigError(AUTHORITY_INVALID, cause=cause)
        return cls(loaded, key)

    def certificate_pem(self) -> bytes:
        """The certificate that agencies and the matcher trust."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def private_key_pem(self) -> bytes:
        """The private key, to be kept from everyone."""
        return _private_pem(self.private_key)

    def issue_server(self, hosts: Sequence[str], now: dt.datetime) -> IssuedKey:
        """A new key and certificate for a matcher that is reached under these names or addresses.

        Raises:
            ConfigError: A host is neither, or the authority expires before.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
        usage = ExtendedKeyUsageOID.SERVER_AUTH
        certificate = self._issue(key.public_key(), hosts[0], names, usage, (now, SERVER_DAYS))
        return IssuedKey(certificate, _private_pem(key))

    def certify_agency(
        self, request: bytes, identity: PeerIdentity, now: dt.datetime, days: int = AGENCY_DAYS
    ) -> bytes:
        """A certificate for an agency's key, PEM.

        1. The request is signed with the key that it asks for: the agency holds it.
        2. The key is of the one kind that is used here.
        3. The certificate names the agency as the operator says, whatever the request asks.

        Args:
            request: PKCS#10, PEM.
            identity: Whom the operator certifies.
            now: From when; it is set back a little for clocks that are behind.
            days: For how long.

        Raises:
            RequestError: The request is not acceptable.
            ConfigError: The authority expires before.
        """
        try:
            asked = x509.load_pem_x509_csr(request)
            signed = asked.is_signature_valid  # (1)
            key = asked.public_key()
        except ValueError:
            raise _refused("it is not a certificate request in PEM") from None
        if not signed:
            raise _refused("its signature is wrong")
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(
            key.curve, ec.SECP256R1
        ):  # (2)
            raise _refused("its key is not ECDSA P-256")
        names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(identity.uri())])
        usage = ExtendedKeyUsageOID.CLIENT_AUTH
        return self._issue(key, identity.agency, names, usage, (now, days))  # (3)

    def _issue(
        self,
        key: ec.EllipticCurvePublicKey,
        common_name: str,
        names: x509.SubjectAlternativeName,
        usage: x509.ObjectIdentifier,
        period: tuple[dt.datetime, int],
    ) -> bytes:
        """A certificate that can sign nothing else, PEM."""
        now, days = period
        if now + dt.timedelta(days=days) > self.certificate.not_valid_after_utc:
            raise ConfigError(AUTHORITY_INVALID, cause=f"it expires within {days} days")
        builder = _builder(self.certificate.subject, _name(common_name), key, now, days)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.private_key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        builder = builder.add_extension(_key_usage(signs_certificates=False), True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), False)
        builder = builder.add_extension(issuer, False)
        builder = builder.add_extension(names, False)
        certificate = builder.sign(self.private_key, hashes.SHA256())
        return certificate.public_bytes(serialization.Encoding.PEM)


def _builder(
    issuer: x509.Name,
    subject: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: dt.datetime,
    days: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        pass
    labels = host.split(".")
    if len(host) > MAX_NAME_CHARACTERS or not all(_LABEL.fullmatch(label) for label in labels):
        raise ConfigError(HOST_INVALID)
    return x509.DNSName(host)


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _same_key(one: object, other: ec.EllipticCurvePublicKey) -> bool:
    return isinstance(one, ec.EllipticCurvePublicKey) and one == other


def _refused(cause: str) -> RequestError:
    return RequestError(CERTIFICATE_REQUEST_INVALID, cause=cause)
