"""Where every call about a project arrives: under which agreement, for whom, in which thread."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from linkage.agreement.model import Agreement
from linkage.api.v1 import project_pb2
from linkage.matcher.rpc.store_thread import StoreThread
from linkage.matcher.service.projects import Caller, Projects
from linkage.wire.messages import project_from_wire

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Desk:
    """Opens the agreement that a request names, before anything else of the request is read."""

    projects: Projects
    store_thread: StoreThread

    async def act(
        self,
        caller: Caller,
        project: project_pb2.ProjectRef,
        action: Callable[[Agreement], T],
        *,
        must_be_live: bool = True,
    ) -> T:
        """What the action gives, done in the store's thread.

        Args:
            caller: Who asks.
            project: As the request names it.
            action: Reads the rest of the request and asks a service.
            must_be_live: Whether the agreement must be signed by all and in its period.

        Raises:
            LinkageError: The project is not one of the caller's, or what the action raises.
        """

        def under_the_agreement() -> T:
            reference = project_from_wire(project)
            return action(self.projects.agreement_for(caller, reference, must_be_live=must_be_live))

        return await self.store_thread.run(under_the_agreement)
