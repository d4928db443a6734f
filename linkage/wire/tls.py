"""Mutual TLS: credentials of both ends, and who a certificate belongs to.

An agency is named by the one URI in its certificate's subject alternative name:
`spiffe://<trust domain>/agency/<agency>`.

Source: SPIFFE X.509-SVID, section 2.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

import grpc
from cryptography import x509

from linkage.errors import AccessError
from linkage.ids import AgencyId, is_name
from linkage.reasons import UNAUTHENTICATED

_SCHEME: Final = "spiffe://"
_AGENCY_PATH: Final = "agency/"


@dataclass(frozen=True, slots=True)
class TlsMaterial:
    """One end's certificate chain and private key, and the authority it trusts; all PEM."""

    certificate: bytes
    private_key: bytes
    ca_certificate: bytes

    def __repr__(self) -> str:
        return "TlsMaterial(hidden)"

    def server_credentials(self) -> grpc.ServerCredentials:
        """For the matcher: a caller without a certificate of this authority is turned away."""
        return grpc.ssl_server_credentials(
            [(self.private_key, self.certificate)],
            root_certificates=self.ca_certificate,
            require_client_auth=True,
        )

    def channel_credentials(self) -> grpc.ChannelCredentials:
        """For an agent: shows its certificate and trusts this authority only."""
        return grpc.ssl_channel_credentials(
            root_certificates=self.ca_certificate,
            private_key=self.private_key,
            certificate_chain=self.certificate,
        )


@dataclass(frozen=True, slots=True)
class PeerIdentity:
    """Who a certificate belongs to."""

    trust_domain: str
    agency: AgencyId

    def uri(self) -> str:
        """The certificate's URI."""
        return f"{_SCHEME}{self.trust_domain}/{_AGENCY_PATH}{self.agency}"


def peer_identity(certificate: x509.Certificate, now: dt.datetime) -> PeerIdentity:
    """Whom the certificate names. That its authority is trusted, the handshake has checked.

    The period is checked once more, since a connection can outlive its certificate.

    Raises:
        AccessError: It names nobody, several, or not an agency, or its period does not include
            the moment.
    """
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise AccessError(UNAUTHENTICATED)
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        raise AccessError(UNAUTHENTICATED) from None
    uris = extension.value.get_values_for_type(x509.UniformResourceIdentifier)
    if len(uris) != 1 or not uris[0].startswith(_SCHEME):
        raise AccessError(UNAUTHENTICATED)
    trust_domain, _, path = uris[0].removeprefix(_SCHEME).partition("/")
    agency = path.removeprefix(_AGENCY_PATH)
    if not trust_domain or not path.startswith(_AGENCY_PATH) or not is_name(agency):
        raise AccessError(UNAUTHENTICATED)
    return PeerIdentity(trust_domain, AgencyId(agency))
