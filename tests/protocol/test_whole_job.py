"""The whole job of two agencies, call by call, with the matcher as a process of its own."""

import json
from pathlib import Path

from linkage.api.v1 import run_pb2
from linkage.errors import AccessError, RequestError, StateError
from linkage.exchange.ceremony import CeremonyStep
from linkage.exchange.runs import RunState
from linkage.observe.emit import Fields
from linkage.wire.messages import digest_to_wire
from tests.protocol.agency import Agency, agencies, refusal
from tests.support.agreements import make_agreement
from tests.support.datasets import MadeDataset, make_dataset
from tests.support.matcher import make_matcher, serving_process

ALLOWED_BESIDE_FIELDS = {"time", "level", "event", "logger", "place", "frames"}


def test_two_agencies_get_match_keys_for_the_people_they_share(tmp_path: Path) -> None:
    world = make_agreement(("council", "police"))
    place = make_matcher(tmp_path, world)
    with serving_process(place) as matcher, agencies(place, matcher.port, world) as parties:
        council, police = parties

        assert not council.sign()
        with refusal(StateError, "AGREEMENT_NOT_LIVE"):
            council.messages()
        assert police.sign()

        council.put_message(CeremonyStep.COMMIT, None, b"commitment")
        council.put_message(CeremonyStep.SHARE, "police", b"sealed")
        council.put_message(CeremonyStep.SHARE, "police", b"sealed")
        with refusal(RequestError, "REQUEST_CONFLICT"):
            council.put_message(CeremonyStep.SHARE, "police", b"other bytes")
        to_all, to_police = ("council", "", b"commitment"), ("council", "police", b"sealed")
        assert police.messages() == {to_all, to_police}

        made = [
            make_dataset(world.agreement, party.name, seed=number)
            for number, party in enumerate(parties)
        ]
        for party, own in zip(parties, made, strict=True):
            upload(party, own)
        with refusal(RequestError, "INVALID_REQUEST"):
            police.missing(made[0])

        run = council.request_run()
        assert police.request_run() == run
        view = council.wait_until_held(run)
        assert view.state is RunState.HELD
        assert council.approve(view) == run_pb2.RUN_STATE_HELD
        with refusal(StateError, "RESULT_HELD") as caught:
            council.fetch(run)
        assert caught.value.facts == {"missing_count": 1, "party_count": 2}
        assert police.approve(police.view(run)) == run_pb2.RUN_STATE_RELEASED
        with refusal(AccessError, "NOT_ALLOWED"):
            police.fetch(run, group="others")

        ours, theirs = (
            {key.tobytes() for key in party.fetch(run).rows} for party in (council, police)
        )
        assert len(ours) == len(theirs) == made[0].manifest.record_count
        assert len(ours & theirs) == shared_people(*made)
        assert matcher.stop() == 0
        check_log(matcher.log())


def upload(party: Agency, made: MadeDataset) -> None:
    """A dataset's way in, with the mistakes that can be made on it."""
    if party.name == "police":
        with refusal(StateError, "DATASETS_MISSING") as caught:
            party.request_run()
        assert caught.value.facts == {"missing_count": 1, "party_count": 2}
    assert party.open(made) == digest_to_wire(made.id)
    with refusal(RequestError, "CHUNK_CORRUPT") as caught:
        party.put_chunk(made, 1, b"other bytes")
    assert caught.value.facts == {"chunk": 1}
    party.put_chunk(made, 0)
    party.put_chunk(made, 0)
    with refusal(StateError, "UPLOAD_INCOMPLETE"):
        party.commit(made)
    assert party.missing(made) == [1, 2]
    for index in party.missing(made):
        party.put_chunk(made, index)
    party.commit(made)
    party.commit(made)


def check_log(log: str) -> None:
    """The log holds events and allowed fields, and what is expected of a whole job."""
    lines = [json.loads(line) for line in log.splitlines()]
    allowed = ALLOWED_BESIDE_FIELDS | Fields.__annotations__.keys()
    assert not {name for line in lines for name in line} - allowed
    events = {line["event"] for line in lines}
    assert {
        "server-started",
        "run-held",
        "run-released",
        "call-refused",
        "server-stopped",
    } <= events
    assert not {"other", "call-failed", "store-failed", "run-failed"} & events


def shared_people(one: MadeDataset, other: MadeDataset) -> int:
    """How many encodings are in both."""
    ours, theirs = ({row.tobytes() for row in made.encodings.rows} for made in (one, other))
    return len(ours & theirs)
