"""CeremonyService: leaving messages for other agencies, and fetching theirs."""

# ruff: noqa: D102, N802 - the .proto names and describes the methods

from dataclasses import dataclass

from linkage.api.v1 import ceremony_pb2, ceremony_pb2_grpc
from linkage.matcher.rpc.desk import Desk
from linkage.matcher.service.ceremony import Ceremony
from linkage.matcher.service.projects import Caller
from linkage.wire.messages import ceremony_from_wire, ceremony_to_wire


@dataclass(frozen=True, slots=True)
class CeremonyServicer(ceremony_pb2_grpc.CeremonyServiceServicer):
    """Translates for `Ceremony`."""

    desk: Desk
    ceremony: Ceremony

    async def PutMessage(
        self, request: ceremony_pb2.PutMessageRequest, caller: Caller
    ) -> ceremony_pb2.PutMessageResponse:
        await self.desk.act(
            caller,
            request.project,
            lambda agreement: self.ceremony.put(
                caller, agreement, ceremony_from_wire(request.message, caller.agency)
            ),
        )
        return ceremony_pb2.PutMessageResponse()

    async def ListMessages(
        self, request: ceremony_pb2.ListMessagesRequest, caller: Caller
    ) -> ceremony_pb2.ListMessagesResponse:
        messages = await self.desk.act(
            caller, request.project, lambda agreement: self.ceremony.list(caller, agreement)
        )
        return ceremony_pb2.ListMessagesResponse(
            messages=[ceremony_to_wire(message) for message in messages]
        )
