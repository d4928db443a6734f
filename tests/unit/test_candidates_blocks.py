"""Blocks: pairs that share a blocking token, each once; what a run says of those it missed."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.agreement.model import Candidates
from linkage.arrays import BlockingTokens, EncodingMatrix, ShapeError
from linkage.errors import LimitError
from linkage.matcher import blocked
from linkage.matcher.blocked import pairs_compared
from linkage.matcher.candidates import blocks
from linkage.matcher.candidates.blocks import Blocks, Buckets, plan_blocks
from linkage.matcher.candidates.exact_sample import sampled_rows
from linkage.matcher.compare.dice import DiceDecider
from linkage.matcher.execute.local import LocalExecutor
from linkage.matcher.model.datasets import Dataset
from linkage.matcher.run import TOO_MANY_MATCHES, RunLimits, RunResult, match
from tests.support.encodings import (
    datasets_of,
    dice_policy,
    encodings_of,
    ignore,
    plain_schema,
    random_encodings,
)

BITS = 256
SCHEMA = plain_schema(1, BITS)
THRESHOLD = "0.8"
POLICY = replace(
    dice_policy(THRESHOLD), candidates=Candidates.BLOCKING, candidate_recall=Decimal("0.9")
)

Side = list[tuple[int, list[int]]]
"""Of each record its encoding as a number, and its tokens."""


def tokens_of(rows: Sequence[Sequence[int]]) -> BlockingTokens:
    return BlockingTokens(np.array(rows, np.uint16).reshape(len(rows), -1))


def blocks_of(*sides: Side, most: int = 1 << 30) -> Blocks:
    encodings = [encodings_of([bits for bits, _ in side], 64) for side in sides]
    decider = DiceDecider.prepare(encodings, Decimal(THRESHOLD), most)
    return Blocks.of(decider, [tokens_of([tokens for _, tokens in side]) for side in sides])


def brute_force(left: Side, right: Side) -> list[tuple[int, int]]:
    """Whatever shares a token and reaches the threshold, record by record."""
    found = []
    for row, (one, tokens) in enumerate(left):
        for column, (other, others) in enumerate(right):
            shares = any(a == b != 0 for a, b in zip(tokens, others, strict=True))
            total = one.bit_count() + other.bit_count()
            common = (one & other).bit_count()
            if shares and common and Fraction(2 * common, total) >= Fraction(THRESHOLD):
                found.append((row, column))
    return found


def sides(rules: int) -> st.SearchStrategy[tuple[Side, Side]]:
    # Few encodings, a bit or two apart, so that coefficients of just 0.8 are among them.
    record = st.tuples(
        st.sampled_from([0, 0b1111, 0b11111, 0b111111, 0b11110000, 0b1111_0001, 0b110_1111]),
        st.lists(st.integers(0, 3), min_size=rules, max_size=rules),
    )
    side = st.lists(record, min_size=1, max_size=30)
    return st.tuples(side, side)


@given(both=st.integers(1, 4).flatmap(sides), pairs_per_block=st.integers(1, 200))
def test_blocks_give_each_pair_that_shares_a_token_just_once(
    both: tuple[Side, Side], pairs_per_block: int
) -> None:
    made = blocks_of(*both)
    found = []
    for block in made.between(0, 1, pairs_per_block):
        assert 0 < len(block.places) <= pairs_per_block
        keys = made.find(block).tolist()
        assert keys == sorted(keys)
        found += [(key >> 32, key & 0xFFFFFFFF) for key in keys]
    assert sorted(found) == brute_force(*both)


def test_records_stand_in_the_order_of_their_tokens() -> None:
    made = Buckets.of(np.array([7, 0, 65535, 7, 1], np.uint16))
    assert made.rows.tolist() == [1, 4, 0, 3, 2]
    starts = made.starts.tolist()
    assert len(starts) == 65537
    assert [starts[at] for at in (0, 1, 2, 7, 8, 65535, 65536)] == [0, 1, 2, 2, 4, 4, 5]


def test_more_pairs_than_wanted_end_a_block_and_are_more_altogether() -> None:
    alike: Side = [(0b1111, [1, 1])] * 40
    made = blocks_of(alike, alike, most=30)
    counts = [len(made.find(block)) for block in made.between(0, 1, 10_000)]
    assert counts == [31, 0]


def test_a_dataset_without_tokens_has_no_blocks() -> None:
    decider = DiceDecider.prepare([encodings_of([1], 64)] * 2, Decimal(THRESHOLD))
    with pytest.raises(ShapeError):
        Blocks.of(decider, [tokens_of([[1]]), None])


def test_a_sample_is_spread_over_a_dataset() -> None:
    assert sampled_rows(10, 4).tolist() == [0, 3, 6, 9]
    assert sampled_rows(10, 10).tolist() == sampled_rows(10, 99).tolist() == list(range(10))
    assert sampled_rows(0, 4).tolist() == []


def test_blocks_are_planned_where_they_cost_less_than_all_pairs() -> None:
    rng = np.random.default_rng(0)
    many, few = (tokens_of(rng.integers(1, 41, (count, 2)).tolist()) for count in (60_000, 300))
    plan = plan_blocks(many, many)
    assert plan is not None
    per_rule = [np.bincount(column) for column in many.rows.T]
    assert plan.in_blocks == sum(int(counts @ counts) for counts in per_rule)
    assert plan.sampled == len(sampled_rows(60_000, blocks.SAMPLED_RECORDS)) * 60_000
    assert plan_blocks(few, few) is None
    all_alike = tokens_of([[1]] * 60_000)
    assert plan_blocks(all_alike, all_alike) is None
    none = tokens_of([[0]] * 60_000)
    assert plan_blocks(none, none) == (0, plan.sampled)


PEOPLE, STRANGERS = 12_000, 6_000


def two_views(slips: float) -> tuple[Dataset, Dataset]:
    """Two agencies: `PEOPLE` are known to both, and a share of tokens is wrong in the second."""
    rng = np.random.default_rng(5)
    people = random_encodings(rng, PEOPLE, BITS)
    tokens = rng.integers(1, 61, (PEOPLE, 2)).astype(np.uint16)
    order = rng.permutation(PEOPLE)
    seen = np.where(rng.random(tokens.shape) < slips, 0, tokens)[order].astype(np.uint16)
    flips = np.packbits(rng.random((PEOPLE, BITS)) < 0.04, axis=1)
    views = (people, EncodingMatrix((people.rows ^ flips)[order]))
    made = []
    for dataset, own in zip(datasets_of(views), (tokens, seen), strict=True):
        others = random_encodings(rng, STRANGERS, BITS)
        theirs = rng.integers(0, 61, (STRANGERS, 2)).astype(np.uint16)
        made.append(
            replace(
                dataset,
                encodings=EncodingMatrix(np.concatenate([dataset.encodings.rows, others.rows])),
                blocking=BlockingTokens(np.concatenate([own, theirs])),
            )
        )
    return made[0], made[1]


def scores_of(result: RunResult) -> dict[tuple[int, int, int, int], float]:
    scores = {}
    for part in result.decided:
        assert part.scores is not None
        rows = (part.left_rows.tolist(), part.right_rows.tolist(), part.scores.tolist())
        for row, column, score in zip(*rows, strict=True):
            assert (*part.datasets, row, column) not in scores
            scores[*part.datasets, row, column] = score
    return scores


def shares_a_token(datasets: Sequence[Dataset], pair: tuple[int, int, int, int]) -> bool:
    one, other = (datasets[number].blocking for number in pair[:2])
    assert one is not None
    assert other is not None
    tokens = one.rows[pair[2]]
    return bool(((tokens == other.rows[pair[3]]) & (tokens > 0)).any())


@pytest.fixture(scope="module")
def views() -> tuple[Dataset, Dataset]:
    return two_views(slips=0.2)


def test_a_run_finds_what_all_pairs_find_among_those_that_share_a_token(
    views: tuple[Dataset, Dataset],
) -> None:
    few = EncodingMatrix(views[0].encodings.rows[:90].copy())  # too few to be worth blocks
    third = replace(
        datasets_of([few] * 3)[2], blocking=BlockingTokens(np.full((90, 2), 1, np.uint16))
    )
    datasets = (*views, third)
    seen: list[tuple[int, int]] = []
    with LocalExecutor(2) as executor:
        every = match(datasets, SCHEMA, dice_policy(THRESHOLD), executor, ignore)
        found = match(datasets, SCHEMA, POLICY, executor, lambda *at: seen.append(at))
    expected = {
        pair: score
        for pair, score in scores_of(every).items()
        if pair[1] == 2 or shares_a_token(datasets, pair)
    }
    assert scores_of(found) == expected
    assert len(expected) < len(scores_of(every))
    assert seen[-1][0] == seen[-1][1]
    assert [part.datasets for part in found.decided] == [(0, 1), (0, 2), (1, 2)]
    [sentence] = found.report.warnings
    assert sentence.startswith("Of agency-0 and agency-1 not all pairs were compared, but those")
    check_recall(sentence, every, found)


def check_recall(sentence: str, every: RunResult, found: RunResult) -> None:
    """The share that a run tells of itself is near the true one."""
    between = [pair for pair in scores_of(every) if pair[:2] == (0, 1)]
    kept = [pair for pair in scores_of(found) if pair[:2] == (0, 1)]
    told = float(sentence.split("of all partners ")[1].partition("%")[0]) / 100
    assert told == pytest.approx(len(kept) / len(between), abs=0.02)
    assert "asks for 90.0%" in sentence
    assert "more was missed than the agreement asks for" not in sentence


@pytest.mark.parametrize(("slips", "is_below"), [(0.5, True), (0.0, False)])
def test_a_run_that_misses_more_than_was_agreed_says_so(slips: float, is_below: bool) -> None:
    with LocalExecutor(1) as executor:
        found = match(two_views(slips), SCHEMA, POLICY, executor, ignore)
    [sentence] = found.report.warnings
    assert ("more was missed than the agreement asks for" in sentence) == is_below


def test_too_few_partners_to_tell_a_share_are_not_counted(
    views: tuple[Dataset, Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocked, "FEWEST_TOLD", 1 << 20)
    with LocalExecutor(1) as executor:
        [sentence] = match(views, SCHEMA, POLICY, executor, ignore).report.warnings
    assert sentence.endswith("too few have a partner that reaches the coefficient to say what was "
                             "missed.")  # fmt: skip


@pytest.mark.parametrize(("workers", "pairs_per_block"), [(1, 10_000_000), (2, 50_000)])
def test_any_number_of_workers_and_size_of_blocks_finds_the_same(
    views: tuple[Dataset, Dataset], workers: int, pairs_per_block: int
) -> None:
    results = []
    for limits in (RunLimits(), RunLimits(pairs_per_block=pairs_per_block)):
        with LocalExecutor(workers) as executor:
            results.append(match(views, SCHEMA, POLICY, executor, ignore, limits))
    one, other = results
    assert one.report == other.report
    [first], [second] = one.decided, other.decided
    for name in ("left_rows", "right_rows", "scores"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes()
    rows = list(zip(first.left_rows.tolist(), first.right_rows.tolist(), strict=True))
    assert rows == sorted(rows)


def test_a_blocked_run_keeps_no_more_than_its_limit(views: tuple[Dataset, Dataset]) -> None:
    with LocalExecutor(1) as executor, pytest.raises(LimitError) as refused:
        match(views, SCHEMA, POLICY, executor, ignore, RunLimits(matches=3_000))
    assert refused.value.reason is TOO_MANY_MATCHES


def test_what_is_compared_is_known_before_it_starts(views: tuple[Dataset, Dataset]) -> None:
    tokens = [each.blocking for each in views]
    assert tokens[0] is not None
    assert tokens[1] is not None
    plan = plan_blocks(tokens[0], tokens[1])
    assert plan is not None
    assert pairs_compared(views, POLICY) == [sum(plan)]
    assert sum(plan) < (PEOPLE + STRANGERS) ** 2
    assert pairs_compared(views, dice_policy(THRESHOLD)) is None


def test_what_blocks_print_shows_sizes_only() -> None:
    assert repr(blocks_of([(1, [1])], [(2, [1])])) == "Blocks(2 datasets)"
