from collections.abc import Iterator
from dataclasses import replace

import pytest

from linkage.crypto.secret import Secret
from linkage.errors import AccessError
from linkage.exchange.ceremony import CeremonyMessage, CeremonyStep
from linkage.ids import AgencyId
from linkage_agent.keys.ceremony import Ceremony, Contribution
from linkage_agent.keys.identity import Identity
from tests.support.agreements import World, make_agreement

POLICE, COUNCIL, HOSPITAL = AgencyId("police"), AgencyId("council"), AgencyId("hospital")


def party(world: World, agency: AgencyId) -> Ceremony:
    identity = Identity(world.signing_keys[agency], world.opening_keys[agency])
    return Ceremony(world.agreement, agency, identity, Contribution.generate())


@pytest.fixture
def world() -> World:
    return make_agreement((POLICE, COUNCIL, HOSPITAL))


@pytest.fixture
def parties(world: World) -> dict[AgencyId, Ceremony]:
    return {agency: party(world, agency) for agency in world.agreement.agencies}


def readable(board: list[CeremonyMessage], agency: AgencyId) -> list[CeremonyMessage]:
    """What an honest relay shows an agency."""
    return [m for m in board if m.recipient in (None, agency) or m.sender == agency]


def advance_all(
    parties: dict[AgencyId, Ceremony],
    board: list[CeremonyMessage],
    until: CeremonyStep | None = None,
) -> dict[AgencyId, Secret]:
    """Lets all parties go on until nothing moves; gives the secrets they made."""
    secrets: dict[AgencyId, Secret] = {}
    moved = True
    while moved:
        moved = False
        for agency, ceremony in parties.items():
            progress = ceremony.advance(readable(board, agency))
            fresh = [m for m in progress.outgoing if until is None or m.step is not until]
            board += fresh
            moved |= bool(fresh)
            if progress.secret:
                secrets[agency] = progress.secret
    return secrets


def test_all_agencies_end_with_one_secret(parties: dict[AgencyId, Ceremony]) -> None:
    secrets = advance_all(parties, [])
    assert len(secrets) == 3
    assert secrets[POLICE] == secrets[COUNCIL] == secrets[HOSPITAL]


def test_secret_is_made_only_when_all_have_confirmed(parties: dict[AgencyId, Ceremony]) -> None:
    board: list[CeremonyMessage] = []
    advance_all(parties, board)
    unconfirmed = [m for m in board if (m.sender, m.step) != (HOSPITAL, CeremonyStep.CONFIRM)]
    progress = parties[POLICE].advance(readable(unconfirmed, POLICE))
    assert progress.secret is None
    assert progress.waiting_for == (HOSPITAL,)


def test_going_on_after_a_kill_repeats_nothing(parties: dict[AgencyId, Ceremony]) -> None:
    board: list[CeremonyMessage] = []
    advance_all(parties, board)
    for agency, ceremony in parties.items():
        assert ceremony.advance(readable(board, agency)).outgoing == ()


def test_order_of_messages_does_not_matter(parties: dict[AgencyId, Ceremony]) -> None:
    board: list[CeremonyMessage] = []
    secrets = advance_all(parties, board)
    backwards = readable(board, COUNCIL)[::-1]
    assert parties[COUNCIL].advance(backwards).secret == secrets[COUNCIL]


def test_waiting_names_the_agencies_that_are_missing(world: World) -> None:
    police = party(world, POLICE)
    board = list(police.advance([]).outgoing)
    assert police.advance(board).waiting_for == (COUNCIL, HOSPITAL)


def test_each_ceremony_makes_another_secret(world: World) -> None:
    made = [
        advance_all({a: party(world, a) for a in world.agreement.agencies}, [])[POLICE]
        for _ in range(2)
    ]
    assert made[0] != made[1]


