"""Matchers that run: the real server over real mutual TLS, on a free port of this machine.

    place = make_matcher(tmp_path, world_1, world_2)     # folder, keys, certificates, configuration
    with serving_process(place) as matcher:              # `linkage-matcher serve` as a process
        with place.channel(matcher.port, "police") as channel: ...
        matcher.stop()                                   # SIGTERM; gives the exit status
    with serving_here(place) as matcher: ...             # the same in a thread of this process

`place.tls("police")` is what an agency's certificate and key are; certificates with faults come
from `place.issue`. Nothing is mocked.
"""

import asyncio
import datetime as dt
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from linkage.crypto.secret_file import read_secret_file
from linkage.ids import AgencyId
from linkage.matcher.authority import Authority
from linkage.matcher.config import MatcherConfig, load_config
from linkage.matcher.enrolment import set_up
from linkage.matcher.server import Matcher, serving
from linkage.wire.limits import CHANNEL_OPTIONS
from linkage.wire.tls import PeerIdentity, TlsMaterial
from tests.support.agreements import TRUST_DOMAIN, World

HOSTS: Final = ("localhost", "127.0.0.1")
START_SECONDS: Final = 60
STOP_SECONDS: Final = 15


@dataclass(frozen=True, slots=True)
class MatcherPlace:
    """A matcher's folder, made by what `linkage-matcher init` calls."""

    config_file: Path

    @property
    def config(self) -> MatcherConfig:
        """What the configuration says."""
        return load_config(self.config_file)

    @property
    def authority(self) -> Authority:
        """The certificate authority."""
        places = self.config.authority
        assert places is not None
        return Authority.load(
            places.certificate_file.read_bytes(), read_secret_file(places.private_key_file)
        )

    def tls(self, agency: str) -> TlsMaterial:
        """A new key and certificate for an agency, by way of a certificate request."""
        key = ec.generate_private_key(ec.SECP256R1())
        identity = PeerIdentity(self.config.trust_domain, AgencyId(agency))
        authority = self.authority
        certificate = authority.certify_agency(certificate_request(key), identity, _now())
        return TlsMaterial(certificate, key_pem(key), authority.certificate_pem())

    def issue(
        self,
        uris: Sequence[str],
        *,
        valid_from: dt.timedelta = dt.timedelta(minutes=-5),
        valid_until: dt.timedelta = dt.timedelta(days=1),
        usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.CLIENT_AUTH,
    ) -> TlsMaterial:
        """A key and certificate that this matcher's authority would never make.

        Args:
            uris: In the subject alternative name; none for a certificate without one.
            valid_from: Counted from now.
            valid_until: Counted from now.
            usage: What the certificate is for.
        """
        authority, key = self.authority, ec.generate_private_key(ec.SECP256R1())
        builder = (
            x509.CertificateBuilder()
            .issuer_name(authority.certificate.subject)
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "odd")]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(_now() + valid_from)
            .not_valid_after(_now() + valid_until)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        )
        if uris:
            names = [x509.UniformResourceIdentifier(uri) for uri in uris]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        certificate = builder.sign(authority.private_key, hashes.SHA256())
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        return TlsMaterial(pem, key_pem(key), authority.certificate_pem())

    @contextmanager
    def channel(self, port: int, agency: str) -> Iterator[grpc.Channel]:
        """An agency's connection."""
        with channel_with(port, self.tls(agency)) as channel:
            yield channel


