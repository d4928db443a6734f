"""Sharing a value with other processes: its arrays lie in memory that all of them see.

The memory is an anonymous file (`memfd_create`, so Linux only). It lies in no folder, so nothing
has to remove it: the kernel frees it with the last process that holds it, however that one ends.
Nor does it count against /dev/shm, which containers keep small.
"""

import mmap
import os
import pickle  # noqa: TID251 - both ends are this program, and no other can reach the bytes
from dataclasses import dataclass
from typing import Final

ALIGNMENT: Final = 64
"""Arrays start at a multiple of this many bytes, a cache line: compiled code counts on alignment
to at least the size of an item."""


@dataclass(frozen=True, slots=True, repr=False)
class Outline:
    """A shared value without its arrays.

    Attributes:
        pickled: the value, with a place held for each array.
        spans: offset and length in the shared memory of each array, in bytes.
    """

    pickled: bytes
    spans: tuple[tuple[int, int], ...]

    @property
    def byte_count(self) -> int:
        """Size of the shared memory; at least 1, as nothing can't be mapped."""
        return max((offset + length for offset, length in self.spans), default=0) or 1


def outlined(value: object) -> tuple[Outline, tuple[memoryview, ...]]:
    """A value taken apart: its outline, and the bytes of each of its arrays, not copied."""
    buffers: list[pickle.PickleBuffer] = []
    pickled = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    arrays = tuple(buffer.raw() for buffer in buffers)
    spans, end = [], 0
    for array in arrays:
        start = -(-end // ALIGNMENT) * ALIGNMENT
        spans.append((start, len(array)))
        end = start + len(array)
    return Outline(pickled, tuple(spans)), arrays


def restored(outline: Outline, memory: memoryview) -> object:
    """The value put together again; its arrays lie in the memory, and are read-only if it is."""
    arrays = [memory[offset : offset + length] for offset, length in outline.spans]
    return pickle.loads(outline.pickled, buffers=arrays)  # noqa: S301 - see the import


def share(value: object) -> tuple[Outline, int]:
    """Copies the arrays in a value to shared memory.

    Returns:
        What `attach` needs: the outline, and a file descriptor that the caller closes.
    """
    outline, arrays = outlined(value)
    memory = os.memfd_create("linkage")
    # Written as a file, not through a mapping: where memory is short that is an error, not SIGBUS.
    with open(memory, "wb", closefd=False) as file:
        for (offset, _), array in zip(outline.spans, arrays, strict=True):
            file.seek(offset)
            file.write(array)
    os.truncate(memory, outline.byte_count)
    return outline, memory


def attach(outline: Outline, memory: int) -> object:
    """The value that was shared; its arrays are read-only and lie in the shared memory.

    Args:
        outline: What `share` gave.
        memory: The file descriptor, or a duplicate of it; the caller closes it, now if it likes.
    """
    mapping = mmap.mmap(memory, outline.byte_count, access=mmap.ACCESS_READ)
    return restored(outline, memoryview(mapping))
