"""A whole agreement from a part of one: what was given stands, the rest is filled in.

The result is written as TOML and read by the agreement's own reader, so an evaluation accepts and
refuses exactly what the agent and the matcher do.
"""

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from benchmarks.evaluate.project import ProjectFile, Table
from benchmarks.evaluate.reasons import PROJECT_INVALID
from linkage.agreement.load import parse_agreement
from linkage.agreement.model import Agreement
from linkage.agreement.schema import (
    FieldKind,
    FieldSchema,
    Hardening,
    Reveals,
    Transliteration,
)
from linkage.crypto.cards import IdentityCard
from linkage.crypto.hpke import OpeningKey
from linkage.crypto.signatures import SigningKey
from linkage.errors import DocumentError
from linkage.ids import AgencyId
from linkage_agent.advice.render import quoted
from linkage_agent.advice.suggest import MINIMUM_FIELDS
from linkage_agent.advice.weights import LENGTHS_BITS

MATCHING: Final = {"accept": "balance", "candidates": "all-pairs"}
"""Where the project does not say: as high an expected F1 as can be, all pairs compared."""
ALL: Final = "all"
"""The one recipient group."""


def complete_agreement(
    project: ProjectFile,
    file: Path,
    parties: Mapping[AgencyId, bool],
    encoding: Table,
    fields: Sequence[Table],
) -> Agreement:
    """A checked agreement; the parties' keys are made for the occasion and thrown away.

    Args:
        project: Says how to match.
        file: Names it in errors.
        parties: Each with whether it holds each person once.
        encoding: The agreement's section, complete.
        fields: The agreement's tables, complete.

    Raises:
        DocumentError: What the project says is not what an agreement allows.
    """
    clauses = tomllib.loads(files(__package__).joinpath("agreement.toml").read_text("utf-8"))
    document = {
        **clauses,
        "parties": [_party(agency, once=once) for agency, once in parties.items()],
        "encoding": encoding,
        "fields": list(fields),
        "matching": {**MATCHING, **project.matching},
        "recipient_groups": [{"id": ALL, "agencies": list(parties)}],
    }
    try:
        return parse_agreement(_toml(document).encode(), str(file))
    except DocumentError as error:
        raise DocumentError(PROJECT_INVALID, error.problems, file=str(file)) from None


def encoding_defaults(reveals: Reveals, field_count: int) -> Table:
    """The agreement's section [encoding], as `linkage-agent schema suggest` would write it."""
    return {
        "reveals": reveals.value,
        "length_bits": LENGTHS_BITS[reveals],
        "transliteration": Transliteration.ANYASCII.value,
        "hardening": Hardening.RESEARCH.value,
        "hardening_statement": "An evaluation: encodings stay in this process.",
        "minimum_fields": min(MINIMUM_FIELDS, field_count),
    }


def field_table(field: FieldSchema) -> Table:
    """The table of the agreement for a field."""
    table: Table = {
        "name": field.name,
        "kind": field.kind.value,
        "purpose": field.purpose,
        "tokens": {token.kind.value: token.bits for token in field.tokens},
        "missing": field.missing.value,
    }
    if field.group is not None:
        table["group"] = field.group
    if field.kind is FieldKind.NATIONAL_ID:
        table["check"] = field.check.value
    return table


def _party(agency: AgencyId, *, once: bool) -> Table:
    card = IdentityCard(SigningKey.generate().verify_key(), OpeningKey.generate().recipient_key())
    return {
        "id": agency,
        "name": agency,
        "kind": "other",
        "legal_basis": "none needed",
        "contact": "none",
        "holds_each_person_once": once,
        "card": card.text(),
    }


def _toml(document: Mapping[str, Any]) -> str:
    """A document as TOML: a line for each key, whatever is below it on that line."""
    return "".join(f"{quoted(key)} = {_value(value)}\n" for key, value in document.items())


def _value(value: object) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        inside = ", ".join(f"{quoted(key)} = {_value(item)}" for key, item in value.items())
        return f"{{ {inside} }}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, (int, float, Decimal)):
        return str(value).lower()  # TOML knows nan and inf in small letters
    raise TypeError("not a value of TOML")
