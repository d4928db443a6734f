"""Session: what every command opens first. Configuration, agreement, keys, a way to the matcher."""

import datetime as dt
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from linkage.agreement.load import load_agreement
from linkage.agreement.model import Agreement
from linkage.configuration import read_named_file
from linkage.crypto.secret import Secret
from linkage.crypto.secret_file import read_key_file, read_secret_file
from linkage.errors import ConfigError, ExitCode, Reason, StateError, StoreError
from linkage.exchange.project import ProjectRef
from linkage.wire.tls import TlsMaterial
from linkage_agent.config import AgentConfig, MatcherConfig, load_config
from linkage_agent.job import Job
from linkage_agent.keys.identity import Identity, load_identity
from linkage_agent.keys.vault import STATE_UNWRITABLE, Vault
from linkage_agent.spool import Spool
from linkage_agent.steps import Report, no_report
from linkage_agent.transport.channel import open_channel

NOT_A_PARTY: Final = Reason(
    "NOT_A_PARTY",
    "The agency {agency} is not a party to the agreement.",
    "Check `agency` in the configuration against parties[].id in the agreement.",
    ExitCode.CONFIGURATION,
)
CARD_MISMATCH: Final = Reason(
    "CARD_MISMATCH",
    "The agreement pins another identity card for {agency} than this agent's.",
    "Do not sign: have the card that `linkage-agent init` prints put into the agreement, or use "
    "the state folder that belongs to the pinned card.",
    ExitCode.CONFIGURATION,
)
OUTSIDE_PERIOD: Final = Reason(
    "OUTSIDE_PERIOD",
    "The agreement holds from {valid_from} to {expires}, which does not include today.",
    "Wait for its first day, or have the parties sign an amended agreement.",
    ExitCode.NOT_ALLOWED,
)
AGENT_BUSY: Final = Reason(
    "AGENT_BUSY",
    "Another linkage-agent is at work on this state folder.",
    "Wait until it is done, or stop it; a daemon is at work only for a part of the time.",
    ExitCode.TRY_LATER,
)


@dataclass(frozen=True, slots=True)
class Session:
    """One agency's standing under one agreement."""

    config: AgentConfig
    agreement: Agreement
    identity: Identity
    vault_key: Secret

    @contextmanager
    def job(self, report: Report = no_report) -> Iterator[Job]:
        """The job, with a channel to the matcher that is closed at the end.

        Raises:
            ConfigError: The TLS files can't be read.
        """
        project = ProjectRef(self.agreement.project.id, self.agreement.digest)
        with open_channel(self.config.matcher, read_tls(self.config.matcher), project) as transport:
            yield Job(
                config=self.config,
                agreement=self.agreement,
                identity=self.identity,
                vault=self._vault("keys"),
                spool=Spool(self._vault("spool")),
                transport=transport,
                report=report,
            )

    @contextmanager
    def working(self, report: Report = no_report) -> Iterator[Job]:
        """The job, for a command that moves it on: one at a time in a state folder.

        Raises:
            StateError: Another command is moving it on.
        """
        with _opened_lock(self.config.state_folder / "lock") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StateError(AGENT_BUSY) from None
            with self.job(report) as job:
                yield job

    def _vault(self, purpose: str) -> Vault:
        digest = self.agreement.digest
        folder = self.config.state_folder / digest[:16] / purpose
        return Vault.open(folder, self.vault_key, f"{purpose}/{digest}")


def identity_vault(config: AgentConfig, vault_key: Secret) -> Vault:
    """Where the agency's own keys are kept, whatever the agreement."""
    return Vault.open(config.state_folder, vault_key, "identity")


def open_session(config_file: Path, today: dt.date) -> Session:
    """Everything a command needs, checked against each other.

    Raises:
        ConfigError: A file has faults, or configuration, agreement and identity don't fit.
        StateError: The agreement's period does not include the day.
        StoreError: The state folder can't be read.
    """
    config = load_config(config_file)
    agreement = load_agreement(config.agreement_file)
    vault_key = read_key_file(config.vault_key_file)
    identity = load_identity(identity_vault(config, vault_key))
    if config.agency_id not in agreement.agencies:
        raise ConfigError(NOT_A_PARTY, agency=config.agency)
    if agreement.party(config.agency_id).card != identity.card():
        raise ConfigError(CARD_MISMATCH, agency=config.agency)
    if not agreement.is_current(today):
        period = agreement.project
        raise StateError(
            OUTSIDE_PERIOD,
            valid_from=period.valid_from.isoformat(),
            expires=period.expires.isoformat(),
        )
    return Session(config, agreement, identity, vault_key)


def _opened_lock(path: Path) -> TextIO:
    try:
        return path.open("w")
    except OSError as error:
        cause = error.strerror or "unknown"
        raise StoreError(STATE_UNWRITABLE, file=str(path), cause=cause) from None


def read_tls(matcher: MatcherConfig) -> TlsMaterial:
    """The agency's certificate and key, and the authority that it trusts.

    Raises:
        ConfigError: A file can't be read, or the key can be read by others.
    """
    return TlsMaterial(
        certificate=read_named_file(matcher.certificate_file),
        private_key=read_secret_file(matcher.private_key_file),
        ca_certificate=read_named_file(matcher.ca_certificate_file),
    )
