"""RunService: asking for a match run, watching it, releasing its result, and explaining it."""

# ruff: noqa: D102, N802 - the .proto names and describes the methods

from collections.abc import Callable
from dataclasses import dataclass

from linkage.api.v1 import run_pb2, run_pb2_grpc
from linkage.matcher.rpc.desk import Desk
from linkage.matcher.service.explanations import Explanations
from linkage.matcher.service.projects import Caller
from linkage.matcher.service.runs import Runs
from linkage.wire.messages import (
    digest_to_wire,
    explanation_to_wire,
    record_token_from_wire,
    run_id_from_wire,
    run_state_to_wire,
    run_to_wire,
    signature_from_wire,
)


@dataclass(frozen=True, slots=True)
class RunServicer(run_pb2_grpc.RunServiceServicer):
    """Translates for `Runs` and `Explanations`.

    Attributes:
        wake_runner: tells the runner that there may be work.
    """

    desk: Desk
    runs: Runs
    explanations: Explanations
    wake_runner: Callable[[], None]

    async def RequestRun(
        self, request: run_pb2.RequestRunRequest, caller: Caller
    ) -> run_pb2.RequestRunResponse:
        run = await self.desk.act(
            caller, request.project, lambda agreement: self.runs.request(caller, agreement)
        )
        self.wake_runner()
        return run_pb2.RequestRunResponse(run_id=digest_to_wire(run))

    async def GetRun(
        self, request: run_pb2.GetRunRequest, caller: Caller
    ) -> run_pb2.GetRunResponse:
        view = await self.desk.act(
            caller,
            request.project,
            lambda agreement: self.runs.get(caller, agreement, run_id_from_wire(request.run_id)),
        )
        return run_to_wire(view)

    async def ApproveRelease(
        self, request: run_pb2.ApproveReleaseRequest, caller: Caller
    ) -> run_pb2.ApproveReleaseResponse:
        state = await self.desk.act(
            caller,
            request.project,
            lambda agreement: self.runs.approve(
                caller,
                agreement,
                run_id_from_wire(request.run_id),
                signature_from_wire(request.signature),
            ),
        )
        return run_pb2.ApproveReleaseResponse(state=run_state_to_wire(state))

    async def RefuseRelease(
        self, request: run_pb2.RefuseReleaseRequest, caller: Caller
    ) -> run_pb2.RefuseReleaseResponse:
        state = await self.desk.act(
            caller,
            request.project,
            lambda agreement: self.runs.refuse(caller, agreement, run_id_from_wire(request.run_id)),
        )
        return run_pb2.RefuseReleaseResponse(state=run_state_to_wire(state))

    async def ExplainMatch(
        self, request: run_pb2.ExplainMatchRequest, caller: Caller
    ) -> run_pb2.ExplainMatchResponse:
        explanation = await self.desk.act(
            caller,
            request.project,
            lambda agreement: self.explanations.explain(
                caller,
                agreement,
                run_id_from_wire(request.run_id),
                record_token_from_wire(request.record_token),
            ),
        )
        return explanation_to_wire(explanation)
