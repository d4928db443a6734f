"""Weights of single bits: what two records' filters say when there is one a record.

In one filter for all identifiers a bit of a surname stands beside one of the sex. Which bits tell
people apart is learned from pairs that are nearly sure: matches, and strangers that resemble each
other. A pair's score is a Dice coefficient with weights: the sum of one weight for each bit that
both records have and another for each that only one has, over the sum of their popcounts. The
weights are those of Fisher's linear discriminant, shrunk, as bits are many and far from
independent.

Cross-fitted: the left records fall into two folds, and each fold's pairs are scored with weights
from the other, so no pair is judged by a model that saw it.

Source: Fisher (1936); Friedman (1989) for shrinkage; Hestenes, Stiefel (1952) for how the system is
solved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Self, TypeAlias

import numpy as np
from numba import njit

from linkage.arrays import ByteArray, FloatArray, IndexArray, IntArray, WordArray
from linkage.matcher.compare.distinct import EQUAL, DistinctFilters
from linkage.matcher.model.pairs import RecordPairs

SURE_MATCH: Final = 0.9
SURE_STRANGER: Final = 0.05
LEAST_PAIRS: Final = 100
"""Of either kind and fold; weights from fewer would be chance."""
MOST_PAIRS: Final = 8_000
SHRINKAGE: Final = 1.0
"""Added to each feature's variance, in mean variances."""
ITERATIONS: Final = 40
PRECISION: Final = 1e-4
FOLDS: Final = 2
LOWEST: Final = 0.01
"""Quantile of the scores below which all count as equally unlike."""

UNPACKED: Final = 4_096
"""Filters whose bits are unpacked in one go."""

FloatRows: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float32]]


@dataclass(frozen=True, slots=True, repr=False)
class BitWeights:
    """What each bit adds to a score.

    Attributes:
        both: (n_bits,) float64: where both records have it.
        either: (n_bits,) float64: where only one has.
    """

    both: FloatArray
    either: FloatArray

    def __repr__(self) -> str:
        return f"BitWeights({len(self.both)} bits)"

    @classmethod
    def of(cls, matches: FloatRows, strangers: FloatRows) -> Self:
        """Fisher's discriminant between (n, 2 * n_bits) features of pairs; these are centred."""
        means = [features.mean(axis=0, dtype=np.float64) for features in (matches, strangers)]
        matches -= means[0].astype(np.float32)
        strangers -= means[1].astype(np.float32)
        weights = _solved(matches, strangers, means[0] - means[1])
        return cls(*np.split(weights, 2))

    def scores(
        self, left: DistinctFilters, right: DistinctFilters, pairs: RecordPairs
    ) -> FloatArray:
        """(n_pairs,) float64: of pairs of records, each of which has a filter."""
        # A bit that one of the two has is one that they have together, less twice the shared one.
        patterns = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)
        shared = (self.both - 2 * self.either).reshape(-1, 8) @ patterns.T
        found: FloatArray = _scores(
            _Side(left.words, left.popcounts, self._alone(left)),
            left.codes[0][pairs.left_rows],
            _Side(right.words, right.popcounts, self._alone(right)),
            right.codes[0][pairs.right_rows],
            np.ascontiguousarray(shared),
        )
        return found

    def _alone(self, filters: DistinctFilters) -> FloatArray:
        """(n_filters,) float64: what each filter's bits add if the other one has none of them."""
        starts = range(0, len(filters.words), UNPACKED)
        parts = (_bits(filters.words[at : at + UNPACKED]) @ self.either for at in starts)
        return np.concatenate([np.empty(0), *parts])


def bit_likeness(
    datasets: tuple[DistinctFilters, DistinctFilters],
    across: RecordPairs,
    within: Sequence[RecordPairs],
    probabilities: FloatArray,
) -> tuple[ByteArray, tuple[ByteArray, ...]] | None:
    """How alike pairs are by learned weights.

    Args:
        datasets: the agencies'; each has one segment.
        across: pairs of the two.
        within: pairs within either.
        probabilities: (n_pairs,) float64: of the pairs across, by what is known so far.

    Returns:
        (n_pairs,) uint8 in hundredths of the range of scores, across and for each of `within`;
        None if there are too few sure pairs to learn from.
    """
    folds = [_learned(datasets, across, probabilities, fold) for fold in range(FOLDS)]
    found = []
    for pairs in (across, *within):
        of_pair = pairs.left_rows % FOLDS
        scores = np.empty(len(pairs))
        for fold, learned in enumerate(folds):
            if learned is None:
                return None
            chosen = np.flatnonzero(of_pair == fold)
            scores[chosen] = learned.standard(datasets, _some(pairs, chosen))
        found.append(scores)
    low = float(np.quantile(found[0], LOWEST))
    high = max(float(scores.max(initial=low)) for scores in found)
    alike = [np.clip((scores - low) / max(high - low, 1e-9), 0, 1) * EQUAL for scores in found]
    return alike[0].astype(np.uint8), tuple(each.astype(np.uint8) for each in alike[1:])


