"""Transport over gRPC with mutual TLS.

A call that finds the matcher unavailable or busy is made again, a few times, with full jitter; what
it asks is idempotent. When the matcher stays unavailable, `diagnose` looks for the cause that TLS
hides.
"""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

import grpc
from google.protobuf.message import Message

from linkage.api.v1 import (
    ceremony_pb2,
    project_pb2,
    result_pb2,
    run_pb2,
    upload_pb2,
)
from linkage.errors import LinkageError, StateError
from linkage.exchange.ceremony import CeremonyMessage
from linkage.exchange.manifest import Manifest
from linkage.exchange.project import AgreementStatus, DatasetStatus, ProjectRef
from linkage.exchange.runs import MatchExplanation, RunState, RunView
from linkage.ids import DatasetId, GroupId, RunId
from linkage.reasons import STORE_UNAVAILABLE
from linkage.wire import messages as wire
from linkage.wire.errors import PEER_BUSY, PEER_UNREACHABLE, from_wire
from linkage.wire.limits import CHANNEL_OPTIONS, DEADLINE_SECONDS
from linkage.wire.tls import TlsMaterial
from linkage_agent.config import MatcherConfig
from linkage_agent.transport.diagnose import diagnose

ATTEMPTS: Final = 5
LONGEST_PAUSE_SECONDS: Final = 4.0
FIRST_PAUSE_SECONDS: Final = 0.25
_WORTH_ANOTHER_TRY: Final = (PEER_UNREACHABLE, PEER_BUSY, STORE_UNAVAILABLE)

_PACKAGE: Final = "/linkage.api.v1"

M = TypeVar("M", bound=Message)


@contextmanager
def open_channel(
    matcher: MatcherConfig, tls: TlsMaterial, project: ProjectRef
) -> "Iterator[ChannelTransport]":
    """A transport to the configured matcher, closed at the end."""
    credentials = tls.channel_credentials()
    with grpc.secure_channel(matcher.address, credentials, CHANNEL_OPTIONS) as channel:
        yield ChannelTransport(channel, matcher, project)


