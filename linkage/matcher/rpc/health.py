"""Health service: whether this matcher can keep what it is given.

Only `Check` is open (the authorisation table says so); it answers for the server as a whole, under
the empty name or any service's.

Source: gRPC health checking protocol, grpc.health.v1.
"""

# ruff: noqa: D102, N802 - the .proto names and describes the methods

from dataclasses import dataclass

from grpc_health.v1 import health_pb2, health_pb2_grpc

from linkage.matcher.service.projects import Caller


@dataclass(slots=True)
class HealthServicer(health_pb2_grpc.HealthServicer):  # type: ignore[misc]  # it has no types
    """Says what it was last told."""

    is_serving: bool = False

    async def Check(
        self, _request: health_pb2.HealthCheckRequest, _caller: Caller
    ) -> health_pb2.HealthCheckResponse:
        return health_pb2.HealthCheckResponse(
            status=health_pb2.HealthCheckResponse.SERVING
            if self.is_serving
            else health_pb2.HealthCheckResponse.NOT_SERVING
        )
