"""The job: from an extract to match keys, in steps that can each be done again.

A job keeps no state of its own. Whether a step is done follows from what is there: the vault, the
spool, and what the matcher says. So a job that was killed at any moment goes on where it was, and
every command is the same loop, ended after another step:

(1) sign     the agency has signed the agreement, and so have all others
(2) secret   the agencies have made the project secret
(3) encode   the extract is encoded and spooled
(4) approve  a person has approved exactly this dataset
(5) send     the matcher has it, committed
(6) match    the matcher has the result, held
(7) release  all agencies have approved the release
(8) fetch    the match keys are joined to the agency's rows
"""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Final

from linkage.agreement.model import Agreement
from linkage.agreement.statements import acceptance, release_approval
from linkage.crypto.digests import content_digest
from linkage.crypto.secret import Secret
from linkage.errors import AccessError, ExitCode, Reason, SourceError, StateError
from linkage.exchange.runs import RunState, RunView, result_digest
from linkage.ids import AgencyId, DatasetId, Digest, GroupId, RunId
from linkage.reasons import DATASETS_MISSING
from linkage_agent.config import AgentConfig, Approval, SourceConfig
from linkage_agent.keys.ceremony import Ceremony, Contribution
from linkage_agent.keys.identity import Identity
from linkage_agent.keys.vault import Vault
from linkage_agent.receive import (
    RESULT_ALTERED,
    fetch_group,
    join_rows,
    keys_of_records,
    write_match_keys,
)
from linkage_agent.row_keys import RowKeys
from linkage_agent.sources.extract import read_extract
from linkage_agent.sources.mapping import needed_fields
from linkage_agent.spool import Spool, SpooledDataset, Summary, summarise
from linkage_agent.steps import Progress, Report, Step, Waiting, no_report
from linkage_agent.transport.interface import Transport
from linkage_agent.upload import commit, send_chunks

NOTHING_TO_SEND: Final = Reason(
    "NOTHING_TO_SEND",
    "None of the {row_count} rows of the extract has enough fields to be sent.",
    "Check the mapping in the configuration: which column is which field, and how dates and codes "
    "are written.",
    ExitCode.BAD_DATA,
)
NOT_PREVIEWED: Final = Reason(
    "NOT_PREVIEWED",
    "There is no dataset of this name to approve.",
    "Run `linkage-agent preview` and approve the dataset that it shows.",
    ExitCode.BAD_DATA,
)
NOTHING_TO_APPROVE: Final = Reason(
    "NOTHING_TO_APPROVE",
    "There is no held result to approve: the run is {state}.",
    "`linkage-agent status` shows what is waited for.",
    ExitCode.WAITING,
)
RUN_REFUSED: Final = Reason(
    "RUN_REFUSED",
    "An agency has refused the release of this run: no match keys will come.",
    "Talk to the other agencies. A new run needs an amended agreement with the next epoch.",
    ExitCode.NOT_ALLOWED,
)
RUN_FAILED: Final = Reason(
    "RUN_FAILED",
    "The matcher could not finish the run, although it tried several times.",
    "Tell the matcher's operator, whose log says why.",
    ExitCode.INTERNAL,
)
NO_RESULT: Final = Reason(
    "NO_RESULT",
    "This agency has not fetched its match keys yet.",
    "Run `linkage-agent fetch` first.",
    ExitCode.WAITING,
)

_CONTRIBUTION: Final = "contribution"
_SECRET: Final = "project-secret"  # noqa: S105 - the name of a vault entry
_APPROVED: Final = "approved-dataset"
_COMMITTING: Final = "committing-dataset"
_RUN: Final = "run"
_APPROVED_RESULT: Final = "approved-result"
_RESULT_RUN: Final = "result-run"


