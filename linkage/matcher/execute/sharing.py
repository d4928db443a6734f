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


def share(value: object) -> tuple[Outline, int]:
    """Copies the arrays in a value to shared memory.

    Returns:
        What `attach` needs: the outline, and a file descriptor that the caller closes.
    """
    buffers: list[pickle.PickleBuffer] = []
    pickled = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    memory = os.memfd_create("linkage")
    spans = []
    # Written as a file, not through a mapping: where memory is short that is an error, not SIGBUS.
    with open(memory, "wb", closefd=False) as file:
        for buffer in buffers:
            file.seek(-(-file.tell() // ALIGNMENT) * ALIGNMENT)
            spans.append((file.tell(), len(buffer.raw())))
            file.write(buffer.raw())
    outline = Outline(pickled, tuple(spans))
    os.truncate(memory, outline.byte_count)
    return outline, memory


def attach(outline: Outline, memory: int) -> object:
    """The value that was shared; its arrays are read-only and lie in the shared memory.

    Args:
        outline: What `share` gave.
        memory: The file descriptor, or a duplicate of it; the caller closes it, now if it likes.
    """
    mapping = memoryview(mmap.mmap(memory, outline.byte_count, access=mmap.ACCESS_READ))
    arrays = [mapping[offset : offset + length] for offset, length in outline.spans]
    return pickle.loads(outline.pickled, buffers=arrays)  # noqa: S301 - see the import
