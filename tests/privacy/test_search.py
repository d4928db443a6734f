"""The search finds what it is for: else nothing that it does not find would mean anything."""

import base64
import hashlib
import html
import json
import secrets
import subprocess
import sys
import urllib.parse

import pytest
from cryptography.hazmat.primitives.hmac import HMAC
from hypothesis import given
from hypothesis import strategies as st

from linkage.agreement.model import Agreement
from linkage.crypto.secret import Secret
from linkage.ids import FieldName
from linkage_agent.columns import StringColumns
from linkage_agent.pii import prf
from linkage_agent.pii.encode import encode
from tests.privacy.agencies import Agencies
from tests.privacy.canaries import IDENTIFIERS, Canary
from tests.privacy.evidence import Planted
from tests.privacy.memory import memory_of, standing_still
from tests.privacy.search import SHORTEST_TRACE_BYTES, Search, Trace
from tests.privacy.traces import canary_traces, prf_traces, secret_traces
from tests.support.columns import make_columns

NAME = "Œuvreßengård"
NORMAL = "oeuvressengard"
WIDE_NAME = IDENTIFIERS[FieldName("given_name")][2]
SECRET = bytes(range(100, 164))

HELD_BY_A_CHILD = """
import json, sys
held = json.loads(sys.stdin.readline())
print("ready", flush=True)
sys.stdin.readline()
"""


@pytest.fixture(scope="module")
def agreement(planted: Planted) -> Agreement:
    return Agencies(planted.world).agreement


@given(
    content=st.lists(st.sampled_from((b"\0", b"a", b"ab", b"abcdefg")), max_size=60).map(b"".join),
    traces=st.lists(
        st.text("abcdefg\0", min_size=SHORTEST_TRACE_BYTES, max_size=12), min_size=1, max_size=5
    ),
)
def test_search_finds_exactly_what_the_content_holds(content: bytes, traces: list[str]) -> None:
    wanted = [Trace(str(number), trace.encode()) for number, trace in enumerate(traces)]
    wanted.append(Trace("present", b"abcdefgabcdefg"))
    expected = {trace.name for trace in wanted if trace.content in content}
    assert Search(wanted).names_in(content) == expected


@pytest.mark.parametrize("start", [0, 1, 2, 3, (1 << 18) - 5, (1 << 18) - 1, 1 << 18, 3 << 18])
def test_trace_is_found_wherever_it_starts(start: int) -> None:
    content = bytes(start) + b"seven b" + bytes(3)
    assert Search([Trace("seven", b"seven b")]).names_in(content) == {"seven"}


def test_trace_of_zeros_is_found_among_zeros() -> None:
    assert Search([Trace("zeros", bytes(9))]).names_in(bytes(1 << 20)) == {"zeros"}


def test_trace_that_chance_could_give_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        Trace("six", b"six by")


@pytest.mark.parametrize(
    "leak",
    [
        NAME.encode(),
        NAME.upper().encode(),
        NAME.lower().encode(),
        NORMAL.encode(),
        NORMAL.upper().encode(),
        NAME.encode("windows-1252"),
        NAME.encode("utf-16"),
        NAME.encode("utf-16-be"),
        NAME.encode().hex().encode(),
        NORMAL.encode().hex().upper().encode(),
        base64.b64encode(NAME.encode()),
        base64.b64encode(b"1" + NAME.encode() + b"more"),
        base64.urlsafe_b64encode(b"12" + NORMAL.encode() + b"more"),
        json.dumps({"name": NAME}).encode(),
        repr({"name": NAME}).encode(),
        ascii(NAME).encode(),
        html.escape(NAME).encode("ascii", "xmlcharrefreplace"),
        urllib.parse.quote(NAME).encode(),
        hashlib.sha256(NAME.encode()).digest(),
        hashlib.sha1(NORMAL.encode(), usedforsecurity=False).hexdigest().encode(),
        base64.b64encode(hashlib.md5(NORMAL.encode(), usedforsecurity=False).digest()),
        json.dumps(["oe", "eu", "uv", "vr", "re", "es", "ss", "se", "en", "ng"]).encode(),
        b"\x00y34:37\x00m:11",
        WIDE_NAME.encode(),
        WIDE_NAME.encode("utf-32-le"),
    ],
)
def test_each_form_of_a_canary_is_found(leak: bytes, agreement: Agreement) -> None:
    search = Search(canary_traces([Canary("a family name", NAME)], agreement))
    assert search.names_in(b"before " + leak + b" behind")
    assert not search.names_in(b"before " + leak[: len(leak) // 2 - 1] + b" behind")


@pytest.mark.parametrize(
    "leak",
    [
        SECRET,
        SECRET[32:],
        SECRET.hex().encode(),
        SECRET.hex().upper().encode(),
        base64.b64encode(b"0" + SECRET),
        base64.urlsafe_b64encode(SECRET[:32]),
        repr(SECRET).encode(),
    ],
)
def test_each_form_of_a_secret_is_found(leak: bytes) -> None:
    search = Search(secret_traces({"a secret": SECRET}))
    assert search.names_in(b"before " + leak + b" behind")


def test_traces_of_qgrams_are_what_the_encoder_hashes_and_gets(
    agreement: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[tuple[bytes, bytes]] = []
    digest = prf._digest

    def catching(keyed: HMAC, message: bytes) -> bytes:
        hashed.append((message, digest(keyed, message)))
        return hashed[-1][1]

    secret = Secret.generate()
    with monkeypatch.context() as patch:
        patch.setattr(prf, "_digest", catching)
        encode(_canary_columns(), agreement.schema, secret, 1, secrets.token_bytes)
    messages = Search(canary_traces([], agreement))
    blocks = Search(prf_traces(agreement, secret))
    firsts = [(message, block) for message, block in hashed if message.startswith(b"\x00")]
    assert len(firsts) > 100
    for message, block in firsts:
        assert blocks.names_in(block)
        assert len(message) < SHORTEST_TRACE_BYTES or messages.names_in(message)


def test_memory_of_a_child_is_searched_as_it_holds_texts(agreement: Agreement) -> None:
    names = IDENTIFIERS[FieldName("given_name")]
    planted = [Canary(f"name {number}", name) for number, name in enumerate(names)]
    command = [sys.executable, "-c", HELD_BY_A_CHILD]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin
        assert child.stdout
        print(json.dumps([*names, SECRET.hex()]), file=child.stdin, flush=True)
        assert child.stdout.readline() == "ready\n"
        search = Search(canary_traces(planted, agreement) + secret_traces({"key": SECRET}))
        with standing_still([child.pid]):
            found = search.names_in_any(memory_of(child.pid))
        print(file=child.stdin, flush=True)
    assert {"name 0, utf-8", "name 1, utf-16-le", "name 2, utf-32-le", "key, hex"} <= found


def _canary_columns() -> StringColumns:
    """All canary values, as an extract would give them."""
    length = max(map(len, IDENTIFIERS.values()))
    columns: dict[str, list[str | None]] = {"sex": [None] * length}
    for field, values in IDENTIFIERS.items():
        columns[field] = [*values, *[None] * (length - len(values))]
    return make_columns(columns)
