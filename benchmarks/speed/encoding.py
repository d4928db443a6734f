"""Encoding beside clkhash: the same people by like schemas, in turns; and from a CSV file."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.environment import run_module
from benchmarks.speed.clock import family_cpu_seconds, timed
from benchmarks.speed.findings import Findings, peers_environment, turns
from benchmarks.speed.goals import measured
from benchmarks.speed.people import NAMES, read_people, sources
from benchmarks.speed.row import Peer, Row
from benchmarks.speed.schemas import KINDS, LENGTH_BITS, agreed_schema, plain_schema
from benchmarks.speed.workplace import Workplace, encoded
from linkage.agreement.schema import FieldKind
from linkage.ids import AgencyId
from linkage_agent.columns import MISSING, StringColumns

RECORDS: Final = 100_000
PEER_RECORDS: Final = 20_000
"""clkhash encodes each record by itself: so many take as long each as more would."""
CSV_RECORDS: Final = 1_000_000
QUICK_CSV_RECORDS: Final = 100_000
FEW_CSV_RECORDS: Final = 10_000
"""So few are read in little more time than starting takes."""
ROUNDS: Final = 3
PEER: Final = "clkhash 0.18.3"
_WORDS: Final = {"type": "ngram", "n": 2}
_DIGITS: Final = {"type": "ngram", "n": 1, "positional": True}
_WHOLE: Final = {"type": "exact"}
_HASHED: Final[dict[FieldKind, tuple[dict[str, Any], int]]] = {
    FieldKind.GIVEN_NAME: (_WORDS, 80),
    FieldKind.FAMILY_NAME: (_WORDS, 80),
    FieldKind.DATE: (_DIGITS, 100),
    FieldKind.SEX: (_WHOLE, 20),
    FieldKind.ADDRESS: (_WORDS, 60),
    FieldKind.POSTCODE: (_DIGITS, 40),
}
"""How clkhash cuts each field, and the bits that it sets for it: about as many as ours."""


def measure(workplace: Workplace) -> Findings:
    """Three rows.

    Raises:
        ToolError: clkhash can't be installed, or did not do its work.
    """
    columns = workplace.columns(RECORDS)[1]
    encoded(columns, plain_schema())  # loads compiled code
    task = {"schema": clkhash_schema(), "rows": clkhash_rows(columns, PEER_RECORDS)}
    (workplace.folder / "clkhash-task.json").write_text(json.dumps(task), encoding="utf-8")
    return Findings([*_beside_clkhash(workplace, columns), _from_csv(workplace)])


def _beside_clkhash(workplace: Workplace, columns: StringColumns) -> list[Row]:
    ratios, plain, agreed, theirs = [], [], [], []
    for _ in range(ROUNDS):
        _, seconds = timed(lambda: encoded(columns, plain_schema()))
        plain.append(len(columns) / seconds)
        theirs.append(_peer_rate(workplace.folder))
        _, seconds = timed(lambda: encoded(columns, agreed_schema()))
        agreed.append(len(columns) / seconds)
        ratios.append(plain[-1] / theirs[-1])
    peer = Peer(PEER, median(theirs) / 1e3, "k records/s")
    fields = len(KINDS)
    note = (
        f"{len(columns):,} records in memory, {fields} fields, {LENGTH_BITS} bits, one kind of "
        f"token a field, one core: ours {median(plain) / 1e3:,.0f} k records/s, with normalising; "
        f"{turns(ratios)}"
    )
    agreed_note = f"the same records by {_token_kinds()} kinds of token, as agreements have them"
    return [
        measured("encoding against clkhash", median(ratios), note, peer),
        measured("encoding by an agreement's schema", median(agreed) / 1e3, agreed_note, peer),
    ]


@dataclass(frozen=True, slots=True)
class _Way:
    """What the way from a file to encodings took, in seconds on the clock on the wall.

    Attributes:
        reading: by a process of its own, with starting that.
        encoding: after it.
        cpu: CPU seconds of both.
    """

    reading: float
    encoding: float
    cpu: float

    @property
    def seconds(self) -> float:
        """One after the other."""
        return self.reading + self.encoding


def _from_csv(workplace: Workplace) -> Row:
    """Wall-clock time, as the file is read by a process of its own.

    What starting costs is not taken several times: a small file tells how much it is.
    """
    records = QUICK_CSV_RECORDS if workplace.quick else CSV_RECORDS
    way = _way(workplace, records)
    seconds, scaled = way.seconds, ""
    if records < CSV_RECORDS:
        few = _way(workplace, FEW_CSV_RECORDS)
        each = (way.seconds - few.seconds) / (records - FEW_CSV_RECORDS)
        seconds += each * (CSV_RECORDS - records)
        scaled = f", from these and from {FEW_CSV_RECORDS:,} in {few.seconds:.2f} s"
    note = (
        f"{records:,} records{scaled}: {way.reading:.2f} s of reading, "
        f"{way.encoding:.2f} s of encoding, one after the other on the clock "
        f"on the wall; {way.cpu:.2f} s of CPU time"
    )
    return measured("1 M records from CSV to encodings", seconds, note)


def _way(workplace: Workplace, records: int) -> _Way:
    source = sources(workplace.people(records))[AgencyId(NAMES[0])]
    started, cpu_before = time.perf_counter(), family_cpu_seconds()
    columns = read_people(source)
    read_at = time.perf_counter()
    encoded(columns, agreed_schema())
    encoded_at = time.perf_counter()
    return _Way(read_at - started, encoded_at - read_at, family_cpu_seconds() - cpu_before)


def _token_kinds() -> int:
    return sum(len(field.tokens) for field in agreed_schema().fields)


def _peer_rate(folder: Path) -> float:
    """Records a CPU second of clkhash."""
    run_module(peers_environment(), "benchmarks.speed.clkhash_side", [folder.resolve()])
    told = json.loads((folder / "clkhash.json").read_text(encoding="utf-8"))
    return float(told["records"]) / float(told["cpu_seconds"])


def clkhash_schema() -> dict[str, Any]:
    """The linkage schema, version 3 of clkhash."""
    features = []
    for name, kind in KINDS.items():
        comparison, bits = _HASHED[kind]
        features.append(
            {
                "identifier": name,
                "format": {"type": "string", "encoding": "utf-8"},
                "hashing": {
                    "comparison": comparison,
                    "strategy": {"bitsPerFeature": bits},
                    "hash": {"type": "doubleHash"},
                    "missingValue": {"sentinel": ""},
                },
            }
        )
    kdf = {"type": "HKDF", "hash": "SHA256", "keySize": 64}
    return {"version": 3, "clkConfig": {"l": LENGTH_BITS, "kdf": kdf}, "features": features}


def clkhash_rows(columns: StringColumns, records: int) -> list[list[str]]:
    """The first records, in lower case and with digits only, so that clkhash need not do it."""
    texts = []
    for name, kind in KINDS.items():
        column = columns.fields[name]
        plain = [_plain(value, kind) for value in column.distinct]
        texts.append(["" if code == MISSING else plain[code] for code in column.codes[:records]])
    return _rows(texts)


def _rows(columns: Sequence[Sequence[str]]) -> list[list[str]]:
    return [list(row) for row in zip(*columns, strict=True)]


def _plain(value: str, kind: FieldKind) -> str:
    value = value.lower()
    return "".join(filter(str.isalnum, value)) if _HASHED[kind][0] is _DIGITS else value