def attacks(board: list[CeremonyMessage]) -> Iterator[tuple[str, list[CeremonyMessage]]]:
    """What a dishonest relay can show police instead of the finished board, named."""
    outsider = make_agreement((POLICE, COUNCIL, HOSPITAL))
    mine = readable(board, POLICE)

    def swapped(old: CeremonyMessage, new: CeremonyMessage) -> list[CeremonyMessage]:
        return [new if m == old else m for m in mine]

    def find(sender: AgencyId, step: CeremonyStep) -> CeremonyMessage:
        return next(
            m
            for m in mine
            if (m.sender, m.step) == (sender, step) and m.recipient in (None, POLICE)
        )

    for step in CeremonyStep:
        message = find(COUNCIL, step)
        yield f"changed body, {step}", swapped(message, replace(message, body=message.body + b"x"))
        yield f"empty body, {step}", swapped(message, replace(message, body=b""))
        yield f"no signature, {step}", swapped(message, replace(message, signature=b""))
        yield f"other sender, {step}", swapped(message, replace(message, sender=HOSPITAL))
        yield f"sender not a party, {step}", [*mine, replace(message, sender=AgencyId("spy"))]
        yield (
            f"as another step, {step}",
            swapped(
                message,
                replace(
                    message, step=CeremonyStep.CONFIRM if step != "confirm" else CeremonyStep.COMMIT
                ),
            ),
        )
    foreign = Ceremony(
        outsider.agreement, COUNCIL,
        Identity(outsider.signing_keys[COUNCIL], outsider.opening_keys[COUNCIL]),
        Contribution.generate(),
    )  # fmt: skip
    forged = foreign.advance([]).outgoing[0]
    yield "forged commitment", swapped(find(COUNCIL, CeremonyStep.COMMIT), forged)
    for_hospital = next(
        m
        for m in board
        if (m.sender, m.recipient, m.step) == (COUNCIL, HOSPITAL, CeremonyStep.SHARE)
    )
    share = find(COUNCIL, CeremonyStep.SHARE)
    yield "share of another recipient", swapped(share, replace(for_hospital, recipient=POLICE))
    yield "two versions", [*mine, replace(share, body=share.body[::-1])]


def test_a_dishonest_relay_is_caught_whatever_it_shows(
    parties: dict[AgencyId, Ceremony],
) -> None:
    board: list[CeremonyMessage] = []
    advance_all(parties, board)
    caught = set()
    for name, shown in attacks(board):
        with pytest.raises(AccessError, match="CEREMONY_BROKEN"):
            parties[POLICE].advance(shown)
        caught.add(name)
    assert len(caught) >= 12


def test_an_agency_that_shows_different_commitments_is_caught(world: World) -> None:
    """A dishonest council signs one commitment for police and another for hospital."""
    parties = {agency: party(world, agency) for agency in world.agreement.agencies}
    two_faced = replace(parties[COUNCIL], contribution=Contribution.generate())
    board: list[CeremonyMessage] = []
    advance_all(parties, board)
    other_commit = two_faced.advance([]).outgoing[0]
    shown = [
        other_commit if (m.sender, m.step) == (COUNCIL, CeremonyStep.COMMIT) else m
        for m in readable(board, POLICE)
    ]
    with pytest.raises(AccessError):
        parties[POLICE].advance(shown)


def test_a_share_that_was_not_committed_to_is_caught(world: World) -> None:
    """A dishonest council waits for the others' commitments before it chooses."""
    parties = {agency: party(world, agency) for agency in world.agreement.agencies}
    board: list[CeremonyMessage] = []
    advance_all(parties, board, until=CeremonyStep.SHARE)
    liar = replace(parties[COUNCIL], contribution=Contribution.generate())
    commits = {m.sender: m.body for m in board}
    lie = liar._share(POLICE, liar._transcript(commits))
    honest = [
        m for a in (POLICE, HOSPITAL) for m in parties[a].advance(readable(board, a)).outgoing
    ]
    with pytest.raises(AccessError, match="not what it committed to"):
        parties[POLICE].advance(readable([*board, *honest, lie], POLICE))


def test_a_lost_vault_is_noticed(world: World, parties: dict[AgencyId, Ceremony]) -> None:
    board = list(parties[POLICE].advance([]).outgoing)
    with pytest.raises(AccessError, match="not what this vault holds"):
        party(world, POLICE).advance(board)


def test_no_contribution_stands_on_the_board_in_the_clear(
    parties: dict[AgencyId, Ceremony],
) -> None:
    board: list[CeremonyMessage] = []
    secrets = advance_all(parties, board)
    everything = b"".join(m.body + m.signature for m in board)
    hidden = [c.contribution.secret.reveal() for c in parties.values()] + [secrets[POLICE].reveal()]
    assert not any(secret in everything for secret in hidden)
