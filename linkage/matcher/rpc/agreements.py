"""AgreementService: who has signed, and signing."""

# ruff: noqa: D102, N802 - the .proto names and describes the methods

from dataclasses import dataclass

from linkage.api.v1 import project_pb2, project_pb2_grpc
from linkage.matcher.rpc.desk import Desk
from linkage.matcher.service.projects import Caller, Projects
from linkage.wire.messages import signature_from_wire


@dataclass(frozen=True, slots=True)
class AgreementServicer(project_pb2_grpc.AgreementServiceServicer):
    """Translates for `Projects`. Neither call needs an agreement that is in force."""

    desk: Desk
    projects: Projects

    async def GetAgreement(
        self, request: project_pb2.GetAgreementRequest, caller: Caller
    ) -> project_pb2.GetAgreementResponse:
        status = await self.desk.act(
            caller, request.project, self.projects.status, must_be_live=False
        )
        return project_pb2.GetAgreementResponse(signed_by=status.signed_by, live=status.live)

    async def PutSignature(
        self, request: project_pb2.PutSignatureRequest, caller: Caller
    ) -> project_pb2.PutSignatureResponse:
        status = await self.desk.act(
            caller,
            request.project,
            lambda agreement: self.projects.sign(
                caller, agreement, signature_from_wire(request.signature)
            ),
            must_be_live=False,
        )
        return project_pb2.PutSignatureResponse(live=status.live)
