"""Which project and agreement a request belongs to."""

from dataclasses import dataclass

from linkage.ids import AgencyId, Digest, ProjectId


@dataclass(frozen=True, slots=True)
class ProjectRef:
    """What every request names."""

    project: ProjectId
    agreement: Digest


@dataclass(frozen=True, slots=True)
class AgreementStatus:
    """Who has signed, ascending, and whether the agreement is in force."""

    signed_by: tuple[AgencyId, ...]
    live: bool


@dataclass(frozen=True, slots=True)
class DatasetStatus:
    """What has arrived of a dataset: positions of the chunks that have not, ascending."""

    committed: bool
    missing_chunks: tuple[int, ...]
