"""Reading the TOML documents that people write: bounded, and every fault in words."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from linkage.errors import ConfigError, Reason

MAX_DOCUMENT_BYTES: Final = 1 << 20
"""Larger than any agreement (64 parties have 300 kB), configuration or certificate."""


def read_document(path: Path, unreadable: Reason) -> bytes:
    """What a file holds.

    Args:
        path: The file.
        unreadable: The reason to give; its facts are `file` and `cause`.

    Raises:
        ConfigError: It can't be read, or is far too large.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_DOCUMENT_BYTES + 1)
    except OSError as error:
        cause = error.strerror or "unknown"
        raise ConfigError(unreadable, file=str(path), cause=cause) from None
    if len(content) > MAX_DOCUMENT_BYTES:
        raise ConfigError(unreadable, file=str(path), cause="it is larger than 1 MiB")
    return content


def parse_toml(
    content: bytes, file: str, unreadable: Reason, parse_float: Callable[[str], Any] = float
) -> dict[str, Any]:
    """The document in a TOML text.

    Raises:
        ConfigError: It is not UTF-8, not TOML, or holds what no document needs: numbers of
            thousands of digits, brackets thousands deep.
    """
    try:
        return tomllib.loads(content.decode(), parse_float=parse_float)
    except UnicodeDecodeError:
        cause = "it is not UTF-8"
    except tomllib.TOMLDecodeError as error:
        cause = f"TOML: {error}"
    except (ValueError, ArithmeticError):
        cause = "a number in it is too long"
    except RecursionError:
        cause = "brackets in it are nested too deep"
    raise ConfigError(unreadable, file=file, cause=cause)
