"""The key ceremony's messages, as the matcher passes them on."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from linkage.agreement.statements import ceremony_message
from linkage.crypto.secret import Secret
from linkage.errors import LinkageError
from linkage.exchange.ceremony import MAX_BODY_BYTES, CeremonyMessage, CeremonyStep
from linkage.ids import AgencyId
from linkage.matcher.service.clock import SystemClock
from tests.support.agreements import World, make_agreement
from tests.support.services import ServedProject, started_services

COMMIT, SHARE, CONFIRM = CeremonyStep.COMMIT, CeremonyStep.SHARE, CeremonyStep.CONFIRM


@pytest.fixture(scope="module")
def world() -> World:
    return make_agreement(("council", "hospital", "police"))


@pytest.fixture
def key() -> Secret:
    return Secret.generate()


@pytest.fixture
def matcher(world: World, tmp_path: Path, key: Secret) -> Iterator[ServedProject]:
    with started_services(world, tmp_path / "store", key, SystemClock()) as matcher:
        yield matcher


def message(
    world: World,
    step: CeremonyStep,
    *,
    sender: str = "police",
    recipient: str | None = None,
    body: bytes = b"sealed",
) -> CeremonyMessage:
    agency = AgencyId(sender)
    statement = ceremony_message(world.agreement.digest, agency, recipient or "", step, body)
    signature = world.signing_keys[agency].sign(statement)
    to = AgencyId(recipient) if recipient else None
    return CeremonyMessage(agency, to, step, body, signature)


def put(matcher: ServedProject, sent: CeremonyMessage, *, caller: str = "police") -> None:
    matcher.ceremony.put(matcher.caller(caller), matcher.world.agreement, sent)


def read(matcher: ServedProject, agency: str) -> tuple[CeremonyMessage, ...]:
    return matcher.ceremony.list(matcher.caller(agency), matcher.world.agreement)


def reason_of_putting(
    matcher: ServedProject, sent: CeremonyMessage, *, caller: str = "police"
) -> str:
    with pytest.raises(LinkageError) as caught:
        put(matcher, sent, caller=caller)
    assert read(matcher, "police") == ()
    return caught.value.reason.code


@pytest.mark.parametrize("step", [COMMIT, CONFIRM])
def test_message_to_all_is_read_by_all(matcher: ServedProject, step: CeremonyStep) -> None:
    sent = message(matcher.world, step)
    put(matcher, sent)
    for agency in matcher.world.agreement.agencies:
        assert read(matcher, agency) == (sent,)


def test_share_is_read_by_its_recipient_and_its_sender_only(matcher: ServedProject) -> None:
    sent = message(matcher.world, SHARE, recipient="council")
    put(matcher, sent)
    assert read(matcher, "council") == (sent,)
    assert read(matcher, "police") == (sent,)
    assert read(matcher, "hospital") == ()


def test_one_share_goes_to_each_recipient(matcher: ServedProject) -> None:
    for recipient in ("council", "hospital"):
        put(matcher, message(matcher.world, SHARE, recipient=recipient, body=recipient.encode()))
    assert [one.body for one in read(matcher, "police")] == [b"council", b"hospital"]


def test_same_message_again_changes_nothing_whichever_its_signature(matcher: ServedProject) -> None:
    first, again = message(matcher.world, COMMIT), message(matcher.world, COMMIT)
    assert first.signature != again.signature
    put(matcher, first)
    put(matcher, again)
    put(matcher, first)
    assert read(matcher, "council") == (first,)


def test_other_message_in_the_same_place_is_a_conflict(matcher: ServedProject) -> None:
    put(matcher, message(matcher.world, COMMIT))
    with pytest.raises(LinkageError) as caught:
        put(matcher, message(matcher.world, COMMIT, body=b"other"))
    assert caught.value.reason.code == "REQUEST_CONFLICT"
    assert [one.body for one in read(matcher, "council")] == [b"sealed"]


def test_same_body_in_another_place_is_no_conflict(matcher: ServedProject) -> None:
    put(matcher, message(matcher.world, COMMIT))
    put(matcher, message(matcher.world, CONFIRM))
    put(matcher, message(matcher.world, COMMIT, sender="council"), caller="council")
    assert len(read(matcher, "hospital")) == 3


def test_message_in_anothers_name_is_refused(matcher: ServedProject) -> None:
    sent = message(matcher.world, COMMIT, sender="council")
    assert reason_of_putting(matcher, sent) == "NOT_ALLOWED"


@pytest.mark.parametrize("change", ["body", "step", "recipient", "signature"])
def test_message_that_was_changed_after_signing_is_refused(
    matcher: ServedProject, change: str
) -> None:
    sent = message(matcher.world, SHARE, recipient="council")
    changed = {
        "body": replace(sent, body=b"changed"),
        "step": replace(message(matcher.world, COMMIT), step=CONFIRM),
        "recipient": replace(sent, recipient=AgencyId("hospital")),
        "signature": replace(sent, signature=b""),
    }[change]
    assert reason_of_putting(matcher, changed) == "NOT_ALLOWED"


@pytest.mark.parametrize("recipient", [None, "police", "school"])
def test_share_goes_to_another_party(matcher: ServedProject, recipient: str | None) -> None:
    sent = message(matcher.world, SHARE, recipient=recipient)
    assert reason_of_putting(matcher, sent) == "INVALID_REQUEST"


@pytest.mark.parametrize("step", [COMMIT, CONFIRM])
def test_what_is_for_all_has_no_recipient(matcher: ServedProject, step: CeremonyStep) -> None:
    sent = message(matcher.world, step, recipient="council")
    assert reason_of_putting(matcher, sent) == "INVALID_REQUEST"


def test_body_has_a_limit(matcher: ServedProject) -> None:
    over = message(matcher.world, COMMIT, body=bytes(MAX_BODY_BYTES + 1))
    assert reason_of_putting(matcher, over) == "LIMIT_EXCEEDED"
    put(matcher, message(matcher.world, COMMIT, body=bytes(MAX_BODY_BYTES)))


def test_messages_survive_a_restart(world: World, tmp_path: Path, key: Secret) -> None:
    sent = message(world, SHARE, recipient="council")
    with started_services(world, tmp_path / "store", key, SystemClock()) as matcher:
        put(matcher, sent)
    with started_services(world, tmp_path / "store", key, SystemClock()) as matcher:
        assert read(matcher, "council") == (sent,)
