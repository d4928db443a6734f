"""Blocking tokens on their way: from an extract through spool, chunks and commit into a run."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from linkage.arrays import BlockingTokens
from linkage.crypto.secret import Secret
from linkage.errors import LinkageError
from linkage.exchange.chunks import ChunkLayout, unpack_dataset, unpack_labels
from linkage.ids import AgencyId, Digest
from linkage.matcher.service.clock import SystemClock
from linkage_agent.keys.vault import Vault
from linkage_agent.pii.encode import encode
from linkage_agent.preview import Preview, make_preview, preview_lines, preview_page
from linkage_agent.spool import Spool, Summary, bucket_counts
from tests.support.agreements import World, make_agreement
from tests.support.columns import make_columns
from tests.support.datasets import make_dataset
from tests.support.services import started_services

RULES: Final = (
    '{ birth_date = "even-years", sex = "whole" }',
    '{ birth_date = "odd-years", sex = "whole" }',
)
FIELDS: Final = (
    ("family_name", "family-name", {"bigrams": 8}),
    ("sex", "sex", {"whole": 8}),
    ("birth_date", "date", {"date-parts": 8}),
)
POLICE: Final = AgencyId("police")


@pytest.fixture(scope="module")
def world() -> World:
    return make_agreement(fields=FIELDS, blocking_rules=RULES)


def tokens_of(rows: Sequence[Sequence[int]]) -> BlockingTokens:
    return BlockingTokens(np.array(rows, np.uint16))


def test_chunks_give_back_what_was_packed_and_tokens_stand_last(world: World) -> None:
    tokens = tokens_of([[row, 256 * row] for row in range(20)])
    made = make_dataset(world.agreement, "police", seed=1, blocking=tokens)
    layout = ChunkLayout(20, world.agreement.schema.sent_bytes, 8)
    records = unpack_dataset(iter(made.payloads), layout, 2)
    assert records.tokens.rows.tolist() == made.tokens.rows.tolist()
    assert records.encodings.rows.tolist() == made.encodings.rows.tolist()
    assert records.blocking is not None
    assert records.blocking.rows.tolist() == tokens.rows.tolist()
    labels = unpack_labels(iter(made.payloads), layout, 2)
    assert labels.tokens.tolist() == made.tokens.rows.tolist()
    assert labels.blocking is not None
    assert labels.blocking.rows.tolist() == tokens.rows.tolist()
    assert made.payloads[1][-8 * 4 :][:8] == bytes([0, 8, 8, 0, 0, 9, 9, 0])


@pytest.mark.parametrize("change", [b"", b"?"])
def test_chunk_of_another_size_is_no_chunk(world: World, change: bytes) -> None:
    made = make_dataset(world.agreement, "police", seed=1, blocking=tokens_of([[1, 1]] * 20))
    layout = ChunkLayout(20, world.agreement.schema.sent_bytes, 8)
    odd = made.payloads[0] + change if change else made.payloads[0][:-1]
    for unpack in (unpack_dataset, unpack_labels):
        with pytest.raises(ValueError, match="a chunk has"):
            unpack(iter([odd, *made.payloads[1:]]), layout, 2)


def test_manifest_without_room_for_tokens_is_refused(world: World, tmp_path: Path) -> None:
    plain = make_agreement(fields=FIELDS, keys_of=world)
    made = make_dataset(plain.agreement, "police", seed=1)
    agreement = world.agreement
    manifest = replace(made.manifest, agreement=agreement.digest, schema=agreement.schema_digest)
    made = replace(made, manifest=manifest)
    with (
        started_services(world, tmp_path / "store", Secret.generate(), SystemClock()) as matcher,
        pytest.raises(LinkageError) as refused,
    ):
        matcher.open(made)
    assert refused.value.facts == {"what": "encodings have another length than agreed"}


@pytest.mark.parametrize(
    ("rows", "may"),
    [
        ([[1, 1]] * 150 + [[2, 1]] * 100, True),
        ([[1, 1]] * 150 + [[2, 1]] * 99 + [[0, 0]], False),
        ([[1, 1]] * 150 + [[0, 0]], True),
        ([[0, 0]] * 20, True),
        ([[0, 7]] * 99, False),
        ([[1, 0]] * 100 + [[1, 5]] * 30 + [[2, 5]] * 120, False),
    ],
)
def test_dataset_whose_tokens_are_rarer_than_agreed_is_not_taken(
    world: World, tmp_path: Path, rows: list[list[int]], may: bool
) -> None:
    made = make_dataset(
        world.agreement,
        "police",
        seed=1,
        record_count=len(rows),
        people=len(rows),
        blocking=tokens_of(rows),
    )
    with started_services(world, tmp_path / "store", Secret.generate(), SystemClock()) as matcher:
        if may:
            matcher.upload(made)
            return
        with pytest.raises(LinkageError) as refused:
            matcher.upload(made)
        assert refused.value.reason.code == "INVALID_REQUEST"
        assert refused.value.facts == {"what": "blocking tokens are rarer than agreed"}


def people(count: int) -> dict[str, list[str | None]]:
    """As many born in each of four years, but for the first; every second is male."""
    return {
        "family_name": [f"Name{row}" for row in range(count)],
        "sex": ["male" if row % 2 else "female" for row in range(count)],
        "birth_date": ["1907-01-01", *(f"{1980 + row % 4}-02-03" for row in range(1, count))],
    }


def preview_of(world: World, folder: Path, extract: dict[str, Any]) -> Preview:
    agreement = world.agreement
    secret = Secret.generate()
    encoded = encode(make_columns(extract), agreement.schema, secret, 1, secrets.token_bytes)
    spool = Spool(Vault.open(folder / "spool", Secret.generate(), "spool"))
    nothing = Digest("0" * 64)
    assert encoded.blocking is not None
    told = bucket_counts(encoded.blocking), encoded.blocking.fewest_alike
    summary = Summary(nothing, nothing, len(encoded), 0, {}, {}, *told)
    spool.write(encoded, [str(row) for row in range(len(encoded))], agreement, POLICE, summary)
    dataset = spool.load()
    assert dataset is not None
    assert dataset.summary == summary
    return make_preview(agreement, spool, dataset)


def test_preview_says_what_blocking_tells_and_shows_tokens_as_they_are_sent(
    world: World, tmp_path: Path
) -> None:
    shown = preview_of(world, tmp_path, people(2_000))
    # The one born in 1907 stands with others, since alone she would be known by her token.
    assert [counts.records for counts in shown.dataset.summary.buckets] == [2_000, 2_000]
    assert [counts.buckets for counts in shown.dataset.summary.buckets] == [4, 4]
    assert shown.dataset.summary.fewest_alike >= 100
    text = "\n".join(preview_lines(shown))
    assert "even-years of birth_date, whole of sex" in text
    assert "learns which records of all agencies agree" in text
    assert "a test" in text
    assert "as a whole; and which records agree in the parts of a blocking rule" in text
    assert "(token, encoding, blocking tokens):" in text
    page = preview_page(shown)
    assert "<h2>Blocking tokens</h2>" in page
    assert "odd-years of birth_date, whole of sex" in page
    for token, encoding, blocking in shown.samples:
        assert (len(token), len(encoding), len(blocking)) == (32, 256, 8)
        assert f"{token}  {encoding[:64]}...  {blocking}" in text
        assert f"<td>{blocking}</td>" in page
