"""Errors across the wire: every reason, there and back."""

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage import reasons
from linkage.errors import ConfigError, ExitCode, LinkageError, Reason, RequestError, StoreError
from linkage.wire.errors import (
    MAX_FACT_CHARACTERS,
    PEER_BUSY,
    PEER_TIMEOUT,
    PEER_UNKNOWN,
    PEER_UNREACHABLE,
    REASON_KEY,
    from_wire,
    internal,
    to_wire,
)

EVERY_REASON = [value for value in vars(reasons).values() if isinstance(value, Reason)]
REQUEST_ID = "0123456789abcdef"
FACT_NAMES = st.from_regex(r"[a-z][a-z_]{0,20}", fullmatch=True)
FACTS = st.dictionaries(
    FACT_NAMES.filter(lambda name: name not in ("self", "reason")),
    st.integers(0, 2**63) | st.from_regex(r"[a-z -]{0,40}[a-z]", fullmatch=True),
    max_size=8,
)


def crossed(error: LinkageError) -> LinkageError:
    status, _, trailing = to_wire(error, REQUEST_ID)
    return from_wire(status, trailing, "matcher.test:7443")


@pytest.mark.parametrize("reason", EVERY_REASON, ids=lambda reason: reason.code)
def test_every_reason_that_crosses_comes_back_as_itself(reason: Reason) -> None:
    arrived = crossed(LinkageError(reason, chunk=3))
    assert arrived.reason is reason
    assert type(arrived) is not LinkageError
    if reason is not reasons.INTERNAL:
        assert arrived.facts == {"chunk": 3}


@pytest.mark.parametrize("reason", EVERY_REASON, ids=lambda reason: reason.code)
def test_status_text_is_the_reasons_code_and_nothing_else(reason: Reason) -> None:
    status, text, _ = to_wire(LinkageError(reason, what="a fact"), REQUEST_ID)
    assert text == reason.code
    assert status not in (grpc.StatusCode.OK, grpc.StatusCode.UNKNOWN)


@given(FACTS)
def test_facts_come_back_with_their_types(facts: dict[str, int | str]) -> None:
    assert crossed(RequestError(reasons.INVALID_REQUEST, **facts)).facts == facts


def test_reason_that_only_the_matcher_knows_stays_there() -> None:
    private = Reason("PRIVATE", "Canary {file}", "Canary", ExitCode.CONFIGURATION)
    status, text, trailing = to_wire(ConfigError(private, file="Canary"), REQUEST_ID)
    assert (status, text, trailing) == internal(REQUEST_ID)
    assert "Canary" not in f"{text} {trailing}"
    arrived = from_wire(status, trailing, "matcher.test:7443")
    assert arrived.reason is reasons.INTERNAL
    assert REQUEST_ID in arrived.next_step


@pytest.mark.parametrize("fact", ["Zoë", "two\nlines", "\x1b[31m", "x" * (MAX_FACT_CHARACTERS + 1)])
def test_fact_that_can_not_stand_in_metadata_is_left_out(fact: str) -> None:
    arrived = crossed(RequestError(reasons.INVALID_REQUEST, what=fact, limit=3))
    assert arrived.facts == {"limit": 3}
    assert "?" in arrived.message


@pytest.mark.parametrize(
    "name", ["self", "reason", "not a name", "", "__class__.x", "1", "\x1b[31m"]
)
def test_fact_with_a_strange_name_is_passed_over(name: str) -> None:
    trailing = [(REASON_KEY, "WRONG_STATE"), (f"linkage-fact-{name}", "3")]
    arrived = from_wire(grpc.StatusCode.FAILED_PRECONDITION, trailing, "matcher.test:7443")
    assert arrived.reason is reasons.WRONG_STATE
    assert arrived.facts == {}


def test_peer_can_not_send_endless_facts() -> None:
    many = [(f"linkage-fact-f{number}", "1") for number in range(1000)]
    trailing = [(REASON_KEY, "WRONG_STATE"), *many]
    arrived = from_wire(grpc.StatusCode.FAILED_PRECONDITION, trailing, "matcher.test:7443")
    assert len(arrived.facts) <= 16


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (grpc.StatusCode.UNAVAILABLE, PEER_UNREACHABLE),
        (grpc.StatusCode.DEADLINE_EXCEEDED, PEER_TIMEOUT),
        (grpc.StatusCode.UNIMPLEMENTED, reasons.VERSION_UNSUPPORTED),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, PEER_BUSY),
        (grpc.StatusCode.UNKNOWN, PEER_UNKNOWN),
        (grpc.StatusCode.INTERNAL, PEER_UNKNOWN),
    ],
)
def test_status_without_a_reason_is_explained(status: grpc.StatusCode, reason: Reason) -> None:
    for trailing in ([], [(REASON_KEY, "NEVER_HEARD_OF")], [(REASON_KEY, b"WRONG_STATE")]):
        arrived = from_wire(status, trailing, "matcher.test:7443")
        assert arrived.reason is reason
        assert "?" not in arrived.message


def test_internal_is_the_stores_family_so_that_nobody_takes_it_for_a_refusal() -> None:
    status, _, trailing = internal(REQUEST_ID)
    assert isinstance(from_wire(status, trailing, "matcher.test:7443"), StoreError)
