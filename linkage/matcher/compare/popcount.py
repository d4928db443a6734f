"""The number of one bits in a word, for compiled code.

numba 0.68 compiles neither `int.bit_count` nor `numpy.bitwise_count`. LLVM's `ctpop` becomes what
the machine is best at: the POPCNT instruction, or in a loop a vectorised table look-up.

The cache of a kernel that calls this does not notice a change here: remove `__pycache__` after one.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic, overload


def count_bits(word: np.uint64) -> np.uint64:
    """The number of one bits: this is what interpreted code gets, say with NUMBA_DISABLE_JIT."""
    return np.uint64(int(word).bit_count())


@overload(count_bits, strict=False)  # strict compares annotations, which differ by nature
def _compile_count_bits(word: types.Type) -> Callable[[np.uint64], np.uint64] | None:
    if word != types.uint64:
        return None

    def compiled(word: np.uint64) -> np.uint64:
        return _ctpop(word)  # type: ignore[call-arg]  # numba gives the context

    return compiled


@intrinsic
def _ctpop(_context: object, _word: types.Type) -> tuple[Any, Callable[..., Any]]:
    """The signature, and how to write the LLVM instruction."""

    def write(_context: object, builder: Any, _signature: object, args: Any) -> Any:  # noqa: ANN401 - LLVM's values have no stubs
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), write
