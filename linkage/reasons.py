"""The reasons that cross between agent and matcher, with what the agent's user is told.

Agent and matcher are released apart, so a code, once published, keeps its meaning. A page in
docs/errors.md explains each; reasons that only one program knows stand where they are raised.
"""

from typing import Final

from linkage.errors import ExitCode, Reason

INVALID_REQUEST: Final = Reason(
    "INVALID_REQUEST",
    "The matcher refused the request as malformed: {what}.",
    "Check that agent and matcher are releases that work together; if they are, report it.",
    ExitCode.BAD_DATA,
)
CHUNK_CORRUPT: Final = Reason(
    "CHUNK_CORRUPT",
    "Chunk {chunk} reached the matcher with other bytes than its manifest says.",
    "Send again. If it happens again, something between agent and matcher changes the traffic.",
    ExitCode.PROTOCOL,
)
AGREEMENT_MISMATCH: Final = Reason(
    "AGREEMENT_MISMATCH",
    "This agreement is not the one that the matcher holds: the digests differ.",
    "Compare the digest that `linkage-agent check` prints with the other parties', and use the "
    "agreement that all of them signed.",
    ExitCode.BAD_DATA,
)
SCHEMA_MISMATCH: Final = Reason(
    "SCHEMA_MISMATCH",
    "The dataset was encoded under another encoding schema than the agreement's.",
    "Run `linkage-agent preview` again under the present agreement.",
    ExitCode.BAD_DATA,
)
EPOCH_MISMATCH: Final = Reason(
    "EPOCH_MISMATCH",
    "The dataset was encoded in another epoch than the agreement's.",
    "Run `linkage-agent preview` again under the present agreement.",
    ExitCode.BAD_DATA,
)
AGREEMENT_NOT_LIVE: Final = Reason(
    "AGREEMENT_NOT_LIVE",
    "The agreement is not in force: {missing_count} signature(s) are missing, or its period does "
    "not include today.",
    "Every party runs `linkage-agent sign`; `linkage-agent status` shows who has. A period that "
    "is over needs an amended agreement.",
    ExitCode.NOT_ALLOWED,
)
VERSION_UNSUPPORTED: Final = Reason(
    "VERSION_UNSUPPORTED",
    "The matcher does not know this call.",
    "Use releases of agent and matcher that work together.",
    ExitCode.PROTOCOL,
)
WRONG_STATE: Final = Reason(
    "WRONG_STATE",
    "That can't be done now: {what}.",
    "`linkage-agent status` shows what is waited for.",
    ExitCode.WAITING,
)
DATASETS_MISSING: Final = Reason(
    "DATASETS_MISSING",
    "The run can't begin: {missing_count} of {party_count} agencies have not sent their dataset.",
    "Wait for the others, then run the command again.",
    ExitCode.WAITING,
)
UPLOAD_INCOMPLETE: Final = Reason(
    "UPLOAD_INCOMPLETE",
    "{missing_count} chunk(s) of the dataset have not arrived.",
    "Run `linkage-agent send` again: it sends only what is missing.",
    ExitCode.TRY_LATER,
)
RESULT_HELD: Final = Reason(
    "RESULT_HELD",
    "The result is held: {missing_count} of {party_count} agencies have not approved its release.",
    "Each agency runs `linkage-agent approve release`; then fetch again.",
    ExitCode.WAITING,
)
REQUEST_CONFLICT: Final = Reason(
    "REQUEST_CONFLICT",
    "The matcher already holds something else in this place: {what}.",
    "An agency sends one dataset and one set of ceremony messages in an epoch; to begin anew, "
    "amend the agreement with the next epoch.",
    ExitCode.PROTOCOL,
)
UNAUTHENTICATED: Final = Reason(
    "UNAUTHENTICATED",
    "The matcher does not accept this certificate as an agency's.",
    "Ask the matcher's operator for a certificate (`linkage-matcher certify`).",
    ExitCode.NOT_ALLOWED,
)
NOT_ALLOWED: Final = Reason(
    "NOT_ALLOWED",
    "The agreement does not allow this: {what}.",
    "Check the agreement's clauses for this agency.",
    ExitCode.NOT_ALLOWED,
)
NO_SUCH_PROJECT: Final = Reason(
    "NO_SUCH_PROJECT",
    "The matcher knows no project of this name to which this agency is a party.",
    "Check project.id in the agreement, and that the operator has opened the project.",
    ExitCode.NOT_ALLOWED,
)
LIMIT_EXCEEDED: Final = Reason(
    "LIMIT_EXCEEDED",
    "More than the limit: {what}, at most {limit}.",
    "Stay within the limit.",
    ExitCode.BAD_DATA,
)
STORE_UNAVAILABLE: Final = Reason(
    "STORE_UNAVAILABLE",
    "The matcher can't store or read at the moment (its disk may be full); nothing that it had "
    "acknowledged is lost.",
    "Try again later; tell the matcher's operator if it lasts.",
    ExitCode.TRY_LATER,
)
STORE_CORRUPT: Final = Reason(
    "STORE_CORRUPT",
    "What the matcher stored can no longer be read.",
    "Tell the matcher's operator: the dataset has to be sent again.",
    ExitCode.INTERNAL,
)
INTERNAL: Final = Reason(
    "INTERNAL",
    "The matcher failed in a way it did not expect.",
    "Give the matcher's operator the request id {request_id}.",
    ExitCode.INTERNAL,
)
