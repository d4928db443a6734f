"""What two whole jobs leave behind, and what to search it for."""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.demo.world import World
from benchmarks.population.agencies import AGENCIES
from linkage.arrays import TOKEN_BYTES
from tests.privacy.agencies import Agencies
from tests.privacy.canaries import Canary
from tests.privacy.matcher_state import Findings
from tests.privacy.recording_agent import Exchange, exchanges_in
from tests.privacy.search import Search, Trace
from tests.privacy.tap import Stream
from tests.privacy.traces import canary_traces, prf_traces, secret_traces


@dataclass(frozen=True, slots=True)
class Planted:
    """A world with canaries in its extracts, before anything has been done in it."""

    world: World
    canaries: tuple[Canary, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is left of two whole jobs over the same extracts.

    Attributes:
        first: the first job, each step by a command.
        second: the second one, by daemons.
        search: for the canaries and for all secrets of both jobs.
        findings: what was found in the matcher that must not be there.
        expected: what was found, in the middle of the run, that has to be there.
        streams: what passed over the wire.
        started: command lines and environments of all processes that were seen.
        matcher_printed: its log and its standard output.
    """

    planted: Planted
    first: Agencies
    second: Agencies
    search: Search
    findings: Findings
    expected: Findings
    streams: list[Stream]
    started: set[bytes]
    matcher_printed: bytes
    daemon_logs: list[Path]

    @property
    def exchanges(self) -> dict[str, list[Exchange]]:
        """The first job's calls, by agency."""
        return {agency: exchanges_in(self.first.record(agency)) for agency in AGENCIES}


def copy_of(planted: Planted, folder: Path) -> Planted:
    """The same in another folder, to work in."""
    shutil.copytree(planted.world.folder, folder / "world")
    return replace(planted, world=replace(planted.world, folder=folder / "world"))


def search_for(planted: Planted, *agencies: Agencies) -> Search:
    """For the canaries, and for all secrets that there are by now."""
    traces = canary_traces(planted.canaries, agencies[0].agreement)
    for each in agencies:
        traces += secret_traces(each.secrets())
        for secret in each.project_secrets():
            traces += prf_traces(each.agreement, secret)
    return Search(traces)


def search_for_records(agencies: Agencies) -> Search:
    """For all record tokens and encodings that the agencies send."""
    traces: list[Trace] = []
    for agency in AGENCIES:
        tokens, encodings = sent_records(agencies, agency)
        traces += _raw_and_hex(f"token of {agency}", tokens)
        traces += _raw_and_hex(f"encoding of {agency}", encodings)
    return Search(traces)


def search_for_match_keys(agencies: Agencies) -> Search:
    """For all match keys that the agencies got for the group that they are all in."""
    return Search(
        trace
        for agency in AGENCIES
        for trace in _raw_and_hex(
            f"match key of {agency}", agencies.match_keys(agency, "partnership").values()
        )
    )


def sent_records(agencies: Agencies, agency: str) -> tuple[list[bytes], list[bytes]]:
    """Tokens and encodings in the order of sending, from the one chunk that is sent."""
    dataset = agencies.dataset(agency)
    [payload] = (agencies.spool(agency).payload(dataset, 0) for _ in dataset.manifest.chunk_digests)
    tokens_end = dataset.manifest.record_count * TOKEN_BYTES
    return (
        list(_pieces(payload[:tokens_end], TOKEN_BYTES)),
        list(_pieces(payload[tokens_end:], dataset.manifest.encoding_bytes)),
    )


def _raw_and_hex(name: str, contents: Iterable[bytes]) -> Iterator[Trace]:
    for content in contents:
        yield Trace(name, content)
        yield Trace(name, content.hex().encode())
        yield Trace(name, content.hex().upper().encode())


def _pieces(content: bytes, size: int) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))