@dataclass(frozen=True, slots=True)
class Job:
    """One agency's job under one agreement.

    Attributes:
        vault: what this agency keeps of this agreement: contribution, secret, approval, result.
        spool: its dataset.
    """

    config: AgentConfig
    agreement: Agreement
    identity: Identity
    vault: Vault
    spool: Spool
    transport: Transport
    report: Report = field(default=no_report)

    @property
    def agency(self) -> AgencyId:
        """Whose job it is."""
        return self.config.agency_id

    def advance(self, last: Step = Step.FETCH) -> Progress:
        """Does all that can be done now, up to and with the last step.

        Raises:
            LinkageError: A step failed; what was done before stays done.
        """
        steps = {
            Step.SIGN: self._signed,
            Step.SECRET: self._make_secret,
            Step.ENCODE: self._encode,
            Step.APPROVE: self._approved,
            Step.SEND: self._send,
            Step.MATCH: self._match,
            Step.RELEASE: self._released,
            Step.FETCH: self._fetch,
        }
        for step, act in steps.items():
            progress = act()
            if progress.waiting:
                return progress
            self.report(step, 1, 1)
            if step is last:
                return progress
        return Progress(last)

    # Step 1: sign

    def sign(self) -> None:
        """Signs the agreement; a person has compared its digest."""
        statement = acceptance(self.agreement.digest, self.agency)
        self.transport.put_signature(self.identity.signing.sign(statement))

    def _signed(self) -> Progress:
        status = self.transport.agreement_status()
        if self.agency not in status.signed_by:
            return Progress(Step.SIGN, Waiting.PERSON, "this agency has not signed the agreement")
        absent = sorted(set(self.agreement.agencies) - set(status.signed_by))
        if absent:
            what = f"not signed by {', '.join(absent)}"
            return Progress(Step.SIGN, Waiting.AGENCIES, what)
        return Progress(Step.SIGN)

    # Step 2: secret

    def _make_secret(self) -> Progress:
        if self.has_secret():
            return Progress(Step.SECRET)
        ceremony = Ceremony(self.agreement, self.agency, self.identity, self._contribution())
        while True:
            progress = ceremony.advance(self.transport.ceremony_messages())
            if progress.secret is not None:
                self.vault.put(_SECRET, progress.secret.reveal())
                return Progress(Step.SECRET)
            if not progress.outgoing:
                what = f"the key ceremony waits for {', '.join(progress.waiting_for)}"
                return Progress(Step.SECRET, Waiting.AGENCIES, what)
            for message in progress.outgoing:
                self.transport.put_ceremony_message(message)

    def has_secret(self) -> bool:
        """Whether the project secret is made."""
        return self.vault.get(_SECRET) is not None

    def _contribution(self) -> Contribution:
        """This agency's contribution: kept before anything of it is published."""
        kept = self.vault.get(_CONTRIBUTION)
        if kept is None:
            kept = Contribution.generate().encode()
            self.vault.put(_CONTRIBUTION, kept)
        return Contribution.decode(kept)

    # Step 3: encode

    def _encode(self) -> Progress:
        dataset = self.spool.load()
        if dataset is not None and (self.is_approved(dataset) or self._is_fresh(dataset.summary)):
            return Progress(Step.ENCODE)
        # Compiled code is far from small: it is loaded where there is something to encode.
        from linkage_agent.pii.encode import encode  # noqa: PLC0415

        secret = self.vault.get(_SECRET)
        if secret is None:  # (2) was done before, so the entry has been taken away since
            raise self.vault.damaged(_SECRET)
        kinds = {field.name: field.kind for field in self.agreement.schema.fields}
        needed = needed_fields(self.agreement.schema)
        extract = read_extract(self.config.source, kinds, needed=needed)
        encoded = encode(
            extract.columns,
            self.agreement.schema,
            Secret(secret),
            self.agreement.project.epoch,
            secrets.token_bytes,
        )
        if not len(encoded):
            raise SourceError(NOTHING_TO_SEND, row_count=len(extract.columns))
        summary = summarise(extract, encoded, mapping_digest(self.config.source))
        row_ids = extract.columns.row_ids
        self.spool.write(encoded, row_ids, self.agreement, self.agency, summary)
        return Progress(Step.ENCODE)

    def _is_fresh(self, summary: Summary) -> bool:
        """Whether extract and mapping are still those that were encoded.

        An extract that has vanished counts as such: what is spooled can still be sent.
        """
        if mapping_digest(self.config.source) != summary.mapping:
            return False
        try:
            with self.config.source.file.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == summary.source
        except OSError:
            return True

    def withdraw_approval_if_stale(self) -> None:
        """Lets a changed extract or mapping be encoded anew, until the old dataset is committed.

        After that the spool must stay: it alone knows which row each record token is.
        """
        dataset = self.spool.load()
        if dataset is None or self.vault.get(_COMMITTING) == dataset.id.encode():
            return
        if self.is_approved(dataset) and not self._is_fresh(dataset.summary):
            self.vault.remove(_APPROVED)

    # Step 4: approve

    def is_approved(self, dataset: SpooledDataset) -> bool:
        """Whether a person has approved exactly this dataset."""
        return self.vault.get(_APPROVED) == dataset.id.encode()

    def approve_upload(self, dataset: DatasetId) -> None:
        """A person approves the dataset of this name.

        Raises:
            SourceError: It is not the one that is spooled.
        """
        spooled = self.spool.load()
        if spooled is None or spooled.id != dataset:
            raise SourceError(NOT_PREVIEWED)
        self.vault.put(_APPROVED, dataset.encode())

    def _approved(self) -> Progress:
        dataset = self._spooled()
        if not self.is_approved(dataset):
            if self.config.approval.upload is Approval.ASK:
                what = f"nobody has approved the dataset {dataset.id}"
                return Progress(Step.APPROVE, Waiting.PERSON, what)
            self.approve_upload(dataset.id)
        return Progress(Step.APPROVE)

    # Step 5: send

    def _send(self) -> Progress:
        dataset = self._spooled()
        send_chunks(
            self.transport,
            self.spool,
            dataset,
            lambda done, total: self.report(Step.SEND, done, total),
        )
        self.vault.put(_COMMITTING, dataset.id.encode())
        commit(self.transport, dataset, self.identity.signing)
        return Progress(Step.SEND)

    # Step 6: match

    def _match(self) -> Progress:
        try:
            run = self.transport.request_run()
        except StateError as error:
            if error.reason is not DATASETS_MISSING:
                raise
            return Progress(Step.MATCH, Waiting.AGENCIES, error.message)
        self.vault.put(_RUN, run.encode())
        view = self.transport.run_view(run)
        if view.state in (RunState.QUEUED, RunState.RUNNING):
            return Progress(Step.MATCH, Waiting.MATCHER, f"the run is {view.state}")
        if view.state is RunState.FAILED:
            raise StateError(RUN_FAILED)
        if view.state is RunState.REFUSED:
            raise AccessError(RUN_REFUSED)
        return Progress(Step.MATCH)

    # Step 7: release

    def held_result(self) -> tuple[RunView, Digest]:
        """The run, and the digest of its result that an approval signs.

        Raises:
            StateError: There is no result yet, or it was refused.
        """
        view = self.transport.run_view(self.transport.request_run())
        if view.state not in (RunState.HELD, RunState.RELEASED):
            raise StateError(NOTHING_TO_APPROVE, state=view.state.value)
        return view, result_digest(view.run, view.tables)

    def approve_release(self, view: RunView) -> None:
        """A person lets the match keys of this result go to the agreement's recipients."""
        digest = result_digest(view.run, view.tables)
        self.vault.put(_APPROVED_RESULT, digest.encode())
        statement = release_approval(self.agreement.digest, self.agency, view.run, digest)
        self.transport.approve_release(view.run, self.identity.signing.sign(statement))

    def _released(self) -> Progress:
        view, digest = self.held_result()
        if self.agency not in view.approved_by:
            if self.config.approval.release is Approval.ASK:
                what = f"nobody here has approved the release of the result {digest}"
                return Progress(Step.RELEASE, Waiting.PERSON, what)
            self.approve_release(view)
            view = self.transport.run_view(view.run)
        if view.state is not RunState.RELEASED:
            absent = sorted(set(self.agreement.agencies) - set(view.approved_by))
            what = f"release not approved by {', '.join(absent)}"
            return Progress(Step.RELEASE, Waiting.AGENCIES, what)
        return Progress(Step.RELEASE)

    # Step 8: fetch

    def _fetch(self) -> Progress:
        view, digest = self.held_result()
        if self.vault.get(_APPROVED_RESULT) != digest.encode():
            raise AccessError(RESULT_ALTERED)
        if self.result_run() != view.run or not self.config.match_keys_file.exists():
            groups, keys = self.agreement.groups_of(self.agency), {}
            dataset = self._spooled()
            tokens = self.spool.tokens(dataset)
            for done, group in enumerate(groups):
                self.report(Step.FETCH, done, len(groups))
                content = fetch_group(self.transport, view, self.agency, group.id, len(tokens))
                keys[group.id] = keys_of_records(tokens, content)
                self.vault.put(f"match-keys-{group.id}", content)
            write_match_keys(
                self.spool.rows(dataset),
                keys,
                self.config.source.row_id_column,
                self.config.match_keys_file,
            )
            self.vault.put(_RESULT_RUN, view.run.encode())
        return Progress(Step.FETCH)

    def result_run(self) -> RunId | None:
        """The run whose match keys are here, if any are."""
        return self._kept_run(_RESULT_RUN)

    def requested_run(self) -> RunId | None:
        """The run that this agency has asked for, if it has."""
        return self._kept_run(_RUN)

    def _kept_run(self, entry: str) -> RunId | None:
        kept = self.vault.get(entry)
        return RunId(kept.decode()) if kept else None

    def row_keys(self, group: GroupId) -> RowKeys:
        """This agency's rows with their match keys for a group.

        Raises:
            StateError: They have not been fetched.
        """
        content = self.vault.get(f"match-keys-{group}")
        if content is None:
            raise StateError(NO_RESULT)
        return join_rows(self.spool, self._spooled(), content)

    def _spooled(self) -> SpooledDataset:
        dataset = self.spool.load()
        if dataset is None:
            raise SourceError(NOT_PREVIEWED)
        return dataset


def mapping_digest(source: SourceConfig) -> Digest:
    """A digest of how an extract is to be read, wherever it lies."""
    mapping = source.model_dump(mode="json", exclude={"file"})
    return content_digest(json.dumps(mapping, sort_keys=True).encode())
