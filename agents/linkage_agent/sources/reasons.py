"""Every reason why an extract is refused.

They stand in one place because an error crosses from the reading child by its code, and the parent
looks the reason up here. `{cause}` is the operating system's own text for an error number.
"""

from typing import Final

from linkage.errors import ExitCode, Reason

MAPPING_INVALID: Final = Reason(
    "SOURCE_MAPPING_INVALID",
    "The mapping of the extract to the agreement's fields has {problem_count} fault(s).",
    "Mend each of the keys listed in the agent's configuration.",
    ExitCode.CONFIGURATION,
)
UNREADABLE: Final = Reason(
    "SOURCE_UNREADABLE",
    "The extract {file} can't be read: {cause}.",
    "Check source.file in the configuration, and that the agent's user may read the file.",
    ExitCode.BAD_DATA,
)
NOT_A_FILE: Final = Reason(
    "SOURCE_NOT_A_FILE",
    "The extract {file} is a folder, a pipe or a device, not a file.",
    "Name the file itself in source.file; it is read twice, so it can't be a pipe.",
    ExitCode.BAD_DATA,
)
EMPTY: Final = Reason(
    "SOURCE_EMPTY",
    "The extract {file} is empty.",
    "Check that the export has finished and wrote to this file, then run again.",
    ExitCode.BAD_DATA,
)
NO_RECORDS: Final = Reason(
    "SOURCE_NO_RECORDS",
    "The extract {file} has column names but no records.",
    "Check the filter of the export; an extract without records is never sent.",
    ExitCode.BAD_DATA,
)
NOT_TEXT: Final = Reason(
    "SOURCE_NOT_TEXT",
    "The extract {file} is a workbook or an archive, not a text file.",
    "Open it and export the sheet as CSV; renaming the file is not enough.",
    ExitCode.BAD_DATA,
)
UTF_16: Final = Reason(
    "SOURCE_UTF_16",
    "The extract {file} is written in UTF-16.",
    'Export it again as "CSV UTF-8" and set source.charset to "utf-8".',
    ExitCode.BAD_DATA,
)
ZERO_BYTE: Final = Reason(
    "SOURCE_ZERO_BYTE",
    "The extract {file} has a zero byte in line {line}, at offset {offset} counted from 0.",
    "The file is damaged, or is not text in UTF-8 or Windows-1252. Export it again.",
    ExitCode.BAD_DATA,
)
UNDECODABLE: Final = Reason(
    "SOURCE_UNDECODABLE",
    "The extract {file} has a byte that is not {charset} in line {line}, at offset {offset}"
    " counted from 0.",
    'Set source.charset to what the export wrote: "utf-8", or "windows-1252" for Excel\'s plain'
    " CSV. If it is right, the file is damaged: export it again.",
    ExitCode.BAD_DATA,
)
IS_UTF_8: Final = Reason(
    "SOURCE_IS_UTF_8",
    "The extract {file} is declared as windows-1252, but it is UTF-8: accented letters would be"
    " read wrongly.",
    'Set source.charset to "utf-8".',
    ExitCode.BAD_DATA,
)
LINE_TOO_LONG: Final = Reason(
    "SOURCE_LINE_TOO_LONG",
    "The extract {file} has more than {limit} bytes without a line break, from offset {offset}.",
    "The file is no table of lines. Export it again as CSV.",
    ExitCode.BAD_DATA,
)
OTHER_DELIMITER: Final = Reason(
    "SOURCE_OTHER_DELIMITER",
    "The first line of {file} holds {found} of {needed} configured columns when it is split at"
    " each {delimiter}, and {found_with_other} at each {other}.",
    "Set source.delimiter to the {other}.",
    ExitCode.BAD_DATA,
)
COLUMNS_MISSING: Final = Reason(
    "SOURCE_COLUMNS_MISSING",
    "The first line of {file} has {found} column(s) and lacks these: {missing}.",
    "Compare the first line with the column names under [source] in the configuration; capitals"
    " count. If the file has no line of column names, export it with one.",
    ExitCode.BAD_DATA,
)
COLUMNS_REPEATED: Final = Reason(
    "SOURCE_COLUMNS_REPEATED",
    "The first line of {file} names these columns more than once: {repeated}.",
    "Give each column of the export a name of its own.",
    ExitCode.BAD_DATA,
)
ROW_WIDTH: Final = Reason(
    "SOURCE_ROW_WIDTH",
    "The record that starts in line {line} of {file} has {found} fields where the first line has"
    " {expected}.",
    "Look in that line for a value that holds the delimiter or a line break without quotation"
    " marks round it. Mend the export, not just the line.",
    ExitCode.BAD_DATA,
)
BLANK_LINE: Final = Reason(
    "SOURCE_BLANK_LINE",
    "Line {line} of {file} is blank, and records follow it.",
    "Remove the line, and check that no record was lost there. Blank lines at the end are fine.",
    ExitCode.BAD_DATA,
)
QUOTE_OPEN: Final = Reason(
    "SOURCE_QUOTE_OPEN",
    "A quotation mark is opened in the record that starts in line {line} of {file} and never"
    " closed.",
    "Close it; a quotation mark inside a quoted value is written twice. If the file is cut short,"
    " export it again.",
    ExitCode.BAD_DATA,
)
QUOTE_MISPLACED: Final = Reason(
    "SOURCE_QUOTE_MISPLACED",
    "In the record that starts in line {line} of {file}, something follows a closing quotation"
    " mark.",
    "Look for an opened quotation mark in or before that line; one inside a quoted value is"
    " written twice. Check source.delimiter as well.",
    ExitCode.BAD_DATA,
)
VALUE_TOO_LONG: Final = Reason(
    "SOURCE_VALUE_TOO_LONG",
    "The record that starts in line {line} of {file} has a value of more than {limit} characters.",
    "Look in that line for a quotation mark that is opened and not closed; else leave the long"
    " column out of the export.",
    ExitCode.BAD_DATA,
)
ROW_ID_MISSING: Final = Reason(
    "SOURCE_ROW_ID_MISSING",
    "The record that starts in line {line} of {file} has no row id.",
    "Give every record a row id of its own, or name another column in source.row_id_column.",
    ExitCode.BAD_DATA,
)
ROW_ID_REPEATED: Final = Reason(
    "SOURCE_ROW_ID_REPEATED",
    "The records that start in lines {first_line} and {second_line} of {file} have the same"
    " row id.",
    "Give every record a row id of its own, or name another column in source.row_id_column.",
    ExitCode.BAD_DATA,
)
TOO_MANY_RECORDS: Final = Reason(
    "SOURCE_TOO_MANY_RECORDS",
    "The extract {file} has more than {limit} records.",
    "Split the extract.",
    ExitCode.BAD_DATA,
)
CHANGED: Final = Reason(
    "SOURCE_CHANGED",
    "The extract {file} changed while it was read.",
    "Wait until the program that writes the file has finished, then run again.",
    ExitCode.TRY_LATER,
)
READER_FAILED: Final = Reason(
    "SOURCE_READER_FAILED",
    "The process that reads {file} failed inside ({kind}).",
    "With MemoryError, free memory or split the extract. Otherwise report this text: it holds"
    " nothing of your data.",
    ExitCode.INTERNAL,
)
READER_DIED: Final = Reason(
    "SOURCE_READER_DIED",
    "The process that reads {file} ended before it was done (exit status {status}).",
    "Run again. Status -9 often means that the machine ran out of memory: free some, or split"
    " the extract.",
    ExitCode.TRY_LATER,
)

REASONS: Final = (
    MAPPING_INVALID,
    UNREADABLE,
    NOT_A_FILE,
    EMPTY,
    NO_RECORDS,
    NOT_TEXT,
    UTF_16,
    ZERO_BYTE,
    UNDECODABLE,
    IS_UTF_8,
    LINE_TOO_LONG,
    OTHER_DELIMITER,
    COLUMNS_MISSING,
    COLUMNS_REPEATED,
    ROW_WIDTH,
    BLANK_LINE,
    QUOTE_OPEN,
    QUOTE_MISPLACED,
    VALUE_TOO_LONG,
    ROW_ID_MISSING,
    ROW_ID_REPEATED,
    TOO_MANY_RECORDS,
    CHANGED,
    READER_FAILED,
    READER_DIED,
)
