"""Loading an agreement: TOML text in, a checked `Agreement` or all its faults out."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Final

from linkage.agreement.canonical import canonical_bytes
from linkage.agreement.checks import check_agreement
from linkage.agreement.model import (
    Accept,
    Agreement,
    Attribute,
    AttributeTable,
    Candidates,
    DataKind,
    DisclosureRule,
    LinkageUnit,
    MatchPolicy,
    Party,
    PartyKind,
    Project,
    RecipientGroup,
    Retention,
)
from linkage.agreement.reader import Problems, TableReader
from linkage.agreement.schema import (
    LENGTHS_BITS,
    MAX_BITS_PER_TOKEN,
    MAX_FIELDS,
    Blocking,
    CheckRule,
    EncodingSchema,
    FieldKind,
    FieldPart,
    FieldSchema,
    Hardening,
    MissingRule,
    Part,
    Reveals,
    TokenKind,
    TokenWeight,
    Transliteration,
)
from linkage.crypto.cards import CardError, IdentityCard
from linkage.crypto.digests import digest
from linkage.crypto.hpke import PUBLIC_KEY_BYTES, RecipientKey
from linkage.crypto.signatures import VERIFY_KEY_BYTES, VerifyKey
from linkage.documents import parse_toml, read_document
from linkage.errors import DocumentError, ExitCode, Reason
from linkage.ids import AgencyId, Digest, FieldName, GroupId, ProjectId

FORMAT: Final = "linkage-agreement-2"
MAX_EPOCH: Final = 10_000
MAX_RETENTION_DAYS: Final = 3650
LEAST_BUCKET: Final = 100
"""Whoever knows what every blocking token stands for then still takes a person for one of so many
of the dataset."""
MOST_BUCKET: Final = 1_000_000

_NO_CARD: Final = IdentityCard(
    VerifyKey(bytes(VERIFY_KEY_BYTES)), RecipientKey(bytes(PUBLIC_KEY_BYTES))
)
"""Stands in for a faulty card while the rest is read; an agreement with a fault never gets out."""

AGREEMENT_INVALID: Final = Reason(
    "AGREEMENT_INVALID",
    "The agreement {file} has {problem_count} fault(s).",
    "Mend each of the keys listed, and have all parties sign the result.",
    ExitCode.CONFIGURATION,
)
AGREEMENT_UNREADABLE: Final = Reason(
    "AGREEMENT_UNREADABLE",
    "The agreement {file} can't be read: {cause}.",
    "Check the path, that the file is UTF-8 text and that it is TOML.",
    ExitCode.CONFIGURATION,
)


def load_agreement(path: Path) -> Agreement:
    """The agreement in a file.

    Raises:
        DocumentError: It has faults; all of them are listed.
        ConfigError: It can't be read or is not TOML.
    """
    content = read_document(path, AGREEMENT_UNREADABLE)
    return parse_agreement(content, str(path))


def parse_agreement(content: bytes, file: str) -> Agreement:
    """The agreement in a TOML text; `file` names it in errors.

    Raises:
        DocumentError: It has faults; all of them are listed.
        ConfigError: It is not TOML in UTF-8.
    """
    document = parse_toml(content, file, AGREEMENT_UNREADABLE, Decimal)
    problems = Problems()
    agreement = _read_agreement(TableReader(document, "", problems))
    found = problems.all() or check_agreement(agreement)
    if found:
        raise DocumentError(AGREEMENT_INVALID, found, file=file)
    canonical = canonical_bytes(document)
    schema = canonical_bytes({key: document[key] for key in ("encoding", "fields")})
    return replace(
        agreement,
        canonical=canonical,
        digest=digest("linkage/agreement/v1", canonical),
        schema_digest=digest("linkage/encoding-schema/v1", schema),
    )


def _read_agreement(root: TableReader) -> Agreement:
    if root.text("format") not in ("", FORMAT):
        root.problems.add("format", f'must be "{FORMAT}"')
    agreement = Agreement(
        project=_read_project(root.table("project")),
        linkage_unit=_read_linkage_unit(root.table("linkage_unit")),
        parties=tuple(_read_party(table) for table in root.tables("parties", least=2)),
        schema=_read_schema(root),
        policy=_read_policy(root.table("matching")),
        recipient_groups=tuple(
            _read_group(table) for table in root.tables("recipient_groups", least=1)
        ),
        tables=tuple(_read_attribute_table(table) for table in root.tables("tables", least=0)),
        disclosure=_read_disclosure(root.table("disclosure")),
        retention=_read_retention(root.table("retention")),
        canonical=b"",
        digest=Digest(""),
        schema_digest=Digest(""),
    )
    root.refuse_the_rest()
    return agreement


def _read_project(table: TableReader) -> Project:
    project = Project(
        id=ProjectId(table.name("id")),
        title=table.text("title"),
        purpose=table.text("purpose"),
        data=table.choice("data", DataKind),
        impact_assessment=table.text("impact_assessment"),
        epoch=table.whole_number("epoch", 1, MAX_EPOCH),
        valid_from=table.day("valid_from"),
        expires=table.day("expires"),
    )
    table.refuse_the_rest()
    return project


def _read_linkage_unit(table: TableReader) -> LinkageUnit:
    unit = LinkageUnit(
        name=table.text("name"),
        contact=table.text("contact"),
        trust_domain=table.text("trust_domain"),
    )
    table.refuse_the_rest()
    return unit


def _read_party(table: TableReader) -> Party:
    party = Party(
        id=AgencyId(table.name("id")),
        name=table.text("name"),
        kind=table.choice("kind", PartyKind),
        legal_basis=table.text("legal_basis"),
        contact=table.text("contact"),
        holds_each_person_once=table.truth("holds_each_person_once"),
        card=_read_card(table),
    )
    table.refuse_the_rest()
    return party


def _read_card(table: TableReader) -> IdentityCard:
    text = table.text("card")
    try:
        return IdentityCard.parse(text)
    except CardError as error:
        if text:
            table.problems.add(table.at("card"), str(error))
        return _NO_CARD


def _read_schema(root: TableReader) -> EncodingSchema:
    table = root.table("encoding")
    schema = EncodingSchema(
        fields=tuple(_read_field(field) for field in root.tables("fields", least=1)),
        reveals=table.choice("reveals", Reveals),
        length_bits=table.one_of("length_bits", LENGTHS_BITS),
        transliteration=table.choice("transliteration", Transliteration),
        hardening=table.choice("hardening", Hardening),
        hardening_statement=table.text("hardening_statement"),
        minimum_fields=table.whole_number("minimum_fields", 1, MAX_FIELDS),
        blocking=_read_blocking(table.table("blocking")) if table.holds("blocking") else None,
    )
    table.refuse_the_rest()
    return schema


def _read_blocking(table: TableReader) -> Blocking:
    blocking = Blocking(
        rules=tuple(
            tuple(FieldPart(FieldName(name), part) for name, part in sorted(rule.items()))
            for rule in (each.choices(Part) for each in table.tables("rules", least=1))
        ),
        smallest_bucket=table.whole_number("smallest_bucket", LEAST_BUCKET, MOST_BUCKET),
        statement=table.text("statement"),
    )
    table.refuse_the_rest()
    return blocking


def _read_field(table: TableReader) -> FieldSchema:
    kind = table.choice("kind", FieldKind)
    weights = table.numbers("tokens", TokenKind, 1, MAX_BITS_PER_TOKEN)
    field = FieldSchema(
        name=FieldName(table.name("name")),
        kind=kind,
        purpose=table.text("purpose"),
        tokens=tuple(TokenWeight(token, weights[token]) for token in TokenKind if token in weights),
        missing=table.choice("missing", MissingRule),
        group=table.name("group") if table.holds("group") else None,
        check=_read_check(table, kind),
    )
    table.refuse_the_rest()
    return field


def _read_check(table: TableReader, kind: FieldKind) -> CheckRule:
    """Only a national identifier has a check rule, and it must have one."""
    if kind is FieldKind.NATIONAL_ID:
        return table.choice("check", CheckRule)
    return CheckRule.NONE


def _read_policy(table: TableReader) -> MatchPolicy:
    accept = table.choice("accept", Accept)
    candidates = table.choice("candidates", Candidates)
    policy = MatchPolicy(
        accept=accept,
        at_least=_read_at_least(table, accept),
        candidates=candidates,
        candidate_recall=_read_recall(table, candidates),
    )
    table.refuse_the_rest()
    return policy


def _read_at_least(table: TableReader, accept: Accept) -> Decimal | None:
    if accept is Accept.BALANCE:
        return None
    return table.decimal("at_least", Decimal(0), Decimal(1))


def _read_recall(table: TableReader, candidates: Candidates) -> Decimal | None:
    if candidates is Candidates.ALL_PAIRS:
        return None
    return table.decimal("candidate_recall", Decimal(0), Decimal(1))


def _read_group(table: TableReader) -> RecipientGroup:
    group = RecipientGroup(
        id=GroupId(table.name("id")),
        agencies=tuple(AgencyId(agency) for agency in table.texts("agencies")),
    )
    table.refuse_the_rest()
    return group


def _read_attribute_table(table: TableReader) -> AttributeTable:
    result = AttributeTable(
        sender=AgencyId(table.name("sender")),
        recipient=AgencyId(table.name("recipient")),
        group=GroupId(table.name("group")),
        attributes=tuple(_read_attribute(item) for item in table.tables("attributes", least=0)),
    )
    table.refuse_the_rest()
    return result


def _read_attribute(table: TableReader) -> Attribute:
    attribute = Attribute(
        name=table.name("name"), purpose=table.text("purpose"), values=table.texts("values")
    )
    table.refuse_the_rest()
    return attribute


def _read_disclosure(table: TableReader) -> DisclosureRule:
    rule = DisclosureRule(
        suppress_below=table.whole_number("suppress_below", 0, 1000),
        round_to=table.whole_number("round_to", 1, 100),
    )
    table.refuse_the_rest()
    return rule


def _read_retention(table: TableReader) -> Retention:
    retention = Retention(
        encodings_days=table.whole_number("encodings_days", 1, MAX_RETENTION_DAYS),
        match_keys_days=table.whole_number("match_keys_days", 1, MAX_RETENTION_DAYS),
        picture_days=table.whole_number("picture_days", 1, MAX_RETENTION_DAYS),
    )
    table.refuse_the_rest()
    return retention
