"""Why the matcher can't be reached: gRPC says only "unavailable", whatever TLS refused.

Looks in the order in which faults hide each other: the agency's own certificate, the address, the
handshake. Each answer is one clause that completes "can't be reached or refuses the connection:".
"""

import datetime as dt
import socket
import ssl
from typing import Final

from cryptography import x509

from linkage_agent.config import MatcherConfig

_SECONDS: Final = 5.0


def diagnose(matcher: MatcherConfig) -> str:
    """The likeliest cause, in words that hold no data."""
    host, _, port = matcher.address.rpartition(":")
    try:
        fault = _certificate_fault(matcher)
        if fault:
            return fault
        with socket.create_connection((host, int(port)), timeout=_SECONDS) as connection:
            return _try_handshake(connection, host, matcher)
    except socket.gaierror:
        return f"the name {host} is not known to this machine's resolver"
    except TimeoutError:
        return "no answer; a firewall may drop the traffic"
    except OSError as error:
        return f"{(error.strerror or 'the connection failed').lower()}; the matcher may be stopped"


def _certificate_fault(matcher: MatcherConfig) -> str:
    """What is wrong with the agency's own certificate, or nothing."""
    try:
        certificate = x509.load_pem_x509_certificate(matcher.certificate_file.read_bytes())
    except ValueError:
        return "the file named by matcher.certificate_file is no PEM certificate"
    now = dt.datetime.now(dt.UTC)
    if now > certificate.not_valid_after_utc:
        day = certificate.not_valid_after_utc.date().isoformat()
        return f"this agency's certificate expired on {day}; the matcher's operator issues another"
    if now < certificate.not_valid_before_utc:
        return "this agency's certificate is not valid yet; check this machine's clock"
    return ""


def _try_handshake(connection: socket.socket, host: str, matcher: MatcherConfig) -> str:
    context = ssl.create_default_context(cafile=str(matcher.ca_certificate_file))
    context.set_alpn_protocols(["h2"])
    try:
        context.load_cert_chain(matcher.certificate_file, matcher.private_key_file)
        with context.wrap_socket(connection, server_hostname=host) as session:
            # In TLS 1.3 the server judges our certificate after our side of the handshake is done.
            # If it accepts, it speaks first (HTTP/2 settings); if not, it hangs up without a word.
            session.settimeout(_SECONDS)
            accepted = bool(session.recv(1))
    except ssl.SSLCertVerificationError:
        return "the matcher's certificate is not one that matcher.ca_certificate_file vouches for"
    except ConnectionResetError:
        accepted = False
    except ssl.SSLError:
        return "the TLS handshake failed; something may inspect the traffic"
    if accepted:
        return "the matcher accepts the connection but does not serve at present"
    return "the matcher refuses this agency's certificate; its operator knows which it accepts"
