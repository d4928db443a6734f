"""Canonical bytes of a document: equal content gives equal bytes, so one digest.

JSON Canonicalization Scheme, restricted to what agreements hold: objects with ASCII keys, lists,
strings, booleans and integers. Dates are ISO 8601 strings and decimals are strings without
trailing zeros, so no floating-point number is ever serialised.

Source: RFC 8785.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

JsonValue: TypeAlias = "Mapping[str, JsonValue] | Sequence[JsonValue] | str | bool | int"
TomlValue: TypeAlias = (
    "Mapping[str, TomlValue] | Sequence[TomlValue] | str | bool | int | Decimal | dt.date"
)


def canonical_bytes(value: TomlValue) -> bytes:
    """The document as canonical JSON in UTF-8."""
    # Code-point order of keys is RFC 8785's UTF-16 order as long as keys are ASCII, which the
    # reader demands. json.dumps escapes exactly what the RFC does when ensure_ascii is off.
    return json.dumps(
        _plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()


def _plain(value: TomlValue) -> JsonValue:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, str | bool | int):
        return value
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, dt.date):
        return value.isoformat()
    return [_plain(item) for item in value]
