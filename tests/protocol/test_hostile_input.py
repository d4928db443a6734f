"""What an agency's certificate lets anyone send to do harm: it is refused, and survived."""

import socket
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import grpc
import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linkage.api.v1 import project_pb2, upload_pb2
from linkage.exchange.manifest import MAX_CHUNK_BYTES
from linkage.wire.limits import MAX_MESSAGE_BYTES, MAX_METADATA_BYTES
from linkage.wire.tls import TlsMaterial
from tests.protocol.conftest import Scene, reference
from tests.protocol.raw_calls import call, message_of, methods, smallest_request
from tests.support.agreements import make_agreement
from tests.support.matcher import channel_with, make_matcher, serving_here

CANARY = b"Canary-Otterbourne"
STATUS = "/linkage.api.v1.AgreementService/GetAgreement"
PUT_CHUNK = "/linkage.api.v1.UploadService/PutChunk"
NO_FAULT_OF_OURS = (grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL, grpc.StatusCode.UNAVAILABLE)
PROJECT_METHODS = sorted(name for name in methods() if name.startswith("/linkage."))
EDGES = (0, 1, 2**31 - 1, 2**32 - 1)
SIZES = (0, 1, 16, 31, 32, 33, 3373, 4097)
PLAIN: dict[int, st.SearchStrategy[object]] = {
    FieldDescriptor.TYPE_BYTES: st.sampled_from(SIZES).map(bytes) | st.binary(max_size=64),
    FieldDescriptor.TYPE_STRING: st.sampled_from(("", "police", "x" * 400)) | st.text(max_size=8),
    FieldDescriptor.TYPE_UINT64: st.sampled_from((*EDGES, 2**63, 2**64 - 1)),
    FieldDescriptor.TYPE_ENUM: st.sampled_from((0, 1, 2, 3, 99)),
}

FAST = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def police(scene: Scene) -> Iterator[grpc.Channel]:
    with scene.place.channel(scene.here.port, "police") as channel:
        yield channel


def lives(channel: grpc.Channel, scene: Scene) -> bool:
    """Whether the matcher still answers."""
    request = smallest_request(methods()[STATUS], reference(scene.ours))
    return call(channel, STATUS, request).status is grpc.StatusCode.OK


@pytest.mark.parametrize("method", PROJECT_METHODS)
@pytest.mark.parametrize(
    "request_bytes",
    [b"\xff" * 40, b"\x0a\x7f" + CANARY, b"\x0a\x04\x0a\x02\xff\xfe", b"\x0b" * 200],
    ids=["no tags", "cut short", "no UTF-8", "nested"],
)
def test_message_that_is_none_is_refused_without_repeating_it(
    scene: Scene, police: grpc.Channel, method: str, request_bytes: bytes
) -> None:
    outcome = call(police, method, request_bytes)
    assert outcome.status is grpc.StatusCode.INVALID_ARGUMENT
    assert outcome.reason == "INVALID_REQUEST"
    assert "Canary" not in outcome.seen
    assert lives(police, scene)


def values(field: FieldDescriptor, project: project_pb2.ProjectRef) -> st.SearchStrategy[object]:
    """Values for a field, most of them wrong."""
    if field.message_type is None:
        return PLAIN.get(field.type, st.sampled_from(EDGES))
    if field.message_type is project.DESCRIPTOR:
        return st.just(project)
    return messages(field.message_type, project)


def messages(descriptor: Descriptor, project: project_pb2.ProjectRef) -> st.SearchStrategy[Message]:
    """Messages of a type, about a project; any field may be absent."""
    kinds = {
        field.name: st.lists(values(field, project), max_size=3)
        if field.is_repeated
        else values(field, project)
        for field in descriptor.fields
    }
    always = {name: kind for name, kind in kinds.items() if name == "project"}
    others = {name: kind for name, kind in kinds.items() if name != "project"}
    build = type(message_of(descriptor))
    return st.fixed_dictionaries(always, optional=others).map(lambda parts: build(**parts))


@FAST
@given(st.data())
def test_no_message_of_the_right_type_makes_the_matcher_fail(
    scene: Scene, police: grpc.Channel, data: st.DataObject
) -> None:
    method = data.draw(st.sampled_from(PROJECT_METHODS))
    request = data.draw(messages(methods()[method].input_type, reference(scene.ours)))
    outcome = call(police, method, request.SerializeToString())
    assert outcome.status not in NO_FAULT_OF_OURS, outcome