def make_matcher(
    folder: Path, *worlds: World, trust_domain: str = TRUST_DOMAIN, worker_processes: int = 1
) -> MatcherPlace:
    """A matcher's folder with all that it needs to serve these worlds' projects."""
    files = []
    for world in worlds:
        file = folder / f"{world.agreement.project.id}.toml"
        file.write_text(world.toml, encoding="utf-8")
        files.append(file.name)
    config_file = folder / "matcher.toml"
    config_file.write_text(
        f"""
state_folder = "state"
store_key_file = "keys/store.key"
listen = "127.0.0.1:0"
trust_domain = "{trust_domain}"
worker_processes = {worker_processes}
agreement_files = {json.dumps(files)}
[tls]
certificate_file = "keys/matcher.pem"
private_key_file = "keys/matcher.key"
ca_certificate_file = "keys/ca.pem"
[authority]
certificate_file = "keys/ca.pem"
private_key_file = "keys/ca.key"
[log]
level = "debug"
""",
        encoding="utf-8",
    )
    set_up(load_config(config_file), HOSTS, _now())
    return MatcherPlace(config_file)


@contextmanager
def channel_with(port: int, tls: TlsMaterial | None, ca: bytes = b"") -> Iterator[grpc.Channel]:
    """A connection that shows this certificate, or none, and trusts its authority, or `ca`'s."""
    credentials = tls.channel_credentials() if tls else grpc.ssl_channel_credentials(ca)
    with grpc.secure_channel(f"127.0.0.1:{port}", credentials, CHANNEL_OPTIONS) as channel:
        yield channel


@dataclass(frozen=True, slots=True)
class MatcherProcess:
    """`linkage-matcher serve`; its log is in `log_file`."""

    port: int
    process: "subprocess.Popen[str]"
    log_file: Path

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Sends a signal and gives the exit status."""
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def log(self) -> str:
        """What it has logged so far."""
        return self.log_file.read_text(encoding="utf-8")


@contextmanager
def serving_process(place: MatcherPlace) -> Iterator[MatcherProcess]:
    """The matcher as a process, ready for calls; killed at the end if it still runs."""
    log_file = place.config_file.with_suffix(".log")
    with (
        log_file.open("a", encoding="utf-8") as log,
        subprocess.Popen(
            [*command("serve"), "--config", str(place.config_file), "--json"],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        timer = threading.Timer(START_SECONDS, process.kill)
        timer.start()
        try:
            line = process.stdout.readline()
            timer.cancel()
            assert line, log_file.read_text(encoding="utf-8")
            yield MatcherProcess(json.loads(line)["port"], process, log_file)
        finally:
            timer.cancel()
            process.kill()


def command(name: str) -> list[str]:
    """The command line of `linkage-matcher NAME`."""
    return [sys.executable, "-m", "linkage.matcher.cli", name]


@dataclass(frozen=True, slots=True)
class MatcherHere:
    """A matcher in a thread of this process."""

    port: int
    matcher: Matcher
    begin_to_stop: Callable[[], None]
    """Does what SIGTERM does, and does not wait."""


@contextmanager
def serving_here(place: MatcherPlace) -> Iterator[MatcherHere]:
    """The matcher in a thread of this process, ready for calls; stopped in order at the end."""
    ready = threading.Event()
    made: list[tuple[Matcher, asyncio.AbstractEventLoop, asyncio.Event]] = []
    failures: list[BaseException] = []

    async def serve() -> None:
        stop = asyncio.Event()
        async with serving(place.config) as matcher:
            made.append((matcher, asyncio.get_running_loop(), stop))
            ready.set()
            await stop.wait()

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:  # noqa: BLE001 - raised again below, in the test's thread
            failures.append(error)
        finally:
            ready.set()

    thread = threading.Thread(target=run, name="matcher")
    thread.start()
    ready.wait(START_SECONDS)
    if failures:
        raise failures[0]
    matcher, loop, stop = made[0]

    def begin_to_stop() -> None:
        loop.call_soon_threadsafe(stop.set)

    try:
        yield MatcherHere(matcher.port, matcher, begin_to_stop)
    finally:
        with suppress(RuntimeError):  # it has stopped
            begin_to_stop()
        thread.join(STOP_SECONDS)
        if failures:
            raise failures[0]


def certificate_request(key: ec.EllipticCurvePrivateKey, common_name: str = "asked") -> bytes:
    """A certificate request as an agency makes it, PEM."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A private key, PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