@dataclass(frozen=True, slots=True, repr=False)
class _Fold:
    """What judges a fold: weights from the other, and how strangers score there."""

    weights: BitWeights
    mean: float
    deviation: float

    def standard(
        self, datasets: tuple[DistinctFilters, DistinctFilters], pairs: RecordPairs
    ) -> FloatArray:
        """(n_pairs,) float64: scores, in deviations of strangers' ones from their mean."""
        left, right = datasets[pairs.left_dataset], datasets[pairs.right_dataset]
        return (self.weights.scores(left, right, pairs) - self.mean) / self.deviation


def _learned(
    datasets: tuple[DistinctFilters, DistinctFilters],
    across: RecordPairs,
    probabilities: FloatArray,
    fold: int,
) -> _Fold | None:
    """What the pairs of the other fold teach."""
    others = across.left_rows % FOLDS != fold
    matches = np.flatnonzero(others & (probabilities >= SURE_MATCH))
    strangers = np.flatnonzero(others & (probabilities <= SURE_STRANGER))
    if min(len(matches), len(strangers)) < LEAST_PAIRS:
        return None
    rng = np.random.default_rng(fold)
    drawn = [
        _some(across, rng.choice(rows, min(len(rows), MOST_PAIRS), replace=False))
        for rows in (matches, strangers)
    ]
    weights = BitWeights.of(_features(datasets, drawn[0]), _features(datasets, drawn[1]))
    scores = weights.scores(*datasets, drawn[1])
    return _Fold(weights, float(scores.mean()), max(float(scores.std()), 1e-9))


def _features(datasets: tuple[DistinctFilters, DistinctFilters], pairs: RecordPairs) -> FloatRows:
    """(n_pairs, 2 * n_bits) float32: bits that both have, and that one has, over the popcounts."""
    left, right = datasets
    ours, theirs = left.codes[0][pairs.left_rows], right.codes[0][pairs.right_rows]
    one, other = _bits(left.words[ours]), _bits(right.words[theirs])
    total = (left.popcounts[ours] + right.popcounts[theirs]).astype(np.float32)[:, None]
    features: FloatRows = np.hstack((one & other, one ^ other)) / total
    return features


def _bits(words: WordArray) -> ByteArray:
    """(n, n_bits) uint8: 0 or 1, in the order of the bytes in memory."""
    return np.unpackbits(np.ascontiguousarray(words).view(np.uint8), axis=1)


def _some(pairs: RecordPairs, chosen: IntArray) -> RecordPairs:
    return RecordPairs(
        pairs.left_dataset,
        pairs.right_dataset,
        pairs.left_rows[chosen],
        pairs.right_rows[chosen],
    )


def _solved(matches: FloatRows, strangers: FloatRows, wanted: FloatArray) -> FloatArray:
    """(n_features,) float64: w with (S + r I) w = wanted, by conjugate gradients.

    S is the mean of the covariances of the two kinds' centred features, r the shrinkage.
    """
    kinds = (matches, strangers)
    variance = sum(float(np.einsum("ij,ij", each, each)) / len(each) for each in kinds) / 2
    ridge = SHRINKAGE * variance / len(wanted)
    solved, residual = np.zeros_like(wanted), wanted.copy()
    direction, left_over = residual.copy(), float(residual @ residual)
    aim = PRECISION**2 * left_over
    for _ in range(ITERATIONS):
        if left_over <= aim:
            break
        narrow = direction.astype(np.float32)
        image = ridge * direction
        for each in kinds:
            image += each.T @ (each @ narrow) / (2 * len(each))
        step = left_over / float(direction @ image)
        solved += step * direction
        residual -= step * image
        before, left_over = left_over, float(residual @ residual)
        direction = residual + left_over / before * direction
    return solved


# cache=True: see compare/near.py for why its folder is as private as the code.


class _Side(NamedTuple):
    """The filters of one side, as compiled code takes them."""

    words: WordArray
    popcounts: IndexArray
    alone: FloatArray


@njit(nogil=True, cache=True)
def _scores(
    left: _Side,
    left_codes: IndexArray,
    right: _Side,
    right_codes: IndexArray,
    shared: FloatArray,
) -> FloatArray:
    """Scores of pairs of filters; `shared` is (n_bytes, 256): what a byte of shared bits adds."""
    found = np.empty(len(left_codes))
    for pair in range(len(left_codes)):
        one, other = left_codes[pair], right_codes[pair]
        total = left.alone[one] + right.alone[other]
        for word in range(left.words.shape[1]):
            common = left.words[one, word] & right.words[other, word]
            for byte in range(8):
                # In memory the lowest byte of a word comes first.
                total += shared[8 * word + byte, common >> np.uint64(8 * byte) & np.uint64(255)]
        found[pair] = total / (left.popcounts[one] + right.popcounts[other])
    return found