@FAST
@given(st.sampled_from(PROJECT_METHODS), st.binary(max_size=200))
def test_no_bytes_make_the_matcher_fail(
    police: grpc.Channel, method: str, request_bytes: bytes
) -> None:
    assert call(police, method, request_bytes).status not in NO_FAULT_OF_OURS


def test_chunk_larger_than_allowed_is_refused(scene: Scene, police: grpc.Channel) -> None:
    request = upload_pb2.PutChunkRequest(
        project=reference(scene.ours), dataset_id=bytes(32), payload=bytes(MAX_CHUNK_BYTES + 1)
    )
    outcome = call(police, PUT_CHUNK, request.SerializeToString())
    assert outcome.status is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert outcome.reason == "LIMIT_EXCEEDED"
    assert outcome.trailing["linkage-fact-limit"] == str(MAX_CHUNK_BYTES)


def test_message_larger_than_allowed_is_refused_unread(scene: Scene) -> None:
    tls, size = scene.place.tls("police"), MAX_MESSAGE_BYTES + 1
    credentials = tls.channel_credentials()
    with grpc.secure_channel(f"127.0.0.1:{scene.here.port}", credentials) as channel:
        outcome = call(channel, PUT_CHUNK, bytes(size))
        assert outcome.status is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert lives(channel, scene)


def test_compressed_message_is_refused(scene: Scene) -> None:
    tls = scene.place.tls("police")
    bomb = bytes(10 * MAX_MESSAGE_BYTES)
    credentials = tls.channel_credentials()
    options = [("grpc.max_send_message_length", -1)]
    with grpc.secure_channel(f"127.0.0.1:{scene.here.port}", credentials, options) as channel:
        outcome = call(channel, PUT_CHUNK, bomb, compression=grpc.Compression.Gzip)
        assert outcome.status is grpc.StatusCode.UNIMPLEMENTED
        assert lives(channel, scene)


def test_metadata_larger_than_allowed_is_refused(scene: Scene, police: grpc.Channel) -> None:
    request = smallest_request(methods()[STATUS], reference(scene.ours))
    stub: grpc.UnaryUnaryMultiCallable[bytes, bytes] = police.unary_unary(STATUS)
    with pytest.raises(grpc.RpcError) as caught:
        stub(request, timeout=20, metadata=(("x-much", "m" * 3 * MAX_METADATA_BYTES),))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert lives(police, scene)


def test_path_that_is_not_text_does_not_end_the_matcher(tmp_path: Path) -> None:
    world = make_agreement()
    place = make_matcher(tmp_path, world)
    with serving_here(place) as here:
        tls = place.tls("council")
        send_headers(here.port, tls, path=b"/linkage\xff\xfe")
        request = smallest_request(methods()[STATUS], reference(world))
        with channel_with(here.port, tls) as channel:
            grpc.channel_ready_future(channel).result(20)
            assert call(channel, STATUS, request).status is grpc.StatusCode.OK


def send_headers(port: int, tls: TlsMaterial, path: bytes) -> None:
    """One gRPC call in raw HTTP/2, and all that comes back until the server closes or is silent."""
    context = ssl.create_default_context(cadata=tls.ca_certificate.decode())
    context.set_alpn_protocols(["h2"])
    with tempfile.TemporaryDirectory() as folder:
        both = Path(folder, "both.pem")
        both.write_bytes(tls.certificate + tls.private_key)
        context.load_cert_chain(both)
    headers = b"".join(
        b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value
        for name, value in (
            (b":method", b"POST"),
            (b":scheme", b"https"),
            (b":path", path),
            (b":authority", b"localhost"),
            (b"content-type", b"application/grpc"),
            (b"te", b"trailers"),
        )
    )
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as sock,
    ):
        sock.settimeout(5)
        sock.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        sock.sendall(frame(4, 0, 0, b"") + frame(1, 4, 1, headers) + frame(0, 1, 1, bytes(5)))
        with suppress(TimeoutError, ConnectionError):
            while sock.recv(4096):
                pass


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """An HTTP/2 frame, RFC 9113 section 4.1."""
    head = len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big")
    return head + payload
