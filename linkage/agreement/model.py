"""The agreement as frozen types: what a parsed and checked document gives."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from linkage.agreement.schema import EncodingSchema
from linkage.crypto.cards import IdentityCard
from linkage.ids import AgencyId, Digest, GroupId, ProjectId


class PartyKind(StrEnum):
    """What sort of body an agency is: legal rules hang on it."""

    POLICE = "police"
    HEALTH = "health"
    SOCIAL_CARE = "social-care"
    COUNCIL = "council"
    EDUCATION = "education"
    PROBATION = "probation"
    OTHER = "other"


class DataKind(StrEnum):
    """Whose data are linked."""

    PERSONAL = "personal"
    SYNTHETIC = "synthetic"


class Accept(StrEnum):
    """What a pair of records must reach to be taken for one person."""

    BALANCE = "balance"
    """Whatever makes the expected F1 as large as possible."""
    PRECISION = "precision"
    """So much that the expected precision of all that is accepted is at least a number."""
    PROBABILITY = "probability"
    """A match probability of at least a number."""
    DICE = "dice"
    """A Dice coefficient of at least a number."""


class Candidates(StrEnum):
    """Which pairs of records are compared."""

    ALL_PAIRS = "all-pairs"
    HAMMING = "hamming-lsh"
    """Those that agree in some bits chosen at random: quicker between large datasets, but a share
    of the matches may be missed."""
    BLOCKING = "blocking"
    """Those that share a blocking token: the same, and the matcher learns who shares one."""


@dataclass(frozen=True, slots=True)
class Project:
    """What the linkage is, and when it may happen.

    Attributes:
        epoch: lifetime number of the project secret; an amended agreement raises it.
        valid_from: first day, in UTC, on which the matcher and the agents act.
        expires: last such day.
    """

    id: ProjectId
    title: str
    purpose: str
    data: DataKind
    impact_assessment: str
    epoch: int
    valid_from: dt.date
    expires: dt.date


@dataclass(frozen=True, slots=True)
class Party:
    """One agency.

    Attributes:
        holds_each_person_once: whether its dataset has no duplicates, so that at most one of its
            records can belong to a person.
    """

    id: AgencyId
    name: str
    kind: PartyKind
    legal_basis: str
    contact: str
    holds_each_person_once: bool
    card: IdentityCard


@dataclass(frozen=True, slots=True)
class LinkageUnit:
    """Who runs the matcher; `trust_domain` is the SPIFFE trust domain of all certificates."""

    name: str
    contact: str
    trust_domain: str


@dataclass(frozen=True, slots=True)
class MatchPolicy:
    """How records are judged.

    Attributes:
        at_least: inclusive, in (0, 1]: the number that `accept` speaks of; None for a balance.
        candidate_recall: in (0, 1]: of the records with a partner that reaches the coefficient, the
            share whose best one is to be found; None where all pairs are compared.
    """

    accept: Accept
    at_least: Decimal | None
    candidates: Candidates
    candidate_recall: Decimal | None = None


@dataclass(frozen=True, slots=True)
class RecipientGroup:
    """Agencies that may join their records with each other: they get the same match keys."""

    id: GroupId
    agencies: tuple[AgencyId, ...]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One column of content data that a table may hold, coarsened to the listed values."""

    name: str
    purpose: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AttributeTable:
    """Content data that one agency gives to another for the picture.

    Attributes:
        sender: whose content data.
        recipient: who joins it; both are in `group`.
        group: whose match keys the rows carry.
        attributes: may be empty: the table then says only which people the sender knows.
    """

    sender: AgencyId
    recipient: AgencyId
    group: GroupId
    attributes: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class DisclosureRule:
    """What a published count must satisfy: at least `suppress_below`, rounded to `round_to`."""

    suppress_below: int
    round_to: int


@dataclass(frozen=True, slots=True)
class Retention:
    """How long, in days after the run, each artefact may be kept."""

    encodings_days: int
    match_keys_days: int
    picture_days: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """A checked agreement.

    Attributes:
        canonical: the canonical bytes (RFC 8785) that `digest` is taken of.
        digest: what all parties sign and every message names.
        schema_digest: the same for the encoding schema alone.
    """

    project: Project
    linkage_unit: LinkageUnit
    parties: tuple[Party, ...]
    schema: EncodingSchema
    policy: MatchPolicy
    recipient_groups: tuple[RecipientGroup, ...]
    tables: tuple[AttributeTable, ...]
    disclosure: DisclosureRule
    retention: Retention
    canonical: bytes
    digest: Digest
    schema_digest: Digest

    def __repr__(self) -> str:
        return f"Agreement({self.project.id}, {self.digest[:12]})"

    @property
    def agencies(self) -> tuple[AgencyId, ...]:
        """The parties' ids, in ascending order: the order of every list that is hashed."""
        return tuple(sorted(party.id for party in self.parties))

    def party(self, agency: AgencyId) -> Party:
        """The party with this id.

        Raises:
            KeyError: It is not a party.
        """
        for party in self.parties:
            if party.id == agency:
                return party
        raise KeyError(agency)

    def is_current(self, today: dt.date) -> bool:
        """Whether the agreement's period includes the day (UTC)."""
        return self.project.valid_from <= today <= self.project.expires

    def groups_of(self, agency: AgencyId) -> tuple[RecipientGroup, ...]:
        """The recipient groups that an agency is in."""
        return tuple(group for group in self.recipient_groups if agency in group.agencies)
