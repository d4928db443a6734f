"""What a map hands to a cluster's workers, and what they do with it.

Everything that passes through Dask is bytes: a parcel, blocks, replies. So the scheduler, which
opens the tasks that it passes on, gets to see nothing in them and imports no stage; and what Dask
logs of a task that fails says nothing.

A worker of a cluster imports what is here, and what the stages import: no gRPC, no SQL.
"""

import mmap
import pickle  # noqa: TID251 - a cluster is inside the matcher's trust boundary, behind mutual TLS
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Final, Self, cast

from linkage.matcher.execute.messages import Reply, Stage
from linkage.matcher.execute.sharing import Outline, outlined, restored
from linkage.matcher.execute.worker import compute

if TYPE_CHECKING:
    from distributed import Worker

PROGRAMS: Final = ("linkage-service", "numpy", "numba", "distributed")
"""Of one version on both ends: the same bytes have to mean, and to give, the same."""


class Parcel:
    """A map's stage and shared value. A worker holds one, whatever its number of threads.

    Its arrays travel as they lie, without a copy; they arrive in memory of their own, aligned as
    compiled code counts on, and read-only for the stage.
    """

    __slots__ = ("_arrays", "_opened", "_outline")

    def __init__(self, outline: Outline, arrays: Sequence[memoryview]) -> None:
        self._outline = outline
        self._arrays = arrays
        self._opened: tuple[Stage, object] | None = None

    @classmethod
    def of(cls, stage: Callable[..., object], shared: object) -> Self:
        """A parcel to be sent."""
        return cls(*outlined((stage, shared)))

    def open(self) -> tuple[Stage, object]:
        """The stage and the shared value, in the worker. Threads may open it at the same time."""
        if self._opened is None:
            memory = _filled(self._outline, self._arrays)
            # From now on only the copy is needed: also to send it on to another worker.
            self._arrays = [memory[start : start + size] for start, size in self._outline.spans]
            self._opened = cast("tuple[Stage, object]", restored(self._outline, memory))
        return self._opened

    def __reduce__(self) -> tuple[object, ...]:
        return Parcel, (self._outline, [pickle.PickleBuffer(array) for array in self._arrays])

    def __sizeof__(self) -> int:  # Dask asks, to know what sending it costs
        return len(self._outline.pickled) + self._outline.byte_count

    def __repr__(self) -> str:
        return f"Parcel({len(self._outline.spans)} arrays)"


def _filled(outline: Outline, arrays: Sequence[memoryview]) -> memoryview:
    """The arrays in memory that begins with a page, read-only."""
    memory = memoryview(
        mmap.mmap(-1, outline.byte_count, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    )
    for (start, size), array in zip(outline.spans, arrays, strict=True):
        memory[start : start + size] = memoryview(array)
    return memory.toreadonly()


def pack(value: object) -> bytes:
    """A block or a reply, to be sent."""
    return pickle.dumps(value, protocol=5)


def unpack(packed: bytes) -> object:
    """What was packed."""
    return pickle.loads(packed)  # noqa: S301 - see the import


def hold(parcel: Parcel) -> None:
    """A task that makes its worker fetch the parcel, and open it."""
    parcel.open()


def answer(parcel: Parcel, blocks: tuple[bytes, ...]) -> tuple[list[bytes], float]:
    """A task: the packed replies to packed blocks, and how many seconds each took on average."""
    began = time.monotonic()
    replies = [pack(compute(_apply, parcel, block)) for block in blocks]
    return replies, (time.monotonic() - began) / len(blocks)


def reply_in(packed: bytes) -> Reply:
    """A reply that a task gave."""
    return cast("Reply", unpack(packed))


def versions() -> tuple[str, ...]:
    """Of the programs that must be the same on both ends."""
    return tuple(version(program) for program in PROGRAMS)


def unfit(expected: tuple[str, ...], dask_worker: "Worker") -> str | None:
    """Why a worker must not be given data, or None; asked in the worker itself."""
    if type(dask_worker.data) is not dict:
        return "it may write data to its disk (set memory target and spill to false)"
    if not dask_worker.security.require_encryption:
        return "it accepts connections that are not encrypted (set require-encryption)"
    if versions() != expected:
        return f"its version of one of {', '.join(PROGRAMS)} is another than the matcher's"
    return None


def _apply(parcel: Parcel, block: bytes) -> object:
    stage, shared = parcel.open()
    return stage(shared, unpack(block))
