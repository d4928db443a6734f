"""An agency that makes each call by itself, so that tests can make them in any order."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeVar

import grpc
import pytest
from google.protobuf.message import Message

from linkage.agreement.statements import (
    acceptance,
    ceremony_message,
    commitment,
    release_approval,
)
from linkage.api.v1 import ceremony_pb2, project_pb2, result_pb2, run_pb2, upload_pb2
from linkage.arrays import MatchKeys
from linkage.errors import LinkageError
from linkage.exchange.ceremony import CeremonyMessage, CeremonyStep
from linkage.exchange.match_key_pages import unpack_match_keys
from linkage.exchange.runs import MatchExplanation, RunState, RunView, result_digest
from linkage.ids import AgencyId, RunId
from linkage.wire.errors import from_wire
from linkage.wire.messages import (
    ceremony_to_wire,
    digest_to_wire,
    explanation_from_wire,
    manifest_to_wire,
    run_from_wire,
    run_id_from_wire,
)
from tests.protocol.conftest import reference
from tests.support.agreements import GROUP, World
from tests.support.datasets import MadeDataset
from tests.support.matcher import MatcherPlace

M = TypeVar("M", bound=Message)

CALL_SECONDS = 20
WAIT_SECONDS = 60


class Agency:
    """One agency's calls; a refusal is raised as the error that it stands for."""

    def __init__(self, world: World, name: str, channel: grpc.Channel) -> None:
        self.world = world
        self.name = AgencyId(name)
        self.project = reference(world)
        self.digest = world.agreement.digest
        self._channel = channel

    def ask(self, method: str, request: Message, reply: type[M]) -> M:
        """One call."""
        stub: grpc.UnaryUnaryMultiCallable[bytes, bytes] = self._channel.unary_unary(
            f"/linkage.api.v1.{method}"
        )
        try:
            return reply.FromString(stub(request.SerializeToString(), timeout=CALL_SECONDS))
        except grpc.RpcError as error:
            trailing = [(item.key, item.value) for item in error.trailing_metadata() or ()]
            raise from_wire(error.code(), trailing, "the matcher") from None

    def signed(self, statement: bytes) -> bytes:
        return self.world.signing_keys[self.name].sign(statement)

    def sign(self) -> bool:
        signature = self.signed(acceptance(self.digest, self.name))
        request = project_pb2.PutSignatureRequest(project=self.project, signature=signature)
        reply = self.ask("AgreementService/PutSignature", request, project_pb2.PutSignatureResponse)
        return reply.live

    def put_message(self, step: CeremonyStep, recipient: str | None, body: bytes) -> None:
        statement = ceremony_message(self.digest, self.name, recipient or "", step, body)
        to = AgencyId(recipient) if recipient else None
        message = CeremonyMessage(self.name, to, step, body, self.signed(statement))
        request = ceremony_pb2.PutMessageRequest(
            project=self.project, message=ceremony_to_wire(message)
        )
        self.ask("CeremonyService/PutMessage", request, ceremony_pb2.PutMessageResponse)

    def messages(self) -> set[tuple[str, str, bytes]]:
        request = ceremony_pb2.ListMessagesRequest(project=self.project)
        reply = self.ask("CeremonyService/ListMessages", request, ceremony_pb2.ListMessagesResponse)
        return {(m.sender, m.recipient, m.body) for m in reply.messages}

    def open(self, made: MadeDataset) -> bytes:
        manifest = manifest_to_wire(made.manifest)
        request = upload_pb2.OpenDatasetRequest(project=self.project, manifest=manifest)
        return self.ask(
            "UploadService/OpenDataset", request, upload_pb2.OpenDatasetResponse
        ).dataset_id

    def put_chunk(self, made: MadeDataset, index: int, payload: bytes | None = None) -> None:
        request = self._chunk(made, index, made.payloads[index] if payload is None else payload)
        self.ask("UploadService/PutChunk", request, upload_pb2.PutChunkResponse)

    def begin_put_chunk(self, made: MadeDataset, index: int) -> "grpc.Future[bytes]":
        """The same, without waiting."""
        stub: grpc.UnaryUnaryMultiCallable[bytes, bytes] = self._channel.unary_unary(
            "/linkage.api.v1.UploadService/PutChunk"
        )
        request = self._chunk(made, index, made.payloads[index])
        return stub.future(request.SerializeToString(), timeout=CALL_SECONDS)

    def _chunk(self, made: MadeDataset, index: int, payload: bytes) -> upload_pb2.PutChunkRequest:
        return upload_pb2.PutChunkRequest(
            project=self.project,
            dataset_id=digest_to_wire(made.id),
            index=index,
            payload=payload,
        )

    def missing(self, made: MadeDataset) -> list[int]:
        request = upload_pb2.QueryDatasetRequest(
            project=self.project, dataset_id=digest_to_wire(made.id)
        )
        reply = self.ask("UploadService/QueryDataset", request, upload_pb2.QueryDatasetResponse)
        return list(reply.missing_chunks)

    def commit(self, made: MadeDataset) -> None:
        request = upload_pb2.CommitDatasetRequest(
            project=self.project,
            dataset_id=digest_to_wire(made.id),
            signature=self.signed(commitment(self.digest, self.name, made.id)),
        )
        self.ask("UploadService/CommitDataset", request, upload_pb2.CommitDatasetResponse)

    def request_run(self) -> RunId:
        request = run_pb2.RequestRunRequest(project=self.project)
        reply = self.ask("RunService/RequestRun", request, run_pb2.RequestRunResponse)
        return run_id_from_wire(reply.run_id)

    def view(self, run: RunId) -> RunView:
        request = run_pb2.GetRunRequest(project=self.project, run_id=digest_to_wire(run))
        return run_from_wire(self.ask("RunService/GetRun", request, run_pb2.GetRunResponse), run)

    def wait_until_held(self, run: RunId) -> RunView:
        until = time.monotonic() + WAIT_SECONDS
        while (view := self.view(run)).state in (RunState.QUEUED, RunState.RUNNING):
            assert time.monotonic() < until
            time.sleep(0.1)
        return view

    def approve(self, view: RunView) -> int:
        result = result_digest(view.run, view.tables)
        request = run_pb2.ApproveReleaseRequest(
            project=self.project,
            run_id=digest_to_wire(view.run),
            signature=self.signed(release_approval(self.digest, self.name, view.run, result)),
        )
        reply = self.ask("RunService/ApproveRelease", request, run_pb2.ApproveReleaseResponse)
        return reply.state

    def explain(self, run: RunId, token: bytes) -> MatchExplanation:
        request = run_pb2.ExplainMatchRequest(
            project=self.project, run_id=digest_to_wire(run), record_token=token
        )
        reply = self.ask("RunService/ExplainMatch", request, run_pb2.ExplainMatchResponse)
        return explanation_from_wire(reply)

    def fetch(self, run: RunId, group: str = GROUP, page: int = 0) -> MatchKeys:
        request = result_pb2.FetchMatchKeysRequest(
            project=self.project, run_id=digest_to_wire(run), group=group, page=page
        )
        reply = self.ask("ResultService/FetchMatchKeys", request, result_pb2.FetchMatchKeysResponse)
        assert reply.page_count == 1
        return unpack_match_keys(reply.entries)


@contextmanager
def agencies(place: MatcherPlace, port: int, world: World) -> Iterator[tuple[Agency, ...]]:
    """Every party, connected."""
    with ExitStack() as stack:
        yield tuple(
            Agency(world, name, stack.enter_context(place.channel(port, name)))
            for name in world.agreement.agencies
        )


def refusal(error: type[LinkageError], reason: str) -> pytest.RaisesExc[LinkageError]:
    """Expects this family of error, with this reason."""
    return pytest.RaisesExc(error, check=lambda raised: raised.reason.code == reason)
