"""The goals: every row that there can be, and what is asked of it. A new row starts here."""

from typing import Final

from benchmarks.speed.row import Better, Goal, Peer, Row

EXACT_THRESHOLDS: Final = ("0.7", "0.8", "0.9")
LENGTHS_BITS: Final = (2048, 4096)
FILLS: Final = ("fill .5", "fill .5, diffused")
"""What else an encoding may be like: with more bits to a token; with every bit the sum of ten."""
MILLION: Final = 1_000_000
SCALE: Final = (10_000, 30_000, 100_000, 300_000, MILLION, 2 * MILLION)
"""Records of each agency; a quick run ends at a tenth of a million."""

_TIMES: Final = "x"
_AT: Final = (5, 9), (8, 13), (12, 20)

_COMPARING: Final = {
    **{
        f"exact all pairs at {threshold} against anonlink": Goal(_TIMES, Better.HIGHER, floor, goal)
        for threshold, (floor, goal) in zip(EXACT_THRESHOLDS, _AT, strict=True)
    },
    "rate of the adders' ceiling": Goal("G planes/s", Better.HIGHER),
    "rate of adders on a block's planes": Goal("G planes/s", Better.HIGHER),
    "all bits added at the ceiling": Goal("M pairs/s", Better.HIGHER),
    **{
        f"share of the adders' ceiling at {threshold}": Goal("%", Better.HIGHER, 45, 70)
        for threshold in EXACT_THRESHOLDS
    },
    "two cores against one": Goal(_TIMES, Better.HIGHER, 1.8, 1.95),
    "two cores against one, less waiting for a core": Goal(_TIMES, Better.HIGHER),
    **{
        f"cost per bit set, {shape}, against 1024 bits": Goal(_TIMES, Better.LOWER, 1.3)
        for shape in (*(f"{length} bits" for length in LENGTHS_BITS), *FILLS)
    },
    **{
        f"planes added of bits set, {shape}": Goal("%", Better.LOWER, None, 95)
        for shape in ("1024 bits", *(f"{length} bits" for length in LENGTHS_BITS), *FILLS)
    },
    "time at 0.6 against 0.8": Goal(_TIMES, Better.LOWER, 4, 2.5),
    "memory at 0.6 of the bound that match states": Goal("%", Better.LOWER, 100),
}
_ENCODING: Final = {
    "encoding against clkhash": Goal(_TIMES, Better.HIGHER, 30, 60),
    "encoding by an agreement's schema": Goal("k records/s", Better.HIGHER),
    "1 M records from CSV to encodings": Goal("s", Better.LOWER, 15, 5),
}
_WHOLE: Final = {
    **{f"matching {count:,} x {count:,}": Goal("CPU ps/pair", Better.LOWER) for count in SCALE},
}
_HASHING: Final = {
    "LSH at 0.8, 99 % of true pairs, against exact": Goal(_TIMES, Better.HIGHER, 20, 40),
    "blocks of sex and neighbouring birth years at 0.8, against exact": Goal(_TIMES, Better.HIGHER),
}
_JOURNEY: Final = {
    "1 M x 1 M, agent to keys, 2 cores": Goal("min", Better.LOWER, 30, 10),
    "1 M x 1 M with LSH, agent to keys, 2 cores": Goal("min", Better.LOWER, 5, 2),
    "1 M x 1 M, agent to keys, peak memory": Goal("GB", Better.LOWER, 4, 2),
    "6 agencies x 1 M": Goal("min", Better.LOWER, None, 15),
    "memory of 6 agencies x 1 M of what the matcher forecasts": Goal("%", Better.LOWER, 100),
}
_SCALE: Final = {"Dask's overhead in CPU": Goal("%", Better.LOWER, 10, 5)}
_DEVICE: Final = {"GPU engine": Goal("G pairs/s", Better.HIGHER, 50, 400)}
_LATER: Final = {"1 % changed of 1 M, of a full run": Goal("%", Better.LOWER, 10, 3)}
GOALS: Final[dict[str, Goal]] = {
    **_COMPARING,
    **_ENCODING,
    **_WHOLE,
    **_HASHING,
    **_JOURNEY,
    **_SCALE,
    **_DEVICE,
    **_LATER,
}
"""Of each row, by name; performance.md, section 6."""


def measured(name: str, value: float | None, note: str, peer: Peer | None = None) -> Row:
    """A row of the table of goals.

    Raises:
        KeyError: The table has no such row.
    """
    return Row(name, GOALS[name], value, note, peer)


def not_measured(name: str, why: str) -> Row:
    """A row that says why there is no figure."""
    return measured(name, None, f"not measured: {why}")


def later() -> list[Row]:
    """The rows that wait for what they measure."""
    return [not_measured(name, "no benchmark for it yet") for name in _LATER]
