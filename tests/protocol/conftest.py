"""One matcher for all that needs no other: three projects, real certificates, a real store."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest

from linkage.agreement.statements import acceptance
from linkage.api.v1 import project_pb2
from linkage.exchange.project import ProjectRef
from linkage.ids import AgencyId
from linkage.matcher.config import LogConfig, LogLevel
from linkage.wire.messages import project_to_wire
from tests.protocol.raw_calls import call
from tests.support.agreements import World, make_agreement
from tests.support.logs import MatcherLog, logging_to_memory
from tests.support.matcher import MatcherHere, MatcherPlace, make_matcher, serving_here


@dataclass(frozen=True, slots=True)
class Scene:
    """A running matcher and its projects.

    Attributes:
        ours: signed by police and council.
        theirs: signed by hospital and school.
        unsigned: between police and council, signed by police only.
    """

    place: MatcherPlace
    here: MatcherHere
    ours: World
    theirs: World
    unsigned: World


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    ours = make_agreement(("police", "council"), project="ours")
    theirs = make_agreement(("hospital", "school"), project="theirs")
    unsigned = make_agreement(("police", "council"), project="unsigned")
    folder: Path = tmp_path_factory.mktemp("matcher")
    place = make_matcher(folder, ours, theirs, unsigned)
    with serving_here(place) as here:
        made = Scene(place, here, ours, theirs, unsigned)
        for world, agencies in ((ours, ours.agreement.agencies), (unsigned, ("police",))):
            for agency in agencies:
                sign(made, world, agency)
        yield made


def reference(world: World) -> project_pb2.ProjectRef:
    """What requests about a world's project name."""
    return project_to_wire(ProjectRef(world.agreement.project.id, world.agreement.digest))


def sign(scene: Scene, world: World, agency: str) -> None:
    """The agency signs up to the agreement."""
    party = AgencyId(agency)
    signature = world.signing_keys[party].sign(acceptance(world.agreement.digest, party))
    request = project_pb2.PutSignatureRequest(project=reference(world), signature=signature)
    method = "/linkage.api.v1.AgreementService/PutSignature"
    with scene.place.channel(scene.here.port, agency) as channel:
        assert call(channel, method, request.SerializeToString()).status is grpc.StatusCode.OK


@pytest.fixture
def matcher_log() -> Iterator[MatcherLog]:
    """The log at its most talkative."""
    with logging_to_memory(LogConfig(level=LogLevel.DEBUG)) as log:
        yield log
