"""The traces that a leak would leave: every form in which a text or a secret may turn up."""

import base64
import hashlib
import hmac
import html
import json
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from linkage.agreement.model import Agreement
from linkage.agreement.schema import TokenKind
from linkage.crypto.secret import Secret
from linkage.ids import FieldName
from linkage_agent.pii.field_keys import field_key
from linkage_agent.pii.normalise import normalise_column
from linkage_agent.pii.tokens.table import split_column
from tests.privacy.canaries import IDENTIFIERS, Canary
from tests.privacy.search import SHORTEST_TRACE_BYTES, Trace
from tests.support.columns import make_column

_CODECS: Final = ("utf-8", "windows-1252", "utf-16-le", "utf-16-be")
_WIDE_CODEC: Final = "utf-32-le"
"""So Python keeps a text that has characters beyond U+FFFF; any other as Latin-1 or UTF-16."""
_HASHES: Final = ("md5", "sha1", "sha256")
_KEY_PIECE_BYTES: Final = 32
_FIRST_BLOCK: Final = b"\x00"
"""What stands before a token in the message to the PRF (PROTOCOL.md section 5.2)."""
_TO_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


def canary_traces(canaries: Iterable[Canary], agreement: Agreement) -> list[Trace]:
    """Planted cells as typed, in other capitals, in normal form; encoded, escaped and hashed."""
    texts: dict[str, str] = {}
    for field, _, forms, _ in _encoded_identifiers(agreement):
        texts |= dict.fromkeys(forms, f"{field} in normal form")
    for field, values in IDENTIFIERS.items():
        texts |= dict.fromkeys(values, f"{field} of a canary")
    texts |= {canary.text: canary.name for canary in canaries}
    traces: list[Trace] = []
    for text, name in texts.items():
        for spelling in {text, text.upper(), text.lower(), text.casefold()}:
            traces += _text_traces(name, spelling)
    return traces + list(_token_traces(agreement))


def secret_traces(secrets: Mapping[str, bytes]) -> list[Trace]:
    """Secrets whole or in pieces of 32 bytes: raw, hexadecimal, base64."""
    return [
        trace
        for name, secret in secrets.items()
        for start in range(0, len(secret), _KEY_PIECE_BYTES)
        for trace in _byte_traces(name, secret[start : start + _KEY_PIECE_BYTES])
    ]


def prf_traces(agreement: Agreement, project_secret: Secret) -> list[Trace]:
    """What the PRF gives for the canaries' tokens under the field keys."""
    epoch = agreement.project.epoch
    traces: list[Trace] = []
    for name, kind, _, tokens in _encoded_identifiers(agreement):
        key = field_key(project_secret, epoch, name, kind).reveal()
        for token in tokens:
            block = hmac.digest(key, _FIRST_BLOCK + token.encode(), "sha256")
            traces += _byte_traces(f"PRF of a token of {name}", block)
    return traces


def _encoded_identifiers(
    agreement: Agreement,
) -> Iterator[tuple[FieldName, TokenKind, tuple[str, ...], tuple[str, ...]]]:
    """Each field of the canaries, kind by kind, with its normal forms and its tokens."""
    schema = agreement.schema
    for field in schema.fields:
        if field.name in IDENTIFIERS:
            values = make_column(IDENTIFIERS[field.name])
            column = normalise_column(values, field, schema.transliteration)
            for kind, _ in field.tokens:
                yield field.name, kind, column.distinct, split_column(column, kind).vocabulary


def _text_traces(name: str, text: str) -> Iterator[Trace]:
    for codec in (*_CODECS, *([_WIDE_CODEC] if max(text) > "\uffff" else [])):
        encoded = text.encode(codec, "ignore")
        if encoded.decode(codec) == text:
            yield Trace(f"{name}, {codec}", encoded)
    plain = text.encode()
    yield from _transcribed(name, plain)
    for escape in (json.dumps(text)[1:-1], ascii(text)[1:-1], urllib.parse.quote(text)):
        yield Trace(f"{name}, escaped", escape.encode())
    yield Trace(f"{name}, escaped", html.escape(text).encode())
    yield Trace(f"{name}, escaped", text.encode("ascii", "xmlcharrefreplace"))
    for algorithm in _HASHES:
        digest = hashlib.new(algorithm, plain, usedforsecurity=False).digest()
        yield from _byte_traces(f"{name}, {algorithm}", digest)


def _token_traces(agreement: Agreement) -> Iterator[Trace]:
    """Tokens with their tags as hashed; lists of them where one alone is too short to tell."""
    for name, _, _, tokens in _encoded_identifiers(agreement):
        for token in tokens:
            message = token.encode()
            for content in (message, _FIRST_BLOCK + message, message + b"\x00"):
                if len(content) >= SHORTEST_TRACE_BYTES:
                    yield Trace(f"token of {name}", content)
            if max(token) > "\uffff":
                yield Trace(f"token of {name}, {_WIDE_CODEC}", token.encode(_WIDE_CODEC))
        for start in range(0, len(tokens) - 3, 4):
            some = list(tokens[start : start + 4])
            for listed in (json.dumps(some), repr(some), json.dumps(some, ensure_ascii=False)):
                yield Trace(f"list of tokens of {name}", listed[1:-1].encode())


def _byte_traces(name: str, content: bytes) -> Iterator[Trace]:
    yield Trace(f"{name}, raw", content)
    yield Trace(f"{name}, escaped", repr(content)[2:-1].encode())
    yield from _transcribed(name, content)


def _transcribed(name: str, content: bytes) -> Iterator[Trace]:
    yield Trace(f"{name}, hex", content.hex().encode())
    yield Trace(f"{name}, hex", content.hex().upper().encode())
    for alignment in range(3):
        # Characters that hold bits of the bytes before or behind as well are left out.
        padded = base64.b64encode(bytes(alignment) + content)
        inner = padded[-(-8 * alignment // 6) : 8 * (alignment + len(content)) // 6]
        yield Trace(f"{name}, base64", inner)
        yield Trace(f"{name}, base64", inner.translate(_TO_URL_SAFE))
