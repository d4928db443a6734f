"""What can be wrong at an agency. Each fault is made on entry to a block and mended at its end.

    with spoilt(world, without_column): ...       # the police's extract
    with saying(world, "old", "new"): ...         # the police's configuration
    with showing(world, expired): ...             # the police's certificate

`world` is a copy of the test's own (`tests.support.region`).
"""

import datetime as dt
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.demo.world import World, free_port
from linkage.agreement.load import load_agreement
from linkage.ids import AgencyId
from linkage.matcher.authority import Authority
from linkage.wire.tls import PeerIdentity, TlsMaterial
from tests.support.matcher import MatcherPlace
from tests.support.region import CANARIES, extract

TRUST_DOMAIN: Final = "linkage.example.org"
DAY: Final = dt.timedelta(days=1)

_SURNAME: Final = CANARIES["police"][1].encode()
"""Stands in the first row: what is spoilt there is a person's."""


@contextmanager
def holding(file: Path, content: bytes) -> Iterator[None]:
    """Within the block, the file holds something else."""
    before = file.read_bytes()
    file.write_bytes(content)
    yield
    file.write_bytes(before)


@contextmanager
def spoilt(world: World, spoil: Callable[[bytes], bytes]) -> Iterator[None]:
    """The police's extract is spoilt."""
    file = extract(world, "police")
    with holding(file, spoil(file.read_bytes())):
        yield


@contextmanager
def saying(world: World, old: str, new: str, *, file: str = "police/agent.toml") -> Iterator[None]:
    """A configuration or the agreement says something else."""
    path = world.folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    with holding(path, text.replace(old, new).encode()):
        yield


in_agreement = partial(saying, file="agreement.toml")


@contextmanager
def showing(world: World, tls: Callable[[World], TlsMaterial]) -> Iterator[None]:
    """The police's agent shows another certificate."""
    material, folder = tls(world), world.folder / "police"
    with (
        holding(folder / "agent.crt", material.certificate),
        holding(folder / "agent.key", material.private_key),
    ):
        yield


def expired(world: World) -> TlsMaterial:
    uri = PeerIdentity(TRUST_DOMAIN, AgencyId("police")).uri()
    place = MatcherPlace(world.matcher_config)
    return place.issue([uri], valid_from=-3 * DAY, valid_until=-DAY)


def of_charity(world: World) -> TlsMaterial:
    return MatcherPlace(world.matcher_config).tls("charity")


def of_nobody(world: World) -> TlsMaterial:
    return MatcherPlace(world.matcher_config).issue([])


def of_stranger(world: World) -> TlsMaterial:
    """The police's own key and request, certified by an authority that the matcher doesn't know."""
    folder = world.folder / "police"
    certificate = stranger().certify_agency(
        (folder / "agent.csr").read_bytes(),
        PeerIdentity(TRUST_DOMAIN, AgencyId("police")),
        dt.datetime.now(dt.UTC),
    )
    return TlsMaterial(certificate, (folder / "agent.key").read_bytes(), b"")


def stranger() -> Authority:
    return Authority.create(TRUST_DOMAIN, dt.datetime.now(dt.UTC))


@contextmanager
def trusting_a_stranger(world: World) -> Iterator[None]:
    with holding(world.folder / "matcher" / "ca.crt", stranger().certificate_pem()):
        yield


@contextmanager
def agreement_over(world: World) -> Iterator[None]:
    """The agreement's period ended yesterday."""
    project = load_agreement(world.agreement).project
    too_late = project.expires - dt.datetime.now(dt.UTC).date() + DAY
    text = world.agreement.read_text(encoding="utf-8")
    for day in (project.valid_from, project.expires):
        text = text.replace(day.isoformat(), (day - too_late).isoformat())
    with holding(world.agreement, text.encode()):
        yield


@contextmanager
def with_anothers_card(world: World) -> Iterator[None]:
    """The agreement pins the council's card for the police, and the other way round."""
    agreement = load_agreement(world.agreement)
    police, council = (
        agreement.party(AgencyId(name)).card.text() for name in ("police", "council")
    )
    text = world.agreement.read_text(encoding="utf-8")
    swapped = text.replace(police, "-").replace(council, police).replace('"-"', f'"{council}"')
    with holding(world.agreement, swapped.encode()):
        yield


@contextmanager
def exposed(world: World, name: str) -> Iterator[None]:
    """A secret file that others may read."""
    file = world.folder / "police" / name
    file.chmod(0o640)
    yield
    file.chmod(0o600)


@contextmanager
def other_key(world: World) -> Iterator[None]:
    with holding(world.folder / "police" / "vault.key", os.urandom(32)):
        yield


@contextmanager
def damaged_spool(world: World) -> Iterator[None]:
    [file] = (world.folder / "police" / "state").glob("*/spool/dataset.sealed")
    with holding(file, file.read_bytes()[:-1]):
        yield


@contextmanager
def busy(world: World) -> Iterator[None]:
    with (world.folder / "police" / "state" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def matcher_stopped(world: World) -> Iterator[None]:
    with saying(world, world.address, f"localhost:{free_port()}"):
        yield


def with_undecodable_byte(content: bytes) -> bytes:
    return content.replace(_SURNAME, _SURNAME + b"\xff", 1)


def with_field_too_many(content: bytes) -> bytes:
    return content.replace(_SURNAME, _SURNAME + b"," + _SURNAME, 1)


def without_column(content: bytes) -> bytes:
    return content.replace(b"SURNAME", _SURNAME, 1)


def without_header(content: bytes) -> bytes:
    return content.partition(b"\r\n")[2]


def header_alone(content: bytes) -> bytes:
    return content.partition(b"\r\n")[0]
