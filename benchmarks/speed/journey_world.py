"""The world of a journey: folders, configurations, certificates and the agreement.

As the demo's, made by the programs themselves, for any agencies; but the extracts lie where they
are, so that several journeys share them, and one filter a record is compared by a fixed Dice
coefficient.
"""

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from benchmarks.demo.processes import run_to_end
from benchmarks.demo.world import AGREEMENT_DAYS, World, enrol, free_port, write_matcher
from benchmarks.speed.schemas import agreed_schema
from linkage.agreement.model import MatchPolicy
from linkage.agreement.schema import EncodingSchema, FieldSchema
from linkage.ids import AgencyId
from linkage_agent.config import FieldSource, SourceConfig

GROUP: Final = "partnership"


def make_journey_world(
    folder: Path, sources: Mapping[AgencyId, SourceConfig], policy: MatchPolicy
) -> World:
    """A world in a folder that is not there yet; the agencies have not signed.

    Raises:
        CommandError: A program failed.
    """
    world = World(folder, f"localhost:{free_port()}")
    folder.mkdir(parents=True)
    write_matcher(world)
    run_to_end("linkage-matcher", "init", "--config", world.matcher_config, "--host", "localhost")
    cards = {}
    for agency, source in sources.items():
        (folder / agency).mkdir()
        world.agent_config(agency).write_text(_agent(world, agency, source), encoding="utf-8")
        cards[agency] = enrol(world, agency)
    world.agreement.write_text(_agreement(cards, policy), encoding="utf-8")
    return world


def _agent(world: World, agency: AgencyId, source: SourceConfig) -> str:
    fields = "".join(
        f"\n[source.fields.{name}]\n{_field_source(field)}" for name, field in source.fields.items()
    )
    return f"""
agency = "{agency}"
agreement_file = "../agreement.toml"
state_folder = "state"
vault_key_file = "vault.key"
match_keys_file = "match-keys.csv"

[matcher]
address = "{world.address}"
ca_certificate_file = "../matcher/ca.crt"
certificate_file = "agent.crt"
private_key_file = "agent.key"

[approval]
upload = "ask"
release = "ask"

[source]
file = {json.dumps(str(source.file.resolve()))}
charset = "{source.charset}"
delimiter = {json.dumps(source.delimiter)}
row_id_column = "{source.row_id_column}"
missing_values = {json.dumps(source.missing_values)}
{fields}"""


def _field_source(field: FieldSource) -> str:
    codes = ", ".join(f'"{code}" = "{meaning}"' for code, meaning in field.codes.items())
    formats = f"date_formats = {json.dumps(field.date_formats)}\n" if field.date_formats else ""
    return f'column = "{field.column}"\n{formats}' + (f"codes = {{ {codes} }}\n" if codes else "")


def _agreement(cards: Mapping[AgencyId, str], policy: MatchPolicy) -> str:
    today = dt.datetime.now(dt.UTC).date()
    schema = agreed_schema()
    recall = policy.candidate_recall
    return f"""
format = "linkage-agreement-2"

[project]
id = "journey"
title = "A benchmark"
purpose = "To measure how long it takes."
data = "synthetic"
impact_assessment = "None needed: every person in it is made up."
epoch = 1
valid_from = {today}
expires = {today + dt.timedelta(AGREEMENT_DAYS)}

[linkage_unit]
name = "Evershire Linkage Unit"
contact = "linkage-unit@example.org"
trust_domain = "linkage.example.org"
{"".join(_party(agency, card) for agency, card in cards.items())}
{_encoding(schema)}
{"".join(map(_field, schema.fields))}
[matching]
accept = "{policy.accept}"
at_least = {policy.at_least}
candidates = "{policy.candidates}"
{f"candidate_recall = {recall}" if recall else ""}

[[recipient_groups]]
id = "{GROUP}"
agencies = {json.dumps(list(cards))}

[disclosure]
suppress_below = 10
round_to = 5

[retention]
encodings_days = 30
match_keys_days = 30
picture_days = 30
"""


def _party(agency: AgencyId, card: str) -> str:
    return f"""
[[parties]]
id = "{agency}"
name = "The {agency}"
kind = "other"
legal_basis = "Synthetic data."
contact = "dpo@{agency}.example.org"
holds_each_person_once = true
card = "{card}"
"""


def _encoding(schema: EncodingSchema) -> str:
    return f"""
[encoding]
reveals = "{schema.reveals}"
length_bits = {schema.length_bits}
transliteration = "{schema.transliteration}"
hardening = "{schema.hardening}"
hardening_statement = "{schema.hardening_statement}"
minimum_fields = {schema.minimum_fields}
"""


def _field(field: FieldSchema) -> str:
    tokens = ", ".join(f"{token.kind} = {token.bits}" for token in field.tokens)
    return f"""
[[fields]]
name = "{field.name}"
kind = "{field.kind}"
purpose = "{field.purpose}"
tokens = {{ {tokens} }}
missing = "{field.missing}"
"""
