"""Rules that span several keys of an agreement: what each key allows alone, `load` has checked."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from linkage.agreement.model import Accept, Agreement, Candidates, DataKind, PartyKind
from linkage.agreement.schema import (
    MAX_FIELDS,
    PARTS_OF,
    TOKENS_OF,
    Blocking,
    EncodingSchema,
    Hardening,
    Reveals,
)
from linkage.arrays import MAX_BLOCKING_RULES
from linkage.errors import Problem

MAX_PARTIES: Final = 64
"""Clustering keeps the set of agencies in a person's cluster in one 64-bit word."""
MAX_GROUPS: Final = 64
"""With 64 parties, the digests of all match key tables still fit into one message."""
MAX_PERIOD_DAYS: Final = 366
"""A project secret lives at most twelve months; an amended agreement starts the next epoch."""
LEAST_SUPPRESSION: Final = 10
LEAST_ROUNDING: Final = 5
"""Published counts: below 10 suppressed, the rest to the nearest 5."""

MATCH_KEY_COLUMN: Final = "match_key"

_DOMAIN: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?")
_CARE: Final = (PartyKind.HEALTH, PartyKind.SOCIAL_CARE)


def check_agreement(agreement: Agreement) -> tuple[Problem, ...]:
    """All faults that only show when several keys are seen together."""
    return (
        *_check_project(agreement),
        *_check_parties(agreement),
        *_check_schema(agreement),
        *_check_policy(agreement),
        *_check_groups(agreement),
        *_check_tables(agreement),
        *_check_disclosure(agreement),
    )


def _check_project(agreement: Agreement) -> Iterator[Problem]:
    project = agreement.project
    if project.expires < project.valid_from:
        yield Problem("project.expires", "lies before project.valid_from")
    if (project.expires - project.valid_from).days > MAX_PERIOD_DAYS:
        yield Problem("project.expires", f"lies more than {MAX_PERIOD_DAYS} days after valid_from")
    if not _DOMAIN.fullmatch(agreement.linkage_unit.trust_domain):
        yield Problem("linkage_unit.trust_domain", "must be a lower-case domain name")


def _check_parties(agreement: Agreement) -> Iterator[Problem]:
    if len(agreement.parties) > MAX_PARTIES:
        yield Problem("parties", f"has more than {MAX_PARTIES} parties")
    yield from _once((party.id for party in agreement.parties), "parties", "id")
    yield from _once((party.card.text() for party in agreement.parties), "parties", "card")


def _check_schema(agreement: Agreement) -> Iterator[Problem]:
    schema = agreement.schema
    yield from _once((field.name for field in schema.fields), "fields", "name")
    if len(schema.fields) > MAX_FIELDS:
        yield Problem("fields", f"has more than {MAX_FIELDS} fields")
    if schema.minimum_fields > len(schema.fields):
        yield Problem("encoding.minimum_fields", "is more than there are fields")
    yield from _check_tokens(schema)
    yield from _check_segments(schema)
    if schema.blocking is not None:
        yield from _check_blocking(schema, schema.blocking)
    if schema.hardening is Hardening.RESEARCH and agreement.project.data is DataKind.PERSONAL:
        for index, party in enumerate(agreement.parties):
            if party.kind in _CARE:
                yield Problem(
                    f"parties[{index}].kind",
                    "health and social care may not take part with personal data while"
                    ' encoding.hardening is "research": such encodings can be re-identified',
                )


def _check_tokens(schema: EncodingSchema) -> Iterator[Problem]:
    for index, field in enumerate(schema.fields):
        fitting = TOKENS_OF[field.kind]
        listed = ", ".join(sorted(fitting))
        for kind, _ in field.tokens:
            if kind not in fitting:
                path = f"fields[{index}].tokens.{kind}"
                yield Problem(path, f"does not fit a {field.kind}, which has {listed}")


def _check_segments(schema: EncodingSchema) -> Iterator[Problem]:
    grouped = schema.reveals is Reveals.GROUP_LIKENESS
    for index, field in enumerate(schema.fields):
        path = f"fields[{index}].group"
        if grouped and field.group is None:
            yield Problem(path, 'is missing, though encoding.reveals is "group-likeness"')
        if not grouped and field.group is not None:
            yield Problem(path, 'may stand only where encoding.reveals is "group-likeness"')


