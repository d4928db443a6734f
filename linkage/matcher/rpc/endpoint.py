"""The network endpoint: the servicers behind the firewall, over mutual TLS and nothing else."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import grpc
from grpc_health.v1 import health_pb2_grpc

from linkage.api.v1 import (
    ceremony_pb2_grpc,
    project_pb2_grpc,
    result_pb2_grpc,
    run_pb2_grpc,
    upload_pb2_grpc,
)
from linkage.errors import ConfigError, ExitCode, Reason
from linkage.matcher.rpc.admission import Admission
from linkage.matcher.rpc.agreements import AgreementServicer
from linkage.matcher.rpc.authorise import check_table
from linkage.matcher.rpc.ceremony import CeremonyServicer
from linkage.matcher.rpc.desk import Desk
from linkage.matcher.rpc.firewall import Firewall
from linkage.matcher.rpc.health import HealthServicer
from linkage.matcher.rpc.results import ResultServicer
from linkage.matcher.rpc.runs import RunServicer
from linkage.matcher.rpc.store_thread import StoreThread
from linkage.matcher.rpc.uploads import UploadServicer
from linkage.matcher.service.ceremony import Ceremony
from linkage.matcher.service.explanations import Explanations
from linkage.matcher.service.projects import Projects
from linkage.matcher.service.results import Results
from linkage.matcher.service.runs import Runs
from linkage.matcher.service.uploads import Uploads
from linkage.observe.emit import emit
from linkage.observe.events import SERVER_STARTED, SERVER_STOPPED
from linkage.wire.limits import MAX_CONCURRENT_CALLS, SERVER_OPTIONS
from linkage.wire.tls import TlsMaterial

RESTART_SECONDS: Final = 0.2
"""Between two attempts to put another server in the place of a stopped one."""

Registration: TypeAlias = tuple[Callable[[Any, grpc.aio.Server], None], object]
"""What adds a servicer to a server, and the servicer."""

ADDRESS_UNUSABLE: Final = Reason(
    "ADDRESS_UNUSABLE",
    "The matcher can't listen on {address}.",
    "Check `listen` in the configuration: the address must be this machine's, and its port free.",
    ExitCode.CONFIGURATION,
)


@dataclass(frozen=True, slots=True)
class Services:
    """What the servicers translate for."""

    projects: Projects
    ceremony: Ceremony
    uploads: Uploads
    runs: Runs
    results: Results
    explanations: Explanations


class Endpoint:
    """The gRPC server of a matcher; it is replaced when gRPC gives it up.

    Attributes:
        health: what it says of itself; not serving until told.
    """

    def __init__(
        self,
        services: Services,
        store_thread: StoreThread,
        admission: Admission,
        wake_runner: Callable[[], None],
    ) -> None:
        check_table()
        self.health = HealthServicer()
        self._is_closing = False
        self._firewall = Firewall(admission)
        desk = Desk(services.projects, store_thread)
        self._registrations: tuple[Registration, ...] = (
            (
                project_pb2_grpc.add_AgreementServiceServicer_to_server,
                AgreementServicer(desk, services.projects),
            ),
            (
                ceremony_pb2_grpc.add_CeremonyServiceServicer_to_server,
                CeremonyServicer(desk, services.ceremony),
            ),
            (
                upload_pb2_grpc.add_UploadServiceServicer_to_server,
                UploadServicer(desk, services.uploads),
            ),
            (
                run_pb2_grpc.add_RunServiceServicer_to_server,
                RunServicer(desk, services.runs, services.explanations, wake_runner),
            ),
            (
                result_pb2_grpc.add_ResultServiceServicer_to_server,
                ResultServicer(desk, services.results),
            ),
            (health_pb2_grpc.add_HealthServicer_to_server, self.health),
        )

    async def open(self, address: str, tls: TlsMaterial) -> int:
        """Begins to serve; gives the port.

        Raises:
            ConfigError: The address can't be used.
        """
        self._server, port = await self._start(address, tls)
        same_address = f"{address.rpartition(':')[0]}:{port}"
        self._keeper = asyncio.create_task(self._keep_open(same_address, tls))
        return port

    async def close(self, grace_seconds: float) -> None:
        """Takes no more calls; those under way may finish within the time given."""
        self.health.is_serving = False
        self._is_closing = True
        await self._server.stop(grace_seconds)
        await self._keeper  # never cancelled: gRPC's own shutdown would be cancelled with it
        await self._server.stop(grace=None)  # if it was being replaced

    async def _keep_open(self, address: str, tls: TlsMaterial) -> None:
        """Puts another server in the place of one that gRPC has stopped.

        It stops a whole server over one request whose path is not UTF-8 (seen with 1.85.1), so any
        agency could stop it for all of them.
        """
        while True:
            with suppress(Exception):  # gRPC has logged what stopped it
                await self._server.wait_for_termination()
            if self._is_closing:
                return
            emit(SERVER_STOPPED)
            with suppress(ConfigError):
                self._server, port = await self._start(address, tls)
                emit(SERVER_STARTED, port=port)
            await asyncio.sleep(RESTART_SECONDS)

    async def _start(self, address: str, tls: TlsMaterial) -> tuple[grpc.aio.Server, int]:
        server = grpc.aio.server(
            interceptors=[self._firewall],
            options=SERVER_OPTIONS,
            maximum_concurrent_rpcs=MAX_CONCURRENT_CALLS,
            compression=grpc.Compression.NoCompression,
        )
        for add_to_server, servicer in self._registrations:
            add_to_server(servicer, server)
        try:
            port = server.add_secure_port(address, tls.server_credentials())
        except RuntimeError:
            raise ConfigError(ADDRESS_UNUSABLE, address=address) from None
        await server.start()
        return server, port
