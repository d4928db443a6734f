"""UploadService: a dataset's way in."""

# ruff: noqa: D102, N802 - the .proto names and describes the methods

from dataclasses import dataclass

from linkage.api.v1 import upload_pb2, upload_pb2_grpc
from linkage.matcher.rpc.desk import Desk
from linkage.matcher.service.projects import Caller
from linkage.matcher.service.uploads import Uploads
from linkage.wire.messages import (
    dataset_from_wire,
    digest_to_wire,
    manifest_from_wire,
    payload_from_wire,
    signature_from_wire,
)


@dataclass(frozen=True, slots=True)
class UploadServicer(upload_pb2_grpc.UploadServiceServicer):
    """Translates for `Uploads`."""

    desk: Desk
    uploads: Uploads

    async def OpenDataset(
        self, request: upload_pb2.OpenDatasetRequest, caller: Caller
    ) -> upload_pb2.OpenDatasetResponse:
        dataset = await self.desk.act(
            caller,
            request.project,
            lambda agreement: self.uploads.open(
                caller,
                agreement,
                manifest_from_wire(request.manifest, agreement.digest, caller.agency),
            ),
        )
        return upload_pb2.OpenDatasetResponse(dataset_id=digest_to_wire(dataset))

    async def PutChunk(
        self, request: upload_pb2.PutChunkRequest, caller: Caller
    ) -> upload_pb2.PutChunkResponse:
        await self.desk.act(
            caller,
            request.project,
            lambda agreement: self.uploads.put_chunk(
                caller,
                agreement,
                dataset_from_wire(request.dataset_id),
                request.index,
                payload_from_wire(request.payload),
            ),
        )
        return upload_pb2.PutChunkResponse()

    async def QueryDataset(
        self, request: upload_pb2.QueryDatasetRequest, caller: Caller
    ) -> upload_pb2.QueryDatasetResponse:
        status = await self.desk.act(
            caller,
            request.project,
            lambda agreement: self.uploads.query(
                caller, agreement, dataset_from_wire(request.dataset_id)
            ),
        )
        return upload_pb2.QueryDatasetResponse(
            committed=status.committed, missing_chunks=status.missing_chunks
        )

    async def CommitDataset(
        self, request: upload_pb2.CommitDatasetRequest, caller: Caller
    ) -> upload_pb2.CommitDatasetResponse:
        await self.desk.act(
            caller,
            request.project,
            lambda agreement: self.uploads.commit(
                caller,
                agreement,
                dataset_from_wire(request.dataset_id),
                signature_from_wire(request.signature),
            ),
        )
        return upload_pb2.CommitDatasetResponse()
