"""Meanings: which token each pattern is the mark of, told by how often it occurs, and with what.

No key and no known person is needed: the list says how common each token is, how many columns it
has, and how often two come together; so do the patterns.

(1) Tokens that everybody has together, such as a name and its bigrams, are one mark.
(2) Each pattern has a few candidates: the marks of about its frequency and about its width.
(3) Candidates of two patterns speak for each other if they come together as often as the patterns
    do. Beliefs in them are settled together, at first hardly and then firmly (relaxation labelling
    with annealing). A pattern may mean nothing.

Source of the idea to go by frequency: Christen, Vatsalan, Ranbaduge, Schnell (2018); by how often
two come together: Islam, Kuzu, Kantarcioglu (2012), "Access pattern disclosure on searchable
encryption".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.attacks.bits import MatrixArray
from benchmarks.attacks.vocabulary import Vocabulary
from linkage.arrays import FloatArray, IntArray

CANDIDATES: Final = 8
"""Of each pattern."""
LEAST_SHARE: Final = 0.008
"""Of the list: rarer tokens have no pattern."""
WIDTH_DEVIATION: Final = 1.5
"""Columns by which a mark's width departs from the expected one: two of its bits fell on one."""
FARTHEST: Final = 25.0
"""Squared deviations beyond which a mark is no candidate."""
MOST_AGAINST: Final = 9.0
"""Squared deviations at most between two candidates: either pattern may mean something else."""
NOTHING: Final = 2.5
"""Squared deviations that a meaning has to stay below to be one: right ones come to one."""
HOTTEST: Final = 0.1
COLDEST: Final = 0.005
STEPS: Final = 25
"""Temperatures, as shares of the number of patterns."""


@dataclass(frozen=True, slots=True, repr=False)
class Marks:
    """What patterns may mean, by the list.

    Attributes:
        has: (n_people, n_marks) float32: 1 where a person has all tokens of a mark.
        widths: (n_marks,) float64: columns that each is expected to have.
        segments: (n_marks,) int64: place of the filter that each is in.
    """

    has: MatrixArray
    widths: FloatArray
    segments: IntArray

    def __repr__(self) -> str:
        return f"Marks({self.has.shape[1]})"


def marks_of(vocabulary: Vocabulary, length_bits: int, segment: int) -> Marks:
    """The marks of one filter: step (1).

    Args:
        vocabulary: of the filter's fields.
        length_bits: of the filter.
        segment: its place.
    """
    common = vocabulary.kept(vocabulary.shares >= LEAST_SHARE)
    has = common.sums_of(np.eye(len(common.bits), dtype=np.float32))
    together = has.T @ has
    implied = together >= np.diag(together)[:, None]
    first = (implied & implied.T).argmax(axis=1)  # of the tokens that always come together
    each = np.flatnonzero(first == np.arange(len(first)))
    drawn = implied[each].astype(np.float64) @ common.bits
    widths = length_bits * (1 - np.exp(-drawn / length_bits))
    return Marks(has[:, each], widths, np.full(len(each), segment, np.int64))


def join(marks: Sequence[Marks]) -> Marks:
    """The marks of all filters."""
    return Marks(
        np.concatenate([each.has for each in marks], axis=1),
        np.concatenate([each.widths for each in marks]),
        np.concatenate([each.segments for each in marks]),
    )


def believe(
    has: MatrixArray, widths: FloatArray, segments: IntArray, marks: Marks
) -> tuple[IntArray, FloatArray]:
    """What each pattern means most likely, and how much that is to be believed.

    Args:
        has: (n_records, n_patterns) float32: 1 where a record has a pattern.
        widths: (n_patterns,) float64: columns of each.
        segments: (n_patterns,) int64: the filter that each is in.
        marks: what they may mean.

    Returns:
        (n_patterns,) int64, index of a mark, and (n_patterns,) float64, the belief in it.
    """
    records, patterns = has.shape
    seen = (has.T @ has) / np.float32(records)
    expected = (marks.has.T @ marks.has) / np.float32(len(marks.has))
    alone = _deviations(np.diag(seen)[:, None], np.diag(expected), records)
    alone += ((widths[:, None] - marks.widths) / WIDTH_DEVIATION) ** 2
    alone[segments[:, None] != marks.segments] = np.inf
    candidates = np.argsort(alone, axis=1, kind="stable")[:, :CANDIDATES]  # (2)
    alone = np.take_along_axis(alone, candidates, axis=1)
    against = _against(seen, expected, candidates, records)

    alone = np.where(alone <= FARTHEST, alone, np.inf)
    agreed = against.reshape(-1, patterns, candidates.shape[1]).min(axis=2)
    spoken = np.minimum(agreed, NOTHING).sum(axis=1).reshape(patterns, -1)
    belief, weights = _soften(alone + spoken, np.full(patterns, np.inf), HOTTEST * patterns)
    temperatures = np.geomspace(HOTTEST, COLDEST, STEPS)
    # While meaningless patterns still have a say, the right meanings too are held against a lot.
    for temperature, bearable in zip(
        temperatures, np.geomspace(MOST_AGAINST, NOTHING, STEPS), strict=True
    ):  # (3)
        spoken = against @ (belief * weights[:, None]).ravel()
        nothing = bearable * (weights.sum() - weights)
        total = alone + spoken.reshape(patterns, -1)
        belief, weights = _soften(total, nothing, max(temperature * weights.sum(), COLDEST))
    best = belief.argmax(axis=1)
    rows = np.arange(patterns)
    return candidates[rows, best], (belief * weights[:, None])[rows, best]


def _soften(
    energy: FloatArray, nothing: FloatArray, temperature: float
) -> tuple[FloatArray, FloatArray]:
    """How likely each candidate is, and that the pattern means any of them.

    Args:
        energy: (n_patterns, n_candidates) float64: squared deviations; infinite of none.
        nothing: (n_patterns,) float64: those of meaning nothing.
        temperature: in squared deviations.
    """
    least = energy.min(axis=1)
    has_any = np.isfinite(least)
    least = np.where(has_any, least, 0)
    weight = np.exp(-(energy - least[:, None]) / (2 * temperature))
    belief = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1)  # the least one's is 1
    excess = np.clip((least - nothing) / (2 * temperature), -50, 50)
    return belief, np.where(has_any, 1 / (1 + np.exp(excess)), 0.0)


def _deviations(seen: FloatArray, expected: FloatArray, records: int) -> FloatArray:
    """Squared standard deviations between shares of the records and of the list."""
    variance = np.maximum(expected * (1 - expected), 1 / records) / records
    squared: FloatArray = (seen - expected) ** 2 / variance
    return squared


def _against(
    seen: MatrixArray, expected: MatrixArray, candidates: IntArray, records: int
) -> MatrixArray:
    """(n, n) float32, n candidates of all patterns: how much two of them speak against each other.

    Candidates of one pattern don't speak of each other.
    """
    patterns, each = candidates.shape
    out = np.empty((patterns * each, patterns * each), np.float32)
    flat = candidates.ravel()
    for pattern in range(patterns):
        rows = slice(pattern * each, (pattern + 1) * each)
        theirs = expected[candidates[pattern]][:, flat]
        squared = _deviations(np.repeat(seen[pattern], each), theirs, records)
        out[rows] = np.minimum(squared, MOST_AGAINST)
        out[rows, rows] = 0
    return out
