"""Every reason why an evaluation can't be done.

Facts are paths and names that the command line or the project file gave, line numbers and counts.
"""

from typing import Final

from linkage.errors import ExitCode, Reason

PROJECT_UNREADABLE: Final = Reason(
    "PROJECT_UNREADABLE",
    "The project file {file} can't be read: {cause}.",
    "Check the path, that the file is UTF-8 text and that it is TOML.",
    ExitCode.CONFIGURATION,
)
PROJECT_INVALID: Final = Reason(
    "PROJECT_INVALID",
    "The project file {file} has {problem_count} fault(s).",
    "Mend each of the keys listed, or leave them out: what is missing is filled in. "
    "benchmarks/README.md says what may stand there.",
    ExitCode.CONFIGURATION,
)
FOLDER_UNREADABLE: Final = Reason(
    "FOLDER_UNREADABLE",
    "The data folder {folder} can't be read: {cause}.",
    "Name a folder with one CSV file for each agency and truth.csv.",
    ExitCode.CONFIGURATION,
)
TOO_FEW_AGENCIES: Final = Reason(
    "TOO_FEW_AGENCIES",
    "The data folder {folder} has {found} file(s) that can be an agency's.",
    "At least two are needed, each named <agency>.csv with 1 to 32 of a-z, 0-9, - and _ before the "
    "dot, starting with a letter; truth.csv and subgroups.csv are none.",
    ExitCode.CONFIGURATION,
)
AGENCY_MISSING: Final = Reason(
    "AGENCY_MISSING",
    "The data folder {folder} has no file {agency}.csv, but {agency} is a party.",
    "Put the agency's records there, or take it out of [[parties]].",
    ExitCode.CONFIGURATION,
)
TRUTH_MISSING: Final = Reason(
    "TRUTH_MISSING",
    "The data folder {folder} has no file truth.csv, so nothing can be compared with the truth.",
    "Write one with the columns agency, record_id and person_id. A record without a line in it is "
    "a person of its own.",
    ExitCode.CONFIGURATION,
)
LIST_UNREADABLE: Final = Reason(
    "LIST_UNREADABLE",
    "The file {file} can't be read: {cause}.",
    "It must be CSV in UTF-8 with commas, and this user must be allowed to read it.",
    ExitCode.BAD_DATA,
)
LIST_COLUMNS: Final = Reason(
    "LIST_COLUMNS",
    "The first line of {file} lacks {missing}, or names a column twice.",
    "Its columns are {needed}.",
    ExitCode.BAD_DATA,
)
LIST_ROW: Final = Reason(
    "LIST_ROW",
    "Line {line} of {file} is wrong: {what}.",
    "Mend the line. Each names an agency that has a file, and one of its record ids, once.",
    ExitCode.BAD_DATA,
)
SUBGROUPS_TOO_FINE: Final = Reason(
    "SUBGROUPS_TOO_FINE",
    "Column {column} of {file} has {found} different values; at most {limit} make subgroups.",
    "Use a coarser division: age bands rather than ages.",
    ExitCode.BAD_DATA,
)
FIELD_WITHOUT_COLUMN: Final = Reason(
    "FIELD_WITHOUT_COLUMN",
    "Only {found} of {agencies} agencies have a column for the field {field}.",
    'At least two need one: name it in [columns.<agency>.{field}] with column = "...", or take '
    "the field out of [[fields]].",
    ExitCode.CONFIGURATION,
)
COLUMN_MISSING: Final = Reason(
    "COLUMN_MISSING",
    "The file of {agency} has no column {column}, which [columns.{agency}] in the project names.",
    "Write the column's name as it stands in the file's first line, capitals included.",
    ExitCode.CONFIGURATION,
)
AGENCY_WITHOUT_FIELDS: Final = Reason(
    "AGENCY_WITHOUT_FIELDS",
    "The file of {agency} has a column for none of the fields.",
    "Say which columns are which fields in [columns.{agency}.<field>], or leave the agency out of "
    "[[parties]].",
    ExitCode.CONFIGURATION,
)
