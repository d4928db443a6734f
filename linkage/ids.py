"""Names and numbers that identify things: none of them says anything about a person.

Names (agency, project, field, recipient group) are short lower-case words that the agreement
gives. Numbers (dataset, run, digests) are lower-case hexadecimal.
"""

import re
from typing import Final, NewType

AgencyId = NewType("AgencyId", str)
ProjectId = NewType("ProjectId", str)
FieldName = NewType("FieldName", str)
GroupId = NewType("GroupId", str)

Digest = NewType("Digest", str)
"""SHA-256 in lower-case hexadecimal, 64 characters."""
DatasetId = NewType("DatasetId", str)
"""The digest of the dataset's manifest: a dataset is named by its content."""
RunId = NewType("RunId", str)
"""The digest of what goes into a match run: asking twice gives the same run."""

NAME_PATTERN: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")


def is_name(text: str) -> bool:
    """Whether the text can name an agency, a project, a field or a recipient group."""
    return NAME_PATTERN.fullmatch(text) is not None
