"""Worlds for tests: a valid agreement with fresh identity cards, and the keys that belong to it.

    world = make_agreement(("police", "council", "hospital"))
    world.agreement                         # linkage.agreement.model.Agreement
    world.toml                              # the same, as the text of its file
    world.signing_keys["police"].sign(...)  # accepted by the card of police
    world.opening_keys["police"].open(...)  # opens what is sealed to the card of police

Every call makes new keys; nothing of a world is written anywhere.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from linkage.agreement.load import parse_agreement
from linkage.agreement.model import Agreement
from linkage.crypto.cards import IdentityCard
from linkage.crypto.hpke import OpeningKey
from linkage.crypto.signatures import SigningKey
from linkage.ids import AgencyId

TRUST_DOMAIN: Final = "linkage.test"
GROUP: Final = "everyone"
"""The one recipient group of an agreement that is made without naming any."""

FieldRow: TypeAlias = tuple[str, str, Mapping[str, int]]
"""Name and kind of a field, and the bits of each kind of its tokens."""

FIELDS: Final[tuple[FieldRow, ...]] = (
    ("given_name", "given-name", {"bigrams": 20}),
    ("family_name", "family-name", {"bigrams": 20}),
    ("birth_date", "date", {"date-parts": 20}),
)
"""The fields that an agreement has unless told otherwise."""


@dataclass(frozen=True, slots=True)
class World:
    """An agreement and what its parties hold.

    Attributes:
        toml: the agreement's file.
        signing_keys: for each agency, the private half of its card's verify key.
        opening_keys: for each agency, the private half of its card's recipient key.
    """

    toml: str
    agreement: Agreement
    signing_keys: Mapping[AgencyId, SigningKey]
    opening_keys: Mapping[AgencyId, OpeningKey]


def make_agreement(
    agencies: Sequence[str] = ("police", "council"),
    *,
    keys_of: World | None = None,
    project: str = "demo",
    data: str = "synthetic",
    epoch: int = 1,
    valid_from: dt.date | None = None,
    expires: dt.date | None = None,
    trust_domain: str = TRUST_DOMAIN,
    fields: Sequence[FieldRow] = FIELDS,
    reveals: str = "record-likeness",
    length_bits: int = 1024,
    minimum_fields: int = 1,
    accept: str = "dice",
    at_least: str = "0.80",
    holds_each_person_once: bool = True,
    groups: Mapping[str, Sequence[str]] | None = None,
    tables: Sequence[tuple[str, str, str]] = (),
    blocking_rules: Sequence[str] = (),
    smallest_bucket: int = 100,
) -> World:
    """A world whose agreement is valid and, unless told otherwise, in its period today.

    Args:
        agencies: The parties' ids; each is of the kind "other", so no rule for a kind applies.
        keys_of: A world whose parties keep their keys: for an amended agreement.
        project: As all that follow, the value of the agreement's key of that name.
        fields: Where there is one filter a group, those of one kind are in one group.
        at_least: Not looked at where `accept` is "balance".
        groups: Agencies of each recipient group; by default one, `GROUP`, of all.
        tables: Sender, recipient and group of each attribute table, all without attributes.
        blocking_rules: In TOML; candidates are those that share a blocking token if there are any.
    """
    names = tuple(AgencyId(agency) for agency in agencies)
    today = dt.datetime.now(dt.UTC).date()
    signing = dict(keys_of.signing_keys) if keys_of else {n: SigningKey.generate() for n in names}
    opening = dict(keys_of.opening_keys) if keys_of else {n: OpeningKey.generate() for n in names}
    cards = {
        name: IdentityCard(signing[name].verify_key(), opening[name].recipient_key()).text()
        for name in names
    }
    toml = "\n".join(
        [
            'format = "linkage-agreement-2"',
            *_project(project, data, epoch, valid_from or today - dt.timedelta(days=1)),
            f"expires = {expires or today + dt.timedelta(days=300)}",
            '[linkage_unit]\nname = "Unit"\ncontact = "unit@linkage.test"',
            f'trust_domain = "{trust_domain}"',
            *(_party(name, cards[name], once=holds_each_person_once) for name in names),
            *(_field(*field, grouped=reveals == "group-likeness") for field in fields),
            f'[encoding]\nreveals = "{reveals}"\nlength_bits = {length_bits}',
            'transliteration = "anyascii-0.3"\nhardening = "research"',
            f'hardening_statement = "made-up people"\nminimum_fields = {minimum_fields}',
            *_blocking(blocking_rules, smallest_bucket),
            f'[matching]\naccept = "{accept}"\ncandidates = {_candidates(blocking_rules)}',
            "" if accept == "balance" else f"at_least = {at_least}",
            *_groups(groups or {GROUP: names}),
            *(_table(*table) for table in tables),
            "[disclosure]\nsuppress_below = 10\nround_to = 5",
            "[retention]\nencodings_days = 30\nmatch_keys_days = 30\npicture_days = 30",
            "",
        ]
    )
    return World(toml, parse_agreement(toml.encode(), "agreement.toml"), signing, opening)


def _project(project: str, data: str, epoch: int, valid_from: dt.date) -> Iterator[str]:
    yield f'[project]\nid = "{project}"\ntitle = "A test"\npurpose = "To test"'
    yield f'data = "{data}"\nimpact_assessment = "none"\nepoch = {epoch}'
    yield f"valid_from = {valid_from}"


def _party(name: AgencyId, card: str, *, once: bool) -> str:
    return (
        f'[[parties]]\nid = "{name}"\nname = "The {name}"\nkind = "other"\n'
        f'legal_basis = "a test"\ncontact = "{name}@linkage.test"\n'
        f'holds_each_person_once = {str(once).lower()}\ncard = "{card}"'
    )


def _field(name: str, kind: str, tokens: Mapping[str, int], *, grouped: bool) -> str:
    listed = ", ".join(f"{token} = {bits}" for token, bits in tokens.items())
    group = f'group = "{kind}"\n' if grouped else ""
    return (
        f'[[fields]]\nname = "{name}"\nkind = "{kind}"\npurpose = "to match"\n{group}'
        f'tokens = {{ {listed} }}\nmissing = "neutral"'
    )


def _blocking(rules: Sequence[str], smallest_bucket: int) -> Iterator[str]:
    if rules:
        yield f"[encoding.blocking]\nrules = [{', '.join(rules)}]"
        yield f'smallest_bucket = {smallest_bucket}\nstatement = "a test"'


def _candidates(rules: Sequence[str]) -> str:
    return '"blocking"\ncandidate_recall = 0.9' if rules else '"all-pairs"'


def _groups(groups: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for name, agencies in groups.items():
        listed = ", ".join(f'"{agency}"' for agency in agencies)
        yield f'[[recipient_groups]]\nid = "{name}"\nagencies = [{listed}]'


def _table(sender: str, recipient: str, group: str) -> str:
    return (
        f'[[tables]]\nsender = "{sender}"\nrecipient = "{recipient}"\ngroup = "{group}"\n'
        "attributes = []"
    )
