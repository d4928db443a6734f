"""The peer recordlinkage, in an environment of its own: it needs an older pandas than we do.

Nothing is imported from there. Its scripts in `benchmarks/peers/recordlinkage` are run with its
own interpreter; files go in and come out.
"""

import csv
import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.accuracy.metrics import RecordPairs
from linkage.agreement.schema import FieldKind
from linkage.arrays import FloatArray
from linkage.ids import FieldName
from linkage_agent.columns import MISSING, StringColumns

ROOT: Final = Path(__file__).resolve().parents[2]
ENVIRONMENT: Final = ROOT / ".venv-recordlinkage"
SCRIPTS: Final = ROOT / "benchmarks" / "peers" / "recordlinkage"
LOCK: Final = SCRIPTS / "requirements.txt"
ROW_COLUMN: Final = "row"


class PeerError(Exception):
    """The peer can't be installed, or did not do its work."""


@dataclass(frozen=True, slots=True)
class PeerLink:
    """What the peer found.

    Attributes:
        classified: all pairs that it calls matches.
        linked: one-to-one links among all candidates, likeliest first.
        probabilities: of `linked`.
        seconds: from reading the files to the links.
        versions: of what it ran with, by package.
    """

    classified: RecordPairs
    linked: RecordPairs
    probabilities: FloatArray
    seconds: float
    versions: dict[str, str]


def dump_febrl4(folder: Path) -> None:
    """Writes `originals.csv`, `duplicates.csv` and `truth.csv` of FEBRL 4.

    Raises:
        PeerError: The peer can't be installed, or did not do its work.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _run_script("dump_febrl4.py", folder)


def link_plaintext(
    left: StringColumns, right: StringColumns, kinds: dict[FieldName, FieldKind], folder: Path
) -> PeerLink:
    """Links the same columns in plaintext.

    Args:
        left: what the left agency read.
        right: what the right agency read.
        kinds: the kind of each field.
        folder: where the files for the peer go.

    Raises:
        PeerError: The peer can't be installed, or did not do its work.
    """
    for name, columns in (("left", left), ("right", right)):
        _write_columns(columns, folder / f"{name}.csv")
    fields = {name: kind.value for name, kind in kinds.items()}
    (folder / "fields.json").write_text(json.dumps(fields), encoding="utf-8")
    _run_script("link.py", folder)
    found = json.loads((folder / "links.json").read_text(encoding="utf-8"))
    return PeerLink(
        classified=_pairs(found["classified"]),
        linked=_pairs(found["linked"]),
        probabilities=np.array(found["probabilities"], np.float64),
        seconds=float(found["seconds"]),
        versions=dict(found["versions"]),
    )


def _pairs(rows: Sequence[Sequence[int]]) -> RecordPairs:
    left, right = np.array(rows, np.int64).reshape(-1, 2).T
    return RecordPairs(left, right)


def _write_columns(columns: StringColumns, path: Path) -> None:
    """The columns as a UTF-8 CSV file with the row's number; missing values are empty."""
    texts = [
        ["" if code == MISSING else column.distinct[code] for code in column.codes]
        for column in columns.fields.values()
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([ROW_COLUMN, *columns.fields])
        writer.writerows(zip(range(len(columns)), *texts, strict=True))


def _run_script(name: str, folder: Path) -> None:
    _ensure_environment()
    _run([_python(), SCRIPTS / name, folder], f"running {name}")


def _ensure_environment() -> None:
    """Makes the peer's environment, unless it was made from this very lock."""
    lock = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    stamp = ENVIRONMENT / "lock.sha256"
    if stamp.is_file() and stamp.read_text(encoding="ascii") == lock:
        return
    print(f"installing recordlinkage into {ENVIRONMENT.name} (once)", file=sys.stderr)
    _run([sys.executable, "-m", "venv", "--clear", ENVIRONMENT], "making its environment")
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([_python(), *install, "--require-hashes", "-r", LOCK], "installing its packages")
    stamp.write_text(lock, encoding="ascii")


def _python() -> Path:
    folder = "Scripts" if sys.platform == "win32" else "bin"
    return ENVIRONMENT / folder / "python"


def _run(command: Sequence[str | Path], what: str) -> None:
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    except OSError as error:
        raise PeerError(f"recordlinkage: {what} failed: {error.strerror}") from None
    if done.returncode:
        last = "\n".join(done.stderr.splitlines()[-10:])
        raise PeerError(
            f"recordlinkage: {what} failed with exit status {done.returncode}.\n{last}\n"
            f"Installing it needs a package index that pip can reach; delete {ENVIRONMENT.name} "
            "to install it anew, or run with --without-peer."
        )
