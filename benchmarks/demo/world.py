"""The demo's world on disk: folders, configurations, certificates, the signed-up agreement.

Everything is made by the programs themselves (`init`, `certify`), as their users would.
"""

import datetime as dt
import json
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.demo.processes import run_to_end
from benchmarks.population.agencies import AGENCIES, Agency, Content
from benchmarks.population.generate import Population
from benchmarks.population.writer import TRUTH_FILE, write_population

PICTURE_MAKER: Final = "council"
AGREEMENT_DAYS: Final = 90
_TEMPLATE: Final = Path(__file__).with_name("agreement.toml")
_ADDRESS: Final = {
    "police": Content.LINE_AND_TOWN,
    "council": Content.LINE,
    "hospital": Content.BLOCK,
}


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
    _write_matcher(world)
    run_to_end("linkage-matcher", "init", "--config", world.matcher_config, "--host", "localhost")
    cards = {agency: _enrol(world, agency) for agency in AGENCIES}
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


def _enrol(world: World, agency: str) -> str:
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


def _write_matcher(world: World) -> None:
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
    male, female = agency.sex_codes
    columns = {
        "given_name": _given_column(agency),
        "family_name": agency.header(Content.FAMILY),
        "date_of_birth": agency.header(Content.BIRTH),
        "sex": agency.header(Content.SEX),
        "postcode": agency.header(Content.POSTCODE),
        "address": agency.header(_ADDRESS[agency.name]),
    }
    extra = {
        "date_of_birth": f'date_formats = ["{agency.date_format}"]',
        "sex": f'codes = {{ "{male}" = "male", "{female}" = "female" }}',
    }
    fields = "".join(
        f'\n[source.fields.{name}]\ncolumn = "{column}"\n{extra.get(name, "")}\n'
        for name, column in columns.items()
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
delimiter = "{agency.delimiter}"
row_id_column = "{agency.header(Content.RECORD_ID)}"
missing_values = {json.dumps(agency.missing_values)}
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


def _given_column(agency: Agency) -> str:
    """The column with the given name, alone or with the second one."""
    contents = {column.content for column in agency.columns}
    both = Content.GIVEN_AND_SECOND
    return agency.header(Content.GIVEN if Content.GIVEN in contents else both)


def free_port() -> int:
    """A port of this machine where nothing listens at the moment."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])
