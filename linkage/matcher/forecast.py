"""Forecast: what a run will take, said before it starts, and what it took, said beside it.

The forecast is a sum: pairs times what a pair takes. How fast this machine is a probe tells, on
made-up encodings; the rest are ratios to it that were measured once (docs/decisions/0004). So it is
right within a factor of two or so: enough to see whether a run takes minutes or days, and whether
memory will do.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from math import log10
from pathlib import Path
from typing import Final

import numpy as np

from linkage.agreement.model import Accept, Candidates, MatchPolicy
from linkage.agreement.schema import EncodingSchema
from linkage.matcher.candidates.all_pairs import count_all_pairs
from linkage.matcher.candidates.weights import ALL_KEPT_PAIRS, kept_share
from linkage.matcher.compare.near import CountedEncodings, near_pairs
from linkage.matcher.compare.planes import rare_bits_first
from linkage.matcher.compare.threshold import least_common_bits
from linkage.matcher.execute.interface import Executor

PROBE_ROWS: Final = (4_096, 16_384)
PROBE_FILL: Final = 0.33
PROBE_THRESHOLD: Final = Decimal("0.8")
SCANNED: Final = 7.0
SCANNED_LESS: Final = 1.8
"""Scanning a pair in one segment where a fiftieth of all pairs is kept, in probed pairs; and how
much less it is where a tenth of that is kept, since less has to be listed."""
SCANNED_LEAST: Final = 1.0
JUDGED: Final = 4_000.0
"""Judging a pair that was kept, in probed pairs."""
HASHED: Final = 120.0 * 150
"""Making, sorting and meeting a record's keys in 150 tables, in probed pairs: data full of slips
need as many. Clean data do with twenty, and then a run takes less than was said."""
SAMPLED: Final = 2.0**31
"""Pairs of an exact sample, before tables are planned."""
PAIR_BYTES: Final = 150
WORKER_BYTES: Final = 400 << 20
"""What each pair that is kept takes, and each worker, libraries included; see `run.match`."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run will take.

    Attributes:
        pair_count: pairs of records of different agencies.
        milliseconds: on the clock, with all workers.
        mebibytes: of memory, all processes together.
    """

    pair_count: int
    milliseconds: int
    mebibytes: int


def forecast(
    record_counts: Sequence[int],
    schema: EncodingSchema,
    policy: MatchPolicy,
    worker_count: int,
    pair_ns: float,
    compared: Sequence[int] | None = None,
) -> Forecast:
    """What a run over datasets of these sizes will take.

    Args:
        record_counts: of each dataset, at least two.
        schema: of their encodings.
        policy: how they are matched.
        worker_count: processes that share the work.
        pair_ns: what `probe` told.
        compared: of each two datasets, the pairs that are compared, where blocking tokens tell.
    """
    of = list(combinations(record_counts, 2))
    segments = len(schema.segments())
    if policy.accept is Accept.DICE:
        kept = held = sum(min(pair) for pair in of)
        work = sum(compared or (_coefficient_work(*pair, policy.candidates) for pair in of))
    else:
        shares = [kept_share(*pair, segments, len(of)) for pair in of]
        each = [share * left * right for share, (left, right) in zip(shares, of, strict=True)]
        kept = int(sum(each))
        held = int(min(kept, max(*each, ALL_KEPT_PAIRS)))
        scanned = sum(
            left * right * _scan_work(share)
            for share, (left, right) in zip(shares, of, strict=True)
        )
        work = segments * scanned + JUDGED * kept
    encoding_bytes = sum(record_counts) * schema.encoding_bytes
    return Forecast(
        count_all_pairs(record_counts),
        round(work * pair_ns / worker_count / 1e6),
        (3 * encoding_bytes + PAIR_BYTES * held + WORKER_BYTES * (worker_count + 1)) >> 20,
    )


def probe(executor: Executor, length_bits: int) -> float:
    """Nanoseconds that a worker takes to compare a pair of encodings of this length."""
    [nanoseconds] = executor.map(_time_pairs, length_bits, [0])
    return nanoseconds


def peak_mebibytes() -> int:
    """The most memory that this process and those it started have had, each at its own time.

    0 where the kernel does not tell. What processes share is counted in each.
    """
    children = Path("/proc/self/task").glob("*/children")
    numbers = ["self", *(child for each in children for child in each.read_text("ascii").split())]
    return sum(map(_peak_kibibytes, numbers)) >> 10


def _coefficient_work(left: int, right: int, candidates: Candidates) -> float:
    """In probed pairs."""
    every = float(left) * right
    if candidates is Candidates.HAMMING:
        return min(every, min(every, SAMPLED) + HASHED * (left + right))
    return every


def _scan_work(share: float) -> float:
    """Of a pair in one segment, in probed pairs, where this share of all pairs is kept."""
    return max(SCANNED_LEAST, SCANNED + SCANNED_LESS * min(0.0, log10(share * 50)))


def _time_pairs(length_bits: int, _block: int) -> float:
    rng = np.random.default_rng(0)
    left, right = (
        CountedEncodings.of(
            np.packbits(rng.random((rows, length_bits)) < PROBE_FILL, axis=1).view(np.uint64)
        )
        for rows in PROBE_ROWS
    )
    table, order = least_common_bits(length_bits, PROBE_THRESHOLD), rare_bits_first([right.words])
    for _ in range(2):  # the first time code is loaded
        started = time.thread_time()  # so that a busy machine does not count as a slow one
        near_pairs(left, right, table, order)
        seconds = time.thread_time() - started
    return seconds * 1e9 / PROBE_ROWS[0] / PROBE_ROWS[1]


def _peak_kibibytes(process: str) -> int:
    try:
        lines = Path("/proc", process, "status").read_text("ascii", "replace").splitlines()
    except OSError:  # it has ended
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
