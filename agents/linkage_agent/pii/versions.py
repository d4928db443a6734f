"""Versions: which software made an encoding, and by which tables.

It travels with every dataset, so that one that was made otherwise can be told from the rest.
"""

import unicodedata
from importlib.metadata import version
from typing import Final

ENCODING: Final = 2
"""Of the rules in PROTOCOL.md sections 3 to 5."""


def software() -> str:
    """The agent, the rules and the tables that encode in this process: printable ASCII."""
    return "; ".join(
        (
            f"linkage-agent {version('linkage-agent')}",
            f"encoding {ENCODING}",
            f"anyascii {version('anyascii')}",
            f"unicode {unicodedata.unidata_version}",
        )
    )
