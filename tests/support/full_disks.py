"""A disk that can be filled: a small file system of its own, where this user may mount one.

Elsewhere a limit on the size of files takes its place: the system then refuses writes as a full
disk does, but with another error number.
"""

import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DISK_BYTES: Final = 4 << 20

_BALLAST: Final = "ballast"
_PIECE: Final = bytes(4096)


@dataclass(frozen=True, slots=True)
class Disk:
    """Where files can be kept; within `filled()`, nothing more can be written."""

    folder: Path
    filled: Callable[[], AbstractContextManager[None]]


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """A disk mounted at an empty folder, if that is allowed, else the folder itself."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0700", "linkage-test"]
    unmount = ["umount", str(folder)]
    if subprocess.run([*mount, str(folder)], check=False, capture_output=True).returncode:
        yield Disk(folder, no_file_may_grow)
        return
    try:
        yield Disk(folder, lambda: _filled(folder))
    finally:
        subprocess.run(unmount, check=True)


@contextmanager
def no_file_may_grow() -> Iterator[None]:
    """Within the block, this process can write to no file (`EFBIG`)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def _filled(folder: Path) -> Iterator[None]:
    ballast = folder / _BALLAST
    try:
        with ballast.open("wb", buffering=0) as file:
            while True:
                try:
                    file.write(_PIECE)
                except OSError:
                    break
        yield
    finally:
        ballast.unlink()
