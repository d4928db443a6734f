"""The key ceremony: agencies make the project secret, the matcher relays what it can't read.

A pure function of what lies on the board: it is given all messages that this agency may read, and
says what to put there next and whether the secret is made. Doing it again after a kill does no
harm. The sequence, for agency i under the agreement with digest A:

(1) ctx = frame("linkage/kc1", A, epoch).
(2) i draws r_i and n_i and publishes c_i = H(ctx, "commit", i, n_i, r_i): nobody can choose a
    contribution after seeing another's.
(3) When all commitments are there, T = H(ctx, "commits", i, c_i, ... in order of agencies). i sends
    n_i and r_i to each j, sealed to j's card with info (ctx, T, i, j): a relay that shows
    different commitments to different parties ends up with shares that don't open.
(4) i opens what it was sent and checks it against the sender's commitment.
(5) K = HKDF(r of all agencies in order, salt T, info ctx).
(6) i publishes a check value of K. When all agencies' check values are right, K is the secret.

Every message is signed by its sender over the agreement, sender, recipient, step and body; keys are
those pinned in the agreement. What goes wrong names the step and the party.

Design: service.md section 3 (KC-1); the commit-and-reveal is Blum's, 1983.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from linkage.agreement.model import Agreement
from linkage.agreement.statements import ceremony_message
from linkage.crypto.digests import combine, derive, digest, frame
from linkage.crypto.sealing import UnsealError
from linkage.crypto.secret import SECRET_BYTES, Secret
from linkage.errors import AccessError, ExitCode, Reason
from linkage.exchange.ceremony import CeremonyMessage, CeremonyStep
from linkage.ids import AgencyId
from linkage_agent.keys.identity import Identity

CEREMONY_BROKEN: Final = Reason(
    "CEREMONY_BROKEN",
    "The key ceremony stopped at the step {step}: the message of {agency} {what}.",
    "Do not go on: tell {agency} and the matcher's operator. A new ceremony needs an amended "
    "agreement with the next epoch.",
    ExitCode.NOT_ALLOWED,
)


@dataclass(frozen=True, slots=True)
class Contribution:
    """What this agency brings: kept in its vault before anything is published."""

    secret: Secret
    nonce: Secret

    @classmethod
    def generate(cls) -> "Contribution":
        """A new random one."""
        return cls(Secret.generate(), Secret.generate())

    @classmethod
    def decode(cls, content: bytes) -> "Contribution":
        """From `encode`; raises ValueError for another length."""
        if len(content) != 2 * SECRET_BYTES:
            raise ValueError("a contribution has a wrong length")
        return cls(Secret(content[SECRET_BYTES:]), Secret(content[:SECRET_BYTES]))

    def encode(self) -> bytes:
        """Nonce, then secret: 64 bytes."""
        return self.nonce.reveal() + self.secret.reveal()


@dataclass(frozen=True, slots=True)
class CeremonyProgress:
    """Where the ceremony stands.

    Attributes:
        outgoing: what to put on the board now.
        secret: the project secret, once all agencies have confirmed it.
        waiting_for: agencies whose next message is missing, ascending.
    """

    outgoing: tuple[CeremonyMessage, ...]
    secret: Secret | None
    waiting_for: tuple[AgencyId, ...]


Board = Mapping[tuple[AgencyId, AgencyId | None, CeremonyStep], bytes]


@dataclass(frozen=True, slots=True)
class Ceremony:
    """One agency's part in the ceremony of one agreement."""

    agreement: Agreement
    agency: AgencyId
    identity: Identity
    contribution: Contribution

    def advance(self, messages: Sequence[CeremonyMessage]) -> CeremonyProgress:
        """What follows from the messages on the board.

        Raises:
            AccessError: A message is forged, contradicts another, or the check values differ.
        """
        board = self._verified(messages)
        commits, waiting = self._collect(board, CeremonyStep.COMMIT)
        if (self.agency, None, CeremonyStep.COMMIT) not in board:
            return self._publish(CeremonyStep.COMMIT, self._commitment())  # (2)
        if commits[self.agency] != self._commitment():
            raise self._broken(CeremonyStep.COMMIT, self.agency, "is not what this vault holds")
        if waiting:
            return CeremonyProgress((), None, waiting)
        transcript = self._transcript(commits)
        unsent = tuple(
            self._share(other, transcript)  # (3)
            for other in self._others()
            if (self.agency, other, CeremonyStep.SHARE) not in board
        )
        if unsent:
            return CeremonyProgress(unsent, None, ())
        return self._finish(board, commits, transcript)

    def _finish(
        self, board: Board, commits: Mapping[AgencyId, bytes], transcript: bytes
    ) -> CeremonyProgress:
        absent = tuple(
            other
            for other in self._others()
            if (other, self.agency, CeremonyStep.SHARE) not in board
        )
        if absent:
            return CeremonyProgress((), None, absent)
        contributions = {self.agency: self.contribution}
        for other in self._others():
            sealed = board[other, self.agency, CeremonyStep.SHARE]
            contributions[other] = self._opened(other, sealed, commits[other], transcript)  # (4)
        secret = combine(  # (5)
            [contributions[agency].secret for agency in self.agreement.agencies],
            salt=transcript,
            info=self._context(),
        )
        if (self.agency, None, CeremonyStep.CONFIRM) not in board:
            check = self._check_value(secret, self.agency)
            return self._publish(CeremonyStep.CONFIRM, check)  # (6)
        confirms, waiting = self._collect(board, CeremonyStep.CONFIRM)
        for agency, value in confirms.items():
            if not hmac.compare_digest(value, self._check_value(secret, agency)):
                raise self._broken(CeremonyStep.CONFIRM, agency, "confirms another secret")
        return CeremonyProgress((), None if waiting else secret, waiting)

    def _verified(self, messages: Sequence[CeremonyMessage]) -> Board:
        """The bodies of all messages whose signature is their sender's."""
        board: dict[tuple[AgencyId, AgencyId | None, CeremonyStep], bytes] = {}
        for message in messages:
            place = (message.sender, message.recipient, message.step)
            if message.sender not in self.agreement.agencies:
                raise self._broken(message.step, message.sender, "is not from a party")
            statement = self._statement(message.sender, message.recipient, message)
            key = self.agreement.party(message.sender).card.verify_key
            if not key.accepts(message.signature, statement):
                raise self._broken(message.step, message.sender, "has a wrong signature")
            if board.setdefault(place, message.body) != message.body:
                raise self._broken(message.step, message.sender, "stands there in two versions")
        return board

    def _statement(
        self, sender: AgencyId, recipient: AgencyId | None, message: CeremonyMessage
    ) -> bytes:
        return ceremony_message(
            self.agreement.digest, sender, recipient or "", message.step, message.body
        )

    def _collect(
        self, board: Board, step: CeremonyStep
    ) -> tuple[dict[AgencyId, bytes], tuple[AgencyId, ...]]:
        """What each agency published in a step, and who has not."""
        found = {
            agency: board[agency, None, step]
            for agency in self.agreement.agencies
            if (agency, None, step) in board
        }
        return found, tuple(agency for agency in self.agreement.agencies if agency not in found)

    def _publish(self, step: CeremonyStep, body: bytes) -> CeremonyProgress:
        return CeremonyProgress((self._signed(None, step, body),), None, ())

    def _share(self, recipient: AgencyId, transcript: bytes) -> CeremonyMessage:
        key = self.agreement.party(recipient).card.recipient_key
        info = self._share_info(transcript, self.agency, recipient)
        sealed = key.seal(self.contribution.encode(), info)
        return self._signed(recipient, CeremonyStep.SHARE, sealed)

    def _opened(
        self, sender: AgencyId, sealed: bytes, commitment: bytes, transcript: bytes
    ) -> Contribution:
        info = self._share_info(transcript, sender, self.agency)
        try:
            contribution = Contribution.decode(self.identity.opening.open(sealed, info))
        except (UnsealError, ValueError):
            raise self._broken(CeremonyStep.SHARE, sender, "can't be opened") from None
        if not hmac.compare_digest(commitment, self._commitment(sender, contribution)):
            raise self._broken(CeremonyStep.SHARE, sender, "is not what it committed to")
        return contribution

    def _signed(
        self, recipient: AgencyId | None, step: CeremonyStep, body: bytes
    ) -> CeremonyMessage:
        unsigned = CeremonyMessage(self.agency, recipient, step, body, b"")
        statement = self._statement(self.agency, recipient, unsigned)
        signature = self.identity.signing.sign(statement)
        return CeremonyMessage(self.agency, recipient, step, body, signature)

    def _others(self) -> tuple[AgencyId, ...]:
        return tuple(agency for agency in self.agreement.agencies if agency != self.agency)

    def _context(self) -> bytes:
        return frame("linkage/kc1", self.agreement.digest, self.agreement.project.epoch)  # (1)

    def _commitment(
        self, agency: AgencyId | None = None, contribution: Contribution | None = None
    ) -> bytes:
        encoded = (contribution or self.contribution).encode()
        label = "linkage/kc1/commit"
        return bytes.fromhex(digest(label, self._context(), agency or self.agency, encoded))

    def _transcript(self, commits: Mapping[AgencyId, bytes]) -> bytes:
        parts = (part for agency in self.agreement.agencies for part in (agency, commits[agency]))
        return bytes.fromhex(digest("linkage/kc1/commits", self._context(), *parts))

    def _share_info(self, transcript: bytes, sender: AgencyId, recipient: AgencyId) -> bytes:
        return frame("linkage/kc1/share", self._context(), transcript, sender, recipient)

    def _check_value(self, secret: Secret, agency: AgencyId) -> bytes:
        return derive(secret, "linkage/kc1/confirm", self._context(), agency).reveal()

    @staticmethod
    def _broken(step: CeremonyStep, agency: AgencyId, what: str) -> AccessError:
        return AccessError(CEREMONY_BROKEN, step=step.value, agency=agency, what=what)
