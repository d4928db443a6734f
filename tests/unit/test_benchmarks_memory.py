"""Peak memory: of all processes, at its highest, whether or not it is still held."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.evaluate.memory import MemoryWatch

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/smaps_rollup").exists(), reason="the kernel does not tell"
)

HEAD = """
import subprocess, sys, time
from benchmarks.evaluate.memory import MemoryWatch

with MemoryWatch() as before:
    time.sleep(0.3)
with MemoryWatch() as memory:
    {held}
    time.sleep(0.5)
print(memory.peak_mib - before.peak_mib)
"""
"""A process of its own: what other tests have left lying about must not count."""


def growth_mib(held: str) -> float:
    """By how much the peak grows while something is held."""
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", HEAD.format(held=held)]
    done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    return float(done.stdout)


def test_what_was_held_and_given_back_counts() -> None:
    growth = growth_mib("held = bytearray(200 << 20); time.sleep(0.5); del held")
    assert 150 < growth < 300


def test_what_other_processes_hold_counts_too() -> None:
    other = "import time; held = bytearray(200 << 20); time.sleep(1)"
    growth = growth_mib(f"subprocess.run([sys.executable, '-c', '{other}'], check=True)")
    assert 150 < growth < 300


def test_nothing_more_is_held_and_nothing_more_counts() -> None:
    assert -50 < growth_mib("pass") < 50


def test_of_another_process_that_alone_counts() -> None:
    held = bytearray(b"1") * (300 << 20)
    other = "import time; held = bytearray(b'1') * (150 << 20); time.sleep(20)"
    with subprocess.Popen([sys.executable, "-c", other]) as process:
        try:
            with MemoryWatch(process.pid) as memory:
                give_up = time.monotonic() + 15
                while (memory.peak_mib or 0) < 150 and time.monotonic() < give_up:
                    time.sleep(0.1)
        finally:
            process.kill()
    assert 150 <= (memory.peak_mib or 0) < 300
    assert len(held) == 300 << 20
