"""Every reason why a table or a picture is refused."""

from typing import Final

from linkage.errors import ExitCode, Reason

TABLE_NOT_AGREED: Final = Reason(
    "TABLE_NOT_AGREED",
    "The agreement has no table from {sender} to {recipient}.",
    "Only what the agreement lists under [[tables]] may be given; to give more, amend it.",
    ExitCode.NOT_ALLOWED,
)
ATTRIBUTE_NOT_AGREED: Final = Reason(
    "ATTRIBUTE_NOT_AGREED",
    "In the recipient group {group}, the agreement lists no such attributes of {agency}: {names}.",
    "Name under picture.columns only attributes that this agency gives to others in the group.",
    ExitCode.CONFIGURATION,
)
COLUMNS_NOT_AS_AGREED: Final = Reason(
    "TABLE_COLUMNS_NOT_AS_AGREED",
    "The table's columns are not the agreement's attributes; missing: {missing}; not agreed: "
    "{surplus}.",
    "Name a column for each attribute that the agreement lists for this table, and no other.",
    ExitCode.CONFIGURATION,
)
EXTRACT_CHANGED: Final = Reason(
    "TABLE_EXTRACT_CHANGED",
    "{record_count} record(s) that have a match key are not in the extract any more.",
    "Use the extract that was sent for this run, or send the present one in a new run.",
    ExitCode.BAD_DATA,
)
VALUES_NOT_AGREED: Final = Reason(
    "TABLE_VALUES_NOT_AGREED",
    "The extract holds values that the agreement does not list: {faults}.",
    "Coarsen each of these columns to the values that the agreement lists, exactly as they are "
    "written there; leave the cell empty where nothing is known.",
    ExitCode.BAD_DATA,
)
TABLE_NOT_THERE: Final = Reason(
    "TABLE_NOT_THERE",
    "The table {file} is not there.",
    "Ask the partner for it (`linkage-agent table` makes it), put it at that path and run again.",
    ExitCode.WAITING,
)
TABLE_UNREADABLE: Final = Reason(
    "TABLE_UNREADABLE",
    "The table {file} can't be read: {cause}.",
    "Check picture.tables in the configuration and the file's permissions.",
    ExitCode.CONFIGURATION,
)
TABLE_TOO_LARGE: Final = Reason(
    "TABLE_TOO_LARGE",
    "The table {file} has more than {limit} bytes.",
    "Check that the file is a sealed table of this linkage.",
    ExitCode.BAD_DATA,
)
NOT_A_TABLE: Final = Reason(
    "NOT_A_TABLE",
    "{file} is not a sealed attribute table of a version that is known here.",
    "Check that it is the file that the partner's `linkage-agent table` made, and that the "
    "partner's release of the agent works with this one.",
    ExitCode.BAD_DATA,
)
TABLE_INCOMPLETE: Final = Reason(
    "TABLE_INCOMPLETE",
    "The table {file} is cut short, or something was added to it.",
    "Copy the file again; if that does not help, ask the partner to send it again.",
    ExitCode.PROTOCOL,
)
TABLE_OF_OTHER_AGREEMENT: Final = Reason(
    "TABLE_OF_OTHER_AGREEMENT",
    "The table {file} was made under another agreement.",
    "Both agencies need the same agreement: compare the digests that `linkage-agent check` prints.",
    ExitCode.BAD_DATA,
)
TABLE_OF_OTHER_RUN: Final = Reason(
    "TABLE_OF_OTHER_RUN",
    "The table {file} carries the match keys of another match run.",
    "Both agencies fetch the present run's match keys; then the partner makes the table again.",
    ExitCode.BAD_DATA,
)
TABLE_FOR_ANOTHER: Final = Reason(
    "TABLE_FOR_ANOTHER",
    "The table {file} is not meant for {recipient}.",
    "Delete it, and tell the partner that it went astray.",
    ExitCode.NOT_ALLOWED,
)
TABLE_SENDER_UNKNOWN: Final = Reason(
    "TABLE_SENDER_UNKNOWN",
    "The table {file} does not come from a party to the agreement.",
    "Delete it: it was changed, or made by somebody else.",
    ExitCode.NOT_ALLOWED,
)
TABLE_SIGNATURE_WRONG: Final = Reason(
    "TABLE_SIGNATURE_WRONG",
    "The table {file} does not bear {sender}'s signature: it was changed, or made by another.",
    "Copy the file again; if that does not help, ask {sender} by telephone whether they sent it.",
    ExitCode.NOT_ALLOWED,
)
TABLE_NOT_OPENED: Final = Reason(
    "TABLE_NOT_OPENED",
    "The table {file} can't be opened with this agency's key, though {sender} signed it.",
    "Check that the agreement pins this agency's present card; then ask {sender} to make the table "
    "again.",
    ExitCode.NOT_ALLOWED,
)
TABLE_ROWS_WRONG: Final = Reason(
    "TABLE_ROWS_WRONG",
    "The table {file} that {sender} sealed does not hold what the agreement lists: {what}.",
    "Use releases of the agent that work together; then ask {sender} to make the table again.",
    ExitCode.PROTOCOL,
)

NO_TABLES: Final = Reason(
    "PICTURE_WITHOUT_TABLES",
    "A picture needs the table of at least one partner.",
    "List the partners' tables under picture.tables in the configuration.",
    ExitCode.CONFIGURATION,
)
TABLE_TWICE: Final = Reason(
    "PICTURE_TABLE_TWICE",
    "Two of the picture's tables are from {agency}.",
    "List one table from each partner under picture.tables, and none of one's own.",
    ExitCode.CONFIGURATION,
)
OTHER_GROUP: Final = Reason(
    "PICTURE_OF_OTHER_GROUP",
    "The table of {agency} carries the match keys of the recipient group {group}; this picture is "
    "of {expected}.",
    "Match keys of different groups can't be joined: make a picture of each group's tables.",
    ExitCode.CONFIGURATION,
)
PERSON_REPEATED: Final = Reason(
    "PICTURE_PERSON_REPEATED",
    "The table of {agency} has several records of one person, though the agreement says that it "
    "holds each person once.",
    "Ask {agency} and the matcher's operator: the match keys are not those of the agreed run.",
    ExitCode.PROTOCOL,
)
