"""ResultService: match keys, page by page."""

# ruff: noqa: D102, N802 - the .proto names and describes the methods

from dataclasses import dataclass

from linkage.api.v1 import result_pb2, result_pb2_grpc
from linkage.matcher.rpc.desk import Desk
from linkage.matcher.service.projects import Caller
from linkage.matcher.service.results import Results
from linkage.wire.messages import group_from_wire, run_id_from_wire


@dataclass(frozen=True, slots=True)
class ResultServicer(result_pb2_grpc.ResultServiceServicer):
    """Translates for `Results`."""

    desk: Desk
    results: Results

    async def FetchMatchKeys(
        self, request: result_pb2.FetchMatchKeysRequest, caller: Caller
    ) -> result_pb2.FetchMatchKeysResponse:
        entries, page_count = await self.desk.act(
            caller,
            request.project,
            lambda agreement: self.results.fetch(
                caller,
                agreement,
                run_id_from_wire(request.run_id),
                group_from_wire(request.group),
                request.page,
            ),
        )
        return result_pb2.FetchMatchKeysResponse(entries=entries, page_count=page_count)
