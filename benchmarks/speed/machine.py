"""The machine that a run was on: what figures hang on."""

import os
from importlib.metadata import version
from pathlib import Path
from typing import Final

import llvmlite.binding

from benchmarks.evaluate.evaluation import versions
from linkage.matcher.compare.lanes import LANES

FEATURES: Final = ("popcnt", "avx2", "avx512f", "avx512bw", "avx512vpopcntdq", "gfni", "neon")
"""Instructions that comparing encodings can use."""
_CPUINFO: Final = Path("/proc/cpuinfo")
_CACHES: Final = Path("/sys/devices/system/cpu/cpu0/cache")


def machine() -> dict[str, object]:
    """Processor, caches and software; what the system does not tell is left out."""
    has: dict[str, bool] = llvmlite.binding.get_host_cpu_features()
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "features": [name for name in FEATURES if has.get(name)],
        "lanes": LANES,
        "caches": _caches(),
        "busy_before": round(os.getloadavg()[0], 2),
        "versions": {**versions(), "llvmlite": version("llvmlite")},
    }


def _processor() -> str:
    if _CPUINFO.is_file():
        for line in _CPUINFO.read_text("ascii", "replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return "unknown"


def _caches() -> dict[str, str]:
    """The sizes of data caches, by level."""
    caches = {}
    for cache in sorted(_CACHES.glob("index*")):
        facts = {name: (cache / name).read_text("ascii").strip() for name in ("level", "type")}
        if facts["type"] != "Instruction":
            caches[f"L{facts['level']}"] = (cache / "size").read_text("ascii").strip()
    return caches