@dataclass(frozen=True, slots=True)
class ChannelTransport:
    """See `Transport`. May be used from several threads at once."""

    channel: grpc.Channel
    matcher: MatcherConfig
    project: ProjectRef

    def agreement_status(self) -> AgreementStatus:
        request = project_pb2.GetAgreementRequest(project=self._ref())
        reply = self._call(
            "AgreementService/GetAgreement", request, project_pb2.GetAgreementResponse
        )
        return AgreementStatus(tuple(map(wire.agency_from_wire, reply.signed_by)), reply.live)

    def put_signature(self, signature: bytes) -> None:
        request = project_pb2.PutSignatureRequest(project=self._ref(), signature=signature)
        self._call("AgreementService/PutSignature", request, project_pb2.PutSignatureResponse)

    def put_ceremony_message(self, message: CeremonyMessage) -> None:
        body = wire.ceremony_to_wire(message)
        request = ceremony_pb2.PutMessageRequest(project=self._ref(), message=body)
        self._call("CeremonyService/PutMessage", request, ceremony_pb2.PutMessageResponse)

    def ceremony_messages(self) -> tuple[CeremonyMessage, ...]:
        request = ceremony_pb2.ListMessagesRequest(project=self._ref())
        reply = self._call(
            "CeremonyService/ListMessages", request, ceremony_pb2.ListMessagesResponse
        )
        return tuple(wire.ceremony_from_wire(message) for message in reply.messages)

    def open_dataset(self, manifest: Manifest) -> DatasetId:
        body = wire.manifest_to_wire(manifest)
        request = upload_pb2.OpenDatasetRequest(project=self._ref(), manifest=body)
        reply = self._call("UploadService/OpenDataset", request, upload_pb2.OpenDatasetResponse)
        return wire.dataset_from_wire(reply.dataset_id)

    def put_chunk(self, dataset: DatasetId, index: int, payload: bytes) -> None:
        name = wire.digest_to_wire(dataset)
        request = upload_pb2.PutChunkRequest(
            project=self._ref(), dataset_id=name, index=index, payload=payload
        )
        self._call("UploadService/PutChunk", request, upload_pb2.PutChunkResponse)

    def dataset_status(self, dataset: DatasetId) -> DatasetStatus:
        name = wire.digest_to_wire(dataset)
        request = upload_pb2.QueryDatasetRequest(project=self._ref(), dataset_id=name)
        reply = self._call("UploadService/QueryDataset", request, upload_pb2.QueryDatasetResponse)
        return DatasetStatus(reply.committed, tuple(reply.missing_chunks))

    def commit_dataset(self, dataset: DatasetId, signature: bytes) -> None:
        name = wire.digest_to_wire(dataset)
        request = upload_pb2.CommitDatasetRequest(
            project=self._ref(), dataset_id=name, signature=signature
        )
        self._call("UploadService/CommitDataset", request, upload_pb2.CommitDatasetResponse)

    def request_run(self) -> RunId:
        request = run_pb2.RequestRunRequest(project=self._ref())
        reply = self._call("RunService/RequestRun", request, run_pb2.RequestRunResponse)
        return wire.run_id_from_wire(reply.run_id)

    def run_view(self, run: RunId) -> RunView:
        request = run_pb2.GetRunRequest(project=self._ref(), run_id=wire.digest_to_wire(run))
        reply = self._call("RunService/GetRun", request, run_pb2.GetRunResponse)
        return wire.run_from_wire(reply, run)

    def approve_release(self, run: RunId, signature: bytes) -> RunState:
        name = wire.digest_to_wire(run)
        request = run_pb2.ApproveReleaseRequest(
            project=self._ref(), run_id=name, signature=signature
        )
        reply = self._call("RunService/ApproveRelease", request, run_pb2.ApproveReleaseResponse)
        return wire.run_state_from_wire(reply.state)

    def refuse_release(self, run: RunId) -> RunState:
        request = run_pb2.RefuseReleaseRequest(project=self._ref(), run_id=wire.digest_to_wire(run))
        reply = self._call("RunService/RefuseRelease", request, run_pb2.RefuseReleaseResponse)
        return wire.run_state_from_wire(reply.state)

    def match_key_page(self, run: RunId, group: GroupId, page: int) -> tuple[bytes, int]:
        name = wire.digest_to_wire(run)
        request = result_pb2.FetchMatchKeysRequest(
            project=self._ref(), run_id=name, group=group, page=page
        )
        reply = self._call(
            "ResultService/FetchMatchKeys", request, result_pb2.FetchMatchKeysResponse
        )
        return reply.entries, reply.page_count

    def explain_match(self, run: RunId, token: bytes) -> MatchExplanation:
        request = run_pb2.ExplainMatchRequest(
            project=self._ref(), run_id=wire.digest_to_wire(run), record_token=token
        )
        reply = self._call("RunService/ExplainMatch", request, run_pb2.ExplainMatchResponse)
        return wire.explanation_from_wire(reply)

    def _ref(self) -> project_pb2.ProjectRef:
        return wire.project_to_wire(self.project)

    def _call(self, method: str, request: Message, response: type[M]) -> M:
        """One call, made again while the matcher is unavailable or busy."""
        call = self.channel.unary_unary(
            f"{_PACKAGE}.{method}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=response.FromString,
        )
        pause = FIRST_PAUSE_SECONDS
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return call(request, timeout=DEADLINE_SECONDS)
            except grpc.RpcError as error:
                failure = self._failure(error)
            if failure.reason not in _WORTH_ANOTHER_TRY:
                break
            if attempt < ATTEMPTS:
                time.sleep(random.uniform(0, pause))  # noqa: S311 - spreads retries, no secret
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        if failure.reason is PEER_UNREACHABLE:
            address = self.matcher.address
            raise StateError(PEER_UNREACHABLE, address=address, cause=diagnose(self.matcher))
        raise failure

    def _failure(self, error: grpc.RpcError) -> LinkageError:
        # What a stub raises is a grpc.Call too, but its declared type does not say so.
        trailing = error.trailing_metadata() or ()
        named = ((item.key, item.value) for item in trailing)
        return from_wire(error.code(), named, self.matcher.address)
