"""Which engine finds near pairs: a graphics processor where there is one, else this processor.

Both give the same pairs in the same order, so nothing that is decided hangs on the choice. It is
made here, in the process that compares: a worker that has a device uses it, and several workers may
use one together.

(1) A device is looked for only where the extra `gpu` is installed. Elsewhere nothing is imported,
    and nothing takes longer.
(2) It first has to find, among some of the records and noisy copies of them, what this processor
    finds there. That takes a few milliseconds, where the block takes a hundred or more.
(3) Where it is wrong or fails, whether for want of memory or because the driver is gone, the block
    is done by this processor. This package may not log: that it came to this shows in how long the
    log says that comparing took.
"""

from importlib.util import find_spec
from typing import Final

import numpy as np
from numba import config

from linkage.arrays import IndexArray
from linkage.matcher.compare import near
from linkage.matcher.compare.near import CountedEncodings, NearPairs

LEAST_DEVICE_PAIRS: Final = 1 << 27
"""Pairs that are worth the way to a device: they take this processor a tenth of a second or so."""
DEVICE_BLOCK_PAIRS: Final = 1 << 36
"""Pairs of a block where there is a device: of a million records against a million, 16 blocks. To
order and send a block's records takes some 60 ms, as long as to count it or less."""
CHECKED_ROWS: Final = 24
CHECKED_COPIES: Final = 64
"""Of a block's records at least these are compared twice, with so many noisy copies of each: that
is two blocks of planes or more."""


def near_pairs(
    left: CountedEncodings,
    right: CountedEncodings,
    least_common: IndexArray,
    bit_order: IndexArray,
    most: int,
    *,
    within: bool,
) -> NearPairs:
    """What `near.near_pairs` gives, by the engine that is there."""
    if len(left.words) * len(right.words) >= LEAST_DEVICE_PAIRS and has_device():  # (1)
        found = _by_device(left, right, least_common, bit_order, most, within)
        if found is not None:
            return found
    return near.near_pairs(left, right, least_common, bit_order, most, within=within)


def has_device() -> bool:
    """Whether there is a graphics processor that this process can use.

    NUMBA_DISABLE_CUDA=1 in the environment says that there is none; so does numba's simulator.
    """
    is_simulated = bool(config.ENABLE_CUDASIM)  # type: ignore[attr-defined] # from the environment
    if is_simulated or find_spec("numba_cuda") is None:
        return False
    from numba import cuda  # noqa: PLC0415 - it takes half a second, so only where there is one

    return bool(cuda.is_available())


def block_pairs(pairs_per_block: int) -> int:
    """How many pairs to compare in one go, where so many are right for this processor."""
    return max(pairs_per_block, DEVICE_BLOCK_PAIRS) if has_device() else pairs_per_block


def _by_device(
    left: CountedEncodings,
    right: CountedEncodings,
    least_common: IndexArray,
    bit_order: IndexArray,
    most: int,
    within: bool,
) -> NearPairs | None:
    """None where the device fails or is wrong."""
    known = _some(left), _noisy(_some(left)), least_common, bit_order
    try:
        from linkage.matcher.compare import gpu  # noqa: PLC0415 - see has_device

        seen, expected = gpu.near_pairs(*known), near.near_pairs(*known)  # (2)
        if all(map(np.array_equal, seen, expected)):
            return gpu.near_pairs(left, right, least_common, bit_order, most, within=within)
    except Exception:  # noqa: BLE001 - numba, NVIDIA's libraries and the driver each have their own
        return None  # (3)
    return None


def _some(encodings: CountedEncodings) -> CountedEncodings:
    """Records from all over."""
    spread = slice(None, None, 1 + len(encodings.words) // CHECKED_ROWS)
    return CountedEncodings(encodings.words[spread], encodings.popcounts[spread])


def _noisy(encodings: CountedEncodings) -> CountedEncodings:
    """Copies with from half down to one in 256 of their bits turned, more and more alike."""
    rng = np.random.default_rng(0)
    copies = []
    for copy in range(CHECKED_COPIES):
        parts = rng.integers(0, 1 << 64, (1 + copy % 8, *encodings.words.shape), np.uint64)
        copies.append(encodings.words ^ np.bitwise_and.reduce(parts))
    return CountedEncodings.of(np.concatenate(copies))
