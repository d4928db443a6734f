"""Explanations: what spoke for a match, kept for the agency whose record it is and told to it."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from linkage.arrays import TOKEN_BYTES, MatchKeys, RecordTokens, ShapeError
from linkage.crypto.secret import Secret
from linkage.errors import LinkageError
from linkage.exchange.match_key_pages import pack_match_keys
from linkage.exchange.report import Verdict
from linkage.exchange.runs import MAX_PARTNERS, ExplainedPartner, MatchExplanation
from linkage.ids import AgencyId, GroupId, RunId
from linkage.matcher.model.explained import Explained
from linkage.matcher.service.clock import SystemClock
from linkage.matcher.service.explanation_table import (
    PAGE_BYTES,
    entries_of,
    explained_partners,
    pack_explanations,
)
from tests.support.agreements import World, make_agreement
from tests.support.reports import make_explained, make_outcome
from tests.support.services import ServedProject, dataset_of, started_services

COUNCIL, HOSPITAL, POLICE = map(AgencyId, ("council", "hospital", "police"))
PARTIES = (COUNCIL, HOSPITAL, POLICE)
FIELDS = (
    ("given_name", "given-name", {"bigrams": 8}),
    ("birth_date", "date", {"date-parts": 8}),
)
NAMES = ("given_name", "birth_date")
FOR, AGAINST, MISSING = Verdict.STRONGLY_FOR, Verdict.AGAINST, Verdict.MISSING


# The table


def random_tokens(count: int, seed: int = 0) -> RecordTokens:
    rng = np.random.default_rng(seed)
    return RecordTokens(rng.integers(0, 256, (count, TOKEN_BYTES), dtype=np.uint8))


def partners_of(pages: tuple[bytes, ...], token: bytes, segments: int) -> list[tuple[int, object]]:
    return list(explained_partners(token, segments, len(pages), pages.__getitem__))


def test_record_finds_its_partners_from_either_side() -> None:
    left, right = random_tokens(3, seed=1), random_tokens(3, seed=2)
    explained = [make_explained(0, 1, [(0, 2, (FOR, AGAINST)), (1, 2, (MISSING, FOR))])]
    ours = pack_explanations(explained, left, 0, {1}, 2)
    theirs = pack_explanations(explained, right, 1, {0}, 2)
    assert partners_of(ours, left.rows[0].tobytes(), 2) == [(1, (FOR, AGAINST))]
    assert partners_of(ours, left.rows[2].tobytes(), 2) == []
    both = [(0, (MISSING, FOR)), (0, (FOR, AGAINST))]
    assert partners_of(theirs, right.rows[2].tobytes(), 2) == both


def test_table_holds_no_pair_of_others_and_no_token_of_a_partner() -> None:
    tokens = [random_tokens(2, seed=number) for number in range(3)]
    explained = [
        make_explained(0, 1, [(0, 0, (FOR,))]),
        make_explained(0, 2, [(0, 1, (FOR,))]),
        make_explained(1, 2, [(0, 1, (FOR,))]),
    ]
    [page] = pack_explanations(explained, tokens[0], 0, {1}, 1)
    assert page == tokens[0].rows[0].tobytes() + bytes([1, FOR])


def test_every_record_is_found_in_a_table_of_many_pages() -> None:
    segments, count = 40, 60_000
    tokens = random_tokens(count)
    rows = np.arange(count, dtype=np.int32)
    verdicts = np.full((count, segments), Verdict.NEUTRAL, np.uint8)
    verdicts[:, 0] = 1 + rows % 5
    pages = pack_explanations([Explained(0, 1, rows, rows, verdicts)], tokens, 0, {1}, segments)
    assert len(pages) == 4
    assert max(map(len, pages)) <= PAGE_BYTES
    ends = [page[:TOKEN_BYTES] for page in pages]
    where = {token.tobytes(): row for row, token in enumerate(tokens.rows)}
    sample = [*(tokens.rows[row].tobytes() for row in range(0, count, 1999)), *ends]
    for token in sample:
        [(partner, words)] = partners_of(pages, token, segments)
        assert isinstance(words, tuple)
        assert (partner, words[0]) == (1, 1 + where[token] % 5)
    assert partners_of(pages, bytes(TOKEN_BYTES), segments) == []
    assert partners_of(pages, b"\xff" * TOKEN_BYTES, segments) == []


def test_record_whose_entries_run_over_a_pages_end_keeps_them_all() -> None:
    pages = (b"aa1bb1", b"bb2bb3", b"bb4cc1")
    assert TOKEN_BYTES == 16
    wide = tuple(
        b"".join(page[at : at + 1] * TOKEN_BYTES + page[at + 2 : at + 3] for at in (0, 3))
        for page in pages
    )
    found = entries_of(b"b" * TOKEN_BYTES, TOKEN_BYTES + 1, 3, wide.__getitem__)
    assert [chr(entry[-1]) for entry in found] == ["1", "2", "3", "4"]


def test_run_without_a_match_leaves_one_empty_page() -> None:
    nothing = np.empty(0, np.int32)
    explained = [Explained(0, 1, nothing, nothing, np.empty((0, 3), np.uint8))]
    assert pack_explanations(explained, random_tokens(2), 0, {1}, 3) == (b"",)
    assert partners_of((b"",), bytes(TOKEN_BYTES), 3) == []


def test_pair_with_another_number_of_verdicts_is_refused() -> None:
    explained = [make_explained(0, 1, [(0, 0, (FOR, FOR))])]
    with pytest.raises(ShapeError):
        pack_explanations(explained, random_tokens(1), 0, {1}, 3)


# The service


@pytest.fixture(scope="module")
def world() -> World:
    groups = {"care": (COUNCIL, HOSPITAL), "safety": (COUNCIL, POLICE)}
    return make_agreement(
        PARTIES, groups=groups, fields=FIELDS, reveals="field-likeness", accept="balance"
    )


@pytest.fixture
def matcher(world: World, tmp_path: Path) -> Iterator[ServedProject]:
    key = Secret.generate()
    with started_services(world, tmp_path / "store", key, SystemClock()) as matcher:
        matcher.sign_all()
        matcher.upload_all()
        yield matcher


@pytest.fixture
def run(matcher: ServedProject) -> RunId:
    """A held run; the first record of each agency is one person with those of the others."""
    run = matcher.runs.request(matcher.caller("police"), matcher.world.agreement)
    assert matcher.runs.claim() is not None
    first = [(0, 0, (FOR, MISSING))]
    finish(matcher, run, [make_explained(a, b, first) for a, b in ((0, 1), (0, 2), (1, 2))])
    return run


def finish(matcher: ServedProject, run: RunId, explained: list[Explained]) -> None:
    agreement = matcher.world.agreement
    numbers = {agency: number for number, agency in enumerate(agreement.agencies)}
    tables, explanations = {}, {}
    for agency in agreement.agencies:
        tokens = dataset_of(matcher.world, agency).tokens
        groups = agreement.groups_of(agency)
        others = {numbers[one] for group in groups for one in group.agencies} - {numbers[agency]}
        for group in groups:
            tables[agency, GroupId(group.id)] = _own_keys(tokens)
        if explained:
            packed = pack_explanations(explained, tokens, numbers[agency], others, len(NAMES))
            explanations[agency] = packed
    matcher.runs.finish(run, make_outcome(tables, explanations))


def _own_keys(tokens: RecordTokens) -> bytes:
    return pack_match_keys(MatchKeys(tokens, random_tokens(len(tokens), seed=9).rows))


def token_of(matcher: ServedProject, agency: AgencyId, row: int) -> bytes:
    token: bytes = dataset_of(matcher.world, agency).tokens.rows[row].tobytes()
    return token


def explain(matcher: ServedProject, agency: str, run: RunId, token: bytes) -> MatchExplanation:
    agreement = matcher.world.agreement
    return matcher.explanations.explain(matcher.caller(agency), agreement, run, token)


def release(matcher: ServedProject, run: RunId) -> None:
    for agency in PARTIES:
        matcher.approve(agency, run)


def refusal(act: Callable[[], object]) -> tuple[str, dict[str, object]]:
    with pytest.raises(LinkageError) as caught:
        act()
    return caught.value.reason.code, dict(caught.value.facts)


def test_agency_learns_why_its_record_stands_with_those_of_its_groups(
    matcher: ServedProject, run: RunId
) -> None:
    release(matcher, run)
    words = (FOR, MISSING)
    assert explain(matcher, COUNCIL, run, token_of(matcher, COUNCIL, 0)) == MatchExplanation(
        NAMES, (ExplainedPartner(HOSPITAL, words), ExplainedPartner(POLICE, words))
    )
    # Hospital and police are in no group together, so neither hears of the other.
    police = explain(matcher, POLICE, run, token_of(matcher, POLICE, 0))
    assert [partner.agency for partner in police.partners] == [COUNCIL]


def test_record_that_stands_alone_has_no_partner(matcher: ServedProject, run: RunId) -> None:
    release(matcher, run)
    alone = explain(matcher, COUNCIL, run, token_of(matcher, COUNCIL, 1))
    assert alone == MatchExplanation(NAMES, ())


def test_nothing_is_explained_before_the_release(matcher: ServedProject, run: RunId) -> None:
    token = token_of(matcher, COUNCIL, 0)
    asked = partial(explain, matcher, COUNCIL, run, token)
    assert refusal(asked) == ("RESULT_HELD", {"missing_count": 3, "party_count": 3})
    matcher.runs.refuse(matcher.caller("police"), matcher.world.agreement, run)
    assert refusal(asked)[0] == "NOT_ALLOWED"


def test_unknown_token_and_another_agencys_give_one_answer(
    matcher: ServedProject, run: RunId
) -> None:
    release(matcher, run)
    answers = [
        refusal(partial(explain, matcher, COUNCIL, run, token))
        for token in (bytes(TOKEN_BYTES), token_of(matcher, POLICE, 0))
    ]
    assert answers[0] == answers[1] == ("INVALID_REQUEST", {"what": "no such record"})


def test_fixed_coefficient_explains_nothing_and_says_so(matcher: ServedProject) -> None:
    run = matcher.runs.request(matcher.caller("police"), matcher.world.agreement)
    assert matcher.runs.claim() is not None
    finish(matcher, run, [])
    release(matcher, run)
    asked = partial(explain, matcher, COUNCIL, run, token_of(matcher, COUNCIL, 0))
    assert refusal(asked)[0] == "NOT_ALLOWED"


def test_crowd_of_partners_is_cut_to_what_a_reply_can_hold(matcher: ServedProject) -> None:
    run = matcher.runs.request(matcher.caller("police"), matcher.world.agreement)
    assert matcher.runs.claim() is not None
    crowd = [(0, row % 20, (FOR, MISSING)) for row in range(MAX_PARTNERS + 5)]
    finish(matcher, run, [make_explained(0, 1, crowd)])
    release(matcher, run)
    told = explain(matcher, COUNCIL, run, token_of(matcher, COUNCIL, 0))
    assert len(told.partners) == MAX_PARTNERS


def test_agency_sees_the_estimates_of_its_own_pairs_before_it_approves(
    matcher: ServedProject, run: RunId
) -> None:
    agreement = matcher.world.agreement
    view = matcher.runs.get(matcher.caller("police"), agreement, run)
    assert view.report is not None
    assert view.report.overall is not None
    assert [(pair.left, pair.right) for pair in view.report.pairs] == [(COUNCIL, POLICE)]
    hospital = matcher.runs.get(matcher.caller("hospital"), agreement, run)
    assert hospital.report is not None
    assert hospital.report.pairs == ()
