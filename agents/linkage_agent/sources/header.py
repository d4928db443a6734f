"""The first line of a file: where the configured columns are.

What the first line holds is never shown: in a file without a line of column names it is a person.
Only names that the configuration gives appear in errors.
"""

import csv
import io

from linkage.errors import SourceError
from linkage_agent.sources.plan import DELIMITERS, ReadPlan
from linkage_agent.sources.reasons import COLUMNS_MISSING, COLUMNS_REPEATED, OTHER_DELIMITER


def find_columns(first_row: list[str], plan: ReadPlan) -> dict[str, int]:
    """The place in a row of each configured column.

    Names must be equal, capitals included; space around them does not count.

    Raises:
        SourceError: A column is missing or stands more than once; all such are named.
    """
    headers = [text.strip() for text in first_row]
    if missing := [header for header in plan.headers if header not in headers]:
        raise SourceError(
            COLUMNS_MISSING, file=plan.file, found=len(headers), missing=_listed(missing)
        )
    if repeated := [header for header in plan.headers if headers.count(header) > 1]:
        raise SourceError(COLUMNS_REPEATED, file=plan.file, repeated=_listed(repeated))
    return {header: headers.index(header) for header in plan.headers}


def refuse_other_delimiter(start: str, plan: ReadPlan) -> None:
    """Refuses a file whose first line makes more sense with another delimiter.

    Args:
        start: The beginning of the file's text, long enough to hold the first line.
        plan: Has the delimiter and the column names.

    Raises:
        SourceError: More of the configured columns are found with another delimiter.
    """
    found = {delimiter: _count_found(start, delimiter, plan) for delimiter in DELIMITERS}
    other = max(DELIMITERS, key=lambda delimiter: found[delimiter])
    if found[other] > found[plan.delimiter]:
        raise SourceError(
            OTHER_DELIMITER,
            file=plan.file,
            needed=len(plan.headers),
            found=found[plan.delimiter],
            delimiter=DELIMITERS[plan.delimiter],
            found_with_other=found[other],
            other=DELIMITERS[other],
        )


def _count_found(start: str, delimiter: str, plan: ReadPlan) -> int:
    """How many configured columns the first line has when it is split at this delimiter."""
    rows = csv.reader(io.StringIO(start, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        first_row = next(rows, [])
    except csv.Error:
        return 0
    return len({text.strip() for text in first_row} & set(plan.headers))


def _listed(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
