"""One run of the whole way, in a process of its own: `whole.py` starts it.

    python -m benchmarks.speed.whole_side FOLDER THRESHOLD WORKERS OUT

Agencies are encoded one after the other, as one process stands in for two agents; a service would
have them at the same time on two machines.
"""

import json
import os
import sys
import time
from pathlib import Path

from benchmarks.evaluate.memory import MemoryWatch
from benchmarks.speed.clock import family_cpu_seconds
from benchmarks.speed.people import read_people, sources
from benchmarks.speed.schemas import agreed_schema, policy_of
from benchmarks.speed.workplace import encoded
from linkage.agreement.model import MatchPolicy
from linkage.arrays import EncodingMatrix, RecordTokens
from linkage.ids import AgencyId
from linkage.matcher.execute.local import LocalExecutor
from linkage.matcher.issue.match_keys import issue_match_keys
from linkage.matcher.model.datasets import Dataset
from linkage.matcher.run import RunResult, match

WARM_UP_ROWS = 500


def main(folder: Path, policy: MatchPolicy, workers: int, out: Path) -> None:
    """Reads, encodes, matches, issues keys; writes what each took."""
    with MemoryWatch() as memory, LocalExecutor(workers) as executor:
        started = time.perf_counter()
        datasets, tokens = _encode(folder)
        encoded_at = time.perf_counter()
        _match([_first(each) for each in datasets], policy, executor)  # code is loaded
        cpu_before, warm_at = family_cpu_seconds(), time.perf_counter()
        result = _match(datasets, policy, executor)
        cpu_seconds, matched_at = family_cpu_seconds() - cpu_before, time.perf_counter()
        issue_match_keys(result.clusters, tokens, [0, 1], os.urandom)
        done_at = time.perf_counter()
    seconds = {
        "encoding": encoded_at - started,
        "starting": warm_at - encoded_at,
        "matching": matched_at - warm_at,
        "keys": done_at - matched_at,
    }
    told = {
        "seconds": seconds,
        "matching_cpu_seconds": cpu_seconds,
        "pair_count": len(datasets[0].encodings) * len(datasets[1].encodings),
        "matches": sum(map(len, result.decided)),
        "peak_mib": memory.peak_mib,
    }
    out.write_text(json.dumps(told), encoding="utf-8")


def _encode(folder: Path) -> tuple[list[Dataset], list[RecordTokens]]:
    schema, datasets, tokens = agreed_schema(), [], []
    for agency, source in sources(folder).items():
        sent = encoded(read_people(source), schema)
        datasets.append(_dataset(agency, sent.encodings))
        tokens.append(sent.tokens)
    return datasets, tokens


def _match(datasets: list[Dataset], policy: MatchPolicy, executor: LocalExecutor) -> RunResult:
    return match(datasets, agreed_schema(), policy, executor, lambda _done, _of: None)


def _first(dataset: Dataset) -> Dataset:
    return _dataset(dataset.agency, EncodingMatrix(dataset.encodings.rows[:WARM_UP_ROWS]))


def _dataset(agency: AgencyId, encodings: EncodingMatrix) -> Dataset:
    return Dataset(agency, encodings, holds_each_person_once=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), policy_of(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
