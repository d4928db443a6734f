"""Blocking tokens, from agreement to report: real agents and a real matcher over mutual TLS."""

import datetime as dt
import re
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from benchmarks.demo.score import score
from benchmarks.demo.world import World, make_world
from benchmarks.population.contacts import Size
from benchmarks.population.generate import generate
from linkage.arrays import BlockingTokens, ByteArray
from linkage.errors import ExitCode
from linkage.exchange.chunks import ChunkLayout, Records, unpack_dataset
from linkage.ids import AgencyId
from linkage_agent.session import open_session
from tests.support.region import (
    SEED,
    THRESHOLD,
    agent,
    all_until_done,
    approve_automatically,
    change,
    copy_world,
    every,
    fix_threshold,
    logged,
    matcher_log,
    received_datasets,
    serving,
    sign_all,
    until_done,
)

pytestmark = pytest.mark.timeout(300)

LARGE: Final = Size(people=200_000, records_per_agency=20_000)
"""Just as many as it takes for blocks to cost less than all pairs."""
CHECKED_ROWS: Final = 2_000
RULES: Final = """
[encoding.blocking]
rules = [
  { date_of_birth = "even-years", sex = "whole" },
  { date_of_birth = "odd-years", sex = "whole" },
]
smallest_bucket = 100
statement = "These people are made up."
"""


def agree_on_blocking(world: World) -> None:
    """Before anybody signs."""
    fix_threshold(world)
    given_name = '[[fields]]\nname = "given_name"'
    change(world.agreement, given_name, f"{RULES}\n{given_name}")
    blocking = 'candidates = "blocking"\ncandidate_recall = 0.99'
    change(world.agreement, 'candidates = "all-pairs"', blocking)


@pytest.mark.timeout(600)
def test_agencies_of_some_size_are_linked_by_blocks_and_told_what_was_missed(
    tmp_path: Path,
) -> None:
    world = make_world(tmp_path / "region", generate(SEED, LARGE))
    agree_on_blocking(world)
    approve_automatically(world, "upload")
    with serving(world):
        sign_all(world)
        all_until_done(world, "send")
        shown = agent(world, "hospital", "preview").out
        assert "even-years of date_of_birth, whole of sex" in shown
        assert "These people are made up." in shown
        until_done(world, "police", "approve", "release", "--yes")
        report = agent(world, "hospital", "approve", "release", "--json").facts["report"]
        for agency in ("council", "hospital", "school"):
            assert not agent(world, agency, "approve", "release", "--yes").code
        all_until_done(world, "fetch")
    [sentence] = [told for told in report["warnings"] if told.startswith("Of hospital and police")]
    check_share(world, sentence)
    found = score(world)
    assert found.right > 0.6 * found.true
    [forecast] = logged(matcher_log(world), "run-forecast")
    assert forecast["pair_count"] == 6 * LARGE.records_per_agency**2


def check_share(world: World, sentence: str) -> None:
    """What was told of two agencies, worked out again from the bytes that they sent."""
    told = re.search("of all partners ([0-9.]+)%", sentence)
    assert told
    one, other = (sent(world, agency) for agency in ("hospital", "police"))
    assert one.blocking is not None
    assert other.blocking is not None
    rows = np.linspace(0, len(one.tokens) - 1, CHECKED_ROWS).astype(int)
    near = reach_threshold(one.encodings.rows[rows], other.encodings.rows)
    share = share_a_token(BlockingTokens(one.blocking.rows[rows]), other.blocking)
    assert share.mean() < 0.1
    # Both are of samples, of some thousand pairs each: five standard deviations.
    assert (near & share).sum() / near.sum() == pytest.approx(float(told[1]) / 100, abs=0.08)


def reach_threshold(left: ByteArray, right: ByteArray) -> "np.typing.NDArray[np.bool_]":
    """(n_left, n_right): whether the Dice coefficient reaches the threshold, nearly enough."""
    bits = [np.unpackbits(rows, axis=1).astype(np.float32) for rows in (left, right)]
    total = bits[0].sum(axis=1)[:, None] + bits[1].sum(axis=1)[None, :]
    reached: np.typing.NDArray[np.bool_] = 2 * (bits[0] @ bits[1].T) >= float(THRESHOLD) * total
    return reached


def share_a_token(left: BlockingTokens, right: BlockingTokens) -> "np.typing.NDArray[np.bool_]":
    """(n_left, n_right)."""
    shared = np.zeros((len(left), len(right)), np.bool_)
    for one, other in zip(left.rows.T, right.rows.T, strict=True):
        shared |= (one[:, None] == other[None, :]) & (one > 0)[:, None]
    return shared


def sent(world: World, agency: str) -> Records:
    """What an agency's spool holds."""
    session = open_session(world.agent_config(agency), dt.datetime.now(dt.UTC).date())
    with session.job() as job:
        dataset = job.spool.load()
        assert dataset is not None
        manifest = dataset.manifest
        payloads = [job.spool.payload(dataset, at) for at in range(len(manifest.chunk_digests))]
    assert manifest.agency == AgencyId(agency)
    layout = ChunkLayout(manifest.record_count, manifest.encoding_bytes, manifest.records_per_chunk)
    return unpack_dataset(iter(payloads), layout, session.agreement.schema.rule_count)


def test_agency_that_is_too_small_for_the_rules_sends_nothing(
    enrolled: World, tmp_path: Path
) -> None:
    world = copy_world(enrolled, tmp_path / "region")
    agree_on_blocking(world)
    approve_automatically(world, "upload")
    with serving(world):
        sign_all(world)
        for outcome in every(world, "run").values():
            assert outcome.code == ExitCode.BAD_DATA, outcome
            assert "\nBLOCKING_TOO_FINE: " in outcome.err
            assert "blocking rule 1" in outcome.err
        assert received_datasets(world) == set()
