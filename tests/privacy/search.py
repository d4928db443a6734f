"""Looking for many byte strings at once in much memory."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from linkage.arrays import BoolArray

SHORTEST_TRACE_BYTES: Final = 7
"""So many bytes hold a whole aligned word, wherever they lie; random memory has none of them."""

_WORD_BYTES: Final = 4
_STEP_BYTES: Final = 1 << 18
"""What is worked on at a time stays in the processor's cache."""
_TABLE_BITS: Final = 20

Words: TypeAlias = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True, repr=False)
class Trace:
    """Bytes that would show a leak, and what they are: the name is all that a test prints."""

    name: str
    content: bytes

    def __post_init__(self) -> None:
        if len(self.content) < SHORTEST_TRACE_BYTES:
            raise ValueError(f"too short to be told from chance: {self.name}")

    def __repr__(self) -> str:
        return f"Trace({self.name})"


class Search:
    """Finds any of the traces, wherever they start.

    Only aligned words are looked at: whatever holds a trace holds one of its words at one of four
    offsets. A table says which words may be of a trace; the few that are get compared in full.
    """

    def __init__(self, traces: Iterable[Trace]) -> None:
        self._places: dict[int, list[tuple[int, Trace]]] = defaultdict(list)
        for trace in traces:
            first = _telling_start(trace.content)
            for offset in range(first, first + _WORD_BYTES):
                word = int.from_bytes(trace.content[offset : offset + _WORD_BYTES], "little")
                self._places[word].append((offset, trace))
        self._skips_zeros = 0 not in self._places
        self._words = np.array(sorted(self._places), np.uint32)
        self._table = np.zeros(1 << _TABLE_BITS, np.bool_)
        self._table[_slots(self._words)] = True

    def names_in(self, content: bytes | bytearray) -> frozenset[str]:
        """The names of the traces that the content holds."""
        found: set[str] = set()
        for start in range(0, len(content) - _WORD_BYTES + 1, _STEP_BYTES):
            count = min(_STEP_BYTES, len(content) - start) // _WORD_BYTES
            words = np.frombuffer(content, "<u4", count, start)
            if self._skips_zeros and not words.any():
                continue
            likely = np.flatnonzero(self._table[_slots(words)])
            for at in likely[self._are_of_traces(words[likely])].tolist():
                position = start + _WORD_BYTES * at
                found |= self._names_at(content, position, int(words[at]))
        return frozenset(found)

    def names_in_any(self, contents: Iterable[bytes | bytearray]) -> frozenset[str]:
        """The names of the traces that any of the contents holds."""
        return frozenset().union(*map(self.names_in, contents))

    def _are_of_traces(self, words: Words) -> BoolArray:
        nearest = np.searchsorted(self._words, words).clip(max=len(self._words) - 1)
        are: BoolArray = self._words[nearest] == words
        return are

    def _names_at(self, content: bytes | bytearray, position: int, word: int) -> set[str]:
        return {
            trace.name
            for offset, trace in self._places[word]
            if offset <= position and content.startswith(trace.content, position - offset)
        }


def _telling_start(content: bytes) -> int:
    """Where the first words without a zero byte start: sparse filters begin with many zeros, and
    so does most memory. The start, if there are none."""
    span = SHORTEST_TRACE_BYTES
    starts = range(len(content) - span + 1)
    return next((at for at in starts if 0 not in content[at : at + span]), 0)


def _slots(words: Words) -> Words:
    """A place in the table for each word; multiplication spreads words that are much alike."""
    slots: Words = (words * np.uint32(2654435761)) >> np.uint32(32 - _TABLE_BITS)
    return slots
