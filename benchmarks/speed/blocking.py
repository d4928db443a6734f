"""Blocking tokens against comparing all pairs: what they save, and what they miss."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from statistics import median
from typing import Final

import numpy as np

from benchmarks.speed.clock import timed
from benchmarks.speed.findings import Findings, turns
from benchmarks.speed.goals import MILLION, measured, not_measured
from benchmarks.speed.kernel import compare, pair_keys, warm_up
from benchmarks.speed.schemas import agreed_schema
from benchmarks.speed.whole import THRESHOLD
from benchmarks.speed.workplace import Workplace, encoded
from linkage.agreement.schema import Blocking, FieldPart, Part
from linkage.arrays import WordArray
from linkage.ids import FieldName
from linkage.matcher.candidates.all_pairs import all_pairs
from linkage.matcher.candidates.blocks import SAMPLED_RECORDS, Blocks, plan_blocks
from linkage.matcher.candidates.exact_sample import sampled_rows
from linkage.matcher.compare.dice import DiceDecider
from linkage.matcher.compare.near import CountedEncodings
from linkage.matcher.run import DEFAULT_LIMITS
from linkage_agent.encoded import EncodedDataset

RECORDS: Final = MILLION
QUICK_RECORDS: Final = 100_000
ROUNDS: Final = 3
SMALLEST_BUCKET: Final = 100
RULES: Final = tuple(
    (FieldPart(FieldName("birth_date"), part), FieldPart(FieldName("sex"), Part.WHOLE))
    for part in (Part.EVEN_YEARS, Part.ODD_YEARS)
)
"""Of one sex and of neighbouring birth years."""
AGAINST: Final = "blocks of sex and neighbouring birth years at 0.8, against exact"


def measure(workplace: Workplace, records: int | None = None) -> Findings:
    """One row.

    Args:
        workplace: of the run.
        records: of each side, unless it is the usual number.

    Raises:
        ToolError: The people could not be made.
    """
    blocking = Blocking(RULES, SMALLEST_BUCKET, "A benchmark: made-up people.")
    schema = replace(agreed_schema(), blocking=blocking)
    columns = workplace.columns(records or (QUICK_RECORDS if workplace.quick else RECORDS))
    sides = [encoded(each, schema) for each in columns]
    tokens = [each.blocking for each in sides if each.blocking is not None]
    plan = plan_blocks(*tokens)
    if plan is None:
        row = not_measured(AGAINST, "the plan was to compare all pairs: there are too few")
        return Findings([row])
    warm_up()
    exact = compare((sides[0].encodings, sides[1].encodings), THRESHOLD)
    turned = [timed(lambda: _in_blocks(sides)) for _ in range(ROUNDS)]
    ratios = [exact.cpu_seconds / seconds for _, seconds in turned]
    every = pair_keys(exact.decided.left_rows, exact.decided.right_rows)
    found = np.isin(every, turned[0][0])
    note = (
        f"{len(sides[0]):,} x {len(sides[1]):,}, one core, exact sample included: "
        f"{plan.in_blocks / exact.pair_count:.1%} of all pairs compared, {found.mean():.2%} of "
        f"{len(every):,} pairs at or above the threshold found; all tokens shared by "
        f"{min(each.fewest_alike for each in tokens)} or more; {turns(ratios)}"
    )
    return Findings([measured(AGAINST, median(ratios), note)])


def _in_blocks(sides: Sequence[EncodedDataset]) -> WordArray:
    """What the blocks find, as a match run does it."""
    decider = DiceDecider.prepare([each.encodings for each in sides], Decimal(THRESHOLD))
    blocks = Blocks.of(decider, [each.blocking for each in sides])
    pairs_per_block = DEFAULT_LIMITS.pairs_per_block
    found = [blocks.find(block) for block in blocks.between(0, 1, pairs_per_block)]
    left, right = decider.encodings
    rows = sampled_rows(len(left.words), SAMPLED_RECORDS)
    some = CountedEncodings(left.words[rows], left.popcounts[rows])
    sampler = replace(decider, encodings=(some, right))
    for block in all_pairs([len(rows), len(right.words)], pairs_per_block):
        sampler.decide(block)
    return np.concatenate(found)
