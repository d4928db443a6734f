"""Who a certificate belongs to."""

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from linkage.errors import AccessError
from linkage.ids import NAME_PATTERN, AgencyId
from linkage.wire.limits import CHANNEL_OPTIONS, MAX_MESSAGE_BYTES, SERVER_OPTIONS
from linkage.wire.tls import PeerIdentity, TlsMaterial, peer_identity

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
KEY = ec.generate_private_key(ec.SECP256R1())


def certificate(*names: x509.GeneralName) -> x509.Certificate:
    """A certificate with these alternative names, valid for the day on both sides of `NOW`."""
    builder = (
        x509.CertificateBuilder()
        .issuer_name(x509.Name([]))
        .subject_name(x509.Name([]))
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=True)
    return builder.sign(KEY, hashes.SHA256())


def uri(text: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(text)


@given(
    st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?", fullmatch=True),
    st.from_regex(NAME_PATTERN, fullmatch=True),
)
def test_agency_is_read_from_the_uri_that_was_written_for_it(domain: str, agency: str) -> None:
    identity = PeerIdentity(domain, AgencyId(agency))
    assert peer_identity(certificate(uri(identity.uri())), NOW) == identity


def test_names_that_are_no_uri_do_not_matter() -> None:
    shown = certificate(x509.DNSName("council"), uri("spiffe://linkage.test/agency/police"))
    assert peer_identity(shown, NOW).agency == "police"


@pytest.mark.parametrize(
    "uris",
    [
        (),
        ("spiffe://linkage.test/agency/police", "spiffe://linkage.test/agency/council"),
        ("spiffe://linkage.test/agency/police", "spiffe://linkage.test/agency/police"),
        ("https://linkage.test/agency/police",),
        ("SPIFFE://linkage.test/agency/police",),
        ("spiffe:///agency/police",),
        ("spiffe://linkage.test/agency/",),
        ("spiffe://linkage.test/agency",),
        ("spiffe://linkage.test/Agency/police",),
        ("spiffe://linkage.test/x/agency/police",),
        ("spiffe://linkage.test/agency/police/",),
        ("spiffe://linkage.test/agency/police?x=1",),
        ("spiffe://linkage.test//agency/police",),
        ("spiffe://linkage.test/agency/../agency/police",),
        ("spiffe://linkage.test/agency/%70olice",),
    ],
)
def test_certificate_that_does_not_name_exactly_one_agency_is_nobodys(
    uris: tuple[str, ...],
) -> None:
    with pytest.raises(AccessError) as caught:
        peer_identity(certificate(*map(uri, uris)), NOW)
    assert caught.value.reason.code == "UNAUTHENTICATED"
    assert caught.value.facts == {}


@pytest.mark.parametrize("moment", [NOW - 2 * DAY, NOW + 2 * DAY])
def test_certificate_counts_in_its_period_only(moment: dt.datetime) -> None:
    with pytest.raises(AccessError):
        peer_identity(certificate(uri("spiffe://linkage.test/agency/police")), moment)


def test_material_does_not_show_itself() -> None:
    assert "Canary" not in repr(TlsMaterial(b"Canary", b"Canary", b"Canary"))


def test_both_ends_allow_the_same_message_size() -> None:
    for options in (dict(SERVER_OPTIONS), dict(CHANNEL_OPTIONS)):
        assert options["grpc.max_receive_message_length"] == MAX_MESSAGE_BYTES
        assert options["grpc.max_send_message_length"] == MAX_MESSAGE_BYTES
