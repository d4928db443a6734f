"""The demo's world on disk: folders, configurations, certificates, the signed-up agreement.

Everything is made by the programs themselves (`init`, `certify`), as their users would.
"""

import datetime as dt
import json
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.demo.processes import run_to_end
from benchmarks.population.agencies import AGENCIES, Agency, Content
from benchmarks.population.generate import Population
from benchmarks.population.recording import PLACEHOLDER_YEAR
from benchmarks.population.writer import TRUTH_FILE, write_population
from linkage_agent.sources.dates import DateFormat

PICTURE_MAKER: Final = "council"
AGREEMENT_DAYS: Final = 90
_TEMPLATE: Final = Path(__file__).with_name("agreement.toml")
FIELDS: Final[Mapping[str, tuple[Content, ...]]] = {
    "given_name": (Content.GIVEN, Content.GIVEN_AND_SECOND),
    "family_name": (Content.FAMILY,),
    "date_of_birth": (Content.BIRTH,),
    "sex": (Content.SEX,),
    "postcode": (Content.POSTCODE,),
    "address": (Content.LINE, Content.LINE_AND_TOWN, Content.BLOCK),
    "phone": (Content.PHONE, Content.PARENT_PHONE),
    "email": (Content.EMAIL, Content.PARENT_EMAIL),
    "nhs_number": (Content.NHS_NUMBER,),
}
"""The agreement's fields, and what an agency takes for each: the first of these that it has. Where
it has none, it says that the field is absent."""
FILLED_IN_DAY: Final = dt.date(PLACEHOLDER_YEAR, 1, 1)
"""What clerks write for a date of birth that they do not know; an officer knows the habit."""


@dataclass(frozen=True, slots=True)
class World:
    """Where everything lies.

    Attributes:
        folder: holds a folder for the matcher and for each agency, the agreement and the truth.
        address: where the matcher listens.
    """

    folder: Path
    address: str

    @property
    def matcher_config(self) -> Path:
        """The matcher's configuration."""
        return self.folder / "matcher" / "matcher.toml"

    @property
    def agreement(self) -> Path:
        """The agreement that all parties use."""
        return self.folder / "agreement.toml"

    @property
    def truth(self) -> Path:
        """Which records are one person: known to the demo alone."""
        return self.folder / TRUTH_FILE

    def agent_config(self, agency: str) -> Path:
        """An agency's configuration."""
        return self.folder / agency / "agent.toml"

    def match_keys(self, agency: str) -> Path:
        """Where an agency's match keys come to lie."""
        return self.folder / agency / "match-keys.csv"


def make_world(folder: Path, population: Population) -> World:
    """A new world in the folder; an older one in its place is removed."""
    shutil.rmtree(folder, ignore_errors=True)
    world = World(folder, f"localhost:{free_port()}")
    _write_extracts(world, population)
    write_matcher(world)
    run_to_end("linkage-matcher", "init", "--config", world.matcher_config, "--host", "localhost")
    cards = {agency: enrol(world, agency) for agency in AGENCIES}
    today = dt.datetime.now(dt.UTC).date()
    world.agreement.write_text(
        _TEMPLATE.read_text(encoding="utf-8").format(
            valid_from=today.isoformat(),
            expires=(today + dt.timedelta(AGREEMENT_DAYS)).isoformat(),
            **{f"card_{agency}": card for agency, card in cards.items()},
        ),
        encoding="utf-8",
    )
    return world


def enrol(world: World, agency: str) -> str:
    """Lets an agent make its keys and the operator certify it; gives the agent's card."""
    config = world.agent_config(agency)
    made = json.loads(run_to_end("linkage-agent", "init", "--config", config, "--json"))
    certificate = world.folder / agency / "agent.crt"
    run_to_end(
        "linkage-matcher", "certify", agency, made["request_file"],
        "--config", world.matcher_config, "--out", certificate,
    )  # fmt: skip
    return str(made["card"])


def _write_extracts(world: World, population: Population) -> None:
    world.folder.mkdir(parents=True)
    extracts = write_population(population, world.folder)
    for name, agency in AGENCIES.items():
        (world.folder / name).mkdir()
        extracts[name].rename(world.folder / name / "extract.csv")
        world.agent_config(name).write_text(_agent_config(world, agency), encoding="utf-8")


def write_matcher(world: World) -> None:
    """The matcher's configuration: two worker processes, and the world's one agreement."""
    world.matcher_config.parent.mkdir()
    world.matcher_config.write_text(
        f"""
state_folder = "state"
store_key_file = "store.key"
listen = "{world.address}"
trust_domain = "linkage.example.org"
worker_processes = 2
agreement_files = ["../agreement.toml"]

[tls]
certificate_file = "matcher.crt"
private_key_file = "matcher.key"
ca_certificate_file = "ca.crt"

[authority]
certificate_file = "ca.crt"
private_key_file = "ca.key"
""",
        encoding="utf-8",
    )


def _agent_config(world: World, agency: Agency) -> str:
    """What a data officer would write: which column is which field, how missing is written."""
    filled_in = DateFormat.parse(agency.date_format).write(FILLED_IN_DAY)
    fields = "".join(
        f"\n[source.fields.{name}]\n{_field_source(agency, name, contents)}\n"
        for name, contents in FIELDS.items()
    )
    return f"""
agency = "{agency.name}"
agreement_file = "../agreement.toml"
state_folder = "state"
vault_key_file = "vault.key"
match_keys_file = "match-keys.csv"
poll_seconds = 0.5

[matcher]
address = "{world.address}"
ca_certificate_file = "../matcher/ca.crt"
certificate_file = "agent.crt"
private_key_file = "agent.key"

[approval]
upload = "ask"
release = "ask"
{_picture(agency)}
[source]
file = "extract.csv"
charset = "{agency.charset}"
delimiter = {json.dumps(agency.delimiter)}
row_id_column = "{agency.header(Content.RECORD_ID)}"
missing_values = {json.dumps([*agency.missing_values, filled_in])}
{fields}"""


def _picture(agency: Agency) -> str:
    """The council makes the picture; the others give it their tables."""
    columns = f'{{ {agency.attribute.name} = "{agency.header(Content.ATTRIBUTE)}" }}'
    if agency.name == PICTURE_MAKER:
        others = [f"../{name}/{PICTURE_MAKER}.table" for name in AGENCIES if name != PICTURE_MAKER]
        return (
            f'\n[picture]\nfolder = "picture"\ntables = {json.dumps(others)}\ncolumns = {columns}\n'
        )
    return (
        f'\n[[tables]]\nrecipient = "{PICTURE_MAKER}"\nfile = "{PICTURE_MAKER}.table"\n'
        f"columns = {columns}\n"
    )


def _field_source(agency: Agency, name: str, contents: tuple[Content, ...]) -> str:
    """Where the agency has a field: the first of these contents, or nowhere."""
    headers = {column.content: column.header for column in agency.columns}
    found = next((headers[content] for content in contents if content in headers), None)
    if found is None:
        return "absent = true"
    male, female = agency.sex_codes
    extra = {
        "date_of_birth": f'\ndate_formats = ["{agency.date_format}"]',
        "sex": f'\ncodes = {{ "{male}" = "male", "{female}" = "female" }}',
    }
    return f'column = "{found}"{extra.get(name, "")}'


def free_port() -> int:
    """A port of this machine where nothing listens at the moment."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])
