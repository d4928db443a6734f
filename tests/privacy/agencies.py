"""The agencies of a world: their commands as real processes, their secrets, what they keep."""

import csv
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.demo.processes import PATIENCE_SECONDS, PAUSE_SECONDS, program
from benchmarks.demo.world import World
from benchmarks.population.agencies import AGENCIES
from linkage.agreement.load import load_agreement
from linkage.agreement.model import Agreement
from linkage.crypto.secret import Secret
from linkage.crypto.secret_file import read_key_file
from linkage.errors import ExitCode
from linkage.ids import RunId
from linkage_agent.config import AgentConfig, load_config
from linkage_agent.keys.vault import Vault
from linkage_agent.pii.field_keys import field_key
from linkage_agent.session import identity_vault
from linkage_agent.spool import Spool, SpooledDataset

ROOT: Final = Path(__file__).parents[2]
FULL_DISK_BYTES: Final = 4096
"""A file may not grow beyond this where a test fills the disk: keys still fit, chunks do not."""

_AGENT: Final = (str(program("linkage-agent")),)
_ON_FULL_DISK: Final = (
    sys.executable,
    "-c",
    (
        "import os, resource, sys; "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({FULL_DISK_BYTES}, {FULL_DISK_BYTES})); "
        "os.execv(sys.argv[1], sys.argv[1:])"
    ),
    *_AGENT,
)


@dataclass(frozen=True, slots=True)
class Output:
    """What one command printed."""

    agency: str
    command: str
    status: int
    printed: str
    explained: str

    @property
    def bytes(self) -> bytes:
        """All of it."""
        return (self.printed + "\n" + self.explained).encode()


@dataclass(frozen=True, slots=True)
class Agencies:
    """All agencies of a world under one of its agreements.

    Attributes:
        name: of the agents' configuration files, without `.toml`.
        outputs: of all commands, in the order in which they ended.
    """

    world: World
    name: str = "agent"
    outputs: list[Output] = field(default_factory=list)

    @property
    def temporary(self) -> Path:
        """The processes' folder for temporary files."""
        return self.world.folder / "temporary"

    def folder(self, agency: str) -> Path:
        return self.world.folder / agency

    def config_file(self, agency: str) -> Path:
        return self.folder(agency) / f"{self.name}.toml"

    def config(self, agency: str) -> AgentConfig:
        return load_config(self.config_file(agency))

    @property
    def agreement(self) -> Agreement:
        return load_agreement(self.config("police").agreement_file)

    # Commands

    def run(self, agency: str, *arguments: str, status: int = ExitCode.DONE) -> Output:
        """A command, again and again while it says so, until it ends with the status."""
        return self._run(_AGENT, agency, arguments, status)

    def run_on_full_disk(self, agency: str, *arguments: str) -> Output:
        """The same, where hardly anything can be written; it ends with a request to try later."""
        return self._run(_ON_FULL_DISK, agency, arguments, ExitCode.TRY_LATER)

    def run_recorded(self, agency: str, *arguments: str, status: int = ExitCode.DONE) -> Output:
        """The same as `run`, with a record of all messages."""
        recorder = (sys.executable, "-m", "tests.privacy.recording_agent", str(self.record(agency)))
        return self._run(recorder, agency, arguments, status)

    def each(self, *arguments: str) -> None:
        """A command at all agencies at once."""
        at_once(lambda agency: self.run(agency, *arguments))

    def each_recorded(self, *arguments: str, status: int = ExitCode.DONE) -> None:
        """The same, with a record of all messages."""
        at_once(lambda agency: self.run_recorded(agency, *arguments, status=status))

    def record(self, agency: str) -> Path:
        return self.world.folder / f"{agency}-{self.name}.messages"

    def _run(
        self, start: Sequence[str], agency: str, arguments: Sequence[str], status: int
    ) -> Output:
        give_up = time.monotonic() + PATIENCE_SECONDS
        command = [*start, *arguments, "--config", str(self.config_file(agency))]
        while True:
            done = subprocess.run(
                command,
                cwd=self.folder(agency),
                env=self._environment(),
                capture_output=True,
                text=True,
                check=False,
            )
            output = Output(agency, arguments[0], done.returncode, done.stdout, done.stderr)
            self.outputs.append(output)
            if done.returncode == status:
                return output
            assert done.returncode in {ExitCode.WAITING, ExitCode.TRY_LATER}, output
            assert time.monotonic() < give_up, output
            time.sleep(PAUSE_SECONDS)

    @contextmanager
    def daemons(self) -> Iterator[list[Path]]:
        """A daemon at each agency, told to stop at the end; gives their logs."""
        logs = [self.world.folder / f"{agency}-daemon.log" for agency in AGENCIES]
        running = []
        for agency, log in zip(AGENCIES, logs, strict=True):
            command = [*_AGENT, "daemon", "--config", str(self.config_file(agency))]
            with log.open("wb") as file:
                running.append(
                    subprocess.Popen(command, env=self._environment(), stdout=file, stderr=file)
                )
        try:
            yield logs
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait()

    def _environment(self) -> dict[str, str]:
        self.temporary.mkdir(exist_ok=True)
        return os.environ | {"TMPDIR": str(self.temporary), "PYTHONPATH": str(ROOT)}

    # What they keep

    def keys(self, agency: str) -> Vault:
        """What the agency keeps of the agreement's secrets."""
        return self._vault(agency, "keys")

    def spool(self, agency: str) -> Spool:
        """What it sends."""
        return Spool(self._vault(agency, "spool"))

    def dataset(self, agency: str) -> SpooledDataset:
        """Its dataset, which is there once it has been encoded."""
        dataset = self.spool(agency).load()
        assert dataset is not None
        return dataset

    def project_secret(self) -> Secret:
        """What all agencies share, once they have made it."""
        [secret] = self.project_secrets()
        return secret

    def project_secrets(self) -> list[Secret]:
        """What the agencies have of it by now: none, one, or several if something is wrong."""
        held = {self.keys(agency).get("project-secret") for agency in AGENCIES}
        return [Secret(secret) for secret in held if secret is not None]

    def result_run(self, agency: str) -> RunId:
        """The run whose match keys it has."""
        run = self.keys(agency).get("result-run")
        assert run is not None
        return RunId(run.decode())

    def match_keys(self, agency: str, group: str) -> dict[str, bytes]:
        """The match key of each row that was sent, by row id, as the output file says."""
        config = self.config(agency)
        with config.match_keys_file.open(encoding="utf-8", newline="") as file:
            keys = {
                line[config.source.row_id_column]: bytes.fromhex(line[f"match_key_{group}"])
                for line in csv.DictReader(file)
            }
        return {row_id: key for row_id, key in keys.items() if key}

    def secrets(self) -> dict[str, bytes]:
        """Every secret that the agencies have by now; those of one agreement only this one's."""
        found: dict[str, bytes] = {}
        for agency in AGENCIES:
            config = self.config(agency)
            vault_key = read_key_file(config.vault_key_file)
            identity = identity_vault(config, vault_key)
            found[f"{agency} vault key"] = vault_key.reveal()
            found[f"{agency} identity vault key"] = identity.key.reveal()
            found[f"{agency} keys' vault key"] = self.keys(agency).key.reveal()
            found[f"{agency} spool's vault key"] = self.spool(agency).vault.key.reveal()
            found[f"{agency} identity"] = identity.get("identity") or b""
            found |= _tls_key(agency, config.matcher.private_key_file)
            contribution = self.keys(agency).get("contribution")
            if contribution is not None:
                found[f"{agency} contribution"] = contribution
        agreement = self.agreement
        for secret in self.project_secrets():
            found["project secret"] = secret.reveal()
            for field_schema in agreement.schema.fields:
                for kind, _ in field_schema.tokens:
                    key = field_key(secret, agreement.project.epoch, field_schema.name, kind)
                    found[f"field key of {field_schema.name}, {kind}"] = key.reveal()
        return found

    def _vault(self, agency: str, purpose: str) -> Vault:
        config, digest = self.config(agency), self.agreement.digest
        folder = config.state_folder / digest[:16] / purpose
        return Vault.open(folder, read_key_file(config.vault_key_file), f"{purpose}/{digest}")