def _check_blocking(schema: EncodingSchema, blocking: Blocking) -> Iterator[Problem]:
    path = "encoding.blocking.rules"
    kinds = {field.name: field.kind for field in schema.fields}
    if len(blocking.rules) > MAX_BLOCKING_RULES:
        yield Problem(path, f"has more than {MAX_BLOCKING_RULES} rules")
    if len(set(blocking.rules)) < len(blocking.rules):
        yield Problem(path, "lists something twice")
    for index, rule in enumerate(blocking.rules):
        for field, part in rule:
            kind = kinds.get(field)
            if kind is None:
                yield Problem(f"{path}[{index}]", "names what is no field")
            elif part not in PARTS_OF.get(kind, frozenset()):
                listed = ", ".join(sorted(PARTS_OF.get(kind, ()))) or "none"
                yield Problem(
                    f"{path}[{index}].{field}", f"a {kind} has no such part, but {listed}"
                )


def _check_policy(agreement: Agreement) -> Iterator[Problem]:
    if (
        agreement.policy.accept is Accept.DICE
        and agreement.schema.reveals is not Reveals.RECORD_LIKENESS
    ):
        yield Problem("matching.accept", '"dice" needs encoding.reveals to be "record-likeness"')
    candidates = agreement.policy.candidates
    if candidates is not Candidates.ALL_PAIRS and agreement.policy.accept is not Accept.DICE:
        yield Problem("matching.candidates", f'"{candidates}" needs accept to be "dice"')
    # Tokens that nothing is found by would be told for nothing.
    if (candidates is Candidates.BLOCKING) != (agreement.schema.blocking is not None):
        yield Problem("matching.candidates", '"blocking" and encoding.blocking need each other')


def _check_groups(agreement: Agreement) -> Iterator[Problem]:
    yield from _once((group.id for group in agreement.recipient_groups), "recipient_groups", "id")
    if len(agreement.recipient_groups) > MAX_GROUPS:
        yield Problem("recipient_groups", f"has more than {MAX_GROUPS} groups")
    known = set(agreement.agencies)
    for index, group in enumerate(agreement.recipient_groups):
        for agency in group.agencies:
            if agency not in known:
                yield Problem(f"recipient_groups[{index}].agencies", f"{agency} is not a party")


def _check_tables(agreement: Agreement) -> Iterator[Problem]:
    members = {group.id: group.agencies for group in agreement.recipient_groups}
    for index, table in enumerate(agreement.tables):
        path = f"tables[{index}]"
        if table.sender == table.recipient:
            yield Problem(f"{path}.recipient", "is the sender")
        if table.group not in members:
            yield Problem(f"{path}.group", f"{table.group} is not a recipient group")
            continue
        for key, agency in (("sender", table.sender), ("recipient", table.recipient)):
            if agency not in members[table.group]:
                yield Problem(f"{path}.{key}", f"{agency} is not in the group {table.group}")
        yield from _once((attribute.name for attribute in table.attributes), path, "attributes")
        if any(attribute.name == MATCH_KEY_COLUMN for attribute in table.attributes):
            yield Problem(f"{path}.attributes", f"{MATCH_KEY_COLUMN} is a reserved name")
    routes = (f"{t.sender}>{t.recipient}" for t in agreement.tables)
    yield from _once(routes, "tables", "sender")
    for agency in agreement.agencies:
        if len({table.group for table in agreement.tables if table.recipient == agency}) > 1:
            yield Problem("tables", f"{agency} gets tables of two groups, which can't be joined")


def _check_disclosure(agreement: Agreement) -> Iterator[Problem]:
    if agreement.disclosure.suppress_below < LEAST_SUPPRESSION:
        yield Problem("disclosure.suppress_below", f"must be at least {LEAST_SUPPRESSION}")
    if agreement.disclosure.round_to < LEAST_ROUNDING:
        yield Problem("disclosure.round_to", f"must be at least {LEAST_ROUNDING}")


def _once(values: Iterable[str], path: str, key: str) -> Iterator[Problem]:
    """A fault for each value that stands more than once."""
    for value, count in Counter(values).items():
        if count > 1:
            shown = value if len(value) <= 80 else value[:16] + "..."
            yield Problem(path, f"{key} {shown} stands {count} times")
