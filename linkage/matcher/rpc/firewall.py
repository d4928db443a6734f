"""The error firewall: bytes in, bytes out, and every failure becomes a status from the table.

It takes requests before they are parsed and gives replies after they are serialised, since gRPC
sends the text of whatever those raise to the caller as UNKNOWN. For all four kinds of call:

1. Admit the call, or refuse it.
2. Parse the request; what can't be parsed is an invalid request, and no word of it is repeated.
3. Let the servicer answer within the time that the call has.
4. Serialise the reply.
5. Outside of all that, the only place that aborts: log how it ended, and tell the caller.

A servicer gets the request and the `Caller`, never gRPC's context, so it can neither abort nor set
a status by itself. Streams of replies are asynchronous generators.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, Unpack

import grpc

from linkage.errors import LinkageError, RequestError
from linkage.matcher.rpc.admission import Admission, Context, seconds_to_act
from linkage.matcher.service.projects import Caller
from linkage.observe.emit import Fields, emit
from linkage.observe.events import CALL_DONE, CALL_FAILED, CALL_REFUSED, Event
from linkage.reasons import INVALID_REQUEST, VERSION_UNSUPPORTED
from linkage.wire.errors import REQUEST_ID_KEY, Metadata, internal, to_wire

REQUEST_ID_BYTES: Final = 8
UNKNOWN_METHOD: Final = "unknown"
"""How the log names a method that does not exist: its name is the caller's own text."""

Refusal: TypeAlias = tuple[grpc.StatusCode, str, Metadata]
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Message: TypeAlias = Any
Raw: TypeAlias = Any
"""A request as it came: bytes, or a stream of them."""

_OUT_OF_TIME: Final[Refusal] = (grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", ())


@dataclass(slots=True)
class _Call:
    """One call as it goes on."""

    method: str
    is_known: bool
    request_id: str = field(default_factory=lambda: secrets.token_hex(REQUEST_ID_BYTES))
    started: float = field(default_factory=time.monotonic)
    caller: Caller | None = None
    refusal: Refusal | None = None

    def log(self, event: Event, **more: Unpack[Fields]) -> None:
        """Logs how it ended."""
        fields: Fields = {
            **more,
            "method": self.method if self.is_known else UNKNOWN_METHOD,
            "request_id": self.request_id,
            "milliseconds": round((time.monotonic() - self.started) * 1000),
        }
        if self.caller is not None:
            fields["agency"] = self.caller.agency
        emit(event, **fields)


class Firewall(grpc.aio.ServerInterceptor):
    """The server's one interceptor: wraps every method, and those that do not exist."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission

    async def intercept_service(
        self,
        continuation: "Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]]",
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        """The handler that answers in place of the method's own."""
        handler = await continuation(handler_call_details) or _NO_SUCH_METHOD
        return self._guarded(handler_call_details.method, handler)

    def _guarded(self, method: str, handler: Handler) -> Handler:
        is_known = method in self._admission.table
        parse = _parse_each if handler.request_streaming else _parse
        behaviour: Any = (
            handler.unary_unary
            or handler.unary_stream
            or handler.stream_unary
            or handler.stream_stream
        )

        async def answer(raw: Raw, context: Context) -> bytes:
            call, reply = _Call(method, is_known), b""
            async with _caught(call, context):
                call.caller = self._admission.admit(method, context)  # (1)
                response = await behaviour(parse(handler, raw), call.caller)  # (2), (3)
                reply = _serialise(handler, response)  # (4)
            await _end(call, context)  # (5)
            return reply

        async def answer_each(raw: Raw, context: Context) -> AsyncIterator[bytes]:
            call = _Call(method, is_known)
            async with _caught(call, context):
                call.caller = self._admission.admit(method, context)  # (1)
                async for response in behaviour(parse(handler, raw), call.caller):  # (2), (3)
                    yield _serialise(handler, response)  # (4)
            await _end(call, context)  # (5)

        match handler.request_streaming, handler.response_streaming:
            case False, False:
                return grpc.unary_unary_rpc_method_handler(answer)
            case False, True:
                return grpc.unary_stream_rpc_method_handler(answer_each)
            case True, False:
                return grpc.stream_unary_rpc_method_handler(answer)
            case _:
                return grpc.stream_stream_rpc_method_handler(answer_each)


@asynccontextmanager
async def _caught(call: _Call, context: Context) -> AsyncIterator[None]:
    """Whatever its block raises becomes the call's refusal, but for the call's cancellation."""
    try:
        async with asyncio.timeout(seconds_to_act(context)):
            yield
    except LinkageError as error:
        call.refusal = to_wire(error, call.request_id)
        call.log(CALL_REFUSED, reason=error.reason.code)
    except TimeoutError:
        call.refusal = _OUT_OF_TIME
        call.log(CALL_REFUSED, reason=_OUT_OF_TIME[1])
    except Exception as error:  # noqa: BLE001 - nothing may get past the firewall
        call.refusal = internal(call.request_id)
        call.log(CALL_FAILED, error_type=type(error).__name__)


async def _end(call: _Call, context: Context) -> None:
    request_id = (REQUEST_ID_KEY, call.request_id)
    if call.refusal is None:
        context.set_trailing_metadata((request_id,))
        call.log(CALL_DONE)
    else:
        status, text, metadata = call.refusal
        await context.abort(status, text, (*metadata, request_id))


def _parse(handler: Handler, raw: bytes) -> Message:
    try:
        return handler.request_deserializer(raw) if handler.request_deserializer else raw
    except Exception:  # noqa: BLE001 - whatever a parser raises may quote what it was given
        raise RequestError(INVALID_REQUEST, what="the message can't be read") from None


async def _parse_each(handler: Handler, raw: AsyncIterator[bytes]) -> AsyncIterator[Message]:
    async for message in raw:
        yield _parse(handler, message)


def _serialise(handler: Handler, response: Message) -> bytes:
    serialised: bytes = (
        handler.response_serializer(response) if handler.response_serializer else response
    )
    return serialised


async def _no_such_method(
    _requests: object, _caller: Caller, replies: tuple[bytes, ...] = ()
) -> AsyncIterator[bytes]:
    """Says so. A stream both ways, since that is what a call of any kind reaches."""
    for reply in replies:
        yield reply
    raise RequestError(VERSION_UNSUPPORTED)


_NO_SUCH_METHOD: Final[Handler] = grpc.stream_stream_rpc_method_handler(_no_such_method)
