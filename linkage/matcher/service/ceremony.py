"""Key ceremony: passes on messages that the matcher can neither read nor forge.

It checks who sent a message and to whom, so that no party can fill another's place, and keeps the
first message in each place, so that none can tell two parties two things.
"""

from linkage.agreement.model import Agreement
from linkage.agreement.statements import ceremony_message
from linkage.errors import AccessError, LimitError, RequestError
from linkage.exchange.ceremony import MAX_BODY_BYTES, CeremonyMessage, CeremonyStep
from linkage.matcher.service.clock import Clock
from linkage.matcher.service.projects import Caller
from linkage.matcher.service.signed import check_signature
from linkage.matcher.store.interface import Store
from linkage.observe.emit import emit
from linkage.observe.events import CEREMONY_MESSAGE_KEPT
from linkage.reasons import INVALID_REQUEST, LIMIT_EXCEEDED, NOT_ALLOWED, REQUEST_CONFLICT


class Ceremony:
    """The ceremonies of all projects."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def put(self, caller: Caller, agreement: Agreement, message: CeremonyMessage) -> None:
        """Keeps a message. The same one again changes nothing, whichever signature it bears.

        Raises:
            RequestError: The message is addressed to nobody who may get it, or another one is in
                its place.
            AccessError: The caller is not its sender, or did not sign it.
            LimitError: It is too long.
        """
        _check_form(caller, agreement, message)
        recipient = message.recipient or ""
        statement = ceremony_message(
            agreement.digest, message.sender, recipient, message.step, message.body
        )
        check_signature(agreement, message.sender, message.signature, statement)
        place = (agreement.digest, message.sender, message.step, message.recipient)
        kept = self._store.ceremony.find(*place)
        if kept is None:
            self._store.ceremony.keep(agreement.digest, message, self._clock.now())
            emit(
                CEREMONY_MESSAGE_KEPT,
                agency=caller.agency,
                project=agreement.project.id,
                step=message.step.value,
            )
        elif kept.body != message.body:
            raise RequestError(
                REQUEST_CONFLICT, what=f"another ceremony message of the step {message.step}"
            )

    def list(self, caller: Caller, agreement: Agreement) -> tuple[CeremonyMessage, ...]:
        """The messages that the caller may read: to all, to it, and its own."""
        return self._store.ceremony.readable_by(agreement.digest, caller.agency)


def _check_form(caller: Caller, agreement: Agreement, message: CeremonyMessage) -> None:
    if message.sender != caller.agency:
        raise AccessError(NOT_ALLOWED, what="a message in another agency's name")
    if len(message.body) > MAX_BODY_BYTES:
        raise LimitError(LIMIT_EXCEEDED, what="bytes in a message", limit=MAX_BODY_BYTES)
    if message.step is not CeremonyStep.SHARE:
        if message.recipient is not None:
            raise RequestError(
                INVALID_REQUEST, what=f"a message of the step {message.step} is to all"
            )
    elif message.recipient not in agreement.agencies or message.recipient == caller.agency:
        raise RequestError(INVALID_REQUEST, what="a share goes to another party of the agreement")
