"""The certificate authority: what it issues, and which requests it refuses."""

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from linkage.errors import ConfigError, RequestError
from linkage.ids import AgencyId
from linkage.matcher.authority import AUTHORITY_DAYS, CLOCK_SKEW, Authority
from linkage.wire.tls import PeerIdentity, peer_identity

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
POLICE = PeerIdentity("linkage.test", AgencyId("police"))
SUBJECT = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hospital")])


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.create("linkage.test", NOW)


def request_for(
    key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey, *uris: str, is_ca: bool = False
) -> bytes:
    """A certificate request that asks for more than it should."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(SUBJECT)
    if uris:
        names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri) for uri in uris])
        builder = builder.add_extension(names, critical=True)
    if is_ca:
        constraints = x509.BasicConstraints(ca=True, path_length=3)
        builder = builder.add_extension(constraints, critical=True)
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(key, algorithm).public_bytes(serialization.Encoding.PEM)


def issued(authority: Authority, request: bytes, days: int = 30) -> x509.Certificate:
    pem = authority.certify_agency(request, POLICE, NOW, days)
    return x509.load_pem_x509_certificate(pem)


def test_agency_is_named_as_the_operator_says_and_nothing_asked_for_is_granted(
    authority: Authority,
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    asked = request_for(key, "spiffe://linkage.test/agency/hospital", is_ca=True)
    certificate = issued(authority, asked)
    assert peer_identity(certificate, NOW) == POLICE
    assert certificate.public_key() == key.public_key()
    assert certificate.subject.rfc4514_string() == "CN=police"
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert not constraints.value.ca
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_certificate_lasts_as_long_as_asked_and_allows_for_slow_clocks(
    authority: Authority,
) -> None:
    certificate = issued(authority, request_for(ec.generate_private_key(ec.SECP256R1())), days=7)
    assert certificate.not_valid_before_utc == NOW - CLOCK_SKEW
    assert certificate.not_valid_after_utc == NOW + dt.timedelta(days=7)


def test_no_two_certificates_have_one_serial_number(authority: Authority) -> None:
    asked = request_for(ec.generate_private_key(ec.SECP256R1()))
    assert issued(authority, asked).serial_number != issued(authority, asked).serial_number


def test_chain_is_sound(authority: Authority) -> None:
    certificate = issued(authority, request_for(ec.generate_private_key(ec.SECP256R1())))
    certificate.verify_directly_issued_by(authority.certificate)
    root = authority.certificate.extensions
    constraints = root.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert (constraints.value.ca, constraints.value.path_length) == (True, 0)
    signing = root.get_extension_for_class(x509.KeyUsage).value
    assert signing.key_cert_sign
    assert not signing.digital_signature


def test_server_certificate_carries_names_and_addresses(authority: Authority) -> None:
    server = authority.issue_server(("matcher.test", "192.0.2.7", "2001:db8::1"), NOW)
    certificate = x509.load_pem_x509_certificate(server.certificate)
    certificate.verify_directly_issued_by(authority.certificate)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["matcher.test"]
    addresses = names.get_values_for_type(x509.IPAddress)
    assert [str(address) for address in addresses] == ["192.0.2.7", "2001:db8::1"]
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]


@pytest.mark.parametrize("host", ["", "two words", "münchen.test", "a/b", "-a.test"])
def test_host_that_is_no_name_is_refused(authority: Authority, host: str) -> None:
    with pytest.raises(ConfigError) as caught:
        authority.issue_server((host,), NOW)
    assert caught.value.reason.code == "HOST_INVALID"


@pytest.mark.parametrize(
    "key",
    [ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP384R1())],
    ids=["Ed25519", "P-384"],
)
def test_key_of_another_kind_is_refused(
    authority: Authority, key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
) -> None:
    with pytest.raises(RequestError, match="ECDSA P-256"):
        issued(authority, request_for(key))


def test_request_whose_signature_is_not_its_keys_is_refused(authority: Authority) -> None:
    asked = x509.load_pem_x509_csr(request_for(ec.generate_private_key(ec.SECP256R1())))
    changed = bytearray(asked.public_bytes(serialization.Encoding.DER))
    changed[-1] ^= 1
    pem = x509.load_der_x509_csr(bytes(changed)).public_bytes(serialization.Encoding.PEM)
    with pytest.raises(RequestError, match="signature"):
        issued(authority, pem)


@pytest.mark.parametrize("request_bytes", [b"", b"Canary-Otterbourne", b"\xff" * 100])
def test_text_that_is_no_request_is_refused(authority: Authority, request_bytes: bytes) -> None:
    with pytest.raises(RequestError) as caught:
        issued(authority, request_bytes)
    assert caught.value.reason.code == "CERTIFICATE_REQUEST_INVALID"
    assert "Canary" not in str(caught.value)


def test_authority_certifies_nothing_beyond_its_own_end(authority: Authority) -> None:
    late = NOW + dt.timedelta(days=AUTHORITY_DAYS - 10)
    asked = request_for(ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(ConfigError, match="expires"):
        authority.certify_agency(asked, POLICE, late, 30)


def test_authority_survives_its_files(authority: Authority) -> None:
    loaded = Authority.load(authority.certificate_pem(), authority.private_key_pem())
    assert loaded.certificate == authority.certificate
    assert repr(loaded) == "Authority(hidden)"


def test_files_of_two_authorities_do_not_mix(authority: Authority) -> None:
    other = Authority.create("linkage.test", NOW)
    with pytest.raises(ConfigError, match="belong together"):
        Authority.load(authority.certificate_pem(), other.private_key_pem())
    with pytest.raises(ConfigError, match="not PEM"):
        Authority.load(b"nothing", other.private_key_pem())