def at_once(act: Callable[[str], Output], agencies: Iterable[str] = AGENCIES) -> None:
    """Lets the agencies act at the same time."""
    with ThreadPoolExecutor() as together:
        list(together.map(act, agencies))


def connect_through(agencies: Agencies, port: int) -> None:
    """Has all agents connect to another port of this machine, where a tap passes on."""
    for agency in AGENCIES:
        file = agencies.config_file(agency)
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace(agencies.world.address, f"localhost:{port}"), encoding="utf-8")


def with_another_agreement(agencies: Agencies, name: str) -> Agencies:
    """The same agencies with the same extracts under an agreement of its own, all automatic."""
    world = agencies.world
    text = world.agreement.read_text(encoding="utf-8")
    text = text.replace(f'id = "{agencies.agreement.project.id}"', f'id = "{name}"')
    (world.folder / f"{name}.toml").write_text(text, encoding="utf-8")
    matcher = world.matcher_config.read_text(encoding="utf-8")
    matcher = matcher.replace('["../agreement.toml"]', f'["../agreement.toml", "../{name}.toml"]')
    world.matcher_config.write_text(matcher, encoding="utf-8")
    for agency in AGENCIES:
        config = agencies.config_file(agency).read_text(encoding="utf-8")
        for old, new in (
            ('"../agreement.toml"', f'"../{name}.toml"'),
            ('"match-keys.csv"', f'"match-keys-{name}.csv"'),
            ('"ask"', '"automatic"'),
        ):
            assert old in config
            config = config.replace(old, new)
        (agencies.folder(agency) / f"{name}.toml").write_text(config, encoding="utf-8")
    return Agencies(world, name)


def _tls_key(agency: str, file: Path) -> dict[str, bytes]:
    """The private number, and as much of it as stands in the second line of the file's base64."""
    pem = file.read_bytes()
    key = serialization.load_pem_private_key(pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    number = key.private_numbers().private_value.to_bytes(32, "big")
    return {f"{agency} TLS key": number, f"{agency} TLS key file": pem.splitlines()[2][:24]}
