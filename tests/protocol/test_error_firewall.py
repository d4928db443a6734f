"""The error firewall: whatever goes wrong in a call of any kind, no word of it gets out.

The handlers here are made to fail with a canary in their message; server, TLS, firewall and log are
the matcher's own.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from types import MappingProxyType
from typing import NoReturn

import grpc
import pytest

from linkage.errors import RequestError
from linkage.matcher.preflight import load_tls
from linkage.matcher.rpc.admission import Admission
from linkage.matcher.rpc.authorise import Role
from linkage.matcher.rpc.firewall import Firewall
from linkage.matcher.service.clock import SystemClock
from linkage.matcher.service.projects import Caller
from linkage.reasons import CHUNK_CORRUPT
from linkage.wire.errors import REQUEST_ID_KEY
from linkage.wire.limits import CHANNEL_OPTIONS, SERVER_OPTIONS
from linkage.wire.tls import TlsMaterial
from tests.protocol.raw_calls import Outcome
from tests.support.agreements import TRUST_DOMAIN, make_agreement
from tests.support.logs import MatcherLog
from tests.support.matcher import MatcherPlace, make_matcher

CANARY = "Canary-Otterbourne"
KINDS = ("unary_unary", "unary_stream", "stream_unary", "stream_stream")
EVERY_KIND = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> MatcherPlace:
    return make_matcher(tmp_path_factory.mktemp("matcher"), make_agreement())


def fail(_value: object) -> NoReturn:
    raise ValueError(CANARY)


async def answer(fault: str, request: bytes) -> bytes | None:
    match fault:
        case "raise":
            fail(request)
        case "refuse":
            raise RequestError(CHUNK_CORRUPT, chunk=7)
        case "hang":
            await asyncio.sleep(60)
        case "reply with nothing":
            return None
    return request[::-1]


def handler(kind: str, fault: str) -> "grpc.RpcMethodHandler[bytes, bytes]":
    async def unary_unary(request: bytes, _caller: Caller) -> bytes | None:
        return await answer(fault, request)

    async def unary_stream(request: bytes, _caller: Caller) -> AsyncIterator[bytes | None]:
        yield await answer(fault, request)

    async def stream_unary(requests: AsyncIterator[bytes], _caller: Caller) -> bytes | None:
        return await answer(fault, b"".join([request async for request in requests]))

    async def stream_stream(
        requests: AsyncIterator[bytes], _caller: Caller
    ) -> AsyncIterator[bytes | None]:
        async for request in requests:
            yield await answer(fault, request)

    behaviours = (unary_unary, unary_stream, stream_unary, stream_stream)
    makers = (
        grpc.unary_unary_rpc_method_handler,
        grpc.unary_stream_rpc_method_handler,
        grpc.stream_unary_rpc_method_handler,
        grpc.stream_stream_rpc_method_handler,
    )
    parse = fail if fault == "parse" else bytes
    serialise = fail if fault == "serialise" else bytes
    number = KINDS.index(kind)
    return makers[number](behaviours[number], parse, serialise)


async def outcome_of(place: MatcherPlace, kind: str, fault: str, seconds: float = 20) -> Outcome:
    """What a caller sees of a method of this kind that fails in this way."""
    method = f"/test.Faults/{kind}"
    table = MappingProxyType({method: frozenset({Role.AGENCY})})
    firewall = Firewall(Admission(TRUST_DOMAIN, SystemClock(), table))
    server = grpc.aio.server(interceptors=[firewall], options=SERVER_OPTIONS)
    generic = grpc.method_handlers_generic_handler("test.Faults", {kind: handler(kind, fault)})
    server.add_generic_rpc_handlers([generic])
    tls = place.tls("police")
    port = server.add_secure_port("127.0.0.1:0", tls_of(place).server_credentials())
    await server.start()
    credentials = tls.channel_credentials()
    try:
        address = f"127.0.0.1:{port}"
        async with grpc.aio.secure_channel(address, credentials, CHANNEL_OPTIONS) as channel:
            return await called(channel, method, kind, seconds)
    finally:
        await server.stop(None)


async def called(channel: grpc.aio.Channel, method: str, kind: str, seconds: float) -> Outcome:
    request = [b"ab"] if kind.startswith("stream") else b"ab"
    call = getattr(channel, kind)(method)(request, timeout=seconds)
    replies = []
    with suppress(grpc.RpcError):
        replies = [reply async for reply in call] if kind.endswith("stream") else [await call]
    trailing = {str(key): str(value) for key, value in await call.trailing_metadata()}
    return Outcome(await call.code(), await call.details(), trailing, b"".join(replies))


def tls_of(place: MatcherPlace) -> TlsMaterial:
    return load_tls(place.config, SystemClock().now())


@EVERY_KIND
async def test_call_without_a_fault_is_answered(place: MatcherPlace, kind: str) -> None:
    outcome = await outcome_of(place, kind, "none")
    assert outcome.status is grpc.StatusCode.OK
    assert outcome.reply == b"ba"
    assert len(outcome.trailing[REQUEST_ID_KEY]) == 16


@EVERY_KIND
@pytest.mark.parametrize("fault", ["raise", "serialise", "reply with nothing"])
async def test_what_nobody_foresaw_becomes_constant_text_and_a_request_id(
    place: MatcherPlace, matcher_log: MatcherLog, kind: str, fault: str
) -> None:
    outcome = await outcome_of(place, kind, fault)
    assert outcome.status is grpc.StatusCode.INTERNAL
    assert (outcome.reason, outcome.text) == ("INTERNAL", "INTERNAL")
    request_id = outcome.trailing[REQUEST_ID_KEY]
    assert outcome.trailing["linkage-fact-request_id"] == request_id
    assert CANARY not in outcome.seen
    [line] = matcher_log.lines("call-failed")
    assert line["request_id"] == request_id
    assert line["agency"] == "police"
    assert str(line["frames"]).startswith("linkage.matcher.rpc.firewall:")
    assert CANARY not in matcher_log.text()


@EVERY_KIND
async def test_parser_text_does_not_get_out(
    place: MatcherPlace, matcher_log: MatcherLog, kind: str
) -> None:
    outcome = await outcome_of(place, kind, "parse")
    assert outcome.status is grpc.StatusCode.INVALID_ARGUMENT
    assert outcome.reason == "INVALID_REQUEST"
    assert CANARY not in outcome.seen + matcher_log.text()


@EVERY_KIND
async def test_reason_of_a_refusal_travels_with_its_facts(
    place: MatcherPlace, matcher_log: MatcherLog, kind: str
) -> None:
    outcome = await outcome_of(place, kind, "refuse")
    assert outcome.status is grpc.StatusCode.INVALID_ARGUMENT
    assert outcome.reason == "CHUNK_CORRUPT"
    assert outcome.trailing["linkage-fact-chunk"] == "7"
    [line] = matcher_log.lines("call-refused")
    assert line["reason"] == "CHUNK_CORRUPT"


@EVERY_KIND
async def test_call_that_takes_too_long_ends(place: MatcherPlace, kind: str) -> None:
    outcome = await outcome_of(place, kind, "hang", seconds=0.5)
    assert outcome.status is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_call_with_hardly_any_time_is_not_begun(
    place: MatcherPlace, matcher_log: MatcherLog
) -> None:
    await outcome_of(place, "unary_unary", "raise", seconds=0.09)
    assert not matcher_log.lines("call-failed")
