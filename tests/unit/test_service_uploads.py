"""Uploads: from a manifest to a committed dataset."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from linkage.agreement.statements import commitment
from linkage.arrays import ByteArray
from linkage.crypto.digests import content_digest
from linkage.crypto.secret import Secret
from linkage.errors import LimitError, LinkageError
from linkage.exchange.manifest import Manifest
from linkage.ids import AgencyId, Digest
from linkage.matcher.service.clock import SystemClock
from tests.support.agreements import World, make_agreement
from tests.support.datasets import MadeDataset, make_dataset
from tests.support.services import ServedProject, started_services

POLICE = AgencyId("police")
MORE_THAN_ANY_DISK = 1 << 60


@pytest.fixture(scope="module")
def world() -> World:
    return make_agreement()


@pytest.fixture
def key() -> Secret:
    return Secret.generate()


@pytest.fixture
def matcher(world: World, tmp_path: Path, key: Secret) -> Iterator[ServedProject]:
    with started_services(world, tmp_path / "store", key, SystemClock()) as matcher:
        yield matcher


@pytest.fixture(scope="module")
def made(world: World) -> MadeDataset:
    return make_dataset(world.agreement, "police", seed=1)


def reason_of(act: Callable[[], object]) -> str:
    with pytest.raises(LinkageError) as caught:
        act()
    return caught.value.reason.code


def test_dataset_is_complete_when_all_chunks_are_there_and_it_is_signed(
    matcher: ServedProject, made: MadeDataset
) -> None:
    assert matcher.open(made) == made.id
    assert matcher.missing_chunks(made) == (0, 1, 2)
    for index in (2, 0, 1):
        matcher.put_chunk(made, index)
    assert matcher.missing_chunks(made) == ()
    matcher.commit(made)
    status = matcher.uploads.query(matcher.caller("police"), matcher.world.agreement, made.id)
    assert status.committed


def test_upload_goes_on_after_a_restart_where_it_stood(
    world: World, tmp_path: Path, key: Secret, made: MadeDataset
) -> None:
    steps: list[Callable[[ServedProject], object]] = [
        lambda matcher: matcher.open(made),
        lambda matcher: matcher.put_chunk(made, 1),
        lambda matcher: matcher.open(made),
        lambda matcher: matcher.put_chunk(made, 0),
        lambda matcher: matcher.put_chunk(made, 2),
        lambda matcher: matcher.commit(made),
    ]
    for step in steps:
        with started_services(world, tmp_path / "store", key, SystemClock()) as matcher:
            step(matcher)
    with started_services(world, tmp_path / "store", key, SystemClock()) as matcher:
        [committed] = matcher.store.datasets.committed(world.agreement.digest)
        assert committed.dataset == made.id


def test_second_upload_of_same_chunk_is_accepted(matcher: ServedProject, made: MadeDataset) -> None:
    matcher.open(made)
    matcher.put_chunk(made, 0)
    matcher.put_chunk(made, 0)
    assert matcher.missing_chunks(made) == (1, 2)


def test_every_upload_call_can_be_repeated_after_the_commit(
    matcher: ServedProject, made: MadeDataset
) -> None:
    matcher.upload(made)
    assert matcher.open(made) == made.id
    matcher.put_chunk(made, 0)
    matcher.commit(made)


def test_chunk_with_other_bytes_is_corrupt(matcher: ServedProject, made: MadeDataset) -> None:
    matcher.open(made)
    caller, agreement = matcher.caller("police"), matcher.world.agreement
    for payload in (made.payloads[1], made.payloads[0][:-1], b""):
        with pytest.raises(LinkageError) as caught:
            matcher.uploads.put_chunk(caller, agreement, made.id, 0, payload)
        assert caught.value.reason.code == "CHUNK_CORRUPT"
        assert caught.value.facts == {"chunk": 0}
    assert matcher.missing_chunks(made) == (0, 1, 2)


def test_chunk_with_other_bytes_after_the_commit_comes_too_late(
    matcher: ServedProject, made: MadeDataset
) -> None:
    matcher.upload(made)
    caller, agreement = matcher.caller("police"), matcher.world.agreement
    late = reason_of(
        lambda: matcher.uploads.put_chunk(caller, agreement, made.id, 0, made.payloads[1])
    )
    assert late == "WRONG_STATE"
    assert matcher.store.datasets.read_chunk(made.id, 0) == made.payloads[0]


@pytest.mark.parametrize("index", [3, 16_384, 2**32 - 1])
def test_chunk_beyond_the_last_is_refused(
    matcher: ServedProject, made: MadeDataset, index: int
) -> None:
    matcher.open(made)
    caller, agreement = matcher.caller("police"), matcher.world.agreement
    beyond = reason_of(
        lambda: matcher.uploads.put_chunk(caller, agreement, made.id, index, made.payloads[0])
    )
    assert beyond == "INVALID_REQUEST"


def test_chunk_of_another_size_is_refused_though_the_manifest_names_it(
    matcher: ServedProject, made: MadeDataset
) -> None:
    payload = made.payloads[0] + bytes(144)
    digests = (content_digest(payload), *made.manifest.chunk_digests[1:])
    odd = replaced(made, chunk_digests=digests, payloads=(payload, *made.payloads[1:]))
    matcher.open(odd)
    assert reason_of(lambda: matcher.put_chunk(odd, 0)) == "INVALID_REQUEST"


def test_dataset_can_only_be_committed_whole(matcher: ServedProject, made: MadeDataset) -> None:
    matcher.open(made)
    matcher.put_chunk(made, 1)
    with pytest.raises(LinkageError) as caught:
        matcher.commit(made)
    assert caught.value.reason.code == "UPLOAD_INCOMPLETE"
    assert caught.value.facts == {"missing_count": 2}


def test_commit_needs_the_agencys_own_signature_over_this_dataset(
    matcher: ServedProject, made: MadeDataset
) -> None:
    matcher.open(made)
    for index in range(3):
        matcher.put_chunk(made, index)
    agreement, keys = matcher.world.agreement, matcher.world.signing_keys
    sound = commitment(agreement.digest, POLICE, made.id)
    other = commitment(agreement.digest, POLICE, make_dataset(agreement, "police", seed=2).id)
    for signature in (b"", keys[AgencyId("council")].sign(sound), keys[POLICE].sign(other)):
        commit = partial(matcher.uploads.commit, matcher.caller("police"), agreement, made.id)
        forged = reason_of(partial(commit, signature))
        assert forged == "NOT_ALLOWED"
    assert matcher.store.datasets.committed(agreement.digest) == ()
    matcher.commit(made)


def test_dataset_in_which_a_token_stands_twice_is_refused_and_can_be_replaced(
    matcher: ServedProject, made: MadeDataset
) -> None:
    # The same token in two chunks: no chunk shows it alone.
    first, second, third = (np.frombuffer(payload, np.uint8) for payload in made.payloads)
    twice: ByteArray = second.copy()
    twice[:16] = first[:16]
    payloads = (first.tobytes(), twice.tobytes(), third.tobytes())
    odd = replaced(
        made, chunk_digests=tuple(content_digest(one) for one in payloads), payloads=payloads
    )
    assert reason_of(lambda: matcher.upload(odd)) == "INVALID_REQUEST"
    assert matcher.store.datasets.committed(matcher.world.agreement.digest) == ()
    matcher.upload(made)


def test_dataset_that_was_begun_is_replaced_by_another(
    matcher: ServedProject, made: MadeDataset
) -> None:
    other = make_dataset(matcher.world.agreement, "police", seed=2)
    matcher.open(made)
    matcher.put_chunk(made, 0)
    matcher.upload(other)
    assert reason_of(lambda: matcher.missing_chunks(made)) == "INVALID_REQUEST"
    [committed] = matcher.store.datasets.committed(matcher.world.agreement.digest)
    assert committed.dataset == other.id


def test_committed_dataset_stays(matcher: ServedProject, made: MadeDataset) -> None:
    matcher.upload(made)
    other = make_dataset(matcher.world.agreement, "police", seed=2)
    assert reason_of(lambda: matcher.open(other)) == "REQUEST_CONFLICT"
    assert matcher.store.datasets.read_chunk(made.id, 2) == made.payloads[2]


def test_agencies_do_not_get_in_each_others_way(matcher: ServedProject, made: MadeDataset) -> None:
    other = make_dataset(matcher.world.agreement, "council", seed=2)
    matcher.open(made)
    matcher.upload(other)
    matcher.upload(made)
    committed = matcher.store.datasets.committed(matcher.world.agreement.digest)
    assert [one.agency for one in committed] == ["council", "police"]


def test_another_agencys_dataset_looks_like_one_that_is_not_there(
    matcher: ServedProject, made: MadeDataset
) -> None:
    matcher.open(made)
    matcher.put_chunk(made, 0)
    stranger, agreement = matcher.caller("council"), matcher.world.agreement
    absent = make_dataset(agreement, "police", seed=9).id
    errors = set()
    for dataset in (made.id, absent):
        for act in (
            lambda d: matcher.uploads.query(stranger, agreement, d),
            lambda d: matcher.uploads.put_chunk(stranger, agreement, d, 1, made.payloads[1]),
            lambda d: matcher.uploads.commit(stranger, agreement, d, b""),
        ):
            with pytest.raises(LinkageError) as caught:
                act(dataset)
            errors.add(str(caught.value))
    assert len(errors) == 1
    assert matcher.missing_chunks(made) == (1, 2)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"agreement": Digest("0" * 64)}, "INVALID_REQUEST"),
        ({"agency": AgencyId("council")}, "INVALID_REQUEST"),
        ({"schema": Digest("0" * 64)}, "SCHEMA_MISMATCH"),
        ({"epoch": 2}, "EPOCH_MISMATCH"),
        ({"encoding_bytes": 64}, "INVALID_REQUEST"),
    ],
)
def test_manifest_that_does_not_fit_the_agreement_is_refused(
    matcher: ServedProject, made: MadeDataset, change: dict[str, object], reason: str
) -> None:
    fields = {name: getattr(made.manifest, name) for name in Manifest.__slots__}
    odd = Manifest(**{**fields, **change})
    caller, agreement = matcher.caller("police"), matcher.world.agreement
    assert reason_of(lambda: matcher.uploads.open(caller, agreement, odd)) == reason
    assert matcher.store.datasets.of_agency(agreement.digest, POLICE) is None


def test_store_knows_which_software_made_a_dataset(
    matcher: ServedProject, made: MadeDataset
) -> None:
    matcher.open(made)
    stored = matcher.store.datasets.of_agency(matcher.world.agreement.digest, POLICE)
    assert stored is not None
    assert stored.software == made.manifest.software


def test_dataset_for_which_there_is_no_room_is_not_begun(
    world: World, tmp_path: Path, key: Secret, made: MadeDataset
) -> None:
    with started_services(
        world, tmp_path / "store", key, SystemClock(), least_free_bytes=MORE_THAN_ANY_DISK
    ) as matcher:
        with pytest.raises(LimitError) as caught:
            matcher.open(made)
        assert caught.value.reason.code == "LIMIT_EXCEEDED"
        assert caught.value.facts == {"what": "bytes in a dataset", "limit": 0}
        assert matcher.store.datasets.of_agency(world.agreement.digest, POLICE) is None


def test_chunk_that_would_touch_the_reserve_is_refused_until_there_is_room(
    world: World, tmp_path: Path, key: Secret, made: MadeDataset
) -> None:
    whole = make_dataset(world.agreement, "council", seed=2)
    with started_services(world, tmp_path / "store", key, SystemClock()) as matcher:
        matcher.open(whole)
        for index in range(3):
            matcher.put_chunk(whole, index)
        matcher.open(made)
        matcher.put_chunk(made, 0)
    with started_services(
        world, tmp_path / "store", key, SystemClock(), least_free_bytes=MORE_THAN_ANY_DISK
    ) as matcher:
        assert reason_of(lambda: matcher.put_chunk(made, 1)) == "STORE_UNAVAILABLE"
        matcher.put_chunk(made, 0)
        assert matcher.open(made) == made.id
        assert matcher.missing_chunks(made) == (1, 2)
        matcher.commit(whole)
    with started_services(world, tmp_path / "store", key, SystemClock()) as matcher:
        matcher.upload(made)


def test_chunk_that_rotted_on_the_disk_is_asked_for_again(
    matcher: ServedProject, made: MadeDataset, tmp_path: Path
) -> None:
    matcher.open(made)
    for index in range(3):
        matcher.put_chunk(made, index)
    (tmp_path / "store" / "datasets" / made.id / "1.sealed").write_bytes(b"rot")
    assert reason_of(lambda: matcher.commit(made)) == "STORE_CORRUPT"
    assert matcher.missing_chunks(made) == (1,)
    matcher.upload(made)


def replaced(
    made: MadeDataset, *, chunk_digests: tuple[Digest, ...], payloads: tuple[bytes, ...]
) -> MadeDataset:
    manifest = replace(made.manifest, chunk_digests=chunk_digests)
    return replace(made, manifest=manifest, payloads=payloads)
